/**
 * Our guest against a real one, page for page. The bundled recording always runs; the others when they lie beside the repository, or where the environment
 * variable HINTLAB_GROUNDTRUTH says.
 */
import { basename } from 'node:path'
import {
  bundledGroundTruth, compareTruth, groundTruthRoot, laterMs, readScenario, runSteered, scenarioFolders, studyGroundTruth,
} from '@hintlab/lab'
import type { GroundTruthResult } from '@hintlab/lab'
import { describe, expect, test } from 'vitest'

const [bundled] = scenarioFolders(bundledGroundTruth())
const others = scenarioFolders(groundTruthRoot()).filter((folder) => basename(folder) !== basename(bundled))
const scenario = readScenario(bundled)

/** A line per pass and per zone: how much of the truth the model has, and where. */
function render({ passes, lists, outside }: GroundTruthResult): string {
  return [
    ...passes.map(({ truth, model, samePlace }) => {
      if (truth === null || model === null) return 'only one side has this pass'
      const near = Math.abs(laterMs(truth, model)) < 10 ? 'within 10 ms' : `${laterMs(truth, model).toFixed(0)} ms later`
      return `${(truth.atNs / 1e9).toFixed(1)} s: ${truth.buffers} buffers, ${truth.ranges} ranges, ${truth.pages} pages; `
        + `model ${model.buffers}, ${model.ranges}, ${model.pages}, ${samePlace} ranges in place, ${near}`
    }),
    ...lists.map(({ zone, truthBlocks, modelBlocks, samePlace }) => `end, ${zone}: ${truthBlocks} free blocks; model ${modelBlocks}, ${samePlace} in place`),
    ...outside,
  ].join('\n')
}

test('anon-hog-x3: every range of every report, and every block of the free lists at the end, is where it really was', () => {
  expect(render(compareTruth(scenario, runSteered(scenario)))).toMatchInlineSnapshot(`
    "26.3 s: 2 buffers, 64 ranges, 64000 pages; model 2, 64, 64000, 64 ranges in place, within 10 ms
    28.3 s: 1 buffers, 13 ranges, 13312 pages; model 1, 13, 13312, 13 ranges in place, within 10 ms
    31.2 s: 2 buffers, 64 ranges, 64000 pages; model 2, 64, 64000, 64 ranges in place, within 10 ms
    33.2 s: 1 buffers, 10 ranges, 9728 pages; model 1, 10, 9728, 10 ranges in place, within 10 ms
    36.2 s: 2 buffers, 64 ranges, 63488 pages; model 2, 64, 63488, 64 ranges in place, within 10 ms
    38.3 s: 1 buffers, 9 ranges, 9216 pages; model 1, 9, 9216, 9 ranges in place, within 10 ms
    end, DMA: 7 free blocks; model 7, 7 in place
    end, DMA32: 284 free blocks; model 284, 284 in place"
  `)
})

describe('the other recordings', () => {
  if (others.length === 0) test.skip('are not in HINTLAB_GROUNDTRUTH nor in ../shared/groundtruth', () => {})
  test.each(others.map((folder) => ({ name: basename(folder), folder })))('$name: within the limits', ({ folder }) => {
    const { outside, passes } = studyGroundTruth(folder)
    expect(outside).toEqual([])
    expect(passes.length).toBeGreaterThan(0)
  })
})

describe('a wrong model is found', () => {
  const outside = (reporting: Parameters<typeof runSteered>[1]): readonly string[] => compareTruth(scenario, runSteered(scenario, reporting)).outside

  test('a larger budget', () => {
    expect(outside({ budgetDivisor: 4 })).toMatchInlineSnapshot(`
      [
        "pass 1: 3 buffers instead of 2",
        "pass 1: 20.8 % more pages, at most 2",
        "pass 2: 2814.5 ms later, at most 60",
        "pass 2: 3 buffers instead of 1",
        "pass 2: 480.8 % more pages, at most 2",
        "pass 3: 5052.8 ms later, at most 60",
        "pass 3: 3 buffers instead of 2",
        "pass 3: 13.6 % more pages, at most 2",
        "pass 4: the model does not have it",
        "pass 5: the model does not have it",
        "pass 6: the model does not have it",
      ]
    `)
  })

  test('another delay', () => {
    expect(outside({ delayNs: 1.9e9 })).toMatchInlineSnapshot(`
      [
        "pass 1: -96.4 ms later, at most 60",
        "pass 2: -225.5 ms later, at most 60",
        "pass 3: -131.2 ms later, at most 60",
        "pass 4: -226.6 ms later, at most 60",
        "pass 4: 36.8 % more pages, at most 2",
        "pass 5: -96.0 ms later, at most 60",
        "pass 6: -226.3 ms later, at most 60",
      ]
    `)
  })

  test('another order', () => {
    expect(outside({ order: 10 })).toMatchInlineSnapshot(`
      [
        "pass 1: 2.4 % more pages, at most 2",
        "pass 2: -23.1 % more pages, at most 2",
        "pass 3: 2.4 % more pages, at most 2",
        "pass 4: -5.3 % more pages, at most 2",
        "pass 5: 3.2 % more pages, at most 2",
        "pass 6: -44.4 % more pages, at most 2",
      ]
    `)
  })
})
