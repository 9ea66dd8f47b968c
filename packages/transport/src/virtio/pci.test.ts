/** virtio over PCI: enumeration, BARs, capabilities, interrupts, and a function that is not quite right. */
import { expect, test } from 'vitest'
import { ECHO_DEVICE_ID } from '../testing/echo-device.ts'
import { EchoDriver, makeVirtio } from '../testing/virtio-fixture.ts'
import { PciDevice } from './pci-device.ts'
import { PciDriver } from './pci-driver.ts'
import { Common, Pci } from './pci-layout.ts'
import type { PciAccess } from './pci-layout.ts'

const WINDOW = { base: 0xe000_0000, size: 0x100_0000 }
const BAR4 = Pci.BAR0 + 16

function makePci(window = WINDOW) {
  const world = makeVirtio()
  const line: boolean[] = []
  const pci = new PciDevice(world.cols, world.device, { line: (level) => line.push(level) })
  return { ...world, pci, pciLine: line, bus: new PciDriver(pci, window) }
}

/** A function whose configuration space reads otherwise in some bytes. */
function altered(pci: PciDevice, bytes: Record<number, number>): PciAccess {
  return {
    configRead: (offset, width) => {
      let sum = 0
      for (let i = width - 1; i >= 0; i--) sum = sum * 256 + (bytes[offset + i] ?? pci.configRead(offset + i, 1))
      return sum
    },
    configWrite: (offset, width, value) => pci.configWrite(offset, width, value),
    memRead: (address, width) => pci.memRead(address, width),
    memWrite: (address, width, value) => pci.memWrite(address, width, value),
  }
}

test('BARs are sized and placed by their size, and the function may decode and reach memory', () => {
  const { bus, pci, device } = makePci({ base: 0xe000_0100, size: 0x10_0000 })
  expect([bus.deviceId, bus.problem]).toEqual([ECHO_DEVICE_ID, null])
  expect([pci.configRead(Pci.BAR0 + 4, 4), pci.configRead(BAR4, 4), pci.configRead(BAR4 + 4, 4)]).toEqual([0xe000_1000, 0xe000_4004, 0])
  expect(pci.configRead(Pci.COMMAND, 2)).toBe(6)
  expect(device.counters.get('badAccess')).toBe(0)
})

test('a 64-bit BAR goes where the window is, above 4 GiB as well', () => {
  const world = makePci({ base: 0x20_0000_0000, size: 0x10_0000 })
  // The 32-bit BAR cannot lie there and stays without an address.
  expect([world.pci.configRead(Pci.BAR0 + 4, 4), world.pci.configRead(BAR4, 4), world.pci.configRead(BAR4 + 4, 4)]).toEqual([0, 4, 0x20])
  const driver = new EchoDriver(world, world.bus)
  expect([driver.init().ok, driver.echo(0, [1])]).toEqual([true, [1]])
})

test('a window that is too small, and what is not virtio, is no device', () => {
  const { bus, pci } = makePci({ base: 0xe000_0000, size: 0x1000 })
  expect([bus.deviceId, bus.problem]).toEqual([0, 'the function has no common configuration in memory'])
  const look = (bytes: Record<number, number>): unknown[] => {
    const other = new PciDriver(altered(pci, bytes), WINDOW)
    return [other.deviceId, other.problem]
  }
  expect(look({ 0: 0x86, 1: 0x80 })).toEqual([0, 'no virtio function'])
  expect(look({ 2: 0x80 })).toEqual([0, 'no virtio function'])
  expect(look({ 6: 0 })).toEqual([0, 'the function has no common configuration in memory'])
  // A list that runs in a circle, a structure beyond its BAR, a BAR number that does not exist.
  expect(look({ 0x41: 0x40 })).toEqual([0, 'the function has no interrupt status in memory'])
  expect(look({ 0x4a: 1 })).toEqual([0, 'the function has no common configuration in memory'])
  expect(look({ 0x54: 6 })).toEqual([0, 'the function has no interrupt status in memory'])
  expect(look({ 0x4c: 0x30 })).toEqual([0, 'the common configuration is too short'])
  expect(look({})).toEqual([ECHO_DEVICE_ID, null])
  // A transitional function says its type in the subsystem.
  expect(look({ 2: 0x02, 3: 0x10, 0x2e: 5 })).toEqual([5, null])
})

test('the interrupt status is acknowledged by reading it, and the line follows', () => {
  const world = makePci()
  const driver = new EchoDriver(world, world.bus)
  driver.init()
  driver.echo(0, [1])
  world.echo.change(0, 1)
  expect([world.bus.takeInterrupt(), world.bus.takeInterrupt(), world.pciLine]).toEqual([3, 0, [true, false]])
})

test('a queue whose notification address lies outside the area does not exist; one that is not there neither', () => {
  const { pci } = makePci()
  // The area of three queues cut to less than the second address.
  const short = new PciDriver(altered(pci, { 0x7c: 5 }), WINDOW)
  expect([0, 1, 2, 3].map((queue) => short.queueSizeMax(queue))).toEqual([256, 0, 0, 0])
})

test('a queue cannot be disabled by writing 0, is reset alone, and its words read back', () => {
  const world = makePci()
  const driver = new EchoDriver(world, world.bus, { size: 16 })
  driver.init()
  const common = (world.pci.configRead(BAR4, 4) & ~15) >>> 0
  world.pci.memWrite(common + Common.QUEUE_SELECT, 2, 0)
  world.pci.memWrite(common + Common.QUEUE_ENABLE, 2, 0)
  expect([world.bus.queueEnabled(0), world.device.counters.get('badAccess')]).toEqual([true, 1])
  expect([world.pci.memRead(common + Common.QUEUE_SIZE, 2), world.pci.memRead(common + Common.QUEUE_DESC, 4)]).toEqual([16, driver.places[0].descGpa])
  expect([world.bus.resetQueue(0), world.bus.queueEnabled(0), world.bus.queueSizeMax(0)]).toEqual([true, false, 256])
})

test('accesses of a wrong width, outside, or while memory is not decoded are counted and read as 0', () => {
  const { pci, device, bus } = makePci()
  const base = (pci.configRead(BAR4, 4) & ~15) >>> 0
  expect([pci.memRead(base, 2), pci.memRead(base + 1, 4), pci.memRead(base - 4, 4), pci.memRead(base + 0x3000, 2), pci.memRead(base + 0x1000, 4)])
    .toEqual([0, 0, 0, 0, 0])
  pci.memWrite(base + Common.NUM_QUEUES, 2, 9)
  pci.memWrite(base + 0x3000, 4, 0)
  pci.memWrite(base + 0x1000, 1, 0)
  expect([pci.configRead(254, 4), pci.configRead(1, 2)]).toEqual([0, 0])
  pci.configWrite(Pci.VENDOR, 2, 1)
  expect(device.counters.get('badAccess')).toBe(11)
  pci.configWrite(Pci.COMMAND, 2, 0)
  expect([pci.memRead(base + Common.NUM_QUEUES, 2), bus.status()]).toEqual([0, 0])
})
