import { Columns, MIB, PAGE_SIZE } from '@hintlab/kit'
import { makeStats, STAT_TAG_NAMES, StatTag } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { GuestKernel } from '../kernel.ts'
import { x86Layout } from '../mm/layout.ts'
import { PageAllocator } from '../mm/page-allocator.ts'
import { fillStats, statTags } from './memory-stats.ts'

test('what a booted guest says of itself', () => {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const mm = new PageAllocator(engine.cols, x86Layout(64 * MIB), { cpus: 1 })
  mm.freeAll()
  const stats = makeStats(16)
  fillStats(stats, statTags(16), new GuestKernel(engine, mm), 10_000)
  const lines = Array.from({ length: stats.count }, (_, i) => `${stats.tag[i]} ${STAT_TAG_NAMES[stats.tag[i]]} ${stats.value[i]}`)
  expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([
    `${StatTag.FREE} free-memory ${64 * MIB}`,
    `${StatTag.TOTAL} total-memory ${10_000 * PAGE_SIZE}`,
    expect.stringMatching(/^6 available-memory \d+$/),
  ])
  const available = stats.value[lines.findIndex((line) => line.startsWith('6 '))]
  expect(available).toBeLessThan(64 * MIB)
  expect(available).toBeGreaterThan(56 * MIB)
})

test('a driver sends ten tags or all sixteen, each once', () => {
  expect(statTags(10).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(statTags(16).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i))
})
