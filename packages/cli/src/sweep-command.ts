/** `hintlab sweep SCENARIO --vary a=1,2,3 --vary b=...`: every combination, on several cores, resumable. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkFolder, findMetric, InputError, judge, labVersion, METRIC_NAMES, parseScenario, parseVariation, readScenarioFile, runSweep, scenarioReport,
  sweepPoints, SweepStore, TIMELINES_MAX, withSeeds,
} from '@hintlab/lab'
import type { Assertion, MetricSpreads, ReportInput, SweepInput, SweepPoint, SweepRow, Timeline, Variation, Verdict } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import { combinationsOf, labelOf, renderSweep } from './render-sweep.ts'
import type { Combination } from './render-sweep.ts'
import { captureFor, checkPlaces, writeAt, writeReportFiles } from './report-flags.ts'
import { collect } from './run-flags.ts'
import { assertionsOf, readWith, seedsOf, settingsOf, workersOf } from './scenario-flags.ts'
import type { ScenarioFlags } from './scenario-flags.ts'

/** Metrics of the table unless others are asked for. */
const COLUMNS = ['footprint', 'resident_end', 'p50_return', 'vcpu_overhead', 'host_overhead', 'messages', 'p999_alloc', 'max_free', 'late_end', 'violations']

export interface SweepFlags extends ScenarioFlags {
  readonly vary?: readonly string[]
  readonly out?: string
  readonly columns?: string
}

/** What `sweep --json` prints, and what `--out DIR` leaves as sweep.json. */
export interface SweepOutput {
  readonly version: string
  readonly variations: readonly Variation[]
  /** In the order of the combinations, the last variation fastest; with several seeds those of a combination stand together. */
  readonly rows: readonly SweepRow[]
  /** With several seeds: what their runs have together, for each combination. */
  readonly spreads?: readonly { readonly settings: SweepRow['settings']; readonly spread: MetricSpreads }[]
  readonly assertions: readonly (Verdict & { readonly settings: SweepRow['settings'] })[]
}

/** Returns the exit code: 0, or 1 when a rule of the ghost was broken or an assertion is not met in any run. */
export async function sweepCommand(path: string, flags: SweepFlags): Promise<number> {
  const mistakes: string[] = []
  const assertions = assertionsOf(flags, mistakes)
  const variations = (flags.vary ?? []).flatMap((text) => collect(mistakes, () => parseVariation(text)) ?? [])
  const workers = collect(mistakes, () => workersOf(flags))
  const columns = collect(mistakes, () => columnsOf(flags.columns))
  const seeds = collect(mistakes, () => seedsOf(flags))
  checkPlaces(flags, mistakes)
  const out = flags.out === undefined ? null : placesOf(flags.out)
  if (out !== null && out.folder !== null) collect(mistakes, () => checkFolder('--out', out.folder!))
  const points = collect(mistakes, () => pointsOf(path, flags, variations, seeds ?? 1))
  if (workers === null || columns === null || seeds === null || points === null || mistakes.length > 0) throw new InputError(mistakes.join('\n'))
  const store = out === null ? null : new SweepStore(out.lines)
  const progress = makeProgress(process.stderr)
  const timelines = new Map<SweepRow['settings'], Timeline>()
  try {
    const rows = await runSweep({
      points,
      workers,
      store,
      readTrace: (scenario) => readWith(scenario, flags, progress),
      ...captureOf(flags, points, seeds, timelines),
      onProgress: ({ done, total, skipped }) => progress.show(done, total, `${done} of ${total}${skipped === 0 ? '' : `, ${skipped} from the file`}`),
    })
    progress.clear()
    const combinations = combinationsOf(rows, seeds)
    writeReportFiles(flags, reportOf(combinations, variations, timelines))
    return report({ variations, combinations, columns, assertions, out, json: flags.json === true })
  } finally {
    progress.clear()
  }
}

/** Every combination, with each of the seeds. */
function pointsOf(path: string, flags: SweepFlags, variations: readonly Variation[], seeds: number): readonly SweepPoint[] {
  const file = readScenarioFile(path)
  if (variations.length === 0) parseScenario(file, settingsOf(flags))
  const points = sweepPoints(file, settingsOf(flags), variations)
  return seeds === 1 ? points : withSeeds(points, seeds)
}

/** The first seed of the first combinations. */
function captureOf(
  flags: SweepFlags, points: readonly SweepPoint[], seeds: number, timelines: Map<SweepRow['settings'], Timeline>,
): Pick<SweepInput, 'capture'> {
  const options = captureFor(flags)
  if (options === null) return {}
  const firsts = new Set(points.filter((_, i) => i % seeds === 0).map(({ settings }) => settings))
  return {
    capture: {
      options,
      points: TIMELINES_MAX,
      wanted: ({ settings }) => firsts.has(settings),
      onTimeline: (settings, timeline) => timelines.set(settings, timeline),
    },
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

function report({ variations, combinations, columns, assertions, out, json }: {
  variations: readonly Variation[]; combinations: readonly Combination[]; columns: readonly string[]; assertions: readonly Assertion[]
  out: Places | null; json: boolean
}): number {
  const rows = combinations.flatMap((combination) => combination.rows)
  const verdicts = rows.flatMap(({ settings, metrics }) => assertions.map((assertion) => ({ settings, ...judge(assertion, metrics) })))
  const spreads = rows.length === combinations.length ? {} : { spreads: combinations.map(({ settings, spread }) => ({ settings, spread })) }
  const output: SweepOutput = { version: labVersion(), variations, rows, ...spreads, assertions: verdicts }
  const text = `${JSON.stringify(output, null, 2)}\n`
  const table = renderSweep(combinations, columns)
  if (out !== null && out.folder !== null) {
    for (const [name, content] of [['sweep.json', text], ['table.txt', table]]) writeAt('--out', join(out.folder, name), (write) => write(content))
  }
  process.stdout.write(json ? text : table)
  const failed = verdicts.filter(({ holds }) => !holds)
  const stream = json ? process.stderr : process.stdout
  for (const { settings, line } of failed) stream.write(`${json ? 'hintlab: ' : ''}${labelOf(settings)}: ${line}\n`)
  return failed.length > 0 || rows.some(({ run }) => run.violations > 0) ? 1 : 0
}

function reportOf(combinations: readonly Combination[], variations: readonly Variation[], timelines: ReadonlyMap<SweepRow['settings'], Timeline>): ReportInput {
  const facts = variations.map(({ path, values }) => `varied: ${path} = ${values.join(', ')}`)
  const sources = combinations.map(({ settings, rows }) => ({ label: labelOf(settings), results: rows, timeline: timelines.get(rows[0].settings) ?? null }))
  return scenarioReport(sources, facts, [])
}

function columnsOf(text: string | undefined): readonly string[] {
  const names = text === undefined ? COLUMNS : text.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => findMetric(name) === undefined)
  if (unknown.length > 0) throw new InputError(`--columns: found ${unknown.join(', ')}; accepted are ${METRIC_NAMES.join(', ')}`)
  return names
}
