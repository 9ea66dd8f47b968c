/**
 * The per-vCPU hint buffers: for each CPU a ring of (pfn, order) in the order of the frees, `entries` long, with room behind it for what spills while no
 * request is free. Columns only; no policy.
 *
 *     tail                        head            isFull: at least `entries` wait
 *     | x x x x ... x x x x x x x | . . . spill   add: false when the spill is used up too
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import type { HintBatch } from '@hintlab/protocol'

export class CpuBuffers {
  readonly cpus: number
  private readonly cols: Columns
  private readonly object: number
  private readonly entries: number
  private readonly capacity: number
  private readonly pfn: Uint32Array
  private readonly order: Uint8Array
  /** Per CPU: entries ever added, entries ever taken. */
  private readonly head: Float64Array
  private readonly tail: Float64Array

  constructor(cols: Columns, cpus: number, entries: number, spill: number) {
    this.cols = cols
    this.cpus = cpus
    this.entries = entries
    // A drain of a per-CPU page list can bring more than fits: one buffer more than the thread's.
    this.capacity = 2 * entries + spill
    this.object = cols.objects('hint buffer', cpus)
    this.pfn = cols.u32('hintBuffer.pfn', cpus * this.capacity, this.object, this.capacity)
    this.order = cols.u8('hintBuffer.order', cpus * this.capacity, this.object, this.capacity)
    this.head = cols.f64('hintBuffer.head', cpus, this.object, 1)
    this.tail = cols.f64('hintBuffer.tail', cpus, this.object, 1)
  }

  waiting(cpu: number): number {
    this.cols.footprint.read(this.object + cpu)
    return this.head[cpu] - this.tail[cpu]
  }

  isEmpty(cpu: number): boolean {
    return this.waiting(cpu) === 0
  }

  /** A whole request's worth waits. */
  isFull(cpu: number): boolean {
    return this.waiting(cpu) >= this.entries
  }

  /** False when there is no room: the hint is lost. */
  add(cpu: number, pfn: number, order: number): boolean {
    if (this.waiting(cpu) >= this.capacity) return false
    this.cols.footprint.write(this.object + cpu)
    const at = this.slot(cpu, this.head[cpu])
    this.pfn[at] = pfn
    this.order[at] = order
    this.head[cpu]++
    return true
  }

  /** Moves the oldest entries, at most a request's worth, into a batch. */
  moveInto(cpu: number, batch: HintBatch): void {
    this.cols.footprint.write(this.object + cpu)
    const count = Math.min(this.waiting(cpu), this.entries)
    for (let i = 0; i < count; i++) {
      const at = this.slot(cpu, this.tail[cpu] + i)
      batch.pfn[i] = this.pfn[at]
      batch.order[i] = this.order[at]
    }
    batch.count = count
    this.tail[cpu] += count
  }

  /** Forgets what waits; returns how many entries that were. */
  clear(cpu: number): number {
    const lost = this.waiting(cpu)
    this.cols.footprint.write(this.object + cpu)
    this.tail[cpu] += lost
    return lost
  }

  check(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      assert(this.waiting(cpu) >= 0 && this.waiting(cpu) <= this.capacity, 'a buffer holds no more than it has room for')
    }
  }

  private slot(cpu: number, n: number): number {
    return cpu * this.capacity + (n % this.capacity)
  }
}
