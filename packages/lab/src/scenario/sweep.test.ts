/** Sweeps over a scenario of a few milliseconds; the file that keeps the results, whole and torn. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { InputError } from '../options.ts'
import { tinyTraceText } from '../testing/tiny-trace.ts'
import { scenarioFromText } from './scenario-file.ts'
import { parseVariation, runSweep, sweepPoints } from './sweep.ts'
import type { SweepPoint, SweepRow } from './sweep.ts'
import { SweepStore } from './sweep-store.ts'
import { readScenarioTrace } from './traces.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-sweep-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'tiny.txt'), tinyTraceText())

const file = scenarioFromText('hintlab: 1\nguest: { memory: 64 MiB }\nstart: fresh\nworkload: { trace: tiny.txt, settle-s: 1 }', 'tiny.yaml', folder)
const pointsOf = (...variations: string[]): SweepPoint[] => sweepPoints(file, [], variations.map(parseVariation))
const POINTS = pointsOf('guest.vcpus=1,2', 'interface=no hinting,reporting, virtqueue, sleeps,buffer, virtqueue, async', 'seed=1,2')

interface Done {
  rows: SweepRow[]
  skipped: number
  runs: number
}

async function sweep(points: readonly SweepPoint[], workers: number, path: string | null): Promise<Done> {
  const seen = { skipped: 0, runs: -1 }
  const rows = await runSweep({
    points, workers, readTrace: (scenario) => readScenarioTrace(scenario), store: path === null ? null : new SweepStore(path),
    onProgress: ({ skipped }) => {
      seen.skipped = skipped
      seen.runs++
    },
  })
  return { rows, ...seen }
}

test('every combination in the order of the command line, the last varying fastest', () => {
  expect(POINTS.map(({ settings }) => Object.values(settings).join(' | '))).toMatchInlineSnapshot(`
    [
      "1 | no hinting | 1",
      "1 | no hinting | 2",
      "1 | reporting, virtqueue, sleeps | 1",
      "1 | reporting, virtqueue, sleeps | 2",
      "1 | buffer, virtqueue, async | 1",
      "1 | buffer, virtqueue, async | 2",
      "2 | no hinting | 1",
      "2 | no hinting | 2",
      "2 | reporting, virtqueue, sleeps | 1",
      "2 | reporting, virtqueue, sleeps | 2",
      "2 | buffer, virtqueue, async | 1",
      "2 | buffer, virtqueue, async | 2",
    ]
  `)
  expect(POINTS[5].scenario.options).toMatchObject({ seed: 2, guest: { vcpus: 1 } })
})

test('values of a variation', () => {
  const values = (text: string): readonly string[] => parseVariation(text).values
  expect([values('a=1,2'), values('a=x, y,z'), values('a=["x","y, z",3,{"b":1}]'), values('a=[1')]).toEqual([['1', '2'], ['x, y', 'z'], ['x', 'y, z', '3', '{"b":1}'], ['[1']])
  for (const text of ['a', 'a=', '=1', 'a=1,,2', 'a=[]']) expect(() => parseVariation(text)).toThrow(InputError)
  expect(() => pointsOf('guest.vcpus=0,1,x', 'seed=1,2')).toThrow(
    '--set guest.vcpus=0: guest.vcpus: found 0; accepted is a number from 1\n--set guest.vcpus=x: guest.vcpus: found "x"; accepted is a number',
  )
  expect(() => pointsOf('seed=1', 'seed=2')).toThrow('--vary seed: found twice')
})

test('the same results, and the same file, whatever the number of workers', async () => {
  const [one, two] = [join(folder, 'one.jsonl'), join(folder, 'two.jsonl')]
  const first = await sweep(POINTS, 1, one)
  const second = await sweep(POINTS, 2, two)
  expect(first).toMatchObject({ skipped: 0, runs: 12 })
  expect(second.rows).toEqual(first.rows)
  expect(readFileSync(two, 'utf8')).toBe(readFileSync(one, 'utf8'))
  expect(first.rows.map(({ settings }) => settings)).toEqual(POINTS.map(({ settings }) => settings))
  expect(first.rows.every(({ run }) => run.violations === 0)).toBe(true)
  expect(new Set(first.rows.map(({ scenarioHash }) => scenarioHash)).size).toBe(6)
})

test('a sweep that was stopped goes on: whole lines are kept, a torn one is dropped', async () => {
  const path = join(folder, 'stopped.jsonl')
  const whole = await sweep(POINTS.slice(0, 4), 1, path)
  const complete = readFileSync(path, 'utf8')
  const lines = complete.split('\n')
  truncateSync(path, lines[0].length + lines[1].length + 2 + 100)
  const resumed = await sweep(POINTS.slice(0, 4), 1, path)
  expect(resumed).toMatchObject({ skipped: 2, runs: 2 })
  expect(resumed.rows).toEqual(whole.rows)
  expect(readFileSync(path, 'utf8')).toBe(complete)
  expect(await sweep(POINTS.slice(0, 4), 1, path)).toMatchObject({ skipped: 4, runs: 0 })
})

test('another sweep over the same file runs only what is new; the same run under another variation is found', async () => {
  const path = join(folder, 'shared.jsonl')
  await sweep(pointsOf('seed=1,2'), 1, path)
  const more = await sweep(pointsOf('guest.vcpus=1,2', 'seed=2,3'), 1, path)
  // Two vCPUs are the default, so vcpus=2 seed=2 is there under another name.
  expect(more).toMatchObject({ skipped: 1, runs: 3 })
  expect(more.rows.map(({ settings }) => Object.values(settings).join(' '))).toEqual(['1 2', '1 3', '2 2', '2 3'])
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(6)
})

test('a file of something else is bad input and stays as it is', () => {
  const path = join(folder, 'other.jsonl')
  writeFileSync(path, '{"key":"a"}\n')
  expect(() => new SweepStore(path)).toThrow(`${path}:1: found no result of a sweep`)
  appendFileSync(path, 'x')
  expect(() => new SweepStore(path)).toThrow(InputError)
  expect(readFileSync(path, 'utf8')).toBe('{"key":"a"}\nx')
  expect(() => new SweepStore(folder)).toThrow('accepted is a file that can be written')
})
