/**
 * A timeline for the Perfetto UI (ui.perfetto.dev, Open trace file) in Chrome's JSON format, which other viewers and scripts read too. One or more runs, each
 * with two processes and one of its messages:
 *
 *     process "<run>: CPUs"       thread per CPU     task slices, inside them what was not the workload's own work, by cause
 *     process "<run>: locks"      thread per lock    who holds it
 *     process "<run>: messages"   async slices       queued, with the device, answered; a flow arrow submit -> device -> completion between the CPUs
 *
 * Slices of a thread nest: a part lies inside its task's slice. What the importer of the Perfetto UI insists on: times are microseconds, the rest of which it
 * cuts off below a nanosecond; the ids of arrows are hexadecimal numbers; thread 0 is the idle thread of the machine, and the same number in two processes is
 * best avoided.
 */
import { CAUSE_NAMES } from '@hintlab/sim'
import type { CpuTrace } from '../timeline/cpu-trace.ts'
import type { Message, Step } from '../timeline/message-log.ts'
import type { Timeline } from '../timeline/timeline.ts'

export interface PerfettoRun {
  readonly name: string
  readonly timeline: Timeline
}

/** What a file says about itself, as in every output. */
export interface PerfettoIdentity {
  readonly version: string
  readonly seed: number
  readonly scenarioHash: string
  readonly costsHash: string
}

/** Processes of a run: its number times this, plus one of the three. */
const PROCESSES = 4
const CPUS = 1
const LOCKS = 2
const MESSAGES = 3

/** One event of the format: `ph` is its kind, `ts` and `dur` are microseconds. */
export interface TraceEvent {
  readonly ph: 'M' | 'X' | 'C' | 's' | 't' | 'f' | 'b' | 'e' | 'i'
  readonly pid: number
  readonly tid?: number
  readonly name: string
  readonly cat?: string
  readonly ts?: number
  readonly dur?: number
  readonly id?: string
  readonly bp?: 'e'
  readonly s?: 'g'
  readonly args?: Readonly<Record<string, string | number>>
}

/** The file in pieces, a line per event; `write` gets them in order. */
export function writePerfetto(runs: readonly PerfettoRun[], identity: PerfettoIdentity, write: (text: string) => void): void {
  write(`{"displayTimeUnit":"ns","otherData":${JSON.stringify(identity)},"traceEvents":[`)
  let first = true
  for (const event of perfettoEvents(runs)) {
    write(`${first ? '' : ','}\n${JSON.stringify(event)}`)
    first = false
  }
  write('\n]}\n')
}

export function* perfettoEvents(runs: readonly PerfettoRun[]): Generator<TraceEvent, void, void> {
  for (const [n, { name, timeline }] of runs.entries()) {
    const { cpus } = timeline
    if (cpus === null) continue
    const base = n * PROCESSES
    yield* names(base, runs.length === 1 ? '' : `${name}: `, cpus)
    yield* taskSlices(base + CPUS, cpus)
    yield* holdSlices(base + LOCKS, cpus)
    yield* counters(base + CPUS, timeline)
    const anchors = new Anchors(cpus)
    for (const [i, message] of cpus.messages.entries()) yield* messageEvents(base, `0x${(n * IDS + i).toString(16)}`, message, anchors)
    if (cpus.truncatedNs !== null) {
      yield { ph: 'i', s: 'g', pid: base + CPUS, tid: threadOf(base + CPUS, 0), name: 'the trace is cut off here', ts: us(cpus.truncatedNs) }
    }
  }
}

/** Half a nanosecond more where a decimal fraction could come out below the nanosecond that is meant. */
const us = (ns: number): number => (ns % 1000 === 0 ? ns / 1000 : (ns + 0.5) / 1000)

/** More than a process has threads. */
const THREADS = 1024
const threadOf = (pid: number, index: number): number => pid * THREADS + index + 1

/** More than a run keeps messages. */
const IDS = 2 ** 20

function* names(base: number, prefix: string, { cpus, locks }: CpuTrace): Generator<TraceEvent, void, void> {
  const processes = [[CPUS, 'CPUs'], [LOCKS, 'locks'], [MESSAGES, 'messages']] as const
  for (const [pid, name] of processes) {
    yield { ph: 'M', pid: base + pid, name: 'process_name', args: { name: `${prefix}${name}` } }
    yield { ph: 'M', pid: base + pid, name: 'process_sort_index', args: { sort_index: base + pid } }
  }
  for (const [cpu, { name }] of cpus.entries()) {
    const tid = threadOf(base + CPUS, cpu)
    yield { ph: 'M', pid: base + CPUS, tid, name: 'thread_name', args: { name } }
    yield { ph: 'M', pid: base + CPUS, tid, name: 'thread_sort_index', args: { sort_index: cpu } }
  }
  for (const [lock, name] of locks.entries()) {
    yield { ph: 'M', pid: base + LOCKS, tid: threadOf(base + LOCKS, lock), name: 'thread_name', args: { name } }
  }
}

function* taskSlices(pid: number, { slices, parts, tasks }: CpuTrace): Generator<TraceEvent, void, void> {
  for (let i = 0; i < slices.from.length; i++) {
    yield slice(pid, slices.cpu[i], tasks[slices.task[i]], 'task', slices.from[i], slices.to[i])
  }
  for (let i = 0; i < parts.from.length; i++) {
    yield slice(pid, parts.cpu[i], CAUSE_NAMES[parts.cause[i]], 'cause', parts.from[i], parts.to[i])
  }
}

function* holdSlices(pid: number, { holds, tasks }: CpuTrace): Generator<TraceEvent, void, void> {
  for (let i = 0; i < holds.from.length; i++) yield slice(pid, holds.lock[i], tasks[holds.task[i]], 'lock', holds.from[i], holds.to[i])
}

const slice = (pid: number, index: number, name: string, cat: string, from: number, to: number): TraceEvent => {
  return { ph: 'X', pid, tid: threadOf(pid, index), name, cat, ts: us(from), dur: us(to - from) }
}

/** Memory as counter tracks, where it was sampled. */
function* counters(pid: number, { series }: Timeline): Generator<TraceEvent, void, void> {
  if (series === null) return
  for (const [i, resident] of series.samples.hostResident.entries()) {
    const ts = us(i * series.periodNs)
    yield { ph: 'C', pid, name: 'host resident, MiB', ts, args: { MiB: resident / 256 } }
    yield { ph: 'C', pid, name: 'guest free, MiB', ts, args: { MiB: series.samples.guestFree[i] / 256 } }
  }
}

/** Its three stages, one after the other, and an arrow from CPU to CPU. A stage that was not reached is left out. */
function* messageEvents(base: number, id: string, message: Message, anchors: Anchors): Generator<TraceEvent, void, void> {
  const { submitted, taken, answered, completed, entries, pages, firstPfn } = message
  const args = { entries, pages, firstPfn: `0x${firstPfn.toString(16)}` }
  const pid = base + MESSAGES
  const tid = threadOf(pid, 0)
  const stages = [['on its way to the device', submitted, taken], ['with the device', taken, answered], ['answered', answered, completed]] as const
  const end = completed ?? answered ?? taken
  if (end === null) return
  yield { ph: 'b', pid, tid, id, cat: 'message', name: `${entries} blocks, ${pages} pages`, ts: us(submitted.atNs), args }
  for (const [name, from, to] of stages) {
    if (from === null || to === null) continue
    yield { ph: 'b', pid, tid, id, cat: 'message', name, ts: us(from.atNs) }
    yield { ph: 'e', pid, tid, id, cat: 'message', name, ts: us(to.atNs) }
  }
  yield { ph: 'e', pid, tid, id, cat: 'message', name: `${entries} blocks, ${pages} pages`, ts: us(end.atNs) }
  const hops = [submitted, taken, completed].filter((step) => step !== null)
  for (const [i, step] of hops.entries()) {
    const ph = i === 0 ? 's' : i === hops.length - 1 ? 'f' : 't'
    const enclosing = ph === 'f' ? { bp: 'e' as const } : {}
    yield { ph, pid: base + CPUS, tid: threadOf(base + CPUS, step.cpu), id, cat: 'message', name: 'message', ts: us(anchors.at(step)), ...enclosing }
  }
}

/** Where arrows of a run may end: slices of each CPU in order. */
class Anchors {
  private readonly byCpu: { readonly from: number; readonly to: number }[][]

  constructor({ cpus, slices }: CpuTrace) {
    this.byCpu = cpus.map(() => [])
    for (let i = 0; i < slices.from.length; i++) this.byCpu[slices.cpu[i]].push({ from: slices.from[i], to: slices.to[i] })
  }

  /** The time of a step; or the last nanosecond that its CPU was busy, when the step was the last thing it did. */
  at({ atNs, cpu }: Step): number {
    const slices = this.byCpu[cpu] ?? []
    let low = 0
    for (let high = slices.length; low < high;) {
      const middle = (low + high) >> 1
      if (slices[middle].from <= atNs) low = middle + 1
      else high = middle
    }
    return low === 0 ? atNs : Math.min(atNs, slices[low - 1].to - 1)
  }
}
