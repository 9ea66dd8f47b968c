/**
 * A guest that submits what it is told and writes down what comes back: the fake of the hint policy. It checks at every completion what the port
 * promises (P1, P2), so a test that uses it has these checks for nothing.
 */
import { assert } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { FULL, makeBatch, RequestKind } from '@hintlab/protocol'
import type { CompletionContext, HintBatch, HintClient, HintPort, Status } from '@hintlab/protocol'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'

const AT_FULL = point(Kind.WAIT, 'scripted guest: wait for a free slot')

/** What is sent: a batch as plain data. */
export interface Letter {
  readonly kind?: RequestKind
  readonly commandId: number
  readonly pfn: readonly number[]
  readonly order?: readonly number[]
}

/** What came back for letter `commandId`. */
export interface Reply {
  readonly commandId: number
  readonly status: Status
  readonly context: CompletionContext
  readonly at: number
}

/** What the letters of a guest are like when they do not say. */
export interface LetterDefaults {
  readonly kind: RequestKind
  /** Order of entry `i`. */
  readonly order: (i: number) => number
}

const ANY_LETTER: LetterDefaults = { kind: RequestKind.REPORT, order: (i) => i % 11 }

export class ScriptedGuest implements HintClient<Task> {
  readonly replies: Reply[] = []
  /** Letters that were in flight when FULL was returned. */
  readonly fullAt: number[] = []
  private readonly engine: Engine
  private readonly port: HintPort<Task>
  private readonly freed: WaitQueue
  /** By slot: who submitted what, until the completion. */
  private readonly open = new Map<Slot, { task: Task; commandId: number }>()
  private readonly toRelease: Slot[] = []
  private readonly defaults: LetterDefaults
  private submitting = false

  constructor(engine: Engine, port: HintPort<Task>, defaults: LetterDefaults = ANY_LETTER) {
    this.defaults = defaults
    this.engine = engine
    this.port = port
    this.freed = new WaitQueue(engine, 'scripted guest freed')
  }

  get inFlight(): number {
    return this.open.size
  }

  /** Submits one letter, waits for a slot when there is none, and returns when `finish` does. */
  *send(task: Task, letter: Letter): Generator<Point, void, void> {
    const batch = fill(letter, this.port.entriesMax, this.defaults)
    let slot = this.submit(task, batch)
    while (slot === FULL) {
      this.freed.wait(task)
      yield AT_FULL
      slot = this.submit(task, batch)
    }
    batch.pfn.fill(0xdead) // the port has taken a copy
    yield* this.port.finish(task, slot)
    if (!this.port.waits) return
    assert(!this.open.has(slot), 'a submitter that waits goes on after its completion')
    this.port.release(slot)
    this.freed.wakeAll()
  }

  /** Submits without telling the host; FULL as the port says. */
  submit(task: Task, batch: HintBatch): Slot | typeof FULL {
    this.submitting = true
    const slot = this.port.submit(batch)
    this.submitting = false
    if (slot === FULL) {
      this.fullAt.push(this.open.size)
      return FULL
    }
    assert(!this.open.has(slot), 'a slot in flight is not given away again')
    this.open.set(slot, { task, commandId: batch.commandId })
    return slot
  }

  complete(slot: Slot, status: Status, context: CompletionContext): void {
    assert(!this.submitting, 'P1: submit never calls back')
    const sent = this.open.get(slot)
    assert(sent !== undefined, 'P2: a completion comes once, and for what was submitted')
    assert(!displaces(sent.task) || sent.task.irqsOff === 0, 'P2: the interrupt waits until the submitter has irqs on')
    assert(context === 'interrupt' || sent.task.atomic === 0, 'P2: a completion comes with no lock of the submitter held')
    this.open.delete(slot)
    this.replies.push({ commandId: sent.commandId, status, context, at: this.engine.now })
    if (!this.port.waits) this.toRelease.push(slot)
  }

  *bottomHalf(): Generator<Point, void, void> {
    assert(!this.port.waits, 'a client whose submitter waits has no bottom half')
    this.releaseCompleted()
  }

  /** What the bottom half does; also after `abandon`, where there is none. */
  releaseCompleted(): void {
    for (const slot of this.toRelease.splice(0)) this.port.release(slot)
    this.freed.wakeAll()
  }
}

/** Whether an interrupt handler stands on the CPU of the submitter, in his place. */
function displaces(submitter: Task): boolean {
  return submitter.onCpu && submitter.cpu.current !== submitter
}

function fill(letter: Letter, entriesMax: number, { kind, order }: LetterDefaults): HintBatch {
  const batch = makeBatch(entriesMax)
  batch.kind = letter.kind ?? kind
  batch.commandId = letter.commandId
  batch.count = letter.pfn.length
  batch.pfn.set(letter.pfn)
  batch.order.set(letter.order ?? letter.pfn.map((_, i) => order(i)))
  return batch
}
