/** The file as the importer of the Perfetto UI reads it (testing/perfetto-import.ts): nothing is dropped, slices nest, and arrows join the steps of each message. */
import { beforeAll, expect, test } from 'vitest'
import { NAMED_INTERFACES } from '../interfaces.ts'
import type { TraceEvents } from '../trace/events.ts'
import { TINY_ROWS, EVERYTHING, tinyEvents, tinyRun } from './testing/tiny-report.ts'
import { perfettoEvents, writePerfetto } from './perfetto.ts'
import type { PerfettoRun, TraceEvent } from './perfetto.ts'
import { importPerfetto, TIME_READERS } from './testing/perfetto-import.ts'
import type { Imported, ImportedSlice } from './testing/perfetto-import.ts'

const identity = { version: '0.0.0', seed: 3, scenarioHash: '0123456789ab', costsHash: '01234567' }
let events: TraceEvents
let runs: PerfettoRun[]
let text: string

function textOf(of: readonly PerfettoRun[]): string {
  let whole = ''
  writePerfetto(of, identity, (piece) => (whole += piece))
  return whole
}

const plain = (all: readonly TraceEvent[]): string => JSON.stringify({ traceEvents: all })

beforeAll(async () => {
  events = await tinyEvents()
  runs = TINY_ROWS.map((row) => ({ name: row.name, timeline: tinyRun(events, row, EVERYTHING).timeline! }))
  text = textOf(runs)
}, 120_000)

test('the file says which run it is, and has everything that the runs have', () => {
  const file = JSON.parse(text) as { otherData: object; traceEvents: TraceEvent[] }
  expect(file.otherData).toEqual(identity)
  expect(file.traceEvents).toEqual([...perfettoEvents(runs)])
  const count = (ph: TraceEvent['ph']): number => file.traceEvents.filter((event) => event.ph === ph).length
  const cpus = runs.map(({ timeline }) => timeline.cpus!)
  expect(count('X')).toBe(cpus.reduce((sum, { slices, parts, holds }) => sum + slices.from.length + parts.from.length + holds.from.length, 0))
  expect(count('s')).toBe(cpus.reduce((sum, { messages }) => sum + messages.length, 0))
  expect(count('s')).toBeGreaterThan(0)
  expect(cpus.every(({ truncatedNs }) => truncatedNs === null)).toBe(true)
})

test('however the importer reads times, they come out to the nanosecond, and nothing is dropped', () => {
  const [first, ...others] = Object.values(TIME_READERS).map((read) => importPerfetto(text, read))
  expect(first.problems).toEqual([])
  for (const other of others) expect(other).toEqual(first)
  const tasks = first.slices.filter(({ track, depth }) => depth === 0 && track.startsWith('thread') && !processOf(first, track).includes('locks'))
  const times = tasks.filter(({ fromNs, toNs }) => fromNs !== toNs).map(({ fromNs, toNs }) => `${fromNs} ${toNs}`)
  const slices = runs.map(({ timeline }) => timeline.cpus!.slices)
  expect(times.sort()).toEqual(slices.flatMap(({ from, to }) => [...from].map((at, i) => `${at} ${to[i]}`)).sort())
})

const processOf = ({ processes, threads }: Imported, track: string): string => processes.get(threads.get(Number(track.split(' ')[1]))!.pid)!
const threadOf = ({ threads }: Imported, track: string): string => threads.get(Number(track.split(' ')[1]))!.name

test('processes and threads have names; each configuration has its own', () => {
  const imported = importPerfetto(text, TIME_READERS['rounded'])
  expect([...imported.processes.values()]).toEqual(TINY_ROWS.flatMap(({ name }) => [`${name}: CPUs`, `${name}: locks`, `${name}: messages`]))
  for (const { track } of imported.slices) if (track.startsWith('thread')) expect(threadOf(imported, track)).not.toBe('')
  expect([...imported.counters.keys()].map((key) => key.replace(/^\d+ /, ''))).toEqual(TINY_ROWS.flatMap(() => ['host resident MiB', 'guest free MiB']))
})

/** What makes the interfaces that wait for more than the tiny trace has send messages. */
const EAGER = {
  guest: { memory: 64 * 2 ** 20 }, start: 'fresh', workload: { 'settle-s': 3 },
  balloon: { 'interval-ms': 200, reserve: 16 * 2 ** 20 }, 'percpu-array': { entries: 8 }, 'zone-bitmap': { threshold: 1 },
  'free-page-hint': { 'start-ms': 10 }, reporting: { order: 5 },
}

/** `submit on vcpu0 -> taken by the device on host0 -> completed on vcpu0` for each message, in the order of the file. */
function chains({ flows, slices }: Imported, name: (slice: ImportedSlice) => string): string[] {
  const next = new Map(flows.map(({ from, to }) => [from, to]))
  expect(next.size, 'no mark has two arrows').toBe(flows.length)
  return slices.filter((slice) => slice.name === 'submit').map((slice) => {
    const steps = []
    for (let at: ImportedSlice | undefined = slice; at !== undefined; at = next.get(at)) steps.push(name(at))
    return steps.join(' -> ')
  })
}

test('all interfaces: nothing is dropped, and each message is one arrow from the guest to the device and back', () => {
  const seen = NAMED_INTERFACES.map((row) => {
    const { result, timeline } = tinyRun(events, row, { series: false, cpus: true }, EAGER)
    const imported = importPerfetto(textOf([{ name: row.name, timeline: timeline! }]), TIME_READERS['rounded'])
    expect(imported.problems, row.name).toEqual([])
    const told = chains(imported, ({ name, track }) => `${name} on ${threadOf(imported, track).replace(/\d+/, '')}`)
    expect(told, row.name).toHaveLength(result.cost.messages)
    const whole = imported.slices.filter(({ name, track }) => name === 'message' && track.startsWith('async'))
    expect(whole.map(({ depth }) => depth), row.name).toEqual(told.map(() => 0))
    return `${row.name}: ${[...new Set(told)].sort().join('; ') || 'none'}`
  })
  expect(seen.join('\n')).toMatchInlineSnapshot(`
    "no hinting: none
    reporting, hypercall: submit on vcpu -> taken by the device on vcpu -> completed on vcpu
    reporting, virtqueue, polls: submit on vcpu -> taken by the device on host -> completed on vcpu
    reporting, virtqueue, sleeps: submit on vcpu -> taken by the device on host -> completed on vcpu
    buffer, hypercall: submit on vcpu -> taken by the device on vcpu -> completed on vcpu
    buffer, virtqueue, sleeps: submit on vcpu -> taken by the device on host -> completed on vcpu
    buffer, hypercall, async: submit on vcpu -> taken by the device on host -> completed on vcpu
    buffer, virtqueue, async: submit on vcpu -> taken by the device on host -> completed on vcpu
    balloon: submit on vcpu -> taken by the device on host -> completed on vcpu
    essa-log: submit on vcpu -> taken by the device on vcpu -> completed on vcpu
    free-page-hint: submit on vcpu -> taken by the device on host -> completed on vcpu
    free-page-hint, until DONE: submit on vcpu -> taken by the device on host -> completed on vcpu
    migration without hints: none
    hypercall-thp, free path: submit on vcpu -> taken by the device on vcpu -> completed on vcpu
    hypercall-thp: submit on vcpu -> taken by the device on vcpu -> completed on vcpu
    hypercall-thp, polls: submit on vcpu -> taken by the device on host -> completed on vcpu
    percpu-array: submit on vcpu -> taken by the device on host -> completed on vcpu
    async-buffer 256: submit on vcpu -> taken by the device on host -> completed on vcpu
    async-buffer 512: submit on vcpu -> taken by the device on host -> completed on vcpu
    zone-bitmap: submit on vcpu -> taken by the device on host -> completed on vcpu
    page-reporting: submit on vcpu -> taken by the device on host -> completed on vcpu"
  `)
})

test('the importer complains where it must', () => {
  const good = [...perfettoEvents(runs.slice(2, 3))]
  const problems = (change: (event: TraceEvent, i: number) => TraceEvent[]): string[] => {
    const found = importPerfetto(plain(good.flatMap(change)), TIME_READERS['rounded']).problems
    return [...new Set(found.map((line) => line.replaceAll(/0x[0-9a-f]+|\d+/g, 'N').replace(/: \{.*/, '')))].sort()
  }
  expect(problems((event) => [event])).toEqual([])
  const halves = (us: number): number => (us * 1000 % 1 === 0 ? us : us + 0.00025)
  expect([
    ['half a nanosecond more, rounded', problems((event) => [event.ph === 'X' ? { ...event, ts: halves(event.ts!), dur: halves(event.dur!) } : event])],
    ['arrows without marks', problems((event) => (event.ph === 'i' || event.ph === 'X' ? [] : [event]))],
    ['ends without begins', problems((event) => (event.ph === 's' || event.ph === 'b' ? [] : [event]))],
    ['begins without ends', problems((event) => (event.ph === 'e' ? [] : [event]))],
    ['one thread in all processes', problems((event) => [event.tid === undefined ? event : { ...event, tid: 7 }])],
    ['global ids', problems((event) => [event.id2 === undefined ? event : { ...event, id2: undefined as never, id: '1' }])],
    ['no times', problems((event) => [event.ph === 'M' ? event : { ...event, ts: undefined as never }])],
  ]).toMatchInlineSnapshot(`
    [
      [
        "half a nanosecond more, rounded",
        [
          "dropped, because it crosses another slice: device at N ns on thread N",
          "dropped, because it crosses another slice: discard at N ns on thread N",
          "dropped, because it crosses another slice: exit at N ns on thread N",
          "dropped, because it crosses another slice: fault at N ns on thread N",
          "dropped, because it crosses another slice: hint policy at N ns on thread N",
          "dropped, because it crosses another slice: kworker async_buffer at N ns on thread N",
          "dropped, because it crosses another slice: protocol at N ns on thread N",
          "dropped, because it crosses another slice: vcpuN exit at N ns on thread N",
          "dropped, because it crosses another slice: workload N at N ns on thread N",
          "dropped, because it crosses another slice: zeroing at N ns on thread N",
        ],
      ],
      [
        "arrows without marks",
        [
          "no slice for an arrow at N ns on thread N",
        ],
      ],
      [
        "ends without begins",
        [
          "ended without a begin: answered at N ns",
          "ended without a begin: message at N ns",
          "ended without a begin: on its way to the device at N ns",
          "ended without a begin: with the device at N ns",
          "has no begin: arrow N",
        ],
      ],
      [
        "begins without ends",
        [
          "never ended: answered on async N message N",
          "never ended: message on async N message N",
          "never ended: on its way to the device on async N message N",
          "never ended: with the device on async N message N",
        ],
      ],
      [
        "one thread in all processes",
        [
          "dropped, because it crosses another slice: discard at N ns on thread N",
          "dropped, because it crosses another slice: lock spin at N ns on thread N",
          "dropped, because it crosses another slice: vcpuN exit at N ns on thread N",
          "dropped, because it crosses another slice: workload N at N ns on thread N",
          "thread N is in process N and in process N",
        ],
      ],
      [
        "global ids",
        [
          "in no process, because it has no idN.local: answered",
          "in no process, because it has no idN.local: message",
          "in no process, because it has no idN.local: on its way to the device",
          "in no process, because it has no idN.local: with the device",
        ],
      ],
      [
        "no times",
        [
          "no time",
        ],
      ],
    ]
  `)
})

test('what is in a message: its stages follow each other inside it', () => {
  const { slices } = importPerfetto(text, TIME_READERS['rounded'])
  const stages = slices.filter(({ track, depth }) => track.startsWith('async') && depth === 1)
  expect(stages.length).toBe(3 * slices.filter(({ name }) => name === 'submit').length)
  expect([...new Set(stages.map(({ name }) => name))]).toEqual(['on its way to the device', 'with the device', 'answered'])
})
