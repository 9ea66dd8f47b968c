/**
 * How long free page reporting takes to tell the host of an idle guest (mm/page_reporting.c: the delay, and the budget of a cycle). Per pass and free list,
 * with N blocks of the order on all lists of the zone:
 *
 *     full reports in a pass = ceil(N / (16 * 32)) + 1        passes are 2 s apart, the first 2 s after registration
 */
import { GIB, MIB, pagesIn, SECOND } from '@hintlab/kit'
import { singleZoneLayout } from '@hintlab/guest'
import type { Layout } from '@hintlab/guest'
import type { Machine } from '@hintlab/lab'
import { makeMachine, REPORTING, renderRequest, tapRequests } from '@hintlab/lab/testing'
import type { TappedRequest } from '@hintlab/lab/testing'
import { expect, test } from 'vitest'

const DELAY = 2 * SECOND
const CAPACITY = 32
const ORDER_MAX = 10
const BLOCK = 4 * MIB

/** Blocks reported in each pass of a guest with one list of `blocks`, by the rule alone. */
function passesByRule(blocks: number): number[] {
  const passes: number[] = []
  const perPass = (Math.ceil(blocks / (16 * CAPACITY)) + 1) * CAPACITY
  for (let left = blocks; left > 0; left -= perPass) passes.push(Math.min(left, perPass))
  return passes
}

/** Blocks in each pass, from what the device saw; a pass is what came in one period. */
function passesOf(requests: readonly TappedRequest[]): number[] {
  const passes: number[] = []
  for (const { at, pfns } of requests) {
    const pass = Math.floor(at / DELAY) - 1
    passes[pass] = (passes[pass] ?? 0) + pfns.length
  }
  return passes
}

/** Runs until reporting is idle. Everything is over when two periods bring nothing. */
function reportAll(layout: Layout): { machine: Machine; requests: TappedRequest[]; passes: number[] } {
  const { engine, machine } = makeMachine({
    interface: REPORTING,
    settings: { ghost: false },
    tiny: { layout, driverPfn: layout.pages },
  })
  const requests = tapRequests(engine, machine.device)
  engine.run(60 * SECOND)
  return { machine, requests, passes: passesOf(requests) }
}

test('a guest of one list of order-10 blocks is told in 8, 16, 22, 26, 30 and 32 s', () => {
  const lines = ['guest    blocks  a pass  by the rule  measured  last report']
  for (const size of [1, 2, 4, 8, 16, 64]) {
    const blocks = (size * GIB) / BLOCK
    const { machine, requests, passes } = reportAll(singleZoneLayout(pagesIn(size * GIB)))
    const rule = passesByRule(blocks)
    expect(passes, `${size} GiB, pass by pass`).toEqual(rule)
    expect(requests.every(({ orders }) => orders.every((order) => order === ORDER_MAX))).toBe(true)
    // Only the last report of the last pass may have fewer blocks than the list: all others are full.
    expect(requests.slice(0, -1).every(({ pfns }) => pfns.length === CAPACITY)).toBe(true)
    expect(new Set(requests.flatMap(({ pfns }) => pfns)).size).toBe(blocks)
    expect(machine.policy?.pagesAway).toBe(0)
    const last = ((requests.at(-1)?.at ?? 0) / SECOND).toFixed(3)
    const cells = [`${size} GiB`, blocks, rule[0], `${rule.length * 2} s`, `${passes.length * 2} s`, `${last} s`]
    const widths = [8, 7, 7, 12, 9, 12]
    lines.push(cells.map((cell, i) => (i === 0 ? `${cell}`.padEnd(widths[i]) : `${cell}`.padStart(widths[i]))).join(' '))
  }
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "guest    blocks  a pass  by the rule  measured  last report
    1 GiB        256      64          8 s       8 s      8.000 s
    2 GiB        512      64         16 s      16 s     16.000 s
    4 GiB       1024      96         22 s      22 s     22.001 s
    8 GiB       2048     160         26 s      26 s     26.002 s
    16 GiB      4096     288         30 s      30 s     30.004 s
    64 GiB     16384    1056         32 s      32 s     32.014 s"
  `)
})

test('a pass over the two lists of a real guest mixes their orders in one report, lower orders first', () => {
  const { engine, machine } = makeMachine({ interface: REPORTING, guest: { memory: 1 * GIB } })
  const requests = tapRequests(engine, machine.device)
  engine.run(10 * SECOND)
  expect(requests.map(renderRequest).join('\n')).toMatchInlineSnapshot(`
    "2.000 s report: 31 of order 10, 1 of order 9
    2.000 s report: 32 of order 10
    4.000 s report: 32 of order 10
    4.000 s report: 32 of order 10
    6.000 s report: 32 of order 10
    6.000 s report: 32 of order 10
    8.000 s report: 32 of order 10
    8.000 s report: 28 of order 10"
  `)
})
