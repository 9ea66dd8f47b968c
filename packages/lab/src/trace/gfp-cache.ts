/**
 * Classifies a printed gfp mask without making a string. A recording has millions of allocations and a few dozen different masks, so the
 * text of each mask is kept with its answer, found by its length and three of its bytes, and always compared in full.
 *
 *   slot -> at, length, packed answer
 *   text -> "GFP_KERNEL|__GFP_ZERO" "GFP_NOWAIT" ...   (until SLOTS_USED_MAX or TEXT_MAX; later masks are classified each time)
 */
import { classifyGfp } from './gfp.ts'
import { TextWindow } from './text-window.ts'

const SLOTS = 1024
const SLOTS_USED_MAX = 512
const TEXT_MAX = 64 * 1024
/** Shorter masks (`none` has four bytes) are not printed by any kernel; they are classified each time. */
const LENGTH_MIN = 4

export class GfpCache {
  private readonly at = new Int32Array(SLOTS)
  private readonly lengths = new Int32Array(SLOTS)
  private readonly answers = new Uint8Array(SLOTS)
  private readonly text = new TextWindow(TEXT_MAX)
  private textUsed = 0
  private used = 0

  /** `classifyGfp` of exactly the text from `start` to `end`, or -1 when that mask has not been seen. */
  find(window: TextWindow, start: number, end: number): number {
    const slot = this.slotOf(window, start, end)
    return slot >= 0 && this.lengths[slot] !== 0 ? this.answers[slot] : -1
  }

  /** As `find`, but classifies and keeps a mask that has not been seen. */
  classify(window: TextWindow, start: number, end: number): number {
    const slot = this.slotOf(window, start, end)
    if (slot >= 0 && this.lengths[slot] !== 0) return this.answers[slot]
    const answer = classifyGfp(window.bytes.toString('latin1', start, end))
    const length = end - start
    if (slot < 0 || this.used === SLOTS_USED_MAX || this.textUsed + length > TEXT_MAX) return answer
    window.bytes.copy(this.text.bytes, this.textUsed, start, end)
    this.at[slot] = this.textUsed
    this.lengths[slot] = length
    this.answers[slot] = answer
    this.textUsed += length
    this.used++
    return answer
  }

  /** The slot of this mask, or the free slot where it belongs, or -1 when it is too short. At least half of the slots are free. */
  private slotOf(window: TextWindow, start: number, end: number): number {
    const length = end - start
    if (length < LENGTH_MIN) return -1
    const { bytes } = window
    const quarter = length >> 2
    const hash = length ^ (bytes[start + quarter] << 2) ^ (bytes[start + 2 * quarter] << 3) ^ (bytes[start + 3 * quarter] << 5)
    let slot = hash & (SLOTS - 1)
    while (this.lengths[slot] !== 0) {
      if (this.lengths[slot] === length && window.equals(start, this.text, this.at[slot], length)) return slot
      slot = (slot + 1) & (SLOTS - 1)
    }
    return slot
  }
}
