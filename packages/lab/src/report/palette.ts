/**
 * Who has which colour. Configurations have one of eight colours that people with any of the usual kinds of colour blindness tell apart (after Okabe and
 * Ito; the yellow, which vanishes on white, is a purple here) and one of four dashes, so that lines that lie on each other still show; no two of 32 rows have
 * both in common. The stylesheet knows the values for light and dark: `--c0` to `--c7`, and `--ref` for the row without hinting.
 */
import type { ReportRow } from './report.ts'

const COLOURS = 8
const DASHES: readonly (readonly number[])[] = [[], [11, 6], [6, 5], [2, 5]]

export interface Look {
  /** Name of a custom property of the stylesheet. */
  readonly colour: string
  /** Lengths of strokes and gaps; empty for a solid line. */
  readonly dash: readonly number[]
}

export function looksOf(rows: readonly Pick<ReportRow, 'policy'>[]): Look[] {
  let n = 0
  return rows.map(({ policy }) => {
    if (policy === null && rows.length > 1) return { colour: '--ref', dash: [3, 4] }
    const look = { colour: `--c${n % COLOURS}`, dash: DASHES[(n + Math.floor(n / COLOURS)) % DASHES.length] }
    n++
    return look
  })
}

/** A short piece of the row's line. */
export const swatch = ({ colour, dash }: Look): string =>
  `<svg class="swatch" viewBox="0 0 26 8" aria-hidden="true"><path d="M1 4H25" stroke="var(${colour})" stroke-dasharray="${dash.join(' ')}"/></svg>`
