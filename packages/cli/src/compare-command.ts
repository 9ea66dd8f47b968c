/**
 * `hintlab compare`: reads each trace, compares, prints. Standard output carries the result and nothing else; warnings, mistakes and progress go to standard
 * error.
 */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import {
  ACCEPTED_INPUT, BUNDLED_NAME, bundledTracePath, chooseInterfaces, comparisonReport, compareRows, compareSensitivity, InputError, labVersion, makeRunPool,
  NAMED_INTERFACES, readTrace, SEEDS_MAX, workersThatFit,
} from '@hintlab/lab'
import type { CompareInput, Comparison, CompareProgress, NamedInterface, Timeline, Trace } from '@hintlab/lab'
import { guestLine, traceLine } from './facts.ts'
import { makeProgress } from './progress.ts'
import type { Progress } from './progress.ts'
import { renderMail } from './render-mail.ts'
import { readingWith, warnOfLines } from './reading.ts'
import { renderSensitivity, renderTable } from './render-table.ts'
import { recordCompared, recordWhole } from './record-flag.ts'
import type { RecordFlags } from './record-flag.ts'
import { captureFor, checkPlaces, writeReportFiles } from './report-flags.ts'
import type { ReportFlags } from './report-flags.ts'
import { collect, runOptionsOf, wholeNumber } from './run-flags.ts'
import type { RunFlags } from './run-flags.ts'
import { styleFor } from './text.ts'

const WORKERS_MAX = 256
/** Events. */
const SHORT_TRACE = 100_000

export interface CompareFlags extends RunFlags, ReportFlags, RecordFlags {
  readonly seeds?: string
  readonly strict?: boolean
  readonly mail?: boolean
  readonly json?: boolean
  /** False after --no-sensitivity. */
  readonly sensitivity: boolean
  readonly interfaces?: readonly string[]
  readonly all?: boolean
  readonly workers?: string
}

/**
 * What `--json` prints: one object, keys in this order, the same bytes for the same input. Times end in Ns (or the unit that their name says), memory is in
 * bytes unless the name says otherwise, `headline` has min, median and max over the seeds, or null for a number without meaning (see
 * packages/lab/src/headline.ts and result.ts).
 */
export interface CompareOutput {
  readonly version: string
  /** One per trace, in the order of the command line. */
  readonly comparisons: readonly Comparison[]
}

/** Returns the exit code: 0, or 1 when a rule of the ghost was broken. */
export async function compareCommand(traces: readonly string[], flags: CompareFlags): Promise<number> {
  const mistakes: string[] = []
  const options = collect(mistakes, () => runOptionsOf(flags))
  const seeds = collect(mistakes, () => wholeNumber('--seeds', flags.seeds ?? '1', { max: SEEDS_MAX }))
  const rows = collect(mistakes, () => chooseRows(flags.interfaces ?? [], flags.all ?? false))
  const workers = collect(mistakes, () => (flags.workers === undefined ? 0 : wholeNumber('--workers', flags.workers, { max: WORKERS_MAX })))
  collect(mistakes, () => requireFiles(traces))
  checkPlaces(flags, mistakes)
  if (traces.length > 1 && (flags.report ?? flags.csv ?? flags.perfetto ?? flags.record) !== undefined) {
    mistakes.push(`--report, --csv, --perfetto, --record: found ${traces.length} recordings; accepted is one`)
  }
  if (options === null || seeds === null || rows === null || workers === null || mistakes.length > 0) throw new InputError(mistakes.join('\n'))
  const progress = makeProgress(process.stderr)
  const comparisons: Comparison[] = []
  try {
    for (const source of traces.length === 0 ? [null] : traces) {
      const trace = await read(source, flags.strict ?? false, progress)
      const pool = makeRunPool(trace.events, workersThatFit(workers === 0 ? defaultWorkers(trace) : workers, [options]))
      try {
        const record = recordCompared(flags, rows, source, trace)
        const compare = (): Promise<Comparison> => compareOne({ trace, options, rows, seeds, pool, ...(record === null ? {} : { record }) }, flags, progress)
        comparisons.push(await recordWhole(flags, compare))
      } finally {
        await pool.close()
      }
    }
  } finally {
    progress.clear()
  }
  const output: CompareOutput = { version: labVersion(), comparisons }
  if (flags.json === true) print(`${JSON.stringify(output, null, 2)}\n`)
  else if (flags.mail !== true) print('This table for a mail: --mail. All numbers: --json. What can be set: --help.\n')
  return checkFailed(comparisons) ? 1 : 0
}

/** A thread takes about a second to start: a short trace is faster without. */
const defaultWorkers = ({ events }: Trace): number => (events.length < SHORT_TRACE ? 1 : availableParallelism())

/** Compares one trace; prints what is ready as soon as it is. */
async function compareOne(input: CompareInput, flags: CompareFlags, progress: Progress): Promise<Comparison> {
  const onProgress = (what: string) => ({ done, total, row }: CompareProgress): void => progress.show(done, total, `${what}: ${row}`)
  const terminal = flags.json !== true && flags.mail !== true
  const capture = captureFor(flags)
  const timelines = new Map<string, Timeline>()
  const compared = await compareRows({
    ...input,
    ...(capture === null ? {} : { capture, onTimeline: (row, timeline) => timelines.set(row, timeline) }),
    onProgress: onProgress('compare'),
  })
  progress.clear()
  if (terminal) print(renderTable(compared, styleFor(process.stdout)))
  const sensitivity = flags.sensitivity ? await compareSensitivity({ ...input, onProgress: onProgress('sensitivity') }, compared) : null
  progress.clear()
  const comparison = { ...compared, sensitivity }
  if (terminal) print(`${renderSensitivity(comparison)}\n`)
  if (flags.mail === true && flags.json !== true) print(`${renderMail(comparison)}\n`)
  writeReportFiles(flags, comparisonReport(comparison, [traceLine(comparison), guestLine(comparison)], timelines))
  return comparison
}

/** Before the first comparison, which takes a while, all that are missing are named. */
function requireFiles(traces: readonly string[]): void {
  const missing = traces.filter((path) => path !== '-' && !existsSync(path))
  if (missing.length === 0) return
  throw new InputError(missing.map((path) => `${path}: found no such file, accepted ${ACCEPTED_INPUT}`).join('\n'))
}

async function read(source: string | null, strict: boolean, progress: Progress): Promise<Trace> {
  const trace = await readTrace(source ?? bundledTracePath(), { ...readingWith(progress), strict })
  progress.clear()
  // The bundled file is named as the repository names it, so that the output does not depend on where that lies.
  const summary = source === null ? { ...trace.summary, file: BUNDLED_NAME } : trace.summary
  warnOfLines(summary)
  return { ...trace, summary }
}

function chooseRows(wanted: readonly string[], all: boolean): readonly NamedInterface[] {
  const { rows, unknown } = chooseInterfaces(wanted, all)
  if (unknown.length === 0) return rows
  const names = NAMED_INTERFACES.map(({ name }) => JSON.stringify(name)).join(', ')
  throw new InputError(unknown.map((text) => `--interfaces: found ${JSON.stringify(text)}; accepted is a part of one of ${names}`).join('\n'))
}

/** True when a rule of the ghost was broken in any run, those with changed costs included. */
export function checkFailed(comparisons: readonly Comparison[]): boolean {
  return comparisons.some(({ violations, sensitivity }) => violations + (sensitivity?.violations ?? 0) > 0)
}

const print = (text: string): void => {
  process.stdout.write(text)
}

