/** What frames and swap slots hold, as two maps of tags; 0 is zeroes. The smallest memory that can notice a page that comes back wrong. */
import type { FrameContents } from '@hintlab/protocol'

export class NaiveContents implements FrameContents {
  readonly frames = new Map<number, number>()
  readonly slots = new Map<number, number>()

  read(hfn: number): number {
    return this.frames.get(hfn) ?? 0
  }

  write(hfn: number, tag: number): void {
    this.frames.set(hfn, tag)
  }

  zeroed(hfn: number, count: number): void {
    for (let i = 0; i < count; i++) this.frames.delete(hfn + i)
  }

  isZero(hfn: number): boolean {
    return this.read(hfn) === 0
  }

  copied(from: number, to: number): void {
    this.write(to, this.read(from))
  }

  swappedOut(hfn: number, slot: number): void {
    this.slots.set(slot, this.read(hfn))
  }

  swappedIn(slot: number, hfn: number): void {
    this.write(hfn, this.slots.get(slot) ?? 0)
  }
}
