/**
 * Footprint against CPU time, a point per configuration. Nothing is both lower and further left than the points on the line: they are the ones to choose from.
 *
 *     host memory x time
 *       |  (1)
 *       |
 *       |      \__(4)          (2)
 *       +------------------------ CPU time
 *
 * Points that lie on each other share one label.
 */
import { significant } from '../format.ts'
import { looksOf } from './palette.ts'
import type { Look } from './palette.ts'
import type { Report, ReportRow } from './report.ts'
import { linearTicks, percent } from './scale.ts'
import { showMetric, showTime, spreadOf } from './show.ts'

interface Point {
  readonly number: number
  readonly look: Look
  readonly x: number
  readonly y: number
}

/** Closer than this share of both axes, two points have one label. */
const CLOSE = { x: 0.04, y: 0.05 }

export type CpuMetric = 'vcpu_overhead' | 'host_overhead'

/** `cpu` names the metrics whose sum is the horizontal axis. */
export function paretoPlot(report: Report, title: string, cpu: readonly CpuMetric[]): string {
  const looks = looksOf(report.rows)
  const points = report.rows.map((row, i) => {
    return { number: i + 1, look: looks[i], x: cpu.reduce((sum, name) => sum + median(row, name), 0), y: median(row, 'footprint') }
  })
  const [xs, ys] = [linearTicks(Math.max(...points.map(({ x }) => x)) / 1e6).map((ms) => ms * 1e6), linearTicks(Math.max(...points.map(({ y }) => y)))]
  const [right, top] = [xs[xs.length - 1], ys[ys.length - 1]]
  const at = (x: number, y: number): string => `left:${percent(x / right)};bottom:${percent(y / top)}`
  const grid = [
    ...xs.map((x, i) => mark('v', 'x', `left:${percent(x / right)}`, i === 0 ? '0' : showTime(x))),
    ...ys.map((y) => mark('h', 'y', `bottom:${percent(y / top)}`, significant(y))),
  ]
  const line = frontier(points).map(({ x, y }) => `${((100 * x) / right).toFixed(2)},${(100 - (100 * y) / top).toFixed(2)}`).join(' ')
  const dots = points.map(({ number, look, x, y }) => {
    const text = `${number}: ${showMetric('GiB*s', y)} at ${showTime(x)}`
    return `<b style="${at(x, y)};background:var(${look.colour})" title="${text}"></b>`
  })
  const labels = clusters(points, right, top).map(({ x, y, numbers }) => {
    return `<em style="${at(x, y)}"${x > right * 0.8 ? ' class="left"' : ''}>${numbers.join(', ')}</em>`
  })
  const stairs = `<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><polyline points="${line}"/></svg>`
  return `<figure class="pareto"><figcaption>${title}</figcaption><div class="pareto-y">footprint, GiB·s</div>`
    + `<div class="pareto-plot">${[...grid, stairs, ...dots, ...labels].join('')}</div></figure>`
}

/** A line of the grid with its number. */
const mark = (line: string, label: string, at: string, text: string): string =>
  `<i class="${line}" style="${at}"></i><span class="${label}" style="${at}">${text}</span>`

function median(row: ReportRow, name: string): number {
  return spreadOf(row.runs.map(({ metrics }) => metrics[name] ?? null))?.median ?? 0
}

/** Points that no other beats in both, as stairs from left to right. */
function frontier(points: readonly Point[]): { x: number; y: number }[] {
  const best: { x: number; y: number }[] = []
  for (const { x, y } of points.toSorted((a, b) => a.x - b.x || a.y - b.y)) {
    const last = best.at(-1)
    if (last !== undefined && y >= last.y) continue
    if (last !== undefined) best.push({ x, y: last.y })
    best.push({ x, y })
  }
  return best
}

function clusters(points: readonly Point[], right: number, top: number): { x: number; y: number; numbers: number[] }[] {
  const found: { x: number; y: number; numbers: number[] }[] = []
  for (const { number, x, y } of points) {
    const near = found.find((other) => Math.abs(other.x - x) < CLOSE.x * right && Math.abs(other.y - y) < CLOSE.y * top)
    if (near === undefined) found.push({ x, y, numbers: [number] })
    else near.numbers.push(number)
  }
  return found
}
