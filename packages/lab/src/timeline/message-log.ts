/**
 * Follows each request through a transport. It listens at the four places where a request changes hands, by standing in front of the methods of this machine's
 * own objects; what they do and return stays the same.
 *
 *     port.submit -> source.take -> source.answer -> client.complete
 *
 * The host knows requests by handles and the guest by slots; what belongs together is found by the first page, which is in one request at a time.
 */
import { EMPTY, FULL } from '@hintlab/protocol'
import type { HintBatch, HintClient } from '@hintlab/protocol'
import type { Task } from '@hintlab/sim'
import type { Transport } from '@hintlab/transport'
import type { TracedMeasure } from './cpu-trace.ts'

/** When and on which CPU a step was taken; null while it was not. Times in nanoseconds. */
export interface Step {
  readonly atNs: number
  readonly cpu: number
}

export interface Message {
  readonly firstPfn: number
  readonly entries: number
  readonly pages: number
  readonly submitted: Step
  taken: Step | null
  answered: Step | null
  completed: Step | null
}

/** Requests that are kept. */
const MESSAGES_MAX = 200_000

export class MessageLog {
  readonly messages: Message[] = []
  private readonly engine: TracedMeasure

  constructor(engine: TracedMeasure) {
    this.engine = engine
  }

  listen({ port, source }: Transport, client: HintClient<Task>): void {
    const bySlot = new Map<number, Message>()
    const byHandle = new Map<number, Message>()
    const [submit, take, answer, complete] = [port.submit.bind(port), source.take.bind(source), source.answer.bind(source), client.complete.bind(client)]
    port.submit = (batch) => {
      const message = this.begin(batch)
      const slot = submit(batch)
      if (slot === FULL || this.messages.length === MESSAGES_MAX) return slot
      bySlot.set(slot, message)
      this.messages.push(message)
      return slot
    }
    source.take = (batch) => {
      const handle = take(batch)
      if (handle === EMPTY || byHandle.has(handle)) return handle
      const message = [...bySlot.values()].find(({ taken, firstPfn }) => taken === null && firstPfn === batch.pfn[0])
      if (message === undefined) return handle
      message.taken = this.here()
      byHandle.set(handle, message)
      return handle
    }
    source.answer = (handle, outcome) => {
      const message = byHandle.get(handle)
      if (message !== undefined) message.answered = this.here()
      byHandle.delete(handle)
      answer(handle, outcome)
    }
    client.complete = (slot, status, context) => {
      const message = bySlot.get(slot)
      if (message !== undefined) message.completed = this.here()
      bySlot.delete(slot)
      complete(slot, status, context)
    }
  }

  private begin({ count, pfn, order }: HintBatch): Message {
    let pages = 0
    for (let i = 0; i < count; i++) pages += 2 ** order[i]
    return { firstPfn: pfn[0], entries: count, pages, submitted: this.here(), taken: null, answered: null, completed: null }
  }

  private here(): Step {
    return { atNs: this.engine.stepNow, cpu: this.engine.activeCpu }
  }
}
