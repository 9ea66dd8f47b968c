/**
 * Plays the phases of a scenario: one task per phase, generator and number, all made before the run begins. A task sleeps until its phase begins.
 *
 *     phase 0 |burst 0 ----|                     phase 1            |memhog 0 ----|
 *             |burst 1 ------| late                                 |churn 0 -----|
 *             begin          end = begin of phase 1
 */
import { assert, PAGEBLOCK_ORDER, pagesIn, SECOND } from '@hintlab/kit'
import type { GuestKernel } from '@hintlab/guest'
import { Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import { SlotHolder } from '../guest-memory/slot-holder.ts'
import type { Machine } from '../machine.ts'
import { AnonRegion } from './anon-region.ts'
import { Pool } from './block-pool.ts'
import { burst, churn, faultStorm, memhog } from './generators.ts'
import { PageUser } from './page-user.ts'
import type { Generator as Spec, Phase } from './phase-schema.ts'
import { Region } from './region.ts'
import type { Stretch } from './region.ts'
import type { PhaseCounts, Worker } from './worker.ts'
import type { PhaseResult, Workload } from './workload.ts'

const AT_BEGIN = point(Kind.SLEEP, 'workload: until its phase begins')
const AT_END = point(Kind.SLEEP, 'workload: until the last phase is over')
const AT_DONE = point(Kind.RUN, 'workload: its phase is done')

interface Playing {
  readonly phase: Phase
  readonly beginNs: number
  readonly endNs: number
  readonly counts: PhaseCounts
  doneNs: number
}

/** What holds a generator's blocks. */
type Store = Stretch | Pool | null

export class PhaseWorkload implements Workload {
  readonly pages: PageUser
  readonly durationNs: number
  finishedAt = 0
  latenessMax = 0
  readonly latenessEnd: number[]
  private readonly machine: Machine
  private readonly engine: Engine
  private readonly played: Playing[] = []
  private readonly stores: Exclude<Store, null>[] = []
  /** Blocks that outlive their phase: pfn and order in turn. */
  private readonly kept: number[] = []
  private readonly keptHolder: SlotHolder
  private running = 0

  /** Adds all tasks, and one that waits for the end. */
  constructor(machine: Machine, phases: readonly Phase[]) {
    this.machine = machine
    this.engine = machine.engine
    this.pages = new PageUser(machine)
    this.keptHolder = new SlotHolder(machine.kernel, this.kept)
    this.latenessEnd = machine.vcpus.map(() => 0)
    let begin = this.engine.now
    phases.forEach((phase, n) => {
      const end = begin + Math.round(phase.seconds * SECOND)
      const playing = { phase, beginNs: begin, endNs: end, doneNs: end, counts: { allocs: 0, frees: 0, touchedPages: 0, loops: 0, keptPages: 0 } }
      this.played.push(playing)
      phase.run.forEach((spec, g) => this.addTasks(playing, spec, `${n}.${g}`))
      begin = end
    })
    this.durationNs = begin - this.engine.now
    this.addTask('end of phases', 0, (task) => this.waitForEnd(task, begin))
  }

  get phases(): readonly PhaseResult[] {
    return this.played.map(({ phase, beginNs, endNs, doneNs, counts }, n) => ({ name: phase.name || `phase ${n}`, beginNs, endNs, doneNs, ...counts }))
  }

  verifyLive(): number {
    let blocks = 0
    const visit = (pfn: number, order: number): void => {
      this.pages.verify(pfn, order)
      blocks++
    }
    for (const store of this.stores) store.each(visit)
    for (let i = 0; i < this.kept.length; i += 2) visit(this.kept[i], this.kept[i + 1])
    return blocks
  }

  private addTasks(playing: Playing, spec: Spec, id: string): void {
    if (spec.do === 'idle') return
    for (let n = 0; n < spec.tasks; n++) {
      const store = makeStore(this.machine, spec)
      this.stores.push(store)
      const cpu = n % this.machine.vcpus.length
      this.addTask(`workload ${id}.${n} ${spec.do}`, cpu, (task) => this.body(task, cpu, { playing, spec, store, id: `${id}.${n}` }))
    }
  }

  private addTask(name: string, cpu: number, body: (task: Task) => Generator<Point, void, void>): void {
    this.running++
    this.engine.addTask(name, this.machine.vcpus[cpu], body)
  }

  private *body(task: Task, cpu: number, part: { playing: Playing; spec: Spec; store: Store; id: string }): Generator<Point, void, void> {
    const { playing, spec, store, id } = part
    if (playing.beginNs > this.engine.now) {
      task.wakeAt = playing.beginNs
      yield AT_BEGIN
    }
    yield* generate(this.workerOf(task, cpu, playing, id), spec, store)
    yield AT_DONE
    const late = Math.max(0, this.engine.now - playing.endNs)
    playing.doneNs = Math.max(playing.doneNs, this.engine.now)
    this.latenessMax = Math.max(this.latenessMax, late)
    this.latenessEnd[cpu] = late
    this.done()
  }

  private workerOf(task: Task, cpu: number, { endNs, counts }: Playing, id: string): Worker {
    const keep = (pfn: number, order: number): void => {
      this.kept.push(pfn, order)
      this.keptHolder.hold(this.kept.length - 2, order)
      counts.keptPages += 2 ** order
    }
    return { engine: this.engine, pages: this.pages, task, cpu, random: this.engine.stream(`${this.machine.prefix}workload ${id}`), endNs, counts, keep }
  }

  private *waitForEnd(task: Task, end: number): Generator<Point, void, void> {
    task.wakeAt = end
    yield AT_END
    this.done()
  }

  private done(): void {
    assert(this.running > 0, 'a task is done once')
    if (--this.running === 0) this.finishedAt = this.engine.now
  }
}

function makeStore({ kernel }: Machine, spec: Exclude<Spec, { do: 'idle' }>): Exclude<Store, null> {
  if (spec.do === 'churn') return new Pool(kernel, pagesIn(spec.size), Math.min(...spec.orders))
  return hasPageTable(kernel, spec) ? new AnonRegion(kernel, spec) : new Region(kernel, spec)
}

/** Whether the guest's huge pages have to do with it: a fault storm asks for them, and khugepaged makes them of small ones. */
function hasPageTable({ thp, khugepaged }: GuestKernel, spec: { do: string; order: number; mobility: string }): boolean {
  if (spec.mobility !== 'movable') return false
  if (spec.do === 'fault-storm' && spec.order === PAGEBLOCK_ORDER) return thp !== null
  return spec.order === 0 && khugepaged !== null
}

function generate(worker: Worker, spec: Spec, store: Store): Generator<Point, void, void> {
  if (store instanceof Pool) {
    assert(spec.do === 'churn', 'only churn has a pool')
    return churn(worker, spec, store)
  }
  assert(store !== null && spec.do !== 'churn' && spec.do !== 'idle', 'a generator has what it works on')
  if (spec.do === 'burst') return burst(worker, spec, store)
  return spec.do === 'memhog' ? memhog(worker, spec, store) : faultStorm(worker, spec, store)
}
