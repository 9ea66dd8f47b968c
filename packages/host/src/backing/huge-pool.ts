/**
 * The host's pool of huge pages (nr_hugepages): taken from the host when it boots, never given back to it. A page that a guest discards returns here, so the
 * host's free memory does not grow; another guest with the same backing can have it.
 */
import type { Columns, Hfn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { NO_FRAME } from '../mm/frames.ts'
import type { HostFrames } from '../mm/frames.ts'
import { HUGE_PAGES } from '../mm/limits.ts'

export class HugePool {
  /** Pages of 4 KiB in one of its pages: 512, or 512 * 512. */
  readonly pageFrames: number
  readonly pages: number
  private readonly stack: Uint32Array
  private readonly state: Uint32Array
  private readonly cols: Columns
  private readonly object: number

  /** Asserts that the host has that many; at boot it has. */
  constructor(cols: Columns, frames: HostFrames, { pageFrames, pages }: { pageFrames: number; pages: number }) {
    this.cols = cols
    this.pageFrames = pageFrames
    this.pages = pages
    this.object = cols.objects('huge page pool')
    this.stack = cols.u32('huge pool.free', pages, this.object)
    this.state = cols.u32('huge pool.count', 1, this.object)
    for (let i = 0; i < pages; i++) {
      const head = frames.allocRun(pageFrames / HUGE_PAGES)
      assert(head !== NO_FRAME, 'a pool fits into the host that it is made on')
      this.stack[pages - 1 - i] = head
    }
    this.state[0] = pages
  }

  get free(): number {
    this.cols.footprint.read(this.object)
    return this.state[0]
  }

  /** The first frame of a page, or NO_FRAME. */
  alloc(): Hfn | typeof NO_FRAME {
    this.cols.footprint.write(this.object)
    return this.state[0] === 0 ? NO_FRAME : (this.stack[--this.state[0]] as Hfn)
  }

  put(head: Hfn): void {
    this.cols.footprint.write(this.object)
    assert(this.state[0] < this.pages && head % this.pageFrames === 0, 'a page of the pool comes back once')
    this.stack[this.state[0]++] = head
  }
}
