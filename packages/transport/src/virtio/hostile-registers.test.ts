/** Registers in the hands of a hostile driver, and a driver before hostile registers: no exception, no endless loop, every invariant holds. */
import { Columns } from '@hintlab/kit'
import { Feature, featureSet } from '@hintlab/protocol'
import type { GuestMemory } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { EchoDevice } from '../testing/echo-device.ts'
import { ALL_RING_FEATURES, EchoDriver, makeVirtio, MEMORY_BYTES, MEMORY_GPA } from '../testing/virtio-fixture.ts'
import { MmioDevice } from './mmio-device.ts'
import { MmioDriver } from './mmio-driver.ts'
import { Mmio, MMIO_MAGIC } from './mmio-registers.ts'
import type { RegisterAccess, Width } from './mmio-registers.ts'
import { PciDevice } from './pci-device.ts'
import { PciDriver } from './pci-driver.ts'
import type { PciAccess } from './pci-layout.ts'
import { VirtioDevice } from './virtio-device.ts'

type Step =
  | { kind: 'write'; offset: number; width: Width; value: number }
  | { kind: 'read'; offset: number; width: Width }
  | { kind: 'poke'; at: number; value: number }
  | { kind: 'init'; low: number; high: number }
  /** Buffers made available, as far as both kinds of ring go, and a notification. */
  | { kind: 'offer'; queue: number; index: number; slot: number; flags: number }

const width = fc.constantFrom<Width>(4, 4, 4, 4, 2, 1)
const offset = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...Object.values(Mmio)) }, { weight: 1, arbitrary: fc.nat(0x210) })
const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 4, 8, 11, 15, 64, 128, 0xffff_ffff),
  fc.nat(0x80).map((n) => MEMORY_GPA + n * 0x1000),
  fc.nat(0xffff),
)
/** Words of the areas where `start` puts the queues: most often the driver's index, then descriptors and all the rest. */
const poked = fc.oneof(
  fc.constantFrom(0x402, 0x1402), fc.tuple(fc.nat(1), fc.nat(63)).map(([queue, word]) => queue * 0x1000 + 2 * word),
  fc.tuple(fc.nat(1), fc.nat(2), fc.nat(12)).map(([queue, area, word]) => queue * 0x1000 + area * 0x400 + 2 * word),
)
const init = fc.record({
  kind: fc.constant('init' as const), low: fc.constantFrom(0, ALL_RING_FEATURES.low), high: fc.constantFrom(1, 1, 5, 9, ALL_RING_FEATURES.high, 0),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), offset, width, value }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), offset, width }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('poke' as const), at: poked, value: fc.oneof(fc.nat(9), fc.nat(0xffff)) }) },
  { weight: 6, arbitrary: fc.record({
    kind: fc.constant('offer' as const), queue: fc.nat(1), index: fc.oneof(fc.nat(9), fc.nat(0xffff)), slot: fc.nat(7), flags: fc.nat(7),
  }) },
  { weight: 1, arbitrary: init },
)

/** Guest memory that refuses to be touched outside its region, by itself and not by what is tested. */
class FencedMemory implements GuestMemory {
  touched = 0
  private readonly memory: GuestMemory

  constructor(memory: GuestMemory) {
    this.memory = memory
  }

  window(gpa: number, length: number) {
    const window = this.memory.window(gpa, length)
    if (window !== null) this.inside(gpa, length)
    return window
  }

  read(gpa: number, into: Uint8Array): boolean {
    return this.memory.read(gpa, into) && this.inside(gpa, into.length)
  }

  write(gpa: number, from: Uint8Array): boolean {
    return this.memory.write(gpa, from) && this.inside(gpa, from.length)
  }

  view(): null {
    return null
  }

  private inside(gpa: number, length: number): true {
    this.touched++
    if (gpa < MEMORY_GPA || gpa + length > MEMORY_GPA + MEMORY_BYTES) throw new Error(`[${gpa}, +${length}) is not guest memory`)
    return true
  }
}

function makeFenced() {
  const cols = new Columns()
  const { memory } = makeVirtio()
  const fenced = new FencedMemory(memory)
  const echo = new EchoDevice(fenced, ALL_RING_FEATURES)
  const device = new VirtioDevice(cols, { model: echo, memory: fenced, queues: 3 })
  echo.front = device
  return { cols, memory, fenced, echo, device, mmio: new MmioDevice(cols, device) }
}

/** A correct start, so that random accesses also meet a device at work. */
function start(access: RegisterAccess, low: number, high: number): void {
  const write = (register: number, word: number): void => access.write(register, 4, word)
  for (const status of [0, 1, 3]) write(Mmio.STATUS, status)
  for (const [word, bits] of [low, high].entries()) {
    write(Mmio.DRIVER_FEATURES_SEL, word)
    write(Mmio.DRIVER_FEATURES, bits)
  }
  write(Mmio.STATUS, 11)
  for (const queue of [0, 1]) {
    write(Mmio.QUEUE_SEL, queue)
    write(Mmio.QUEUE_SIZE, 8)
    for (const [i, register] of [Mmio.QUEUE_DESC_LOW, Mmio.QUEUE_DRIVER_LOW, Mmio.QUEUE_DEVICE_LOW].entries()) {
      write(register, MEMORY_GPA + queue * 0x1000 + i * 0x400)
    }
    write(Mmio.QUEUE_READY, 1)
  }
  write(Mmio.STATUS, 15)
  write(Mmio.QUEUE_NOTIFY, 0)
}

test('a hostile driver: any accesses in any order leave a device that keeps its invariants', () => {
  let [started, broken, touched, bad, echoed] = [0, 0, 0, 0, 0]
  fc.assert(
    fc.property(init, fc.array(step, { maxLength: 60 }), (first, more) => {
      const steps = [first, ...more]
      const { device, mmio, memory, echo, fenced } = makeFenced()
      const word = (gpa: number, value: number): boolean => memory.write(gpa, Uint8Array.of(value & 0xff, value >> 8))
      for (const one of steps) {
        if (one.kind === 'write') mmio.write(one.offset, one.width, one.value)
        else if (one.kind === 'read') expect(mmio.read(one.offset, one.width)).toBeGreaterThanOrEqual(0)
        else if (one.kind === 'init') start(mmio, one.low, one.high)
        else if (one.kind === 'poke') word(MEMORY_GPA + one.at, one.value)
        else {
          word(MEMORY_GPA + one.queue * 0x1000 + 0x402, one.index)
          word(MEMORY_GPA + one.queue * 0x1000 + 16 * one.slot + 14, 0x80 | one.flags)
          mmio.write(Mmio.QUEUE_NOTIFY, 4, one.queue)
        }
        device.check()
      }
      started += echo.heard.filter((line) => line.startsWith('started')).length
      touched += fenced.touched
      echoed += echo.echoed
      broken += device.counters.get('ringsBroken') + device.counters.get('queueRefused')
      bad += device.counters.get('badAccess')
      // Whatever was done, a reset helps.
      const driver = new EchoDriver({ memory }, new MmioDriver(mmio))
      expect([driver.init().ok, driver.echo(0, [1, 2, 3])]).toEqual([true, [1, 2, 3]])
    }),
    { numRuns: 300, seed: 11 },
  )
  // The generator reaches what it is meant to reach.
  const reached = { started, broken, touched, bad, echoed }
  for (const [name, count] of Object.entries(reached)) expect(count, `${name} in ${JSON.stringify(reached)}`).toBeGreaterThan(50)
})

const answers = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 11, 0xffff_ffff), fc.nat(0xffff)), { minLength: 1, maxLength: 20 })

test('a driver before random registers: a value, after a bounded number of accesses', () => {
  const results = new Set<string>()
  fc.assert(
    fc.property(answers, fc.boolean(), (values, sane) => {
      let accesses = 0
      const next = (): number => values[accesses++ % values.length]
      let status = 0
      const access: RegisterAccess = {
        read: (address) => {
          if (address === Mmio.MAGIC) return MMIO_MAGIC
          if (address === Mmio.VERSION) return 2
          if (sane && address === Mmio.STATUS) return status
          return next()
        },
        write: (address, _, value) => {
          accesses++
          if (address === Mmio.STATUS) status = value
        },
      }
      const { memory } = makeVirtio()
      const driver = new EchoDriver({ memory }, new MmioDriver(access), { wanted: featureSet(Feature.EVENT_IDX) })
      const result = driver.init()
      results.add(result.ok ? 'ok' : result.reason)
      if (result.ok) driver.send(0, [1, 2])
      if (driver.bus.deviceId !== 0) driver.bus.resetQueue(0)
      expect(accesses).toBeLessThan(5000)
    }),
    { numRuns: 200, seed: 12 },
  )
  expect([...results].sort()).toEqual(['absent', 'broken', 'missing-feature', 'ok', 'refused', 'reset', 'set-up'])
})

test('a hostile PCI function: the walk ends, and what is found lies inside the BARs', () => {
  const window = { base: 0xe000_0000, size: 0x10_0000 }
  const outside: number[] = []
  let devices = 0
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), fc.boolean(), answers, (bytes, sound, values) => {
      const world = makeVirtio()
      const real = new PciDevice(world.cols, world.device)
      let accesses = 0
      // Either everything is random, or a real function whose capabilities are random in places.
      const config = (at: number): number => (sound && (at < 0x40 || bytes[at] < 250) ? real.configRead(at, 1) : bytes[at])
      const access: PciAccess = {
        configRead: (at, size) => {
          accesses++
          if (at === 0 && size === 2) return 0x1af4
          let sum = 0
          for (let i = size - 1; i >= 0; i--) sum = sum * 256 + config((at + i) % 256)
          return sum
        },
        configWrite: (at, size, word) => {
          accesses++
          real.configWrite(at, size, word)
        },
        memRead: (address) => {
          if (address < window.base || address >= window.base + window.size) outside.push(address)
          return values[accesses++ % values.length]
        },
        memWrite: (address) => {
          accesses++
          if (address < window.base || address >= window.base + window.size) outside.push(address)
        },
      }
      const bus = new PciDriver(access, window)
      if (bus.deviceId !== 0) {
        devices++
        const driver = new EchoDriver(world, bus)
        driver.init()
        bus.takeInterrupt()
        bus.readConfig(0, 4)
      } else {
        expect(bus.problem).not.toBe(null)
      }
      expect(accesses).toBeLessThan(5000)
    }),
    { numRuns: 300, seed: 13 },
  )
  expect(outside).toEqual([])
  expect(devices).toBeGreaterThan(10)
})
