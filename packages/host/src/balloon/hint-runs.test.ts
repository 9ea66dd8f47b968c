import { Columns } from '@hintlab/kit'
import { ConfigField, Feature, featureSet } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { BalloonConfig } from './config.ts'
import { HintRuns, RunPhase } from './hint-runs.ts'
import type { HintRunsOptions } from './hint-runs.ts'

function make(options: Partial<HintRunsOptions> = {}) {
  const cols = new Columns()
  const config = new BalloonConfig(cols, 'test', featureSet(Feature.FREE_PAGE_HINT))
  const told: number[] = []
  const runs = new HintRuns(cols, config, () => told.push(config.get(ConfigField.COMMAND_ID)), { label: 'test', idMin: 2, doneAtStop: false, ...options })
  return { runs, told }
}

test('a run counts from the driver\'s id to its STOP, and DONE follows', () => {
  const { runs, told } = make()
  const id = runs.start()
  expect([runs.phase, runs.current]).toEqual([RunPhase.REQUESTED, 0])
  runs.command(id)
  expect([runs.phase, runs.current]).toEqual([RunPhase.STARTED, id])
  runs.command(0)
  expect([runs.phase, runs.current]).toEqual([RunPhase.ENDED, 0])
  runs.done()
  expect([runs.phase, told]).toEqual([RunPhase.IDLE, [id, 1]])
})

test('an id of another run, a second one, and a STOP of no run are counted and change nothing', () => {
  const { runs } = make()
  runs.command(0)
  const first = runs.start()
  const second = runs.start()
  runs.command(first)
  expect([runs.phase, runs.counter('staleCommands'), runs.counter('earlyStops')]).toEqual([RunPhase.REQUESTED, 1, 1])
  runs.command(second)
  runs.command(second)
  expect([runs.current, runs.counter('staleCommands')]).toEqual([second, 2])
  runs.stop()
  expect(runs.current).toBe(0)
})

test('ids wrap round without STOP, DONE or the least one, which follows the largest', () => {
  const { runs } = make({ idMin: 2 ** 32 - 3 })
  expect([runs.start(), runs.start(), runs.start(), runs.start()]).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32 - 3, 2 ** 32 - 2])
})

test('a device that acknowledges at once says DONE when the driver stops', () => {
  const { runs, told } = make({ doneAtStop: true })
  const id = runs.start()
  runs.command(id)
  runs.command(0)
  expect([runs.phase, told]).toEqual([RunPhase.IDLE, [id, 1]])
})

test('a reset ends the run, and its id does not come again', () => {
  const { runs, told } = make()
  const id = runs.start()
  runs.reset()
  expect([runs.phase, told.at(-1)]).toEqual([RunPhase.IDLE, id])
  expect(runs.start()).toBe(id + 1)
})
