import { COST_NAMES, costsHash, makeCosts } from '@hintlab/sim'
import { beforeAll, expect, test } from 'vitest'
import { compareRows, compareSensitivity, scenarioHash } from './compare.ts'
import type { CompareInput, CompareProgress, Comparison } from './compare.ts'
import { HEADLINE_NAMES } from './headline.ts'
import { COMPARED } from './interfaces.ts'
import { parseRunOptions } from './options.ts'
import { makeRunPool } from './pool/run-pool.ts'
import type { RunPool } from './pool/run-pool.ts'
import { COST_VARIANTS, variantCosts } from './sensitivity.ts'
import { tinyTraceText } from './testing/tiny-trace.ts'
import { readTrace } from './trace/read-trace.ts'
import type { Trace } from './trace/read-trace.ts'

const options = parseRunOptions({ seed: 7, guest: { memory: 128 * 2 ** 20 }, workload: { 'settle-s': 5 } })
/** One of each kind: none, sleeping report, blocking buffer, asynchronous buffer. */
const ROWS = [0, 3, 4, 7].map((i) => COMPARED[i])
let trace: Trace
let pool: RunPool
let comparison: Comparison

const input = (more: Partial<CompareInput> = {}): CompareInput => ({ trace, options, rows: ROWS, pool, ...more })

async function* once(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

beforeAll(async () => {
  trace = await readTrace({ name: 'tiny', stream: once(tinyTraceText()) })
  pool = makeRunPool(trace.events, 1)
  comparison = await compareRows(input({ seeds: 3 }))
})

test('every row runs with every seed, and the headline is the spread over them', () => {
  expect(comparison.seeds).toEqual([7, 8, 9])
  expect(comparison.rows.map(({ name, runs }) => [name, ...runs.map((run) => run.seed)])).toEqual(ROWS.map(({ name }) => [name, 7, 8, 9]))
  for (const { headline, runs } of comparison.rows) {
    const overhead = runs.map((run) => run.cost.vcpuOverheadNs / 1e6).sort((a, b) => a - b)
    expect(headline.vcpuOverheadMs).toEqual({ min: overhead[0], median: overhead[1], max: overhead[2] })
    for (const name of HEADLINE_NAMES) {
      const spread = headline[name]
      if (spread !== null) expect(spread.min <= spread.median && spread.median <= spread.max, name).toBe(true)
    }
  }
})

test('savings are those against the run of the same seed without hinting', async () => {
  const [reference, , buffer] = comparison.rows
  expect(reference.headline.savedPercent).toBe(null)
  const saved = buffer.runs.map((run, i) => (1 - run.memory.footprintGiBs / reference.runs[i].memory.footprintGiBs) * 100)
  expect(buffer.headline.savedPercent?.max).toBe(Math.max(...saved))
  const alone = await compareRows(input({ rows: ROWS.slice(2, 3) }))
  expect(alone.rows[0].headline.savedPercent).toBe(null)
})

test('hinting, faults and waiting for locks make up the overhead', () => {
  for (const { runs } of comparison.rows) {
    for (const { cost } of runs) expect(cost.vcpuHintingNs + cost.vcpuFaultNs + (cost.vcpuNs['lock spin'] ?? 0)).toBe(cost.vcpuOverheadNs)
  }
})

test('no guest data is lost, and the conclusions say what the numbers say', () => {
  expect(comparison.violations).toBe(0)
  expect(comparison.safety).toBe('No guest data was lost: 0 violations in 12 runs.')
  const hinting = comparison.rows.filter((row) => (row.headline.returnedMiB?.median ?? 0) > 0)
  const least = Math.min(...hinting.map((row) => row.headline.vcpuOverheadMs!.median))
  const winner = comparison.conclusions.find(({ id }) => id === 'vcpu-overhead')!
  expect(hinting.find(({ name }) => name === winner.answer)!.headline.vcpuOverheadMs!.median).toBe(least)
  expect(comparison.conclusions.find(({ id }) => id === 'asynchrony')!.answer).toBe('asynchronous')
})

test('the same seed gives the same bytes, whatever runs beside it', async () => {
  const { rows } = await compareRows(input({ rows: ROWS.slice(1), options: { ...options, seed: 9 } }))
  expect(rows.map(({ runs }) => JSON.stringify(runs))).toEqual(comparison.rows.slice(1).map(({ runs }) => JSON.stringify([runs[2]])))
})

test('the sensitivity runs the hinting rows once under each table of costs', async () => {
  const progress: CompareProgress[] = []
  const rows = ROWS.slice(2)
  const base = await compareRows(input({ rows }))
  const sensitivity = await compareSensitivity(input({ rows, onProgress: (p) => progress.push(p) }), base)
  expect([sensitivity.seed, sensitivity.runs, sensitivity.violations]).toEqual([7, 8, 0])
  expect(progress.at(-1)).toEqual({ done: 8, total: 8, row: 'buffer, virtqueue, async' })
  expect([...sensitivity.holding, ...sensitivity.flips.map(({ id }) => id)]).toEqual(expect.arrayContaining(base.conclusions.map(({ id }) => id)))
  expect(sensitivity.asynchronyRatios.every((ratio) => ratio !== null && ratio > 1)).toBe(true)
})

test('changed costs are whole nanoseconds, and only those meant are changed', () => {
  const base = makeCosts({ kick: 901 })
  const changed = COST_VARIANTS.map((variant) => {
    const costs = variantCosts({ kick: 901 }, variant)
    for (const name of COST_NAMES) expect(Number.isInteger(costs[name]), name).toBe(true)
    return `${variant.costs} x ${variant.factor}: ${COST_NAMES.filter((name) => costs[name] !== base[name]).join(' ')}`
  })
  expect(changed.join('\n')).toMatchInlineSnapshot(`
    "M x 0.5: exitUser deviceWake irqPosted irqHalted irqEntry guestSwitch lockHandover tlbFlushRemote madvise zero4k zero2m hintEntry ringAdd deviceEntry ageCheck swapRead swapWrite swapPage essa pollStep copy4k migratePage compactScan reclaimPage fileRead fileWrite
    M x 2: exitUser deviceWake irqPosted irqHalted irqEntry guestSwitch lockHandover tlbFlushRemote madvise zero4k zero2m hintEntry ringAdd deviceEntry ageCheck swapRead swapWrite swapPage essa pollStep copy4k migratePage compactScan reclaimPage fileRead fileWrite
    exits x 0.5: exitKernel hypercall kick
    exits x 2: exitKernel hypercall kick"
  `)
  expect(variantCosts({ kick: 901 }, COST_VARIANTS[2]).kick).toBe(451)
})

test('the scenario hash names options and trace, and leaves the seed out', () => {
  const hash = scenarioHash(options, 'abc')
  expect(hash).toMatch(/^[0-9a-f]{12}$/)
  expect(scenarioHash({ ...options, seed: 8 }, 'abc')).toBe(hash)
  expect(scenarioHash({ ...options, start: 'fresh' }, 'abc')).not.toBe(hash)
  expect(scenarioHash(options, 'abd')).not.toBe(hash)
  const backwards = Object.fromEntries(Object.entries(options).toReversed()) as typeof options
  expect(scenarioHash(backwards, 'abc')).toBe(hash)
  expect([comparison.scenarioHash, comparison.costsHash]).toEqual([scenarioHash(options, trace.summary.sha256), costsHash(makeCosts())])
})

test('a guest that is too small for the trace is a note, not an error', async () => {
  const small = parseRunOptions({ guest: { memory: 64 * 2 ** 20 }, aged: { used: 0.9 }, workload: { 'settle-s': 1 } })
  const { notes } = await compareRows(input({ options: small, rows: COMPARED.slice(0, 2) }))
  expect(notes.join('\n')).toMatchInlineSnapshot(`
    "The guest was out of memory: allocations failed in 2 of 2 runs, 36 to 48 in each.
    Nothing was returned by "reporting, hypercall"."
  `)
})

test('worker threads give the same results as this one, in the same order', async () => {
  const threads = makeRunPool(trace.events, 2)
  try {
    const { rows } = await compareRows(input({ pool: threads, seeds: 3 }))
    expect(rows).toEqual(comparison.rows)
  } finally {
    await threads.close()
  }
})
