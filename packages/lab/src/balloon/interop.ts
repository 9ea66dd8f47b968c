/**
 * Which drivers work with which devices. Every cell is a run of the modelled driver on the modelled device with the traits of both, through registers and
 * rings; nothing here is a table of expectations.
 *
 *   init --> inflate --> deflate --> statistics, twice --> a run of hints --> reports --> what came of each
 */
import { Columns, MIB, MS, ns, SECOND } from '@hintlab/kit'
import { Feature, featureSet, hasFeature, queueExists, QueueRole } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import { without } from '@hintlab/guest'
import { buildBalloonMachine } from './balloon-machine.ts'
import type { BalloonMachine } from './balloon-machine.ts'
import { DEVICES, DRIVERS } from './personalities.ts'
import type { DeviceName, DevicePersonality, DriverName, DriverPersonality } from './personalities.ts'

/** What the driver declines, and what the device does not offer, beyond what both can. */
export const VARIANTS = {
  'takes all': { declines: featureSet(), withholds: featureSet() },
  'declines STATS': { declines: featureSet(Feature.STATS_VQ), withholds: featureSet() },
  'declines STATS, no hints': { declines: featureSet(Feature.STATS_VQ), withholds: featureSet(Feature.FREE_PAGE_HINT) },
} as const satisfies Record<string, { declines: FeatureSet; withholds: FeatureSet }>
export type VariantName = keyof typeof VARIANTS

/** `lost`: answered, and the host did nothing. `hangs`: never answered. */
export type RoleVerdict = 'works' | 'lost' | 'hangs'

export interface InteropCell {
  readonly driver: DriverName
  readonly device: DeviceName
  readonly variant: VariantName
  /** Why the driver could not take the device into service; null when it could. */
  readonly failed: string | null
  /** Pages that the guest owned were taken from it. */
  readonly corrupts: boolean
  /** By role, for the queues that were negotiated. */
  readonly verdicts: ReadonlyMap<QueueRole, RoleVerdict>
}

const MEMORY = 32 * MIB
const REPORTING_ORDER = 5
const TARGET = 512

/** Runs one pair. */
export function runPair(driver: DriverPersonality, device: DevicePersonality, variant: VariantName): Omit<InteropCell, 'driver' | 'device' | 'variant'> {
  const { declines, withholds } = VARIANTS[variant]
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const machine = buildBalloonMachine(engine, {
    driver: { ...driver, knows: subtract(driver.knows, declines) },
    device,
    offers: subtract(device.offered, withholds),
    memory: MEMORY,
    reportingOrder: REPORTING_ORDER,
    reportingDelayNs: ns(100 * MS),
  })
  const result = machine.binding.init()
  if (!result.ok) return { failed: result.reason, corrupts: false, verdicts: new Map() }
  const verdicts = new Map<QueueRole, RoleVerdict>()
  for (const role of Object.values(QueueRole)) {
    if (queueExists(role, result.features)) verdicts.set(role, PROBES[role](machine, engine))
  }
  return { failed: null, corrupts: machine.ghost.violationCount > 0, verdicts }
}

/** All pairs, in the order of the tables of personalities. */
export function interopMatrix(): InteropCell[] {
  const cells: InteropCell[] = []
  for (const [driver, driverTraits] of Object.entries(DRIVERS) as [DriverName, DriverPersonality][]) {
    for (const variant of Object.keys(VARIANTS) as VariantName[]) {
      for (const [device, deviceTraits] of Object.entries(DEVICES) as [DeviceName, DevicePersonality][]) {
        cells.push({ driver, device, variant, ...runPair(driverTraits, deviceTraits, variant) })
      }
    }
  }
  return cells
}

type Probe = (machine: BalloonMachine, engine: Measure) => RoleVerdict

/** Each tries one queue, and asks both sides what came of it. */
const PROBES: Readonly<Record<QueueRole, Probe>> = {
  [QueueRole.INFLATE]: (machine, engine) => {
    const discarded = discardedBy(machine, () => retarget(machine, engine, TARGET))
    return verdict(machine, QueueRole.INFLATE, discarded >= TARGET)
  },
  [QueueRole.DEFLATE]: (machine, engine) => {
    retarget(machine, engine, 0)
    if (machine.binding.queues[QueueRole.INFLATE].port.inFlight > 0) return 'hangs' // the worker never comes to it
    return verdict(machine, QueueRole.DEFLATE, machine.model.device.actual === 0 && machine.binding.driver.balloon.actual === 0)
  },
  [QueueRole.STATS]: (machine, engine) => {
    const { stats } = machine.model.device
    for (let i = 0; i < 2; i++) {
      stats.ask()
      engine.run(engine.now + 10 * MS)
    }
    // The host has its own copy only if buffers keep coming.
    return stats.counter('questions') === 2 && stats.holds ? 'works' : 'hangs'
  },
  [QueueRole.FREE_PAGE]: (machine, engine) => {
    const { runs } = machine.model.device
    const discarded = discardedBy(machine, () => {
      runs.start()
      engine.run(engine.now + 100 * MS)
      runs.done()
      engine.run(engine.now + 100 * MS)
    })
    // Nobody waits for a hint: the driver hangs only when it cannot give its blocks back.
    if (machine.binding.driver.hints!.heldBlocks > 0) return 'hangs'
    return discarded > 0 ? 'works' : 'lost'
  },
  [QueueRole.REPORTING]: (machine, engine) => {
    const discarded = discardedBy(machine, () => engine.run(engine.now + SECOND))
    return verdict(machine, QueueRole.REPORTING, discarded > 0)
  },
}

function verdict(machine: BalloonMachine, role: QueueRole, works: boolean): RoleVerdict {
  if (works) return 'works'
  return machine.binding.queues[role].port.inFlight > 0 ? 'hangs' : 'lost'
}

function retarget(machine: BalloonMachine, engine: Measure, pages: number): void {
  machine.model.device.setTarget(pages)
  engine.run(engine.now + 50 * MS)
}

/** Pages that the host took meanwhile. */
function discardedBy(machine: BalloonMachine, act: () => void): number {
  const { hints } = machine.model.device
  const before = hints.counter('discardedPages')
  act()
  return hints.counter('discardedPages') - before
}

function subtract(set: FeatureSet, drop: FeatureSet): FeatureSet {
  let left = set
  for (let bit = 0; bit < 64; bit++) if (hasFeature(drop, bit)) left = without(left, bit)
  return left
}
