/**
 * How the guest kernel itself reads and writes pages: through the same translations as its programs, so that a page the host has dropped faults. The guest
 * package cannot see the host; whoever wires a machine implements this. Without it, pages have no contents and nothing faults.
 */
import type { Point, Task } from '@hintlab/sim'

/** The copy was made. */
export const COPIED = -1

export interface PageAccess {
  /** Writes all of a page that the kernel has allocated. */
  write(task: Task, cpu: number, pfn: number): Generator<Point, void, void>
  /** Reads a page. */
  read(pfn: number): void
  /** Copies a page in one step; COPIED, or the page that has no translation and needs `fault` first. */
  copy(cpu: number, from: number, to: number): number
  /** Clears a page that the kernel has allocated, in one step; COPIED, or the page, which has no translation and needs `fault` first. */
  clear(cpu: number, pfn: number): number
  /** Makes the host back a page; false when it cannot. */
  fault(task: Task, cpu: number, pfn: number): Generator<Point, boolean, void>
}
