/**
 * `hintlab fuzz`: malformed rings and payloads by the thousand against the device, or a malicious device against the driver. A finding is cut down and
 * written as a file; `hintlab fuzz FILE` runs it again.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FUZZ_SIDES, grouped, InputError, makeFuzzTarget, parseFuzzFile, renderFuzzFile, runFuzz, runSeries, SEED_MAX } from '@hintlab/lab'
import type { FuzzResult, FuzzSide } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import { wholeNumber } from './run-flags.ts'

export interface FuzzFlags {
  readonly cases: string
  readonly seed: string
  readonly side: string
  readonly corpus?: string
  readonly counters?: boolean
}

const CASES_MAX = 1_000_000_000

/** Returns 1 when a rule was broken, 0 otherwise. */
export function fuzzCommand(files: readonly string[], flags: FuzzFlags): number {
  if (files.length > 0) return files.map(runFile).some((failed) => failed) ? 1 : 0
  const side = FUZZ_SIDES.find((one) => one === flags.side)
  if (side === undefined) throw new InputError(`--side: found ${flags.side}; accepted: ${FUZZ_SIDES.join(', ')}`)
  const cases = wholeNumber('--cases', flags.cases, { max: CASES_MAX })
  const seed = wholeNumber('--seed', flags.seed, { min: 0, max: SEED_MAX })
  const corpus = flags.corpus === undefined ? [] : readCorpus(flags.corpus, side)
  const progress = makeProgress(process.stderr)
  const result = runFuzz(() => makeFuzzTarget(side), {
    cases, seed, corpus, onProgress: (done) => progress.show(done, cases, `${grouped(done)} of ${grouped(cases)} cases`),
  })
  progress.clear()
  process.stdout.write(renderFuzz(side, seed, result, flags.counters === true))
  if (result.finding === null) return 0
  const name = `fuzz-${side}-${seed}.txt`
  writeFileSync(name, renderFuzzFile({ side, series: result.finding.series }, result.finding.message))
  process.stdout.write(`${result.finding.message}\nwritten to ${name}; hintlab fuzz ${name} runs it again\n`)
  return 1
}

/** One line, and with `counters` one for each counter of the side that is tested. */
export function renderFuzz(side: FuzzSide, seed: number, { cases, chains, malformed, counts, finding }: FuzzResult, counters: boolean): string {
  const hostile = side === 'device' ? 'malformed rings, chains and payloads' : 'used elements, words, registers and fields that no right device gives'
  const still = [...counts].filter(([, count]) => count === 0).map(([name]) => name)
  const reached = `${counts.size - still.length} of ${counts.size} counters moved${still.length === 0 ? '' : `; not: ${still.join(', ')}`}`
  const lines = [
    `${side}, seed ${seed}: ${grouped(cases)} cases, ${grouped(chains)} chains, ${grouped(malformed)} ${hostile}`,
    `${reached}; ${finding === null ? 'no rule broken' : 'a rule broken:'}`,
  ]
  if (counters) lines.push(...[...counts].map(([name, count]) => `  ${name.padEnd(24)} ${grouped(count)}`))
  return `${lines.join('\n')}\n`
}

/** Runs a file of cases; true when a rule was broken. */
function runFile(path: string): boolean {
  const { side, series } = parseFuzzFile(path, readText(path))
  const message = runSeries(() => makeFuzzTarget(side), series)
  process.stdout.write(`${path}: ${side}, ${grouped(series.length)} case${series.length === 1 ? '' : 's'}: ${message ?? 'no rule broken'}\n`)
  return message !== null
}

/** The cases of all files of a folder that are for this side. */
function readCorpus(folder: string, side: FuzzSide): Uint8Array[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new InputError(`--corpus: found ${folder}; accepted is a folder of files of cases`)
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt')).sort().map((name) => join(folder, name))
  return files.map((path) => parseFuzzFile(path, readText(path))).flatMap((file) => (file.side === side ? file.series : []))
}

function readText(path: string): string {
  if (existsSync(path) && statSync(path).isFile()) return readFileSync(path, 'utf8')
  throw new InputError(`found ${path}; accepted is a file of cases, as hintlab fuzz writes it`)
}
