/** The file parses, slices nest, and arrows go forward from slice to slice. */
import { beforeAll, expect, test } from 'vitest'
import { TINY_ROWS, EVERYTHING, tinyEvents, tinyRun } from './testing/tiny-report.ts'
import { perfettoEvents, writePerfetto } from './perfetto.ts'
import type { PerfettoRun, TraceEvent } from './perfetto.ts'

const identity = { version: '0.0.0', seed: 3, scenarioHash: '0123456789ab', costsHash: '01234567' }
let runs: PerfettoRun[]
let file: { otherData: object; traceEvents: TraceEvent[] }

beforeAll(async () => {
  const events = await tinyEvents()
  runs = TINY_ROWS.map((row) => ({ name: row.name, timeline: tinyRun(events, row, EVERYTHING).timeline! }))
  let text = ''
  writePerfetto(runs, identity, (piece) => (text += piece))
  file = JSON.parse(text) as typeof file
}, 120_000)

interface Slice {
  readonly from: number
  readonly to: number
  readonly name: string
}

/** As the importer of the Perfetto UI reads a time: cut off below a nanosecond. */
const ns = (us: number): number => Math.trunc(us * 1000)

/** Slices of each thread, outer before inner: by begin, the longer first. Times in ns, so that they are integers. */
function threads(events: readonly TraceEvent[]): Map<string, Slice[]> {
  const found = new Map<string, Slice[]>()
  for (const { ph, pid, tid = 0, ts = 0, dur = 0, name } of events) {
    if (ph !== 'X') continue
    const slice = { from: ns(ts), to: ns(ts) + ns(dur), name }
    found.set(`${pid}/${tid}`, [...(found.get(`${pid}/${tid}`) ?? []), slice])
  }
  for (const slices of found.values()) slices.sort((a, b) => a.from - b.from || b.to - a.to)
  return found
}

test('the file says which run it is, and has everything that the runs have', () => {
  expect(file.otherData).toEqual(identity)
  expect(file.traceEvents).toEqual([...perfettoEvents(runs)])
  const count = (ph: TraceEvent['ph']): number => file.traceEvents.filter((event) => event.ph === ph).length
  const cpus = runs.map(({ timeline }) => timeline.cpus!)
  expect(count('X')).toBe(cpus.reduce((sum, { slices, parts, holds }) => sum + slices.from.length + parts.from.length + holds.from.length, 0))
  expect(count('s')).toBe(cpus.reduce((sum, { messages }) => sum + messages.length, 0))
  expect(count('s')).toBeGreaterThan(0)
  expect(cpus.every(({ truncatedNs }) => truncatedNs === null)).toBe(true)
})

test('times come out to the nanosecond, also where the fraction is read by itself', () => {
  const byFraction = (us: number): number => {
    const [whole, fraction = '0'] = String(us).split('.')
    return Number(whole) * 1000 + Math.trunc(Number(`0.${fraction}`) * 1000)
  }
  const tasks = file.traceEvents.filter(({ cat }) => cat === 'task')
  const slices = runs.map(({ timeline }) => timeline.cpus!.slices)
  const from = slices.flatMap((columns) => [...columns.from])
  const long = slices.flatMap((columns) => [...columns.to].map((to, i) => to - columns.from[i]))
  for (const read of [ns, byFraction]) {
    expect(tasks.map(({ ts }) => read(ts!))).toEqual(from)
    expect(tasks.map(({ dur }) => read(dur!))).toEqual(long)
  }
})

test('every event has the fields of its kind', () => {
  for (const { ph, pid, tid, name, ts, dur, id } of file.traceEvents) {
    expect(Number.isInteger(pid) && name !== '').toBe(true)
    if (ph !== 'M') expect(Number.isFinite(ts) && ts! >= 0).toBe(true)
    if (ph === 'X') expect(Number.isInteger(tid) && dur! > 0).toBe(true)
    if ('stfbe'.includes(ph)) expect(id).toMatch(/^0x[0-9a-f]+$/)
    if (tid !== undefined) expect(tid).toBeGreaterThan(0)
  }
})

test('processes and threads have names; each configuration has its own', () => {
  const names = file.traceEvents.filter(({ name }) => name === 'process_name').map(({ args }) => args!['name'])
  expect(names).toEqual(TINY_ROWS.flatMap(({ name }) => [`${name}: CPUs`, `${name}: locks`, `${name}: messages`]))
  const named = new Set(file.traceEvents.filter(({ name }) => name === 'thread_name').map(({ pid, tid }) => `${pid}/${tid}`))
  for (const thread of threads(file.traceEvents).keys()) expect(named.has(thread), thread).toBe(true)
  expect(names.length).toBe(new Set(names).size)
})

test('slices of a thread lie in each other or after each other, and no deeper than task and cause', () => {
  for (const [thread, slices] of threads(file.traceEvents)) {
    const open: Slice[] = []
    for (const slice of slices) {
      while (open.length > 0 && open.at(-1)!.to <= slice.from) open.pop()
      const outer = open.at(-1)
      if (outer !== undefined) expect(slice.to, `${thread}: ${slice.name} in ${outer.name}`).toBeLessThanOrEqual(outer.to)
      open.push(slice)
      expect(open.length).toBeLessThanOrEqual(2)
    }
  }
})

test('an arrow begins with a submit, ends with the completion, goes forward in time, and is always inside a slice', () => {
  const slices = threads(file.traceEvents)
  const arrows = new Map<string, TraceEvent[]>()
  for (const event of file.traceEvents) {
    if (!'stf'.includes(event.ph)) continue
    arrows.set(`${event.pid}/${event.id}`, [...(arrows.get(`${event.pid}/${event.id}`) ?? []), event])
  }
  for (const hops of arrows.values()) {
    expect(hops.map(({ ph }) => ph)).toEqual(['s', 't', 'f'])
    const times = hops.map(({ ts }) => ts!)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    for (const { pid, tid, ts } of hops) {
      const at = ns(ts!)
      expect(slices.get(`${pid}/${tid}`)!.some(({ from, to }) => from <= at && at < to)).toBe(true)
    }
  }
})

test('what is begun is ended: stages of a message lie inside it', () => {
  const depth = new Map<string, number>()
  const last = new Map<string, number>()
  for (const { ph, id, pid, ts } of file.traceEvents) {
    if (ph !== 'b' && ph !== 'e') continue
    const key = `${pid}/${id}`
    depth.set(key, (depth.get(key) ?? 0) + (ph === 'b' ? 1 : -1))
    expect(ts!).toBeGreaterThanOrEqual(last.get(key) ?? 0)
    last.set(key, ts!)
  }
  expect([...depth.values()].every((open) => open === 0)).toBe(true)
})
