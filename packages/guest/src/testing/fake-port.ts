/**
 * A port whose other side is the test: what was submitted is listed, and completes when the test says so, at once, or as a script says.
 *
 *     policy --submit, finish--> FakePort --script(n)--> at once | later | refused | never
 */
import { slot as asSlot } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { FULL, RequestKind, Status } from '@hintlab/protocol'
import type { HintBatch, HintClient, HintPort } from '@hintlab/protocol'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'

const AT_LATE = point(Kind.SLEEP, 'fake port: late answer')
const AT_ANSWER = point(Kind.WAIT, 'fake port: wait for the test')

const NAMES: Readonly<Record<RequestKind, string>> = {
  [RequestKind.REPORT]: 'report', [RequestKind.INFLATE]: 'inflate', [RequestKind.DEFLATE]: 'deflate', [RequestKind.HINT]: 'hint',
  [RequestKind.HINT_COMMAND]: 'command',
}

/** What becomes of a request; by default the host takes it at once. */
export interface FakeAnswer {
  readonly status?: Status
  /** After so long, of a port whose submitter waits. */
  readonly delayNs?: number
  /** Only when the test calls `answer`. */
  readonly never?: boolean
}

export interface FakePortOptions {
  /** What to do with request number n, counted from 0. Makes the port answer by itself. */
  readonly script?: (n: number) => FakeAnswer
  readonly waits?: boolean
  readonly slots?: number
  readonly entriesMax?: number
  /** Completes each request as soon as it is submitted. */
  readonly eager?: boolean
}

export class FakePort implements HintPort<Task> {
  readonly entriesMax: number
  readonly slots: number
  readonly waits: boolean
  /** `inflate 256`, `command 7`, in the order of submission. */
  readonly requests: string[] = []
  readonly pfns: number[][] = []
  /** No queue: every submit is FULL. */
  gone = false
  client: HintClient<Task> | null = null
  private readonly eager: boolean
  private readonly script: (n: number) => FakeAnswer
  private readonly engine: Engine
  private readonly statuses = new Map<number, Status>()
  private readonly answered: WaitQueue
  private readonly open = new Set<number>()
  private readonly done = new Set<number>()

  constructor(engine: Engine, { waits = true, slots = 1, entriesMax = 256, eager = true, script = () => ({}) }: FakePortOptions = {}) {
    this.engine = engine
    this.script = script
    this.waits = waits
    this.slots = slots
    this.entriesMax = entriesMax
    this.eager = eager
    this.answered = new WaitQueue(engine, 'fake port')
  }

  get inFlight(): number {
    return this.open.size
  }

  submit(batch: HintBatch): Slot | typeof FULL {
    if (this.gone || this.open.size + this.done.size === this.slots) return FULL
    let slot = 0
    while (this.open.has(slot) || this.done.has(slot)) slot++
    this.open.add(slot)
    this.requests.push(`${NAMES[batch.kind]} ${batch.kind === RequestKind.HINT_COMMAND ? batch.commandId : batch.count}`)
    this.pfns.push([...batch.pfn.subarray(0, batch.count)])
    return asSlot(slot)
  }

  *finish(task: Task, slot: Slot): Generator<Point, void, void> {
    const { status = Status.OK, delayNs = 0, never = !this.eager } = this.script(this.requests.length - 1)
    if (delayNs > 0 && this.waits) {
      task.wakeAt = this.engine.localNow(task) + delayNs
      yield AT_LATE
    }
    if (!never) this.settle(slot, status)
    if (!this.waits) return
    while (this.open.has(slot)) {
      this.answered.wait(task)
      yield AT_ANSWER
    }
    this.client?.complete(slot, this.statuses.get(slot) ?? Status.OK, 'process')
  }

  release(slot: Slot): void {
    this.done.delete(slot)
  }

  /** The host answers the oldest request. */
  answer(status: Status = Status.OK): void {
    for (const slot of this.open) return this.settle(asSlot(slot), status)
  }

  private settle(slot: Slot, status: Status): void {
    this.statuses.set(slot, status)
    this.open.delete(slot)
    this.done.add(slot)
    if (this.waits) this.answered.wakeAll()
    else this.client?.complete(slot, status, 'interrupt')
  }
}
