import { expect, test, vi } from 'vitest'
import { InputError } from '@hintlab/lab'
import type { DensityResult, DensityRow } from '@hintlab/lab'
import { densityCommand, exitCodeOf, renderDensity } from './density-command.ts'
import type { DensityFlags } from './density-command.ts'
import { captureCli } from './testing/capture.ts'

const row = (part: Partial<DensityRow>): DensityRow => ({
  what: 'guests of 5 GiB', interface: 'percpu-array', model: 5, unit: 'guests', range: null, orMore: false, published: null, accepted: null, within: true, ...part,
})

const RESULT: DensityResult = {
  scale: 16,
  seeds: [1, 2, 3],
  rows: [
    row({ interface: 'no hinting', model: 3, published: '3', accepted: { min: 3, max: 3 } }),
    row({ range: { min: 3, max: 6 }, published: '5 to 7', accepted: { min: 5, max: 7 } }),
    row({ interface: 'zone-bitmap', model: 16, orMore: true, published: '5', accepted: { min: 5, max: Infinity } }),
    row({ interface: 'page-reporting', model: 4, accepted: { min: 5, max: 7 }, within: false }),
    row({ what: 'kept', model: 0.5, unit: 'GiB' }),
    row({ what: 'third memhog', model: 1.25, unit: 'ratio' }),
  ],
  assumptions: [{ assumption: 'as assumed', fits: [3, 5, 14, 16].map((guests) => ({ guests, min: guests, max: guests === 5 ? 6 : guests, orMore: guests === 16 })) }],
  violations: 0,
  outside: 1,
}

test('a row says what was published, what is accepted, and what is outside', () => {
  expect(`\n${renderDensity(RESULT)}`).toMatchInlineSnapshot(`
    "
    Several guests on one host. Sizes are divided by 16 and shown as they were; blocks, delays and costs are as they are.
    Where a range is given, the number is the median of 3 seeds: chance decides how full the arrays of a guest are when it has started.

    what             hints                model  published  accepted
    -----------------------------------------------------------------------
    guests of 5 GiB  no hinting               3  3          3
    guests of 5 GiB  percpu-array    5 (3 to 6)  5 to 7     5 to 7
    guests of 5 GiB  zone-bitmap     16 or more  5          at least 5
    guests of 5 GiB  page-reporting           4  -          5 to 7: OUTSIDE
    kept             percpu-array      0.50 GiB  -          prediction
    third memhog     percpu-array          1.25  -          prediction

    Guests that fit on 15837 MB, with one assumption changed at a time:

    assumption  no hinting  percpu-array  zone-bitmap  page-reporting
    -----------------------------------------------------------------
    as assumed           3    5 (5 to 6)           14      16 or more

    3 of 4 rows that can be compared are within what is accepted; the others are predictions. Data lost: 0.
    "
  `)
})

test('without the table of assumptions the rest stays', () => {
  expect(renderDensity({ ...RESULT, assumptions: [] })).not.toContain('assumption changed')
  expect(renderDensity({ ...RESULT, assumptions: [] }).split('\n').slice(0, 11)).toEqual(renderDensity(RESULT).split('\n').slice(0, 11))
})

test.each(['0', '33', '-1', '1.5', 'many', '', '1e1', ' 8'])('--scale %j is one line that says what is accepted', (scale) => {
  expect(() => densityCommand({ scale })).toThrow(new InputError(`--scale: found ${scale}; accepted is a whole number from 1 to 32`))
})

test('the exit code is 1 for a row that is outside, and for data that was lost', () => {
  expect([exitCodeOf({ outside: 0, violations: 0 }), exitCodeOf({ outside: 1, violations: 0 }), exitCodeOf({ outside: 0, violations: 1 })]).toEqual([0, 1, 1])
})

test('the command prints the table or JSON and nothing else, and hands the scale and the table of assumptions on', () => {
  const asked: unknown[] = []
  const run = (flags: DensityFlags, result: DensityResult) => captured(() => densityCommand(flags, (options) => {
    asked.push(options)
    return result
  }))
  expect(run({ scale: '4' }, RESULT)).toEqual({ code: 1, stdout: renderDensity(RESULT) })
  const good = { ...RESULT, outside: 0 }
  const { code, stdout } = run({ scale: '32', json: true, assumptions: false }, good)
  expect([code, JSON.parse(stdout)]).toEqual([0, JSON.parse(JSON.stringify(good))])
  expect(asked).toEqual([{ scale: 4, assumptions: true }, { scale: 32, assumptions: false }])
})

test('as a user runs it, a scale that is none is bad input', async () => {
  expect(await captureCli(['study', 'density', '--scale', '33'])).toEqual({
    code: 2, stdout: '', stderr: 'hintlab: --scale: found 33; accepted is a whole number from 1 to 32\n',
  })
})

function captured(run: () => number): { code: number; stdout: string } {
  let stdout = ''
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text)
    return true
  })
  try {
    return { code: run(), stdout }
  } finally {
    spy.mockRestore()
  }
}
