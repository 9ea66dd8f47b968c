/**
 * What the start of a guest costs, counted and not timed, on 256 MiB: columns that nobody wrote are not backed by the operating system, and no step of a start
 * goes page by page. A guest of 1 TiB is 4096 times this one.
 */
import { Columns, MIB, PAGEBLOCK_PAGES, pagesIn } from '@hintlab/kit'
import type { PageObserver } from '@hintlab/protocol'
import { Measure } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { age } from './aging.ts'
import { buildMachine } from './machine.ts'
import { machineBytes, workersThatFit } from './machine-size.ts'
import { costsOf, parseRunOptions } from './options.ts'
import { REPORTING } from './testing/machine-fixture.ts'

const SIZE = 256 * MIB
const PAGES = pagesIn(SIZE)

function start(how: 'fresh' | 'aged', memory = SIZE) {
  const run = parseRunOptions({ start: how, guest: { memory } })
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  return { run, engine, machine: buildMachine(engine, { run, interface: REPORTING }, () => '') }
}

/** Bytes a page by part of the machine, for parts that grow with the guest. */
function perPage(sums: ReadonlyMap<string, number>): string {
  const parts = ['guestPage', 'ghost', 'host frames', 'host mm', 'ept']
  return parts.map((part) => `${part} ${((sums.get(part) ?? 0) / PAGES).toFixed(1)}`).join(', ')
}

const total = (sums: ReadonlyMap<string, number>): number => [...sums.values()].reduce((sum, bytes) => sum + bytes, 0)

test('a fresh guest is written block by block: links of largest blocks, a state and an owner a page', () => {
  const { engine } = start('fresh')
  expect(perPage(engine.cols.touchedByLabel())).toMatchInlineSnapshot(`"guestPage 6.1, ghost 1.0, host frames 0.0, host mm 0.0, ept 0.0"`)
})

test('an aged guest writes tags where pages are in use, tables where they are small, and links a pageblock', () => {
  const { engine } = start('aged')
  expect(perPage(engine.cols.touchedByLabel())).toMatchInlineSnapshot(`"guestPage 10.0, ghost 4.5, host frames 1.5, host mm 0.3, ept 0.5"`)
})

test('ageing moves blocks, not pages', () => {
  const { run, engine, machine } = start('fresh')
  const { kernel, vm, ghost } = machine
  let moves = 0
  const counting: PageObserver = {
    moved: (pfn, order, from, to) => {
      moves++
      ghost.moved(pfn, order, from, to)
    },
  }
  kernel.mm.observer = counting
  age(kernel, vm, ghost, engine.stream('aging'), run)
  // One to take a pageblock, one to give it back; of a fragmented one, one for each piece between the pages that stay: at most 9 levels for each of 8.
  expect(moves / (PAGES / PAGEBLOCK_PAGES)).toBeLessThan(2 + 0.3 * 40)
  expect(moves / (PAGES / PAGEBLOCK_PAGES)).toBeGreaterThan(2)
  kernel.check()
  expect(ghost.violationCount).toBe(0)
})

test('the size of a machine is told in advance, and says how many run side by side', () => {
  const { run, engine } = start('aged', 1024 * MIB)
  const held = total(engine.cols.bytesByLabel())
  expect(machineBytes(run) / held).toBeGreaterThan(0.9)
  expect(machineBytes(run) / held).toBeLessThan(1.1)
  const sized = (memory: string) => parseRunOptions({ guest: { memory } })
  expect([workersThatFit(16, [run]), workersThatFit(16, [run, sized('256 GiB')]), workersThatFit(2, [sized('1 TiB')]), workersThatFit(2, [])]).toEqual([16, 4, 1, 2])
})
