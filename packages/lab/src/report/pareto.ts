/**
 * Footprint against CPU time, a point per configuration. Nothing is both lower and further left than the points on the line: they are the ones to choose from.
 *
 *     host memory x time
 *       |  (1)
 *       |
 *       |      \__(4)          (2)
 *       +------------------------ CPU time
 *
 * Of many configurations only those on the line have a label; the others say their name when they are pointed at.
 */
import { significant } from '../format.ts'
import { escapeHtml } from './escape.ts'
import { placeLabels } from './labels.ts'
import { looksOf } from './palette.ts'
import type { Look } from './palette.ts'
import type { Report, ReportRow } from './report.ts'
import { linearTicks, percent } from './scale.ts'
import { showMetric, showTime, spreadOf } from './show.ts'

interface Point {
  readonly number: number
  readonly name: string
  readonly look: Look
  readonly x: number
  readonly y: number
}

/** More points than this are not all labelled. */
export const LABELLED_MAX = 24

export type CpuMetric = 'vcpu_overhead' | 'host_overhead'

/** `cpu` names the metrics whose sum is the horizontal axis. */
export function paretoPlot(report: Report, title: string, cpu: readonly CpuMetric[]): string {
  const points = pointsOf(report, cpu)
  const [xs, ys] = [linearTicks(Math.max(...points.map(({ x }) => x)) / 1e6).map((ms) => ms * 1e6), linearTicks(Math.max(...points.map(({ y }) => y)))]
  const [right, top] = [xs[xs.length - 1], ys[ys.length - 1]]
  const at = (x: number, y: number): string => `left:${percent(x / right)};bottom:${percent(y / top)}`
  const grid = [
    ...xs.map((x, i) => mark('v', 'x', `left:${percent(x / right)}`, i === 0 ? '0' : showTime(x))),
    ...ys.map((y) => mark('h', 'y', `bottom:${percent(y / top)}`, significant(y))),
  ]
  const line = frontier(points).map(({ x, y }) => `${((100 * x) / right).toFixed(2)},${(100 - (100 * y) / top).toFixed(2)}`).join(' ')
  const dots = points.map(({ number, name, look, x, y }) => {
    const text = `${number}: ${escapeHtml(name)}: ${showMetric('GiB*s', y)} at ${showTime(x)}`
    return `<b style="${at(x, y)};background:var(${look.colour})" title="${text}"></b>`
  })
  const shares = (of: readonly Point[]) => of.map(({ number, x, y }) => ({ number, x: x / right, y: y / top }))
  const labelled = points.length > LABELLED_MAX ? unbeaten(points) : points
  const labels = placeLabels(shares(labelled), shares(points)).map(({ x, y, text, side }) => {
    return `<em style="left:${percent(x)};bottom:${percent(y)}" class="${side}">${text}</em>`
  })
  const stairs = `<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><polyline points="${line}"/></svg>`
  return `<figure class="pareto"><figcaption>${title}</figcaption><div class="pareto-y">footprint, GiB·s</div>`
    + `<div class="pareto-plot">${[...grid, stairs, ...dots, ...labels].join('')}</div></figure>`
}

function pointsOf(report: Report, cpu: readonly CpuMetric[]): Point[] {
  const looks = looksOf(report.rows)
  return report.rows.map((row, i) => {
    return { number: i + 1, name: row.name, look: looks[i], x: cpu.reduce((sum, name) => sum + median(row, name), 0), y: median(row, 'footprint') }
  })
}

/** A line of the grid with its number. */
const mark = (line: string, label: string, at: string, text: string): string =>
  `<i class="${line}" style="${at}"></i><span class="${label}" style="${at}">${text}</span>`

function median(row: ReportRow, name: string): number {
  return spreadOf(row.runs.map(({ metrics }) => metrics[name] ?? null))?.median ?? 0
}

/** Points that no other beats in both, from left to right. */
function unbeaten(points: readonly Point[]): Point[] {
  const best: Point[] = []
  for (const point of points.toSorted((a, b) => a.x - b.x || a.y - b.y)) if (best.length === 0 || point.y < best[best.length - 1].y) best.push(point)
  return best
}

/** Their stairs. */
function frontier(points: readonly Point[]): { x: number; y: number }[] {
  return unbeaten(points).flatMap(({ x, y }, i, best) => (i === 0 ? [{ x, y }] : [{ x, y: best[i - 1].y }, { x, y }]))
}

/** Numbers of the rows that the plots name: all, or of many those on a line. */
export function labelledRows(report: Report, plots: readonly (readonly CpuMetric[])[]): number[] {
  if (report.rows.length <= LABELLED_MAX) return report.rows.map((_, i) => i)
  return [...new Set(plots.flatMap((cpu) => unbeaten(pointsOf(report, cpu)).map(({ number }) => number - 1)))].sort((a, b) => a - b)
}
