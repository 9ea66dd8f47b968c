/** What a nanosecond of CPU time was spent on. Every charge names one; `IDLE` and `STEAL` are filled in by the engine. */
export const Cause = {
  /** The workload's own work: what the guest would do without hinting. */
  WORK: 0,
  ALLOC: 1,
  FREE: 2,
  /** Waiting for a spinlock or rwlock. */
  LOCK_SPIN: 3,
  /** Hint policy in the guest: capture, scan, isolate, put back. */
  HINT: 4,
  /** Building, publishing and reading requests and answers. */
  PROTOCOL: 5,
  /** The vCPU's side of a kick. */
  KICK: 6,
  /** The bare crossing of a hypercall or other exit. */
  EXIT: 7,
  /** vCPU held in the host until somebody else is done. */
  BLOCKED: 8,
  /** Guest spinning on a completion. */
  POLL: 9,
  /** Interrupt injection, entry and exit. */
  INTERRUPT: 10,
  /** Waking a thread and switching to it; leaving the halted state. */
  WAKEUP: 11,
  /** EPT violation without the zeroing. */
  FAULT: 12,
  ZEROING: 13,
  /** madvise: zap, split, free of host frames. */
  DISCARD: 14,
  TLB_FLUSH: 15,
  /** Device model: parsing, validation, bookkeeping. */
  DEVICE: 16,
  /** Host reclaim: looking for pages to take, unmapping them, swap. */
  RECLAIM: 17,
} as const
export type Cause = (typeof Cause)[keyof typeof Cause]

export const CAUSE_NAMES = [
  'work', 'alloc', 'free', 'lock spin', 'hint policy', 'protocol', 'kick', 'exit', 'blocked', 'poll', 'interrupt', 'wake-up', 'fault', 'zeroing',
  'discard', 'tlb flush', 'device', 'reclaim',
] as const
export const CAUSES = CAUSE_NAMES.length
