/** virtio-mmio: each register rule (94 to 102), with the device as a driver sees it and with a driver that does it wrong. */
import { expect, test } from 'vitest'
import { ALL_RING_FEATURES, makeEchoPair, makeVirtio } from '../testing/virtio-fixture.ts'
import { MmioDriver, PROGRESS_READS_MAX } from './mmio-driver.ts'
import { Mmio, MMIO_MAGIC } from './mmio-registers.ts'
import type { RegisterAccess } from './mmio-registers.ts'

/** Registers with fixed contents, and what was written to them. */
function fixedRegisters(values: Record<number, number>) {
  const written: [number, number][] = []
  let reads = 0
  const access: RegisterAccess = {
    read: (address) => {
      reads++
      return values[address] ?? 0
    },
    write: (address, _, value) => written.push([address, value]),
  }
  return { access, written, reads: () => reads }
}

test('rule 94: another magic or version is no device, an empty slot is none without a complaint, and nothing is written', () => {
  const look = (values: Record<number, number>): unknown[] => {
    const registers = fixedRegisters(values)
    const bus = new MmioDriver(registers.access)
    return [bus.deviceId, bus.problem, registers.written.length]
  }
  expect(look({ 0: 1, 4: 2, 8: 5 })).toEqual([0, 'no virtio-mmio device at this address', 0])
  expect(look({ 0: MMIO_MAGIC, 4: 1, 8: 5 })).toEqual([0, 'the virtio-mmio device is not of version 2', 0])
  expect(look({ 0: MMIO_MAGIC, 4: 2, 8: 0 })).toEqual([0, null, 0])
  expect(look({ 0: MMIO_MAGIC, 4: 2, 8: 5 })).toEqual([5, null, 0])
})

test('rules 95, 102: interrupts stand until they are acknowledged, one by one, and the line follows', () => {
  const { driver, mmio, echo, line } = makeEchoPair()
  driver.echo(0, [1])
  echo.change(0, 1)
  expect([mmio.read(Mmio.INTERRUPT_STATUS, 4), mmio.read(Mmio.INTERRUPT_STATUS, 4)]).toEqual([3, 3])
  mmio.write(Mmio.INTERRUPT_ACK, 4, 1)
  expect(mmio.read(Mmio.INTERRUPT_STATUS, 4)).toBe(2)
  mmio.write(Mmio.INTERRUPT_ACK, 4, 0xffff_fffc)
  expect([mmio.read(Mmio.INTERRUPT_STATUS, 4), line]).toEqual([2, [true]])
  expect([driver.bus.takeInterrupt(), driver.bus.takeInterrupt(), line]).toEqual([2, 0, [true, false]])
})

test('rules 95, 102: the driver acknowledges what it has read, and nothing when there is nothing', () => {
  const taken = [0, 2, 7].map((status) => {
    const registers = fixedRegisters({ 0: MMIO_MAGIC, 4: 2, 8: 5, [Mmio.INTERRUPT_STATUS]: status })
    return [new MmioDriver(registers.access).takeInterrupt(), registers.written]
  })
  expect(taken).toEqual([[0, []], [2, [[Mmio.INTERRUPT_ACK, 2]]], [7, [[Mmio.INTERRUPT_ACK, 7]]]])
})

test('rule 96: a reset clears the interrupt status, QueueReady and the selectors', () => {
  const { driver, mmio, line } = makeEchoPair()
  driver.echo(1, [1])
  mmio.write(Mmio.QUEUE_SEL, 4, 1)
  expect([mmio.read(Mmio.QUEUE_READY, 4), mmio.read(Mmio.INTERRUPT_STATUS, 4)]).toEqual([1, 1])
  mmio.write(Mmio.DEVICE_FEATURES_SEL, 4, 1)
  mmio.write(Mmio.STATUS, 4, 0)
  expect(mmio.read(Mmio.INTERRUPT_STATUS, 4)).toBe(0)
  expect(mmio.read(Mmio.DEVICE_FEATURES, 4)).toBe(ALL_RING_FEATURES.low)
  for (const queue of [0, 1]) {
    mmio.write(Mmio.QUEUE_SEL, 4, queue)
    expect(mmio.read(Mmio.QUEUE_READY, 4)).toBe(0)
  }
  expect(line).toEqual([true, false])
})

test('rules 87, 97: the generation changes with the configuration, and the field is read in its width', () => {
  const { driver, mmio, echo } = makeEchoPair()
  const before = driver.bus.configGeneration()
  echo.change(1, 0x80)
  expect(driver.bus.configGeneration()).not.toBe(before)
  expect([mmio.read(Mmio.CONFIG, 4), mmio.read(Mmio.CONFIG, 2), mmio.read(Mmio.CONFIG + 1, 1)]).toEqual([0x8000, 0x8000, 0x80])
  driver.bus.writeConfig(4, 4, 0xfedc_ba98)
  expect([driver.bus.readConfig(4, 4), driver.bus.readConfig(6, 2), driver.bus.readConfig(7, 1)]).toEqual([0xfedc_ba98, 0xfedc, 0xfe])
  // Behind its end the configuration is zero: the driver does not bound it (rule 88).
  expect(driver.bus.readConfig(64, 4)).toBe(0)
})

test('rules 98, 99: a queue is stopped by QueueReady = 0, and the driver sees that it is', () => {
  const { device, driver, echo, mmio } = makeEchoPair({ lazy: true })
  const bus = driver.bus as MmioDriver
  driver.send(0, [1])
  expect([bus.queueEnabled(0), bus.disableQueue(0), bus.queueEnabled(0)]).toEqual([true, true, false])
  echo.serve(0)
  bus.notify(0)
  expect([echo.echoed, device.counters.get('notifiedIdle')]).toEqual([0, 1])
  mmio.write(Mmio.QUEUE_READY, 4, 2)
  expect([device.counters.get('badAccess'), bus.queueEnabled(0)]).toEqual([1, false])
})

test('rule 99: QueueSizeMax is 0 for a queue that is not there', () => {
  const { driver } = makeEchoPair()
  expect([0, 1, 2, 3, 0xffff_ffff].map((queue) => driver.bus.queueSizeMax(queue))).toEqual([256, 256, 0, 0, 0])
})

test('rule 100: the driver waits for QueueReset to read 0, bounded, and for QueueReady', () => {
  const stuck = fixedRegisters({ 0: MMIO_MAGIC, 4: 2, 8: 5, [Mmio.QUEUE_RESET]: 1 })
  const bus = new MmioDriver(stuck.access)
  const before = stuck.reads()
  expect(bus.resetQueue(3)).toBe(false)
  expect(stuck.reads() - before).toBe(PROGRESS_READS_MAX)
  expect(stuck.written).toEqual([[Mmio.QUEUE_SEL, 3], [Mmio.QUEUE_RESET, 1]])
  expect(new MmioDriver(fixedRegisters({ 0: MMIO_MAGIC, 4: 2, 8: 5, [Mmio.QUEUE_READY]: 1 }).access).resetQueue(0)).toBe(false)
})

test('rule 101 and the rest: wrong widths, alignments, directions and offsets are counted, read as 0 and change nothing', () => {
  const { device, mmio, driver } = makeEchoPair()
  const before = device.status
  const reads: [number, 1 | 2 | 4][] = [[0, 1], [0, 2], [2, 4], [Mmio.QUEUE_NOTIFY, 4], [0x1fe, 4], [0x101, 2], [0x0d0, 4], [-4, 4], [0x200, 4]]
  expect(reads.map(([offset, width]) => mmio.read(offset, width))).toEqual(reads.map(() => 0))
  const writes: [number, 1 | 2 | 4][] = [[0, 4], [Mmio.STATUS, 1], [Mmio.STATUS + 1, 2], [Mmio.INTERRUPT_STATUS, 4], [0x102, 4], [0x0fc, 4], [0x400, 1]]
  for (const [offset, width] of writes) mmio.write(offset, width, 0)
  expect(device.counters.get('badAccess')).toBe(reads.length + writes.length)
  expect(device.status).toBe(before)
  expect(driver.echo(0, [1, 2])).toEqual([1, 2])
})

test('there is no shared memory region: its length reads as all ones', () => {
  const { mmio } = makeVirtio()
  mmio.write(Mmio.SHM_SEL, 4, 0)
  expect([Mmio.SHM_LEN_LOW, Mmio.SHM_LEN_HIGH, Mmio.SHM_BASE_LOW].map((offset) => mmio.read(offset, 4))).toEqual(Array(3).fill(0xffff_ffff))
})

test('features beyond the first two words are none, and what is written there is not taken', () => {
  const { mmio, device } = makeVirtio()
  mmio.write(Mmio.DEVICE_FEATURES_SEL, 4, 2)
  mmio.write(Mmio.DRIVER_FEATURES_SEL, 4, 7)
  mmio.write(Mmio.DRIVER_FEATURES, 4, 0xffff_ffff)
  expect([mmio.read(Mmio.DEVICE_FEATURES, 4), device.acceptedWord(0), device.acceptedWord(1)]).toEqual([0, 0, 0])
})
