/** `hintlab diff A B`: two results, metric by metric, what changed most first. */
import { readFileSync } from 'node:fs'
import { diffEntries, extent, findMetric, InputError, labVersion, METRIC_NAMES, metricText, readEntries } from '@hintlab/lab'
import type { DiffEntry, DiffPair, MetricChange, ResultDiff } from '@hintlab/lab'
import { collect } from './run-flags.ts'

export interface DiffFlags {
  readonly failAbove?: string
  readonly only?: readonly string[]
  readonly json?: boolean
}

/** What `diff --json` prints. `relative` is a share of 1; null where a number appears, vanishes or was 0. */
export interface DiffOutput extends ResultDiff {
  readonly version: string
  /** Changes beyond `--fail-above`. */
  readonly failed: readonly { readonly label: string; readonly name: string; readonly relative: number | null }[]
}

/** Returns the exit code: 0, or 1 when a metric changed by more than `--fail-above`. */
export function diffCommand(a: string, b: string, flags: DiffFlags): number {
  const mistakes: string[] = []
  const limit = collect(mistakes, () => limitOf(flags.failAbove))
  collect(mistakes, () => requireMetrics(flags.only ?? []))
  const [before, after] = [a, b].map((path) => collect(mistakes, () => read(path)))
  if (before === null || after === null || limit === null || mistakes.length > 0) throw new InputError(mistakes.join('\n'))
  const diff = onlyMetrics(diffEntries(before, after), flags.only)
  if (diff.pairs.length === 0) throw new InputError(`${b}: found ${diff.onlyB.join(' | ')}; accepted is a result that has one of ${diff.onlyA.join(' | ')}`)
  const failed = diff.pairs.flatMap(({ label, changes }) => {
    return changes.filter((change) => extent(change) > limit).map(({ name, relative }) => ({ label, name, relative }))
  })
  const output: DiffOutput = { version: labVersion(), ...diff, failed }
  process.stdout.write(flags.json === true ? `${JSON.stringify(output, null, 2)}\n` : renderDiff(output, flags.failAbove))
  return failed.length > 0 ? 1 : 0
}

/** A share of 1; without the flag nothing is beyond it. */
function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  const found = /^(\d+(?:\.\d+)?) ?%$/.exec(text.trim())
  if (found === null) throw new InputError(`--fail-above: found ${JSON.stringify(text)}; accepted is a percentage such as 5%`)
  return Number(found[1]) / 100
}

function requireMetrics(names: readonly string[]): void {
  const unknown = names.filter((name) => findMetric(name) === undefined)
  if (unknown.length > 0) throw new InputError(`--only: found ${unknown.join(', ')}; accepted are ${METRIC_NAMES.join(', ')}`)
}

function read(path: string): DiffEntry[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new InputError(`${path}: found no readable file; accepted is a result of hintlab run, sweep or compare`)
  }
  return readEntries(text, path)
}

function onlyMetrics(diff: ResultDiff, only: readonly string[] | undefined): ResultDiff {
  if (only === undefined) return diff
  return { ...diff, pairs: diff.pairs.map((pair) => ({ ...pair, changes: pair.changes.filter(({ name }) => only.includes(name)) })) }
}

export function renderDiff({ pairs, onlyA, onlyB, failed }: DiffOutput, failAbove: string | undefined): string {
  return [
    ...pairs.flatMap(pairLines),
    ...(onlyA.length === 0 ? [] : [`only in A: ${onlyA.join(' | ')}`, '']),
    ...(onlyB.length === 0 ? [] : [`only in B: ${onlyB.join(' | ')}`, '']),
    ...(failAbove === undefined ? [] : [`${failed.length} change${failed.length === 1 ? '' : 's'} above ${failAbove}`, '']),
  ].join('\n')
}

function pairLines({ label, versions, settings, changes, unchanged, onlyA, onlyB }: DiffPair): string[] {
  const rows = [['metric', 'A', 'B', 'B - A', '%'], ...changes.map(changeCells)]
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  const table = rows.map((row) => `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')}`.trimEnd())
  return [
    label,
    ...(versions === null ? [] : [`  hintlab: ${versions.a ?? '-'} -> ${versions.b ?? '-'}`]),
    ...settings.map(({ path, a, b }) => `  ${path}: ${a} -> ${b}`),
    ...(changes.length === 0 ? [] : table),
    `  ${unchanged} metrics are the same`,
    ...(onlyA.length === 0 ? [] : [`  only A has: ${onlyA.join(', ')}`]),
    ...(onlyB.length === 0 ? [] : [`  only B has: ${onlyB.join(', ')}`]),
    '',
  ]
}

function changeCells({ name, kind, a, b, absolute, relative }: MetricChange): string[] {
  const plus = absolute !== null && absolute > 0 ? '+' : ''
  const percent = relative === null ? '-' : `${relative > 0 ? '+' : ''}${(relative * 100).toFixed(2)}`
  return [name, metricText(kind, a), metricText(kind, b), absolute === null ? '-' : plus + metricText(kind, absolute), percent]
}
