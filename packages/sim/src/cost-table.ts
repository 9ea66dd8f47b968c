/**
 * What things cost, in nanoseconds. No other file holds a cost. Each entry has a default, the range that real machines show, and its source:
 *
 *   L  a published measurement     D  derived from one     M  an order of magnitude commonly seen, not tied to a source
 *
 * Conclusions must survive halving and doubling of the M rows; `hintlab compare` tests that and says so.
 */
import { assert, hashString } from '@hintlab/kit'

export type Confidence = 'L' | 'D' | 'M'
export interface CostEntry {
  readonly ns: number
  readonly min: number
  readonly max: number
  readonly confidence: Confidence
  readonly source: string
}

const cost = (ns: number, min: number, max: number, confidence: Confidence, source: string): CostEntry => ({ ns, min, max, confidence, source })

export const COST_TABLE = {
  exitKernel: cost(775, 400, 1500, 'L', 'kvm-unit-tests outl_to_kernel, 2008-2026 cycles, KVM list 2025, at 2.6 GHz'),
  hypercall: cost(750, 400, 1500, 'D', 'null hypercall round trip; vmcall and outl_to_kernel agree within 2 %'),
  exitUser: cost(3000, 1500, 6000, 'M', 'exit to the VMM thread and back; about 3.3 in-kernel exits in the nested table of the 2019 VMX series'),
  kick: cost(900, 600, 2000, 'D', 'in-kernel exit plus eventfd signal (ioeventfd)'),
  deviceWake: cost(5000, 2000, 50000, 'M', 'wake-up of a sleeping host thread; 50 us from a deep idle state'),
  irqPosted: cost(400, 200, 1000, 'M', 'posted interrupt, vCPU running'),
  irqHalted: cost(6000, 3000, 60000, 'M', 'interrupt to a halted vCPU, wake-up included'),
  irqEntry: cost(600, 300, 1500, 'M', 'guest interrupt entry, handler and exit without work'),
  guestSwitch: cost(1500, 800, 3000, 'M', 'wake a guest thread and switch to it on the same vCPU'),
  lockHandover: cost(100, 50, 300, 'M', 'contended spinlock: cache line to the next waiter'),
  tlbFlushRemote: cost(2000, 1000, 6000, 'M', 'kick plus flush of one running vCPU'),
  madvise: cost(300, 150, 800, 'M', 'madvise system call on an empty range'),
  zap4k: cost(1920, 1920, 1920, 'D', 'HyperAlloc (EuroSys 2025): 4.455 - 2.537 us per 4K page'),
  zap2m: cost(8400, 5900, 8400, 'D', 'HyperAlloc: 15.94 - 7.55 us per 2M page'),
  fault4k: cost(3930, 3930, 3930, 'D', 'HyperAlloc: first touch after return, whole path with zeroing, per 4K page'),
  fault2m: cost(455000, 455000, 470000, 'D', 'HyperAlloc: first touch after return, whole path with zeroing, per 2M page'),
  faultResident: cost(700, 400, 1000, 'D', 'EPT violation on a page the host has: lazy fault of the eager page splitting series'),
  zero4k: cost(120, 80, 400, 'M', 'zeroing alone; inside fault4k'),
  zero2m: cost(100000, 60000, 250000, 'M', 'zeroing alone; inside fault2m'),
  splitHuge: cost(23500, 23500, 23500, 'D', 'page table of 512 entries written at a split (eager page splitting series)'),
  pcpOp: cost(56, 56, 56, 'D', 'LLFree (ATC 2023): 112 ns for an alloc and free pair served by the per-CPU list'),
  buddyOp: cost(94, 90, 94, 'L', 'LLFree: bulk 4K, one core, zone lock taken'),
  buddyAlloc2m: cost(2615, 2615, 2615, 'L', 'LLFree: bulk 2M allocation, one core'),
  buddyFree2m: cost(444, 444, 444, 'L', 'LLFree: bulk 2M free, one core'),
  hintEntry: cost(20, 10, 60, 'M', 'guest policy: capture or revalidate one entry'),
  ringAdd: cost(60, 30, 150, 'M', 'one descriptor put on or taken off a ring, either side'),
  deviceEntry: cost(50, 25, 150, 'M', 'device: validate and translate one entry'),
  ageCheck: cost(150, 50, 500, 'M', 'host reclaim: reverse map of one page and its A bit through the MMU notifier'),
  swapRead: cost(80000, 20000, 200000, 'M', 'swap-in of one 4K page from NVMe: latency of the read'),
  swapWrite: cost(30000, 20000, 200000, 'M', 'swap-out to NVMe: latency of the write'),
  swapPage: cost(2000, 1000, 10000, 'M', 'transfer of one 4K page to or from swap, 2 GB/s'),
  essa: cost(40, 20, 100, 'M', 's390: one ESSA instruction that the hardware logs'),
  pollStep: cost(100, 50, 300, 'M', 'one turn of a polling loop'),
  copy4k: cost(300, 100, 600, 'M', 'copy of 4 KiB within memory, 7 to 40 GB/s'),
  migratePage: cost(1500, 700, 4000, 'M', 'guest: migration of one 4K page without the copy: isolate, unmap, remap, free'),
  compactScan: cost(15, 5, 40, 'M', 'guest: one page or block looked at by a scanner of compaction'),
  reclaimPage: cost(600, 300, 2000, 'M', 'guest: one page of the page cache scanned and, when clean, dropped'),
  fileRead: cost(80000, 20000, 200000, 'M', 'guest: one read request of up to 32 pages from NVMe, as a swap-in'),
  fileWrite: cost(30000, 20000, 200000, 'M', 'guest: one write request of up to 32 pages to NVMe, as a swap-out'),
} as const satisfies Record<string, CostEntry>

export type CostName = keyof typeof COST_TABLE
/** Nanoseconds by name, ready to use. */
export type Costs = Readonly<Record<CostName, number>>

export const COST_NAMES = Object.keys(COST_TABLE) as CostName[]

/** Defaults with overrides; asserts that every value is a finite, non-negative number. */
export function makeCosts(overrides: Partial<Record<CostName, number>> = {}): Costs {
  const costs = {} as Record<CostName, number>
  for (const name of COST_NAMES) {
    const value = overrides[name] ?? COST_TABLE[name].ns
    assert(Number.isFinite(value) && value >= 0, 'a cost is a non-negative number of nanoseconds')
    costs[name] = value
  }
  return costs
}

/** Short hash that identifies a cost table in every output. */
export function costsHash(costs: Costs): string {
  return hashString(COST_NAMES.map((name) => `${name}=${costs[name]}`).join(' ')).toString(16).padStart(8, '0')
}

/** The same table with every entry of the given confidence scaled. */
export function scaleCosts(costs: Costs, confidence: Confidence, factor: number): Costs {
  const scaled = { ...costs }
  for (const name of COST_NAMES) if (COST_TABLE[name].confidence === confidence) scaled[name] = costs[name] * factor
  return scaled
}
