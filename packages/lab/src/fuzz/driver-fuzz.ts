/**
 * A driver against a malicious device, case by case.
 *
 *   init (the device may lie already) --> the case's actions --> the device is reset and right again --> removal --> oracle --> honest start, inflation
 *
 *   Y1  no exception, bounded steps and register accesses          Y2  the guest gives away no page that is in use, and uses none that it gave (ghost)
 *   Y3  `check` of rings, ports, driver and allocator holds         Y4  after removal every page is back
 *   Y5  with a right device the driver works: a balloon reaches its target
 */
import { ConfigField } from '@hintlab/protocol'
import { CaseReader } from './case-reader.ts'
import { actEvil, readOffer, startLying } from './driver-actions.ts'
import { DriverWorld } from './driver-world.ts'
import { demand } from './fuzz-target.ts'
import type { FuzzTarget } from './fuzz-target.ts'

const ACTIONS_MAX = 64
const TARGET = 24
/** A bus looks once whether there is a device (`absent`), when it is built. */
const INIT_RESULTS = ['ok', 'reset', 'missing-feature', 'refused', 'set-up', 'broken'] as const
const RING_COUNTS = ['bogusId', 'duplicate', 'badLength'] as const
const NAMES: readonly string[] = [
  ...INIT_RESULTS.map((name) => `init ${name}`), ...RING_COUNTS.map((name) => `used ${name}`), 'ring broken', 'out of puff', 'hint runs',
]

const USED_AT = INIT_RESULTS.length
const BROKEN_AT = USED_AT + RING_COUNTS.length

export class DriverFuzz implements FuzzTarget {
  readonly names = NAMES
  readonly counts = new Float64Array(NAMES.length)
  malformed = 0
  chains = 0
  private readonly world = new DriverWorld()
  private readonly reader = new CaseReader()
  private readonly usedBefore = new WeakMap<object, number[]>()
  private before = [0, 0]

  /** `spoil` makes the guest wrong, for tests of the oracle. */
  constructor(spoil: (world: DriverWorld) => void = () => {}) {
    spoil(this.world)
  }

  run(bytes: Uint8Array): void {
    const { reader, world } = this
    const { evil } = world
    const { taken, acts } = evil
    reader.begin(bytes)
    world.begin()
    evil.repent()
    readOffer(reader, world)
    const { offered } = evil
    startLying(reader, world)
    const result = world.init()
    this.counts[INIT_RESULTS.indexOf((result.ok ? 'ok' : result.reason) as (typeof INIT_RESULTS)[number])]++
    for (let actions = 0; actions < ACTIONS_MAX && !reader.ended; actions++) actEvil(world, reader)
    world.work(100_000)
    this.count()
    world.check()
    world.recover()
    world.checkAtRest()
    evil.offered = offered
    this.inflateHonestly()
    this.chains += evil.taken - taken
    this.malformed += evil.acts - acts
  }

  finish(): void {
    this.world.checkAtRest()
    this.world.engine.check()
  }

  /** Y5. */
  private inflateHonestly(): void {
    const { world } = this
    const { evil } = world
    evil.begin()
    evil.sizes = evil.sizes.map(() => 64)
    const result = world.init()
    demand(result.ok, () => `the driver does not take a right device: ${result.ok ? '' : result.reason}`)
    evil.setConfig(ConfigField.NUM_PAGES, TARGET)
    world.until(() => world.binding.driver.balloon.actual === TARGET, 'the balloon does not reach its target with a right device')
    world.recover()
    world.checkAtRest()
  }

  /** What the driver did not believe, and what it did. */
  private count(): void {
    const { counts, world } = this
    for (const { wire } of world.binding.queues) {
      const { ring } = wire
      if (ring === null) continue
      const now = RING_COUNTS.map((name) => ring.counters[name])
      const before = this.usedBefore.get(ring) ?? [0, 0, 0]
      this.usedBefore.set(ring, now)
      now.forEach((count, i) => (counts[USED_AT + i] += count - before[i]))
      if (ring.broken) counts[BROKEN_AT]++
    }
    const { balloon, hints } = world.binding.driver
    const now = [balloon.outOfPuff, hints?.runs ?? 0]
    now.forEach((count, i) => (counts[BROKEN_AT + 1 + i] += count - this.before[i]))
    this.before = now
  }
}
