/**
 * What the density experiments assume: sizes before scaling, what a guest does, and the two hosts on which the thread has measured. What was published is
 * marked; the rest is assumed, and density-assumptions.ts prints what each assumption decides.
 */
import { GIB, MIB } from '@hintlab/kit'
import { NAMED_INTERFACES } from '../interfaces.ts'
import type { Interface } from '../interfaces.ts'

/** Sizes in bytes. */
export interface DensitySetup {
  readonly hostBytes: number
  /** What the host itself and the VMM processes use. */
  readonly hostOwnBytes: number
  readonly guestBytes: number
  readonly hogBytes: number
  /** Order of the blocks in which the program gets its memory: 9 where the guest has huge pages for it, 0 where it has not. */
  readonly hogOrder: number
  /** What a guest has touched when it is up, and keeps. */
  readonly bootBytes: number
  /** Touched between that and freed while it starts, a random amount up to this, in blocks of `bootOrder`. It decides how full the arrays of v8 are. */
  readonly bootFreedMax: number
  readonly bootOrder: number
  /** From one program's end to the next guest's start. Reporting is through with 4 GiB after 22 s. */
  readonly pauseS: number
  /** Small programs that run in the pause, and what each of them touches and frees. */
  readonly pauseRuns: number
  readonly pauseBytes: number
  readonly swapBytes: number
}

/** v8: a host of 15837 MB with one node and without swap, guests of 5 GB that touch 4 GB (all published); memset of a large allocation gets huge pages. */
export const V8_SETUP: DensitySetup = {
  hostBytes: 15837 * MIB,
  hostOwnBytes: 1024 * MIB,
  guestBytes: 5 * GIB,
  hogBytes: 4 * GIB,
  hogOrder: 9,
  bootBytes: 600 * MIB,
  bootFreedMax: 200 * MIB,
  bootOrder: 2,
  pauseS: 40,
  pauseRuns: 0,
  pauseBytes: 0,
  swapBytes: 0,
}

/** v10: "15 GB", read as 15 * 10^9 bytes, guests of 5 GB, no swap (all published); the program as in v8. */
export const V10_SETUP: DensitySetup = { ...V8_SETUP, hostBytes: 15e9 }

/** The experiments end with so many guests: an answer of this many is "or more". */
export const GUESTS_MAX = 16

/** Sizes of the third memhog run: three guests that do not fit by one program. */
export const MEMHOG = { guests: 3, guestBytes: 6 * GIB, hogBytes: 5 * GIB } as const
/** Assumed: a disk of 100 MB/s instead of NVMe, as hosts of those years swapped to. */
export const DISK = { swapRead: 4_000_000, swapWrite: 4_000_000, swapPage: 40_000 } as const
/** Peaks: each guest has two, held for 20 s, four minutes apart; offset ones begin a minute after each other. */
export const PEAKS = { guests: 4, hogBytes: 4 * GIB, holdS: 20, everyS: 240, offsetS: 60 } as const
export const SWAP_BYTES = 16 * GIB

export interface HintedBy {
  readonly name: string
  readonly interface: Interface
}

const named = (name: string): HintedBy => ({ name, interface: NAMED_INTERFACES.find((row) => row.name === name)?.interface ?? null })
export const NO_HINTS: HintedBy = { name: 'no hinting', interface: null }
/** Upstream's free page reporting. */
export const UPSTREAM: HintedBy = named('page-reporting')
/** The per-CPU arrays of v8. */
export const V8: HintedBy = named('percpu-array')
/** The bitmaps of v10. */
export const V10: HintedBy = named('zone-bitmap')
