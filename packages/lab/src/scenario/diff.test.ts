import { expect, test } from 'vitest'
import { compareRows } from '../compare.ts'
import { COMPARED } from '../interfaces.ts'
import { InputError, parseRunOptions } from '../options.ts'
import { makeRunPool } from '../pool/run-pool.ts'
import { tinyTraceText } from '../testing/tiny-trace.ts'
import { readTrace } from '../trace/read-trace.ts'
import { diffEntries, extent, readEntries } from './diff.ts'
import type { DiffEntry } from './diff.ts'

const entry = (label: string, settings: DiffEntry['settings'], metrics: DiffEntry['metrics']): DiffEntry => ({ label, version: null, settings, metrics })

test('what changed most comes first, and what appears before all', () => {
  const a = entry('a', { 'guest.vcpus': '1', start: 'aged' }, { footprint: 100, kicks: 10, messages: 4, oom: 0, p50_return: null, p99_free: 50 })
  const b = entry('b', { 'guest.vcpus': '2', start: 'aged', ghost: 'true' }, { footprint: 90, kicks: 20, messages: 4, oom: 2, p50_return: 7, p99_free: null })
  const { pairs } = diffEntries([a], [b])
  expect(pairs[0].label).toBe('a -> b')
  expect(pairs[0].settings).toEqual([{ path: 'ghost', a: '-', b: 'true' }, { path: 'guest.vcpus', a: '1', b: '2' }])
  expect(pairs[0].changes.map(({ name, absolute, relative }) => [name, absolute, relative])).toEqual([
    ['p50_return', null, null], ['p99_free', null, null], ['oom', 2, null], ['kicks', 10, 1], ['footprint', -10, -0.1],
  ])
  expect(pairs[0].changes.map(extent)).toEqual([Infinity, Infinity, Infinity, 1, 0.1])
})

test('several entries are paired by their labels', () => {
  const of = (...labels: string[]): DiffEntry[] => labels.map((label) => entry(label, {}, { kicks: 1 }))
  const { pairs, onlyA, onlyB } = diffEntries(of('x', 'y', 'z'), of('z', 'w', 'y'))
  expect([pairs.map(({ label }) => label), onlyA, onlyB]).toEqual([['y', 'z'], ['x'], ['w']])
})

test('a comparison has an entry for each row and seed', async () => {
  const trace = await readTrace({ name: 'tiny', stream: (async function* () { yield Buffer.from(tinyTraceText()) })() })
  const options = parseRunOptions({ guest: { memory: 64 * 2 ** 20 }, start: 'fresh', workload: { 'settle-s': 1 } })
  const pool = makeRunPool(trace.events, 1)
  const comparison = await compareRows({ trace, options, rows: [COMPARED[0], COMPARED[7]], seeds: 2, pool })
  const entries = readEntries(JSON.stringify({ version: '0.1.0', comparisons: [comparison] }), 'x.json')
  expect(entries.map(({ label }) => label)).toEqual(['no hinting, seed 1', 'no hinting, seed 2', 'buffer, virtqueue, async, seed 1', 'buffer, virtqueue, async, seed 2'])
  expect(entries[3].settings).toMatchObject({ seed: '2', 'interface.axes.carrier': 'virtqueue', 'guest.vcpus': '2' })
  const { pairs } = diffEntries(entries.slice(0, 1), entries.slice(2, 3))
  expect(pairs[0].changes.map(({ name }) => name)).toContain('returned')
  expect(diffEntries(entries, entries).pairs.flatMap(({ changes }) => changes)).toEqual([])
})

test('what is no result is bad input', () => {
  for (const text of ['', '{}', 'x', '[]', '{"key":"a"}\n', 'null', '{"rows":[]}', '3']) expect(() => readEntries(text, 'x.json')).toThrow(InputError)
})

test('numbers that are none, and entries that are there twice, are named', () => {
  const row = (settings: object, metrics: unknown) => ({ version: '0.1.0', settings, options: { workload: {} }, metrics })
  const told = (text: string): string => {
    try {
      return readEntries(text, 'x.json').map(({ label }) => label).join()
    } catch (error) {
      return (error as Error).message
    }
  }
  const rows = (...metrics: unknown[]): string => JSON.stringify({ rows: metrics.map((values, n) => row({ n }, values)) })
  expect([
    told(rows({ footprint: 1 }, { footprint: '1', kicks: null, oom: [2] })),
    told(rows({ speed: 1 }, [], 'x', null)),
    told(JSON.stringify({ rows: [row({ n: 1 }, { kicks: 1 }), row({ n: 1 }, { kicks: 2 })] })),
    told(rows({ kicks: 1 }).replace(':1}', ':NaN}')),
    told(rows({ kicks: 1 }).replace(':1}', ':1e999}')),
    told(' '),
  ].join('\n').replace(/\(.*\)/, '(...)')).toMatchInlineSnapshot(`
    "x.json: n=1: metrics.footprint: found "1"; accepted is a number, or null for none
    x.json: n=1: metrics.oom: found [2]; accepted is a number, or null for none
    x.json: n=0: metrics: found none that is known; accepted are those of hintlab metrics
    x.json: n=1: metrics: found []; accepted is an object
    x.json: n=2: metrics: found "x"; accepted is an object
    x.json: n=3: metrics: found null; accepted is an object
    x.json: found n=1 twice; accepted is each once
    x.json: found no JSON (...); accepted is what hintlab run, sweep or compare prints with --json, or the file of a sweep
    x.json: n=0: metrics.kicks: found Infinity; accepted is a number, or null for none
    x.json: found an empty file; accepted is what hintlab run, sweep or compare prints with --json, or the file of a sweep"
  `)
})

test('results of other versions: what only one of them has is no change', () => {
  const a = { ...entry('a', {}, { footprint: 100, kicks: 10 }), version: '0.1.0' }
  const b = { ...entry('a', {}, { footprint: 100, oom: 0, p99_free: null }), version: '0.2.0' }
  const [pair] = diffEntries([a], [b]).pairs
  expect(pair).toMatchObject({ versions: { a: '0.1.0', b: '0.2.0' }, onlyA: ['kicks'], onlyB: ['p99_free', 'oom'], changes: [], unchanged: 1 })
})
