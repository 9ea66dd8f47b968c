/** Buffers of page reporting, grouped into the passes that sent them: buffers of one pass follow each other at once, passes are 2 s apart. */
import { framesIn, SECOND } from '@hintlab/kit'
import type { TruthBuffer } from './scenario.ts'

const GAP_NS = SECOND / 2

export interface Pass {
  /** When the device took the first buffer. */
  readonly atNs: number
  readonly buffers: readonly TruthBuffer[]
}

export function passesOf(buffers: readonly TruthBuffer[]): Pass[] {
  const passes: { atNs: number; buffers: TruthBuffer[] }[] = []
  let endNs = -Infinity
  for (const buffer of buffers) {
    if (buffer.atNs - endNs > GAP_NS) passes.push({ atNs: buffer.atNs, buffers: [] })
    passes[passes.length - 1].buffers.push(buffer)
    endNs = buffer.atNs + buffer.latencyNs
  }
  return passes
}

export const rangesIn = ({ buffers }: Pass): number => buffers.reduce((sum, { pfns }) => sum + pfns.length, 0)

export const pagesOf = ({ buffers }: Pass): number => buffers.reduce((sum, { orders }) => sum + orders.reduce((pages, order) => pages + framesIn(order), 0), 0)

/** What a guest's CPU needs between the return of a buffer and the next one: the median within passes; 0 when no pass has two buffers. */
export function workBetween(buffers: readonly TruthBuffer[]): number {
  const gaps = passesOf(buffers).flatMap(({ buffers: sent }) => sent.slice(1).map((buffer, i) => buffer.atNs - sent[i].atNs - sent[i].latencyNs))
  gaps.sort((a, b) => a - b)
  return gaps.length === 0 ? 0 : Math.max(0, gaps[gaps.length >> 1])
}
