/** The page fault study, small: what is published is met within its limits, and the parts say where the change comes from. */
import { expect, test } from 'vitest'
import { runFaults } from './page-faults-model.ts'
import { studyPageFaults } from './page-faults.ts'

test('page_fault1: reporting costs 0 to 2 %, all of it refaults, and 16 tasks are within 15 % of the published rate', { timeout: 120_000 }, () => {
  const { rows, scaling, predictions, outside } = studyPageFaults({ tests: ['page_fault1'], lateMs: [4], measuredS: 3, predict: false })
  expect(outside).toBe(0)
  expect(predictions).toEqual([])
  for (const { percent, parts, residentGiB, residentWithoutGiB, tasks } of rows) {
    expect(percent).toBeLessThan(-0.05)
    expect(percent).toBeGreaterThan(-2)
    // What is lost is what the parts on the tasks' own CPUs add up to, but for who comes first at a lock, and for the turn that the window's ends cut.
    const own = parts.refault + parts.zeroing + parts['guest worker'] + parts['TLB flushes']
    expect(Math.abs(own + percent), `${tasks} tasks`).toBeLessThan(0.2)
    expect(parts.refault).toBeGreaterThan(parts.zeroing)
    expect(parts['device thread']).toBeGreaterThan(0)
    if (tasks === 16) expect(residentGiB).toBeLessThan(residentWithoutGiB)
  }
  expect(scaling.map(({ publishedOne, modelOne }) => Math.abs(modelOne / publishedOne - 1) < 0.01)).toEqual([true])
  expect(rows.map(({ publishedPercent, publishedAgainstOff }) => [publishedPercent.toFixed(2), publishedAgainstOff.toFixed(2)])).toEqual([
    ['-0.21', '0.23'], ['-0.81', '-0.32'],
  ])
})

test('page_fault2: one task makes as many faults as published, and loses what it has to fault again', { timeout: 60_000 }, () => {
  const run = (delayMs: number | null) => {
    return runFaults({ test: 'page_fault2', tasks: 1, reporting: delayMs === null ? null : { delayMs, order: 9 }, scale: 32, measuredS: 8 })
  }
  const without = run(null)
  expect(Math.abs(without.perSecond / 361_855.25 - 1)).toBeLessThan(0.01)
  expect(without.parts.refault).toBe(0)
  const reported = run(2012)
  const lost = 1 - reported.perSecond / without.perSecond
  expect(lost).toBeGreaterThan(0.002)
  expect(lost).toBeLessThan(0.02)
  expect(Math.abs(reported.parts.refault + reported.parts.zeroing - lost)).toBeLessThan(0.002)
  expect(run(2012)).toEqual(reported)
  expect(() => runFaults({ test: 'page_fault2', tasks: 1, reporting: null, scale: 3 })).toThrow('--scale: found 3')
})
