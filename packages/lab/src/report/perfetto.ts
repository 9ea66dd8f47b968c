/**
 * A timeline for the Perfetto UI (ui.perfetto.dev, Open trace file) in Chrome's JSON format, which other viewers and scripts read too. One or more runs, each
 * with two processes and one of its messages:
 *
 *     process "<run>: CPUs"       thread per CPU     task slices, inside them what was not the workload's own work, by cause; and a mark for each step of a
 *                                                    message: submit -> taken by the device -> completed, with arrows from mark to mark
 *     process "<run>: locks"      thread per lock    who holds it
 *     process "<run>: messages"   async slices       a message from end to end, inside it its stages: on its way, with the device, answered
 *
 * Slices of a thread nest: a part lies inside its task's slice. What the importer of the Perfetto UI makes of events, and what it drops, is written down in
 * testing/perfetto-import.ts, which reads every file that the tests make. Four of its rules shape this file:
 *
 * - Times are microseconds. Some of its versions cut off what is below a nanosecond, others round: a quarter of a nanosecond survives both.
 * - An arrow binds to whatever began last on its thread, over or not. So each end of an arrow has a mark of its own, right before it.
 * - Async slices belong to a process only by `id2.local`, and each name of an outermost one gets tracks of its own: all of them are called `message`.
 * - The ids of arrows are hexadecimal and unique in the file; thread 0 is the idle thread, and one number in two processes is one thread.
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
  /** Of an arrow: the same at all its points. */
  readonly id?: string
  /** Of an async slice: unique in its process. */
  readonly id2?: { readonly local: string }
  readonly bp?: 'e'
  readonly s?: 'g' | 't'
  readonly args?: Readonly<Record<string, string | number>>
}

/** The file in pieces, a line per event; `write` gets them in order. */
export function writePerfetto(runs: readonly PerfettoRun[], identity: PerfettoIdentity, write: (text: string) => void): void {
  write(`{"otherData":${JSON.stringify(identity)},"traceEvents":[`)
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
    for (const [i, message] of cpus.messages.entries()) {
      yield* messageSlices(base + MESSAGES, hex(i), message)
      yield* messageMarks(base + CPUS, hex(n * IDS + i), message)
    }
    if (cpus.truncatedNs !== null) {
      yield { ph: 'i', s: 'g', pid: base + CPUS, tid: threadOf(base + CPUS, 0), name: 'the trace is cut off here', ts: us(cpus.truncatedNs) }
    }
  }
}

/** A quarter of a nanosecond more where a decimal fraction could come out below the nanosecond that is meant; rounding takes it away again. */
const us = (ns: number): number => (ns % 1000 === 0 ? ns / 1000 : (ns + 0.25) / 1000)

const hex = (n: number): string => `0x${n.toString(16)}`

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
    const tid = threadOf(base + LOCKS, lock)
    yield { ph: 'M', pid: base + LOCKS, tid, name: 'thread_name', args: { name } }
    yield { ph: 'M', pid: base + LOCKS, tid, name: 'thread_sort_index', args: { sort_index: lock } }
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

/** Memory as counter tracks, where it was sampled. A track is called by the event's name and the key: `host resident MiB`. */
function* counters(pid: number, { series }: Timeline): Generator<TraceEvent, void, void> {
  if (series === null) return
  for (const [i, resident] of series.samples.hostResident.entries()) {
    const ts = us(i * series.periodNs)
    yield { ph: 'C', pid, name: 'host resident', ts, args: { MiB: resident / 256 } }
    yield { ph: 'C', pid, name: 'guest free', ts, args: { MiB: series.samples.guestFree[i] / 256 } }
  }
}

/** From end to end, and in it its three stages. What was not reached is left out. */
function* messageSlices(pid: number, local: string, message: Message): Generator<TraceEvent, void, void> {
  const { submitted, taken, answered, completed } = message
  const stages = [['on its way to the device', submitted, taken], ['with the device', taken, answered], ['answered', answered, completed]] as const
  const end = completed ?? answered ?? taken
  if (end === null) return
  const event = (ph: 'b' | 'e', name: string, { atNs }: Step): TraceEvent => {
    return { ph, pid, id2: { local }, cat: 'message', name, ts: us(atNs) }
  }
  yield { ...event('b', 'message', submitted), args: argsOf(message) }
  for (const [name, from, to] of stages) {
    if (from === null || to === null) continue
    yield event('b', name, from)
    yield event('e', name, to)
  }
  yield event('e', 'message', end)
}

/** A mark where the CPU took a step, and arrows from mark to mark. */
function* messageMarks(pid: number, id: string, message: Message): Generator<TraceEvent, void, void> {
  const { submitted, taken, completed } = message
  const steps = [['submit', submitted], ['taken by the device', taken], ['completed', completed]] as const
  const reached = steps.flatMap(([name, step]) => (step === null ? [] : [{ name, step }]))
  if (reached.length < 2) return
  for (const [i, { name, step }] of reached.entries()) {
    const at = { pid, tid: threadOf(pid, step.cpu), cat: 'message', ts: us(step.atNs) }
    yield { ph: 'i', s: 't', name, ...at, args: argsOf(message) }
    if (i === 0) yield { ph: 's', name: 'message', id, ...at }
    else if (i < reached.length - 1) yield { ph: 't', name: 'message', id, ...at }
    else yield { ph: 'f', bp: 'e', name: 'message', id, ...at }
  }
}

const argsOf = ({ entries, pages, firstPfn }: Message): Record<string, string | number> => ({ entries, pages, firstPfn: hex(firstPfn) })
