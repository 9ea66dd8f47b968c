import { expect, test } from 'vitest'
import { compareRows } from '../compare.ts'
import { COMPARED } from '../interfaces.ts'
import { InputError, parseRunOptions } from '../options.ts'
import { makeRunPool } from '../pool/run-pool.ts'
import { tinyTraceText } from '../testing/tiny-trace.ts'
import { readTrace } from '../trace/read-trace.ts'
import { diffEntries, extent, readEntries } from './diff.ts'
import type { DiffEntry } from './diff.ts'

const entry = (label: string, settings: DiffEntry['settings'], metrics: DiffEntry['metrics']): DiffEntry => ({ label, settings, metrics })

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
