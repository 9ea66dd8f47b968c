/**
 * One recorded run of a real guest, from its folder. What is where, and what each field means, is in the README of the recordings.
 *
 *   freelists-begin.json.gz ---- kmem.ftrace.gz (events) + reports.jsonl (what the driver sent) ----> freelists-end.json.gz
 *
 * Times are guest nanoseconds (CLOCK_MONOTONIC), which is also the engine's time in the replay.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { PAGE_SIZE, SECOND } from '@hintlab/kit'
import { markDirectFrees } from './direct-frees.ts'
import { InputError } from '../options.ts'
import { readKmemEvents } from './kmem-events.ts'
import type { KmemEvents } from './kmem-events.ts'
import { layoutOf, parseSnapshot } from './snapshot.ts'
import type { Snapshot } from './snapshot.ts'

/** One buffer of the reporting queue. */
export interface TruthBuffer {
  /** When the device took it. */
  readonly atNs: number
  /** From then until it was returned. */
  readonly latencyNs: number
  /** In descriptor order. */
  readonly pfns: readonly number[]
  readonly orders: readonly number[]
}

export interface Scenario {
  readonly name: string
  readonly begin: Snapshot
  readonly end: Snapshot
  readonly events: KmemEvents
  /** Frees that passed the per-CPU lists by. */
  readonly directFrees: number
  /** Buffers between begin and end. */
  readonly buffers: readonly TruthBuffer[]
  /** Buffers before: what the initial state is the result of. */
  readonly bootBuffers: readonly TruthBuffer[]
  readonly beginNs: number
  readonly endNs: number
  /** page_reporting_order during the run. */
  readonly reportingOrder: number
}

const BEGIN = 'freelists-begin.json.gz'

/** The folder with all recordings: HINTLAB_GROUNDTRUTH, or beside the repository. It need not exist. */
export function groundTruthRoot(): string {
  return process.env['HINTLAB_GROUNDTRUTH'] ?? fileURLToPath(new URL('../../../../../shared/groundtruth', import.meta.url))
}

/** The folder of the recording that comes with hintlab. */
export function bundledGroundTruth(): string {
  return fileURLToPath(new URL('../../../../traces/groundtruth', import.meta.url))
}

/** Scenarios in a folder: itself, or those below it, by name. */
export function scenarioFolders(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return []
  if (existsSync(join(folder, BEGIN))) return [folder]
  return readdirSync(folder).sort().map((name) => join(folder, name)).filter((path) => existsSync(join(path, BEGIN)))
}

export function readScenario(folder: string): Scenario {
  const read = (name: string): Buffer => readOrFail(folder, name)
  const buffers = read('reports.jsonl').toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as RawReport)
  const clock = parseJson<{ guest_begin_s: number; guest_end_s: number }>(read('clock.json'))
  const begin = parseSnapshot(gunzipSync(read(BEGIN)).toString('utf8'))
  const end = parseSnapshot(gunzipSync(read('freelists-end.json.gz')).toString('utf8'))
  const events = readKmemEvents(gunzipSync(read('kmem.ftrace.gz')).toString('latin1'))
  return {
    name: basename(folder),
    begin,
    end,
    events,
    directFrees: markDirectFrees(events, end, layoutOf(begin).pages),
    buffers: buffers.filter(({ phase }) => phase === 'run').map(toBuffer),
    bootBuffers: buffers.filter(({ phase }) => phase === 'boot').map(toBuffer),
    beginNs: toNs(clock.guest_begin_s),
    endNs: toNs(clock.guest_end_s),
    reportingOrder: reportingOrderOf(folder),
  }
}

interface RawReport {
  readonly t: number
  readonly g: number
  readonly t_used: number
  readonly phase: 'boot' | 'run' | 'after'
  readonly ranges: readonly (readonly [number, number])[]
}

const toNs = (seconds: number): number => Math.round(seconds * SECOND)

function toBuffer({ t, g, t_used: tUsed, ranges }: RawReport): TruthBuffer {
  return {
    atNs: toNs(g),
    latencyNs: toNs(tUsed - t),
    pfns: ranges.map(([gpa]) => gpa / PAGE_SIZE),
    orders: ranges.map(([, bytes]) => orderOf(bytes / PAGE_SIZE)),
  }
}

function orderOf(pages: number): number {
  let order = 0
  while (2 ** order < pages) order++
  return order
}

/** The README of a recording states it: `page_reporting_order: 9 (at begin)`. */
function reportingOrderOf(folder: string): number {
  const match = /page_reporting_order: (\d+)/.exec(readOrFail(folder, 'README.md').toString('utf8'))
  if (match === null) throw new InputError(`${folder}/README.md: found no line with page_reporting_order; accepted is "page_reporting_order: 9"`)
  return Number(match[1])
}

const parseJson = <T>(bytes: Buffer): T => JSON.parse(bytes.toString('utf8')) as T

function readOrFail(folder: string, name: string): Buffer {
  const path = join(folder, name)
  if (!existsSync(path)) throw new InputError(`${folder}: found no ${name}; accepted is a folder with the files of a ground-truth recording`)
  return readFileSync(path)
}
