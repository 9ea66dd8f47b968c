/** The page fault study as text, from a result made by hand. */
import type { PageFaultsResult } from '@hintlab/lab'
import { expect, test } from 'vitest'
import { pageFaultsCommand, renderPageFaults } from './page-faults-command.ts'

const parts = { refault: 0.5, zeroing: 0.125, 'guest worker': 0.001, 'device thread': 0.02, 'TLB flushes': 0 }
const change = { test: 'page_fault1', tasks: 1, percent: -0.625, parts, residentGiB: 0.25 } as const
const result: PageFaultsResult = {
  scale: 16,
  rows: [{
    ...change, name: 'order 9, delay 2 s', percentMin: -1, percentMax: -0.25, publishedPercent: -0.21, publishedAgainstOff: 0.23, residentWithoutGiB: 0.125,
    within: true,
  }],
  scaling: [{ test: 'page_fault1', publishedOne: 1000, modelOne: 999, published: 8.7, model: 12, percent: 37.93, within: false }],
  predictions: [{ ...change, name: 'order 0', percent: -1.5 }],
  costsMoreAt16: { page_fault1: true, page_fault2: false },
  outside: 1,
}

test('published beside model, with what is outside its limit, and where the time goes', () => {
  const lines = renderPageFaults(result).split('\n')
  expect(lines.slice(3, 14).join('\n')).toMatchInlineSnapshot(`
    "test         tasks  published %  against off %  model %  of runs         GiB   without
    ----------------------------------------------------------------------------------------------
    page_fault1  1      -0.21        +0.23          -0.63    -1.00 .. -0.25  0.25  0.13     within

    test         one task  model  16 tasks over one  model  error %
    ------------------------------------------------------------------------
    page_fault1  1000      999    8.70               12.00  +37.93   OUTSIDE

    1 of 2 rows within their limits: a change of +0.1 to -2 %, 16 tasks over one within 15 %. 16 tasks lose a larger share than one,
    as published (not judged): page_fault1 yes, page_fault2 no.
    "
  `)
  expect(lines.find((line) => line.startsWith('order 0'))).toMatch(/-1\.50 +0\.500 +0\.125 +0\.001 +0\.020 +0\.000$/)
  expect(renderPageFaults({ ...result, predictions: [] })).not.toContain('predictions')
})

test('a scale that is no number is told', () => {
  expect(() => pageFaultsCommand({ scale: 'x' })).toThrow('--scale: found x; accepted is 1, 2, 4, 8, 16 or 32')
})
