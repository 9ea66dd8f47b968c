/**
 * What the assumptions of the density experiment decide: the same experiment, on the host of v8, with one assumption changed at a time.
 *
 *     assumption                  no hinting   percpu-array   zone-bitmap   page-reporting
 *     as in density-setup.ts          3             5             ...            ...
 */
import { MIB } from '@hintlab/kit'
import { fitOverSeeds } from './density-runs.ts'
import type { FitRange } from './density-runs.ts'
import { GUESTS_MAX, NO_HINTS, UPSTREAM, V10, V8, V8_SETUP } from './density-setup.ts'
import type { DensitySetup, HintedBy } from './density-setup.ts'

/** `orMore`: there were no more guests, so there may be room for more. */
export interface AssumedFit extends Pick<FitRange, 'guests' | 'min' | 'max'> {
  readonly orMore: boolean
}

export interface AssumptionRow {
  readonly assumption: string
  /** In the order of ASSUMED_OF. */
  readonly fits: readonly AssumedFit[]
}

/** Whose guests are counted; chance decides only where an array is filled, so the others have one seed. */
const COUNTED: readonly { readonly by: HintedBy; readonly chance: boolean }[] = [
  { by: NO_HINTS, chance: false }, { by: V8, chance: true }, { by: V10, chance: false }, { by: UPSTREAM, chance: false },
]

/** Names of the interfaces, in the order of an assumption's `fits`. */
export const ASSUMED_OF: readonly string[] = COUNTED.map(({ by }) => by.name)

interface Change {
  readonly assumption: string
  readonly setup: Partial<DensitySetup>
}

export const CHANGES: readonly Change[] = [
  { assumption: 'as assumed', setup: {} },
  { assumption: 'the program gets 4 KiB pages instead of 2 MiB', setup: { hogOrder: 0 } },
  { assumption: 'it touches 4 * 10^9 bytes instead of 4 GiB', setup: { hogBytes: 4e9 } },
  { assumption: 'a guest that starts frees nothing, instead of up to 200 MiB', setup: { bootFreedMax: 0 } },
  { assumption: 'it keeps 300 MiB instead of 600', setup: { bootBytes: 300 * MIB } },
  { assumption: 'it keeps 900 MiB instead of 600, and frees up to 100', setup: { bootBytes: 900 * MIB, bootFreedMax: 100 * MIB } },
  { assumption: 'the next guest starts after 5 s instead of 40', setup: { pauseS: 5 } },
  { assumption: '20 programs of 16 MiB run in the pause instead of none', setup: { pauseRuns: 20, pauseBytes: 16 * MIB } },
  { assumption: 'the host itself uses 512 MiB instead of 1 GiB', setup: { hostOwnBytes: 512 * MIB } },
  { assumption: 'the host has 15 GiB instead of 15837 MiB', setup: { hostBytes: 15 * 1024 * MIB } },
]

/** The table, at most three seeds a cell. */
export function densityAssumptions(
  scale: number, seeds: readonly number[], { changes = CHANGES, guestsMax = GUESTS_MAX } = {},
): { rows: AssumptionRow[]; violations: number } {
  let violations = 0
  const rows = changes.map(({ assumption, setup }) => {
    const fits = COUNTED.map(({ by, chance }) => {
      const fit = fitOverSeeds(by, scale, seeds.slice(0, chance ? 3 : 1), { setup: { ...V8_SETUP, ...setup }, guestsMax })
      violations += fit.violations
      return { guests: fit.guests, min: fit.min, max: fit.max, orMore: fit.guests === guestsMax }
    })
    return { assumption, fits }
  })
  return { rows, violations }
}
