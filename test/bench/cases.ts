/**
 * What `pnpm bench` measures: one case per name, each run in a process of its own. A case checks its results before it times them and returns lines of
 * (what, measured, limit). `size` 'smoke' is for the test that keeps the cases alive.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { benchBuddy } from '@hintlab/guest/testing'
import { benchWalk } from '@hintlab/host/testing'
import { bundledTracePath } from '@hintlab/lab'
import { benchMemory, benchReplay, benchStart } from '@hintlab/lab/testing'
import { benchCodec } from '@hintlab/protocol/testing'
import { benchBareResume, benchEngine } from '@hintlab/sim/testing'
import { benchRing } from '@hintlab/transport/testing'
import { benchPeers } from './peers.ts'
import { benchSweep } from './sweep.ts'

export interface Line {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** What the project asks of itself; null is for information. */
  readonly limit: number | null
  readonly note?: string
}

export type Size = 'full' | 'smoke'
type Case = (size: Size) => Promise<Line[]> | Line[]

const now = (): number => Number(process.hrtime.bigint())

const TIMED_OPS = 20_000_000
const LIVE_AFTER = '5290'
/** As many as stretches on our side. */
const C_RUNS = 12

export const CASES: Readonly<Record<string, Case>> = {
  'buddy-18': (size) => buddy(18, size),
  'buddy-22': (size) => buddy(22, size),
  'buddy-24': (size) => buddy(24, size),
  engine: (size) => {
    const best = quickest(size, () => benchEngine(now, size === 'full' ? 5_000_000 : 10_000), (ns) => ns)
    const note = `${(1000 / best).toFixed(1)} M/s`
    return [{ what: 'task dispatches, 64 tasks on one lock', value: best, unit: 'ns', limit: 1000 / 15, note }]
  },
  codec: (size) => {
    const best = quickest(size, () => benchCodec(now, { entries: 512, rounds: size === 'full' ? 20_000 : 100 }), (b) => b.nsPerPage)
    return [{ what: 'protobuf batch of 512, encode + decode', value: best.nsPerPage, unit: 'ns/page', limit: 20 }]
  },
  ring: (size) => {
    const best = quickest(size, () => benchRing(now, size === 'full' ? 200_000 : 1000), (ns) => ns)
    return [{ what: 'ring round trip of 32 descriptors', value: best, unit: 'ns/descriptor', limit: 60 }]
  },
  walk: (size) => {
    const b = benchWalk(now, size === 'full' ? 2 ** 18 : 2 ** 10, size === 'full' ? 10_000_000 : 10_000)
    return [
      { what: 'EPT walk of four levels, pages in order', value: b.walkInOrderNs, unit: 'ns', limit: null },
      { what: 'EPT walk, pages in no order, 1 GiB', value: b.walkAnyOrderNs, unit: 'ns', limit: null },
      { what: 'TLB hit', value: b.tlbHitNs, unit: 'ns', limit: null },
    ]
  },
  run: async (size) => {
    if (size === 'smoke') return []
    const path = process.env['HINTLAB_BENCH_TRACE'] ?? bundledTracePath()
    const b = await benchReplay(now, path)
    // 8 s for the 2.67 million events of a kernel build.
    const usPerEvent = (b.totalSeconds * 1e6) / b.events
    const note = `${b.events} events in ${b.totalSeconds.toFixed(2)} s, parsing ${b.parseSeconds.toFixed(2)} s of it`
    return [{ what: 'trace to report, one configuration, ghost on', value: usPerEvent, unit: 'us/event', limit: 8e6 / 2_669_413, note }]
  },
  memory: (size) => {
    const gib = size === 'full' ? 64 : 1
    const huge = benchMemory(now, gib, 0.9)
    const note = `built and aged in ${huge.buildSeconds.toFixed(1)} s`
    return [
      { what: `guest side, ${gib} GiB`, value: huge.guestBytesPerPage, unit: 'B/page', limit: 12, note },
      { what: 'host side, 90 % huge pages', value: huge.hostBytesPerPage, unit: 'B/page', limit: 16 },
      { what: 'host side, all 4 KiB', value: benchMemory(now, size === 'full' ? 16 : 1, 0).hostBytesPerPage, unit: 'B/page', limit: 16 },
      { what: 'ghost', value: huge.ghostBytesPerPage, unit: 'B/page', limit: 9.5 },
    ]
  },
  // A process each, for the most that it held.
  'start-fresh': (size) => start(size, 'fresh'),
  'start-aged': (size) => start(size, 'aged'),
  // Only when they are named: two minutes, and three.
  peers: benchPeers,
  sweep: benchSweep,
}

/** The largest guest there is, by its map, and what is asked of it. */
async function start(size: Size, how: 'fresh' | 'aged'): Promise<Line[]> {
  if (size === 'smoke') return []
  const peakBytes = (): number => process.resourceUsage().maxRSS * 1024
  const b = await benchStart({ now, peakBytes, gib: 1024, start: how, path: bundledTracePath() })
  const note = `trace read, replayed and settled in ${b.replaySeconds.toFixed(1)} s more`
  return [
    { what: `1 TiB, ${how}, start`, value: b.startSeconds, unit: 's', limit: 10, note },
    { what: `1 TiB, ${how}, most that the process held`, value: b.peakBytes / 2 ** 30, unit: 'GiB', limit: 8 },
  ]
}

/** Resuming a bare generator on the machine that the limits were stated for, ns. */
const REFERENCE_NS = 15

/** How much slower than that machine this one is at the moment, at least 1: what limits in nanoseconds are stretched by. */
export function slowness(): number {
  return Math.max(1, quickest('full', () => benchBareResume(now, 2_000_000), (ns) => ns) / REFERENCE_NS)
}

/** Short runs, best of several: what else the machine does only ever adds. */
function quickest<T>(size: Size, run: () => T, cost: (result: T) => number): T {
  let best = run()
  for (let i = 1; i < (size === 'full' ? 5 : 1); i++) {
    const next = run()
    if (cost(next) < cost(best)) best = next
  }
  return best
}

/** Our allocator between runs of the C program on the same requests; the quickest of as many stretches on both sides. */
function buddy(pagesLog2: number, size: Size): Line[] {
  if (size === 'smoke') return [{ what: `buddy, 2^${pagesLog2} pages`, value: benchBuddy(now, 14, 1000, 1000), unit: 'ns/op', limit: null }]
  const twin = compileTwin()
  const before = twin?.(pagesLog2, C_RUNS / 2) ?? 0
  const ours = benchBuddy(now, pagesLog2, TIMED_OPS)
  if (twin === null) {
    return [{ what: `buddy, 2^${pagesLog2} pages`, value: ours, unit: 'ns/op', limit: null, note: 'no C compiler here: no ratio' }]
  }
  const c = Math.min(before, twin(pagesLog2, C_RUNS / 2))
  const note = `${ours.toFixed(1)} ns/op, C ${c.toFixed(1)} ns/op`
  return [{ what: `buddy against C, 2^${pagesLog2} pages`, value: ours / c, unit: 'x', limit: 3, note }]
}

/** Runs the C program some times and returns the least ns per request; null without a compiler. */
function compileTwin(): ((pagesLog2: number, runs: number) => number) | null {
  const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0)
  const source = fileURLToPath(new URL('./buddy-twin.c', import.meta.url))
  if (compiler === undefined || !existsSync(source)) return null
  return (pagesLog2, runs) => {
    const folder = mkdtempSync(join(tmpdir(), 'hintlab-bench-'))
    try {
      const program = join(folder, 'buddy-twin')
      execFileSync(compiler, ['-O2', '-o', program, source])
      return Math.min(...Array.from({ length: runs }, () => runTwin(program, pagesLog2)))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

function runTwin(program: string, pagesLog2: number): number {
  const [ns, live] = execFileSync(program, [String(pagesLog2)], { encoding: 'utf8' }).trim().split(' ')
  if (live !== LIVE_AFTER) throw new Error(`the C program ended with ${live} live blocks, not ${LIVE_AFTER}`)
  return Number(ns)
}
