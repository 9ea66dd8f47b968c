/** The studies of published numbers, small: directions, limits, and what the fit may not hide. */
import { describe, expect, test } from 'vitest'
import { FITTED, step } from './knobs-fit.ts'
import { FIT, FIT_SLOPES } from './knobs-parameters.ts'
import { KNOB_ROWS } from './knobs-rows.ts'
import { KNOB_LIMIT_PERCENT, KNOB_PARAMETERS, studyReportingKnobs } from './reporting-knobs.ts'
import { studyUnitCosts } from './unit-costs.ts'

describe('reporting knobs', () => {
  test('order 0 returns more than order 9 and costs for it; one seed is within 15 %, but for the system CPU of order 0, which differs by a quarter from seed to seed', { timeout: 60_000 }, () => {
    const { rows } = studyReportingKnobs({ seeds: [2], leaveOneOut: false, predict: false })
    const far = rows.filter(({ name, percent }) => Math.abs(percent) > (name === 'o0: system CPU' ? 30 : KNOB_LIMIT_PERCENT))
    expect(far).toEqual([])
    const model = Object.fromEntries(rows.map((row) => [row.name, row.model]))
    expect(model['o0: footprint']).toBeLessThan(model['o9: footprint'])
    expect(model['o9: footprint']).toBeLessThan(0.8)
    expect(model['o0: system CPU']).toBeGreaterThan(4 * model['o9: system CPU'])
    expect(model['o0: wall']).toBeGreaterThan(model['o9: wall'] + 0.05)
    expect(model['o0: user CPU']).toBeGreaterThan(1.03)
  })

  test('there are fewer parameters than rows, all of them in the table', () => {
    expect(FITTED.length).toBeLessThan(KNOB_ROWS.length)
    expect(KNOB_PARAMETERS.map(({ name }) => name).toSorted()).toEqual([...FITTED].toSorted())
    expect(FIT_SLOPES.map((row) => row.length)).toEqual(KNOB_ROWS.map(() => FITTED.length))
  })

  test('a step of the fit goes towards the rows', () => {
    const errors = KNOB_ROWS.map((_, i) => (i === 0 ? 0.2 : 0))
    expect(step(FIT, errors, FIT_SLOPES).workUs).toBeGreaterThan(FIT.workUs)
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
