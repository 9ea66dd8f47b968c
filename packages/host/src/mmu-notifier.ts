/**
 * The MMU notifier's sequence and range: how a fault learns that the translation it resolved may have been taken away meanwhile
 * (virt/kvm/kvm_main.c kvm_mmu_invalidate_begin and _end, include/linux/kvm_host.h mmu_invalidate_retry_gfn). Called with mmu_lock held for writing;
 * `sequence` is read without it.
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'

const SEQUENCE = 0
const IN_PROGRESS = 1
const START = 2
const END = 3

export class MmuNotifier {
  private readonly cols: Columns
  private readonly object: number
  private readonly state: Float64Array
  private readonly retry: boolean

  /** `retry` false switches safeguard N1 off. */
  constructor(cols: Columns, retry: boolean) {
    this.cols = cols
    this.object = cols.objects('mmu notifier')
    this.state = cols.f64('notifier.state', 4, this.object)
    this.retry = retry
  }

  get sequence(): number {
    this.cols.footprint.read(this.object)
    return this.state[SEQUENCE]
  }

  begin(gfn: number, count: number): void {
    this.cols.footprint.write(this.object)
    const state = this.state
    const first = state[IN_PROGRESS]++ === 0
    // Several invalidations at once share one range that covers them all.
    state[START] = first ? gfn : Math.min(state[START], gfn)
    state[END] = first ? gfn + count : Math.max(state[END], gfn + count)
  }

  end(): void {
    this.cols.footprint.write(this.object)
    assert(this.state[IN_PROGRESS] > 0, 'an invalidation ends after it began')
    this.state[SEQUENCE]++
    this.state[IN_PROGRESS]--
  }

  /** Whether a fault that read `sequence` before it resolved `gfn` must start over. */
  mustRetry(sequence: number, gfn: number): boolean {
    this.cols.footprint.read(this.object)
    const state = this.state
    const running = state[IN_PROGRESS] > 0 && gfn >= state[START] && gfn < state[END]
    return this.retry && (running || state[SEQUENCE] !== sequence)
  }

  check(): void {
    assert(this.state[IN_PROGRESS] >= 0, 'as many ends as begins')
  }
}
