/** `hintlab study ground-truth` as a user runs it, and what it prints of a model that is wrong. */
import { tmpdir } from 'node:os'
import { bundledGroundTruth } from '@hintlab/lab'
import type { GroundTruthResult } from '@hintlab/lab'
import { expect, test } from 'vitest'
import { renderTruth } from './study-command.ts'
import { runHintlab } from './testing/run-hintlab.ts'

const at = { cwd: tmpdir() }

test('the bundled recording is within the limits', async () => {
  const { code, stdout, stderr } = await runHintlab(['study', 'ground-truth', bundledGroundTruth()], at)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^anon-hog-x3: 12,457 events, 6 passes\n/)
  expect(stdout).toMatch(/\n1 of 1 recordings within the limits: pages of each pass within 2 %, its begin within 60 ms, as many buffers\n$/)
})

test('a folder without a recording is bad input', async () => {
  const { code, stderr } = await runHintlab(['study', 'ground-truth', 'absent-folder'], at)
  expect(code).toBe(2)
  expect(stderr).toContain('absent-folder: found no such folder; accepted is a folder with freelists-begin.json.gz, or one with such folders in it')
})

test('what is outside the limits stands below the table', () => {
  const counts = { takes: 9, takesAlike: 8, steals: 0, pops: 7, popsAlike: 6, frees: 5, drains: 4, drainsAlike: 3, stray: 2 }
  const result: GroundTruthResult = {
    name: 'wrong',
    events: 1234,
    directFrees: 1,
    counts,
    passes: [
      { truth: { atNs: 26.285e9, buffers: 2, ranges: 64, pages: 64000 }, model: { atNs: 26.385e9, buffers: 3, ranges: 64, pages: 66000 }, commonRanges: 60, samePlace: 32 },
      { truth: { atNs: 28.334e9, buffers: 1, ranges: 13, pages: 13312 }, model: null, commonRanges: 0, samePlace: 0 },
    ],
    driverBytes: { chains: 3, used: 2, usedAlike: 1, calls: 2, callsAlike: 2, pagesReported: 2048, pagesTaken: 1024, differences: [] },
    lists: [{ zone: 'DMA32', truthBlocks: 284, modelBlocks: 280, commonBlocks: 270, samePlace: 260, truthPages: 204926, modelPages: 204900 }],
    outside: ['pass 1: 100.0 ms later, at most 60', 'pass 2: the model does not have it'],
  }
  expect(renderTruth(result)).toMatchInlineSnapshot(`
    "wrong: 1,234 events, 2 passes

    pass  begin s   model  ms later  buffers  model  ranges  model  same place   pages   model  % more
    --------------------------------------------------------------------------------------------------
       1   26.285  26.385     100.0        2      3      64     64          32  64,000  66,000    3.13
       2   28.334       -         -        1      -      13      -           0  13,312       -       -

    Placement the allocator would have chosen too: buddy 8 of 9, per-CPU lists 6 of 7, drains 3 of 4. Frees that passed
      the per-CPU lists by: 1. Events whose page was elsewhere than the recording implies: 2.
    Free lists at the end, DMA32: truth 284 blocks of 204,926 pages, model 280 of 204,900; on the same list with the same
      flag 270, at the same place 260.
    The driver's bytes against the device: 3 chains, same used elements 1 of 2, same interrupts 2 of 2, pages reported
      2,048, taken 1,024.
    OUTSIDE: pass 1: 100.0 ms later, at most 60
    OUTSIDE: pass 2: the model does not have it

    "
  `)
})
