/**
 * Every historical interface in the guest of four pages: with its safeguards no schedule loses data; without the one that protects it, some schedule does.
 */
import { buildFourPages, policyPart, PRESETS, randomSchedules } from '@hintlab/lab'
import type { NamedInterface } from '@hintlab/lab'
import { describe, expect, it } from 'vitest'

const preset = (name: string) => PRESETS.find((row) => row.name === name)!

/** Rows that differ in nothing that matters to four pages are left out; so small a guest shows the two hooks of the hypercall one at a time. */
const rows: readonly NamedInterface[] = [
  ...PRESETS.filter(({ name }) => !['async-buffer 512', 'page-reporting', 'migration without hints'].includes(name)),
  ...['hypercall-thp', 'hypercall-thp, polls'].map((name) => (
    { name: `${name}, merge path`, interface: { ...preset(name).interface!, settings: { hook: 'merge' } } }
  )),
]

describe('with every safeguard', () => {
  it.each(rows)('is clean in 500 schedules: $name', ({ interface: face }) => {
    const { finding, stepsMax } = randomSchedules(buildFourPages(face), { schedules: 500, seed: 2 })
    expect(finding).toBeNull()
    expect(stepsMax).toBeGreaterThan(60)
  })

  it.each(rows)('declares every change in its footprint: $name', ({ interface: face }) => {
    expect(randomSchedules(buildFourPages(face), { schedules: 30, seed: 3, audit: true }).finding).toBeNull()
  })
})

const unsafe = rows.flatMap((row) => policyPart(row.interface!.policy).safeguards.map((safeguard) => ({ ...row, safeguard })))

describe('without one', () => {
  it.each(unsafe)('finds the discarded page and the lost data: $name without $safeguard', ({ interface: face, safeguard }) => {
    const scenario = buildFourPages(face, [safeguard])
    const discarded = randomSchedules(scenario, { schedules: 20_000, seed: 1 })
    expect(discarded.finding?.texts[0]).toContain('V2')
    const lost = randomSchedules(scenario, { schedules: 40_000, seed: 1, rules: ['V1'] })
    expect(lost.finding?.texts.at(-1)).toContain('the guest reads zeroes')
  })
})
