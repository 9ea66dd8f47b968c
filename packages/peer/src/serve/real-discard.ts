/**
 * What the host really does when the model drops guest pages: a hole in the guest's memory file. Pages of one request often follow each other, also
 * backwards (a balloon's do); they are joined into one range, given back at the latest before the request is answered.
 *
 *   discarding(gfn, count) ... joined ... flush --> one hole
 */
import { PAGE_SIZE } from '@hintlab/kit'
import type { HostWitness } from '@hintlab/protocol'
import type { DiscardMode, ForeignMemory } from '../foreign-memory.ts'

export class RealDiscard implements HostWitness {
  /** Pages given back, holes made, and holes that the system refused. */
  pages = 0
  holes = 0
  refused = 0
  /** Called for each joined range, in pages, before it is given back. */
  onDiscard: (first: number, count: number) => void = () => {}
  private readonly memory: ForeignMemory
  private readonly mode: DiscardMode
  private first = 0
  private count = 0

  constructor(memory: ForeignMemory, mode: DiscardMode) {
    this.memory = memory
    this.mode = mode
  }

  discarding(gfn: number, count: number): void {
    if (this.count > 0 && gfn === this.first + this.count) this.count += count
    else if (this.count > 0 && gfn + count === this.first) {
      this.first = gfn
      this.count += count
    } else {
      this.flush()
      this.first = gfn
      this.count = count
    }
  }

  /** Gives back what is joined. */
  flush(): void {
    if (this.count === 0) return
    const { first, count } = this
    this.count = 0
    this.onDiscard(first, count)
    this.holes++
    this.pages += count
    if (this.memory.discard(first * PAGE_SIZE, count * PAGE_SIZE, this.mode) !== 0) this.refused++
  }

  zeroed(): void {
    // The modeled frames have no bytes.
  }

  residentChanged(): void {
    // Read when it is shown.
  }
}
