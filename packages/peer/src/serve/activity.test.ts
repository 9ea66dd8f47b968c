import { expect, it } from 'vitest'
import { MS } from '@hintlab/kit'
import { RequestKind } from '@hintlab/protocol'
import { ActivityLog } from './activity.ts'
import type { Activity } from './activity.ts'

function log() {
  const lines: Activity[] = []
  return { lines, log: new ActivityLog((line) => lines.push(line)) }
}

it('joins requests of a kind until they pause', () => {
  const { lines, log: activity } = log()
  activity.add(RequestKind.INFLATE, 256, 256, 0, 10 * MS)
  activity.add(RequestKind.REPORT, 2, 2048, 1, 20 * MS)
  activity.add(RequestKind.INFLATE, 100, 100, 3, 90 * MS)
  activity.flush(119 * MS)
  expect(lines).toEqual([])
  activity.flush(120 * MS)
  expect(lines).toEqual([{ kind: 'REPORT', requests: 1, blocks: 2, pages: 2048, rejected: 1, fromNs: 20 * MS, toNs: 20 * MS }])
  expect(activity.isOpen).toBe(true)
  activity.flush(190 * MS)
  expect(lines.at(-1)).toEqual({ kind: 'INFLATE', requests: 2, blocks: 356, pages: 356, rejected: 3, fromNs: 10 * MS, toNs: 90 * MS })
  expect(activity.isOpen).toBe(false)
})

it('does not wait for the end of what never pauses', () => {
  const { lines, log: activity } = log()
  for (let at = 0; at <= 2500; at += 50) {
    activity.add(RequestKind.DEFLATE, 1, 1, 0, at * MS)
    activity.flush(at * MS)
  }
  expect(lines.map(({ requests }) => requests)).toEqual([21, 21])
  activity.flush(2500 * MS, true)
  expect(lines.map(({ requests }) => requests)).toEqual([21, 21, 9])
})
