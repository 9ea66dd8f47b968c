/**
 * Histograms of stalls: one below the other on a common time axis, four bars to each doubling, heights logarithmic. The picture is stretched to the width of
 * the page; words and numbers stand beside it, so that they stay readable on a phone.
 */
import type { Bucket, StallKind } from '../timeline/timeline.ts'
import { escapeHtml } from './escape.ts'
import { looksOf, swatch } from './palette.ts'
import type { Report, ReportRow } from './report.ts'
import { decades, log2, percent } from './scale.ts'
import { showMetric, showTime } from './show.ts'

const BINS_PER_OCTAVE = 4
const HEIGHT = 40

export const STALL_TITLES: Readonly<Record<StallKind, { readonly title: string; readonly metric: string }>> = {
  alloc: { title: 'Allocations', metric: 'alloc' },
  free: { title: 'Frees', metric: 'free' },
  touch: { title: 'First touches', metric: 'touch' },
  return: { title: 'Free to returned', metric: 'return' },
}

const binOf = (ns: number): number => Math.floor(log2(Math.max(1, ns)) * BINS_PER_OCTAVE)

/** Empty when no row has such stalls. */
export function stallHistograms(report: Report, kind: StallKind): string {
  const looks = looksOf(report.rows)
  const shown = report.rows.flatMap((row, i) => {
    const stalls = row.timeline?.stalls ?? null
    return stalls === null ? [] : [{ row, look: looks[i], bins: binsOf(stalls[kind]) }]
  })
  const used = shown.flatMap(({ bins }) => [...bins.keys()])
  if (used.length === 0) return ''
  const first = Math.min(...used)
  const span = Math.max(...used) + 1 - first
  const most = Math.max(...shown.flatMap(({ bins }) => [...bins.values()]))
  const ticks = decades(1, 1e15).map((ns) => ({ ns, at: (log2(ns) * BINS_PER_OCTAVE - first) / span })).filter(({ at }) => at >= 0 && at <= 1)
  const lines = ticks.map(({ at }) => `<i style="left:${percent(at)}"></i>`).join('')
  const rows = shown.map(({ row, look, bins }) => {
    const picture = bins.size === 0 ? '' : histogram(bins, first, span, most, look.colour)
    return `<div class="histogram"><div class="histogram-head"><span>${swatch(look)}${escapeHtml(row.name)}</span><span>${figures(row, kind)}</span></div>`
      + `<div class="histogram-plot">${lines}${picture}</div></div>`
  })
  const marks = ticks.map(({ ns, at }) => `<span style="left:${percent(at)}">${showTime(ns)}</span>`).join('')
  return `<div class="histograms">${rows.join('\n')}<div class="axis">${marks}</div></div>`
}

function binsOf(buckets: readonly Bucket[]): Map<number, number> {
  const bins = new Map<number, number>()
  for (const { upTo, count } of buckets) bins.set(binOf(upTo), (bins.get(binOf(upTo)) ?? 0) + count)
  return bins
}

function histogram(bins: ReadonlyMap<number, number>, first: number, span: number, most: number, colour: string): string {
  const bars = [...bins].sort(([a], [b]) => a - b).map(([bin, count]) => {
    const height = Math.max(2, (HEIGHT * log2(1 + count)) / log2(1 + most))
    const times = `${showTime(2 ** Math.floor(bin / BINS_PER_OCTAVE) * QUARTERS[bin % BINS_PER_OCTAVE])} or more`
    const title = `<title>${times}: ${showMetric('count', count)} times</title>`
    return `<rect x="${bin - first}" y="${(HEIGHT - height).toFixed(1)}" width="0.86" height="${height.toFixed(1)}">${title}</rect>`
  })
  return `<svg viewBox="0 0 ${span} ${HEIGHT}" preserveAspectRatio="none" style="fill:var(${colour})" role="img">${bars.join('')}</svg>`
}

/** Two to the power of 0, 1/4, 2/4 and 3/4. */
const QUARTERS = [1, 1.189207115, Math.SQRT2, 1.681792831]

/** The first seed's percentiles. */
function figures({ runs }: ReportRow, kind: StallKind): string {
  const { metric } = STALL_TITLES[kind]
  const part = (name: string): string => showMetric('ns', runs[0]?.metrics[`${name}_${metric}`] ?? null)
  return `median ${part('p50')} · 99 % ${part('p99')} · 99.9 % ${part('p999')} · worst <b>${part('max')}</b>`
}
