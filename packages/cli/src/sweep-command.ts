/** `hintlab sweep SCENARIO --vary a=1,2,3 --vary b=...`: every combination, on several cores, resumable. */
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import {
  findMetric, InputError, judge, labVersion, METRIC_NAMES, metricText, parseScenario, parseVariation, readScenarioFile, runSweep, scenarioReport,
  sweepPoints, SweepStore, TIMELINES_MAX,
} from '@hintlab/lab'
import type { Assertion, ReportInput, SweepRow, Timeline, Variation, Verdict } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import { assertionsOf, readWith, settingsOf } from './run-command.ts'
import type { ScenarioFlags } from './run-command.ts'
import { captureFor, writeReportFiles } from './report-flags.ts'
import { collect, parseCount } from './run-flags.ts'

const WORKERS_MAX = 256
/** Metrics of the table unless others are asked for. */
const COLUMNS = ['footprint', 'resident_end', 'p50_return', 'vcpu_overhead', 'host_overhead', 'messages', 'p999_alloc', 'max_free', 'late_end', 'violations']

export interface SweepFlags extends ScenarioFlags {
  readonly vary?: readonly string[]
  readonly workers?: string
  readonly out?: string
  readonly columns?: string
}

/** What `sweep --json` prints, and what `--out DIR` leaves as sweep.json. */
export interface SweepOutput {
  readonly version: string
  readonly variations: readonly Variation[]
  /** In the order of the combinations, the last variation fastest. */
  readonly rows: readonly SweepRow[]
  readonly assertions: readonly (Verdict & { readonly settings: SweepRow['settings'] })[]
}

/** Returns the exit code: 0, or 1 when a rule of the ghost was broken or an assertion is not met in any run. */
export async function sweepCommand(path: string, flags: SweepFlags): Promise<number> {
  const mistakes: string[] = []
  const assertions = assertionsOf(flags, mistakes)
  const variations = (flags.vary ?? []).flatMap((text) => collect(mistakes, () => parseVariation(text)) ?? [])
  const workers = collect(mistakes, () => (flags.workers === undefined ? availableParallelism() : parseCount('--workers', flags.workers, WORKERS_MAX)))
  const columns = collect(mistakes, () => columnsOf(flags.columns))
  const points = collect(mistakes, () => {
    const file = readScenarioFile(path)
    if (variations.length === 0) parseScenario(file, settingsOf(flags))
    return sweepPoints(file, settingsOf(flags), variations)
  })
  if (workers === null || columns === null || points === null || mistakes.length > 0) throw new InputError(mistakes.join('\n'))
  const out = flags.out === undefined ? null : placesOf(flags.out)
  const store = out === null ? null : new SweepStore(out.lines)
  const progress = makeProgress(process.stderr)
  const options = captureFor(flags)
  const timelines = new Map<string, Timeline>()
  const onTimeline = (settings: SweepRow['settings'], timeline: Timeline): unknown => timelines.set(labelOf(settings), timeline)
  try {
    const rows = await runSweep({
      points,
      workers,
      store,
      readTrace: (scenario) => readWith(scenario, flags, progress),
      ...(options === null ? {} : { capture: { options, points: TIMELINES_MAX, onTimeline } }),
      onProgress: ({ done, total, skipped }) => progress.show(done, total, `${done} of ${total}${skipped === 0 ? '' : `, ${skipped} from the file`}`),
    })
    progress.clear()
    writeReportFiles(flags, reportOf(rows, variations, timelines))
    return report({ variations, rows, columns, assertions, out, json: flags.json === true })
  } finally {
    progress.clear()
  }
}

interface Places {
  readonly lines: string
  /** For a folder, its table and its JSON. */
  readonly folder: string | null
}

/** A folder, or a name that ends like one, gets three files; anything else is the file of lines. */
function placesOf(out: string): Places {
  const isFolder = out.endsWith('/') || (existsSync(out) && statSync(out).isDirectory())
  return isFolder ? { lines: join(out, 'results.jsonl'), folder: out } : { lines: out, folder: null }
}

function report({ variations, rows, columns, assertions, out, json }: {
  variations: readonly Variation[]; rows: readonly SweepRow[]; columns: readonly string[]; assertions: readonly Assertion[]; out: Places | null; json: boolean
}): number {
  const verdicts = rows.flatMap(({ settings, metrics }) => assertions.map((assertion) => ({ settings, ...judge(assertion, metrics) })))
  const output: SweepOutput = { version: labVersion(), variations, rows, assertions: verdicts }
  const text = `${JSON.stringify(output, null, 2)}\n`
  const table = renderSweep(rows, columns)
  if (out !== null && out.folder !== null) {
    writeFileSync(join(out.folder, 'sweep.json'), text)
    writeFileSync(join(out.folder, 'table.txt'), table)
  }
  process.stdout.write(json ? text : table)
  const failed = verdicts.filter(({ holds }) => !holds)
  const stream = json ? process.stderr : process.stdout
  for (const { settings, line } of failed) stream.write(`${json ? 'hintlab: ' : ''}${labelOf(settings)}: ${line}\n`)
  return failed.length > 0 || rows.some(({ run }) => run.violations > 0) ? 1 : 0
}

function reportOf(rows: readonly SweepRow[], variations: readonly Variation[], timelines: ReadonlyMap<string, Timeline>): ReportInput {
  const facts = variations.map(({ path, values }) => `varied: ${path} = ${values.join(', ')}`)
  const sources = rows.map((row) => {
    const label = labelOf(row.settings)
    return { label, result: row, timeline: timelines.get(label) ?? null }
  })
  return scenarioReport(sources, facts, [])
}

function labelOf(settings: SweepRow['settings']): string {
  return Object.entries(settings).map(([path, value]) => `${path}=${value}`).join(' ') || 'the scenario'
}

function columnsOf(text: string | undefined): readonly string[] {
  const names = text === undefined ? COLUMNS : text.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => findMetric(name) === undefined)
  if (unknown.length > 0) throw new InputError(`--columns: found ${unknown.join(', ')}; accepted are ${METRIC_NAMES.join(', ')}`)
  return names
}

/** One line per run: what is varied, then the metrics. */
export function renderSweep(rows: readonly SweepRow[], columns: readonly string[]): string {
  const paths = Object.keys(rows[0]?.settings ?? {})
  const head = [...paths, ...columns]
  const cells = rows.map(({ settings, metrics }) => [
    ...paths.map((path) => settings[path] ?? ''), ...columns.map((name) => metricText(findMetric(name)?.kind ?? 'count', metrics[name] ?? null)),
  ])
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i].length)))
  const padded = (cell: string, i: number): string => (i < paths.length ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  const line = (row: readonly string[]): string => row.map(padded).join('  ').trimEnd()
  const titles = new Set(rows.map((row) => `hintlab ${row.version}, ${row.name}`))
  return [...titles, '', line(head), '-'.repeat(line(head).length), ...cells.map(line), ''].join('\n')
}
