/** The studies of published numbers, small: directions, limits, and what the fit may not hide. */
import { describe, expect, test } from 'vitest'
import { FITTED, runOnce, step } from './knobs-fit.ts'
import { BACKGROUND, withBackground } from './knobs-model.ts'
import { FIT, FIT_SLOPES } from './knobs-parameters.ts'
import { KNOB_ROWS, NO_REPORTING, ORDER_0, ORDER_9 } from './knobs-rows.ts'
import { KNOB_PARAMETERS } from './reporting-knobs.ts'
import { studyUnitCosts } from './unit-costs.ts'

describe('reporting knobs', () => {
  test('order 0 returns more than order 9 and costs for it', { timeout: 120_000 }, () => {
    const run = { scale: 32, warmUpS: 60, measuredS: 10 }
    const outcomes = { none: runOnce(NO_REPORTING, FIT, run), order9: runOnce(ORDER_9, FIT, run), order0: runOnce(ORDER_0, FIT, run) }
    const model = Object.fromEntries(KNOB_ROWS.map((row) => [row.name, row.model(outcomes)]))
    expect(model['o0: footprint']).toBeLessThan(model['o9: footprint'])
    expect(model['o9: footprint']).toBeLessThan(0.9)
    expect(model['o9: system CPU']).toBeGreaterThan(1.02)
    expect(model['o9: system CPU']).toBeLessThan(1.3)
    expect(model['o0: system CPU']).toBeGreaterThan(4)
    expect(model['o0: wall']).toBeGreaterThan(model['o9: wall'] + 0.05)
    expect(model['o0: user CPU']).toBeGreaterThan(1.03)
  })

  test('blocks that a job takes whole are what order 9 pays for: more of them with a shorter delay, none without such blocks', { timeout: 60_000 }, () => {
    const run = { scale: 32, warmUpS: 60, measuredS: 10 }
    const systemOf = (delayMs: number, huge: number): number => {
      const { systemNs, userNs } = runOnce({ ...ORDER_9, delayMs }, { ...FIT, huge }, run)
      return systemNs / (systemNs + userNs) / BACKGROUND
    }
    expect(systemOf(100, FIT.huge)).toBeGreaterThan(systemOf(2000, FIT.huge) + 0.05)
    expect(systemOf(2000, 0)).toBeLessThan(1.01)
  })

  test('the background takes its share of every configuration', () => {
    const outcome = withBackground({ residentGiB: 1, wallNs: 0, systemNs: 10, userNs: 90, pages: 1 }, 0.1)
    expect(outcome.systemNs - 10).toBeCloseTo(0.1 * (outcome.systemNs + outcome.userNs))
  })

  test('there are fewer parameters than rows, all of them in the table', () => {
    expect(FITTED.length).toBeLessThan(KNOB_ROWS.length)
    expect(KNOB_PARAMETERS.map(({ name }) => name).toSorted()).toEqual([...FITTED].toSorted())
    expect(FIT_SLOPES.map((row) => row.length)).toEqual(KNOB_ROWS.map(() => FITTED.length))
  })

  test('a step of the fit goes towards the rows', () => {
    const errors = KNOB_ROWS.map(({ name }) => (name === 'o9: footprint' ? 0.2 : 0))
    expect(step(FIT, errors, FIT_SLOPES).sprinkled).toBeLessThan(FIT.sprinkled)
  })
})

test('unit costs of balloon pages are within 10 %', { timeout: 60_000 }, () => {
  const { rows, outside } = studyUnitCosts(32)
  expect(rows.filter(({ within }) => !within)).toEqual([])
  expect(outside).toBe(0)
  const us = Object.fromEntries(rows.map(({ what, modelUs }) => [what, modelUs]))
  expect(us['4K inflate, touched']).toBeGreaterThan(us['4K inflate, untouched'])
  expect(us['2M inflate, touched'] / 512).toBeLessThan(us['4K inflate, touched'] / 10)
})
