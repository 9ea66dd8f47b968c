/**
 * `study unit-costs`: what it costs to give a page to the host, to take it back and to touch it again, in pages of 4K and of 2M: the modelled balloon beside
 * the published table (HyperAlloc, EuroSys 2025: 18 of 20 GiB).
 *
 *     inflate untouched  | inflate touched | return | first touch        each the elapsed time of the whole operation, per page
 *
 * The 4K rows are the balloon driver of the guest as it is. No driver of the model inflates 2M pages, so a task here does what the balloon's worker does, with
 * blocks of order 9. Memory is divided by `scale`; every cost is per page or per message, so the time per page does not depend on it.
 */
import { assert, Columns, framesIn, GIB, pagesIn, SECOND } from '@hintlab/kit'
import { AllocFlag, Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import { ColumnBatch, FULL, PageOwner, RequestKind } from '@hintlab/protocol'
import { Cause, Kind, Measure, point } from '@hintlab/sim'
import type { CostName, Point, Task } from '@hintlab/sim'
import type { Axes } from '@hintlab/transport'
import { buildMachine, checkMachine } from '../machine.ts'
import type { Machine } from '../machine.ts'
import { costsOf, InputError, parseRunOptions } from '../options.ts'
import { PageUser } from '../workload/page-user.ts'

const AT_STEP = point(Kind.RUN, 'unit costs: a message is done')

/** Stated: the balloon of the table has its device thread asleep between messages, and the driver waits for each. */
const SLEEPS: Axes = { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' }
const GUEST_BYTES = 20 * GIB
const MOVED_BYTES = 18 * GIB
export const UNIT_LIMIT_PERCENT = 10

export interface UnitParameter {
  readonly name: CostName | 'entries of a 2M message'
  readonly value: number
  /** Null where the study takes the value of the cost table. */
  readonly fittedOn: string | null
  readonly source: string
}

/**
 * Every cost that decides a row, and where it comes from. Three are fitted here on four rows, and a fourth was chosen in their sight; four more are each the
 * difference of two rows, or a row.
 */
export const UNIT_PARAMETERS: readonly UnitParameter[] = [
  {
    name: 'deviceEntry', value: 1640, fittedOn: '4K and 2M return',
    source: 'QEMU looks up the memory region of each PFN; 50 in the cost table is a device with a table of its own',
  },
  { name: 'madvise', value: 760, fittedOn: '4K and 2M untouched less return', source: 'system call on an empty range; 300 in the cost table, 150 to 800 seen' },
  {
    name: 'entries of a 2M message', value: 3, fittedOn: '2M untouched and return',
    source: 'how many share the kick, the wake-ups and the interrupt; 256 in 4K',
  },
  {
    name: 'buddyAlloc2m', value: 444, fittedOn: null,
    source: 'set to the cost of its free (LLFree) with these rows in sight: 2615 as in LLFree leaves the 2M rows more than 10 % off',
  },
  { name: 'zap4k', value: 1920, fittedOn: '4K touched less untouched', source: 'cost table' },
  { name: 'zap2m', value: 8400, fittedOn: '2M touched less untouched', source: 'cost table' },
  { name: 'fault4k', value: 3930, fittedOn: '4K first touch', source: 'cost table' },
  { name: 'fault2m', value: 455_000, fittedOn: '2M first touch', source: 'cost table' },
]

export interface UnitRow {
  readonly what: string
  readonly publishedUs: number
  readonly modelUs: number
  readonly percent: number
  /** Error of this row when nothing was fitted on it; null where the row alone decides its cost, so that it says nothing about the model. */
  readonly leftOutPercent: number | null
  readonly within: boolean
}

export interface UnitCostsResult {
  readonly scale: number
  readonly rows: readonly UnitRow[]
  readonly parameters: readonly UnitParameter[]
  readonly outside: number
}

const PUBLISHED = {
  4096: { untouched: 2.537, touched: 4.455, return: 1.808, touch: 3.93 },
  2097152: { untouched: 7.55, touched: 15.94, return: 6.66, touch: 455 },
} as const

export function studyUnitCosts(scale = 16): UnitCostsResult {
  if (![1, 2, 4, 8, 16, 32].includes(scale)) throw new InputError(`--scale: found ${scale}; accepted is 1, 2, 4, 8, 16 or 32`)
  const measured = { small: measureSize(0, scale), huge: measureSize(9, scale) }
  // Three parameters and four rows leave one relation to check: 2M and 4K differ by the same in both directions.
  const small = PUBLISHED[4096]
  const huge = PUBLISHED[2097152]
  const relation = measured.huge.untouched - measured.small.untouched - (measured.huge.return - measured.small.return)
  const imbalance = Math.abs(huge.untouched - small.untouched - (huge.return - small.return) - relation)
  const rows = [
    ...rowsOf('4K', small, measured.small, imbalance),
    ...rowsOf('2M', huge, measured.huge, imbalance),
  ]
  return { scale, rows, parameters: UNIT_PARAMETERS, outside: rows.filter(({ within }) => !within).length }
}

type Units = Record<'untouched' | 'touched' | 'return' | 'touch', number>

const NAMES: Record<keyof Units, string> = { untouched: 'inflate, untouched', touched: 'inflate, touched', return: 'return', touch: 'first touch after return' }

function rowsOf(size: string, published: Units, model: Units, imbalance: number): UnitRow[] {
  return (Object.keys(NAMES) as (keyof Units)[]).map((key) => {
    const percent = (100 * (model[key] - published[key])) / published[key]
    const isShared = key === 'untouched' || key === 'return'
    return {
      what: `${size} ${NAMES[key]}`, publishedUs: published[key], modelUs: model[key], percent,
      leftOutPercent: isShared ? (100 * imbalance) / published[key] : null,
      within: Math.abs(percent) <= UNIT_LIMIT_PERCENT,
    }
  })
}

/** Microseconds per page of `order` for the four operations. */
function measureSize(order: 0 | 9, scale: number): Units {
  const blocks = pagesIn(MOVED_BYTES / scale) / framesIn(order)
  const untouched = machineOf(scale, false)
  const touched = machineOf(scale, true)
  const units = {
    untouched: timeOf(untouched, order, blocks, 'inflate') / blocks,
    touched: timeOf(touched, order, blocks, 'inflate') / blocks,
    return: timeOf(touched, order, blocks, 'return') / blocks,
    touch: touchTime(touched, order, Math.min(blocks, 2000)),
  }
  for (const { machine, engine } of [untouched, touched]) {
    engine.check()
    checkMachine(machine)
    assert(machine.ghost.violationCount === 0, 'a balloon loses nothing')
  }
  return units
}

interface Built {
  readonly machine: Machine
  readonly engine: Measure
  /** Blocks of 2M that the study's own worker holds. */
  readonly held: number[]
}

/** On a host with huge pages: a balloon of 4K pages takes them from it, because their page tables are kept when they have been emptied. */
function machineOf(scale: number, isTouched: boolean): Built {
  const cost = Object.fromEntries(UNIT_PARAMETERS.filter(({ name }) => name !== ENTRIES).map(({ name, value }) => [name, value]))
  const run = parseRunOptions({
    guest: { memory: GUEST_BYTES / scale, vcpus: 1 },
    start: isTouched ? 'aged' : 'fresh',
    aged: { used: 0, fragmented: 0, huge: 1 },
    cost,
  })
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  return { machine: buildMachine(engine, { run, interface: null, balloon: SLEEPS }, () => `${engine.now} ns`), engine, held: [] }
}

const ENTRIES = 'entries of a 2M message'

/** The value that this study uses for a cost, ns. */
export const unitCost = (name: CostName): number => UNIT_PARAMETERS.find((parameter) => parameter.name === name)!.value

const entriesOf2m = (): number => UNIT_PARAMETERS.find(({ name }) => name === ENTRIES)!.value

/** Elapsed microseconds. */
function timeOf(built: Built, order: number, blocks: number, what: 'inflate' | 'return'): number {
  const { engine, machine } = built
  const start = engine.now
  const ended = { at: 0 }
  engine.addTask(`unit costs ${what}`, machine.vcpus[0], function* (task) {
    if (order > 0) yield* what === 'inflate' ? inflate2m(built, task, blocks) : return2m(built, task)
    else {
      const target = what === 'inflate' ? blocks : 0
      machine.balloon!.setTarget(target)
      while (machine.balloon!.actual !== target) {
        task.wakeAt = engine.localNow(task) + 10_000
        yield AT_WAIT
      }
    }
    ended.at = engine.localNow(task)
  })
  while (ended.at === 0) {
    assert(engine.now - start < 1000 * SECOND, 'a resize ends')
    engine.run(engine.now + SECOND / 100)
  }
  return (ended.at - start) / 1000
}

const AT_WAIT = point(Kind.SLEEP, 'unit costs: until the balloon is at its target')

/** fill_balloon, with blocks of order 9. */
function* inflate2m({ machine, engine, held }: Built, task: Task, blocks: number): Generator<Point, void, void> {
  const batch = new ColumnBatch(engine.cols, 'unit costs inflate', entriesOf2m(), RequestKind.INFLATE)
  const { kernel } = machine
  for (let done = 0; done < blocks; done += batch.count) {
    batch.count = 0
    while (batch.count < Math.min(entriesOf2m(), blocks - done)) {
      let pfn = kernel.allocFast(task, 0, 9, Migratetype.MOVABLE, ZoneKind.NORMAL)
      if (pfn === NONE) pfn = yield* kernel.allocSlow(task, 0, 9, Migratetype.MOVABLE, ZoneKind.NORMAL, AllocFlag.NO_OOM)
      assert(pfn !== NONE, 'the guest has what it is asked for')
      kernel.mm.pages.move(pfn, 9, PageOwner.ALLOCATED, PageOwner.BALLOON)
      held.push(pfn)
      batch.pfn[batch.count] = pfn
      batch.order[batch.count++] = 9
    }
    yield* tell(machine, task, batch)
  }
}

/** leak_balloon, with blocks of order 9. */
function* return2m({ machine, engine, held }: Built, task: Task): Generator<Point, void, void> {
  const batch = new ColumnBatch(engine.cols, 'unit costs return', entriesOf2m(), RequestKind.DEFLATE)
  while (held.length > 0) {
    batch.count = 0
    while (batch.count < entriesOf2m() && held.length > 0) {
      batch.pfn[batch.count] = held.pop()!
      batch.order[batch.count++] = 9
    }
    yield* tell(machine, task, batch)
    for (let i = 0; i < batch.count; i++) {
      machine.kernel.mm.pages.move(batch.pfn[i], 9, PageOwner.BALLOON, PageOwner.ALLOCATED)
      yield* machine.kernel.free(task, 0, batch.pfn[i])
    }
  }
}

function* tell({ engine, balloonTransport }: Machine, task: Task, batch: ColumnBatch): Generator<Point, void, void> {
  const { port } = balloonTransport!
  task.charge(engine.costs.hintEntry * batch.count, Cause.PROTOCOL)
  const slot = port.submit(batch)
  assert(slot !== FULL, 'one message at a time')
  yield* port.finish(task, slot)
  port.release(slot)
  yield AT_STEP
}

/** Microseconds for the first touch of a page of `order`, without its allocation. */
function touchTime({ machine, engine }: Built, order: number, blocks: number): number {
  const pages = new PageUser(machine)
  const touched = { blocks: 0 }
  engine.addTask('unit costs touch', machine.vcpus[0], function* (task) {
    for (; touched.blocks < blocks; touched.blocks++) {
      const pfn = yield* pages.take(task, 0, { order, type: Migratetype.MOVABLE, zone: ZoneKind.NORMAL, flags: 0 })
      yield AT_STEP
      yield* pages.touch(task, 0, pfn, order)
    }
  })
  while (touched.blocks < blocks) engine.run(engine.now + SECOND / 100)
  return pages.touchStall.sum / blocks / 1000
}
