/** Metrics as people read and write them: numbers with units. */
import { bytesText, grouped, significant, timeText } from '../format.ts'
import type { MetricKind } from './metrics.ts'

/** By kind: the units a person may write, and what one of them is. The first is the one shown in messages. */
const UNITS: Record<MetricKind, Readonly<Record<string, number>>> = {
  ns: { ns: 1, us: 1e3, ms: 1e6, s: 1e9 },
  bytes: { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 },
  'bytes/s': { 'B/s': 1, 'KiB/s': 2 ** 10, 'MiB/s': 2 ** 20, 'GiB/s': 2 ** 30 },
  'GiB*s': { 'GiB*s': 1, 'MiB*s': 2 ** -10 },
  s: { s: 1, ms: 1e-3 },
  count: { '': 1, k: 1e3, M: 1e6 },
}

export const unitsOf = (kind: MetricKind): string[] => Object.keys(UNITS[kind]).filter((unit) => unit !== '')

/** What one `unit` is in the metric's own counting; null for a unit of something else. */
export const unitScale = (kind: MetricKind, unit: string): number | null => UNITS[kind][unit] ?? null

/** `-` for a number without meaning. */
export function metricText(kind: MetricKind, value: number | null): string {
  if (value === null) return '-'
  if (value < 0) return `-${metricText(kind, -value)}`
  if (kind === 'ns') return timeText(value)
  if (kind === 'bytes') return value < 1024 ? `${grouped(value)} B` : bytesText(value)
  if (kind === 'bytes/s') return value < 1024 ? `${significant(value)} B/s` : `${bytesText(value)}/s`
  return kind === 'count' ? grouped(value) : `${significant(value)} ${kind}`
}
