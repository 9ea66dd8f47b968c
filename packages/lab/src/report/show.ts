/** Numbers as the page shows them: as format.ts prints them for a mail, in the letters that a page can show. */
import { metricText } from '../scenario/metric-text.ts'
import type { MetricKind } from '../scenario/metrics.ts'
import { timeText } from '../format.ts'

const nice = (text: string): string => text.replace(/ us$/, ' µs').replace('GiB*s', 'GiB·s').replace(/^-$/, '–')

export const showMetric = (kind: MetricKind, value: number | null): string => nice(metricText(kind, value))
export const showTime = (ns: number): string => nice(timeText(ns))

/** Sentences that were written for a mail, in the letters that a page can show. */
export const showText = (text: string): string => text.replaceAll(/(\d) us\b/g, '$1 µs').replaceAll('GiB x s', 'GiB·s')

/** The middle of the values, the lower one of two, with the smallest and largest; null where none has a meaning. */
export function spreadOf(values: readonly (number | null)[]): { min: number; median: number; max: number } | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  if (sorted.length === 0) return null
  return { min: sorted[0], median: sorted[(sorted.length - 1) >> 1], max: sorted[sorted.length - 1] }
}
