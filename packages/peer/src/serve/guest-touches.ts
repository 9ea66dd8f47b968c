/**
 * What the guest touches, as far as the host can see it: pages that appear in its memory file. They are looked for from time to time, and each is touched
 * once more in the model, by the guest's vCPU, so that the modeled EPT has what the real guest has, and the faults on memory that was given back are booked.
 *
 *   file: page there, and not seen before --> touch: translate, or exit and fault --> seen
 *   discard ------------------------------------------------------------------------> not seen
 */
import { gfn, PAGE_SIZE } from '@hintlab/kit'
import { FAULT } from '@hintlab/host'
import type { Vm } from '@hintlab/host'
import { ExitReason } from '@hintlab/protocol'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { ForeignMemory } from '../foreign-memory.ts'

const AT_TOUCH = point(Kind.TRAP, 'live guest: touch a page')
const AT_IDLE = point(Kind.WAIT, 'live guest: nothing new')

interface Slot {
  readonly first: number
  /** By page: 1 while it is known to be there. */
  readonly seen: Uint8Array
  readonly now: Uint8Array
}

export class GuestTouches {
  /** Pages touched so far, again those that had been given back. */
  touched = 0
  refaulted = 0
  private readonly vm: Vm
  private readonly memory: ForeignMemory
  private readonly slots: readonly Slot[]
  private readonly fresh: number[] = []
  private readonly gone = new Set<number>()
  private readonly work: WaitQueue

  constructor(engine: Engine, vm: Vm, memory: ForeignMemory) {
    this.vm = vm
    this.memory = memory
    this.work = new WaitQueue(engine, 'live guest work')
    this.slots = memory.regions.map(({ gpa, length }) => {
      const pages = Math.floor(length / PAGE_SIZE)
      return { first: gpa / PAGE_SIZE, seen: new Uint8Array(pages), now: new Uint8Array(pages) }
    })
  }

  /** Looks at the file; the engine then runs the touches. */
  sample(): void {
    for (const { first, seen, now } of this.slots) {
      if (!this.memory.residency(first * PAGE_SIZE, now)) continue
      for (let i = 0; i < now.length; i++) {
        if ((now[i] & 1) === 0 || seen[i] === 1) continue
        seen[i] = 1
        this.fresh.push(first + i)
      }
    }
    if (this.fresh.length > 0) this.work.wakeAll()
  }

  /** Pages were given back. */
  discarded(first: number, count: number): void {
    for (const slot of this.slots) {
      const from = Math.max(0, first - slot.first)
      const to = Math.min(slot.seen.length, first + count - slot.first)
      for (let i = from; i < to; i++) {
        if (slot.seen[i] === 1) this.gone.add(slot.first + i)
        slot.seen[i] = 0
      }
    }
  }

  /** Body of the guest's only modeled task. */
  *body(task: Task): Generator<Point, void, void> {
    for (;;) {
      for (let page = this.fresh.pop(); page !== undefined; page = this.fresh.pop()) {
        this.touched++
        if (this.gone.delete(page)) this.refaulted++
        if (this.vm.translate(0, gfn(page), true) !== FAULT) continue
        task.trap(ExitReason.EPT_VIOLATION, page)
        yield AT_TOUCH
      }
      this.work.wait(task)
      yield AT_IDLE
    }
  }
}
