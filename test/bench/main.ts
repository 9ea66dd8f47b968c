/**
 * `pnpm bench [NAME...]`: runs the cases in a process each and prints measured beside asked. `HINTLAB_BENCH_TRACE=FILE` replaces the bundled trace.
 * Limits in units of time are stretched by how much slower than the reference this machine resumes a bare generator, measured before and after in the
 * same process; both numbers are printed. The exit code says whether every limit was met.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { CASES, slowness } from './cases.ts'
import type { Line } from './cases.ts'

/** What a case's process prints. */
interface Measured {
  lines: Line[]
  slow: number
}

/** Not part of a plain `pnpm bench`, which says how to run them. */
const ONLY_NAMED = ['peers', 'sweep']

const self = fileURLToPath(import.meta.url)
const [, , first, ...rest] = process.argv

if (first === '--case') {
  const run = CASES[rest[0] ?? '']
  if (run === undefined) throw new Error(`no case ${rest[0]}`)
  const before = slowness()
  const lines = await run('full')
  console.log(JSON.stringify({ lines, slow: Math.min(before, slowness()) } satisfies Measured))
} else {
  process.exitCode = benchAll(first === undefined ? Object.keys(CASES).filter((name) => !ONLY_NAMED.includes(name)) : [first, ...rest])
}

function benchAll(names: readonly string[]): number {
  const unknown = names.filter((name) => !(name in CASES))
  if (unknown.length > 0) {
    console.error(`pnpm bench: found ${unknown.join(', ')}; accepted: ${Object.keys(CASES).join(', ')}`)
    return 2
  }
  console.log(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} CPUs\n`)
  let missed = 0
  for (const name of names) {
    const output = execFileSync(process.execPath, ['--import', 'tsx', self, '--case', name], { encoding: 'utf8', maxBuffer: 2 ** 24 })
    const { lines, slow } = JSON.parse(output) as Measured
    for (const line of lines) {
      console.log(render(line, slow))
      if (missesLimit(line, slow)) missed++
    }
  }
  if (first === undefined) console.log(`\nnot run: ${ONLY_NAMED.map((name) => `pnpm bench ${name}`).join(', ')}`)
  if (missed > 0) console.log(`\n${missed} not reached`)
  return missed > 0 ? 1 : 0
}

/** A limit in time belongs to a machine; a ratio or a size does not. */
function stretch({ unit }: Line, slow: number): number {
  return /^(ns|us)/.test(unit) ? slow : 1
}

function missesLimit(line: Line, slow: number): boolean {
  return line.limit !== null && line.value > line.limit * stretch(line, slow)
}

function render(line: Line, slow: number): string {
  const { what, value, unit, limit, note } = line
  const measured = `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`
  const here = stretch(line, slow) > 1 && limit !== null ? ` (here ${digits(limit * slow)})` : ''
  const asked = limit === null ? '' : `asked ${digits(limit)}${here}`
  const verdict = limit === null ? '' : missesLimit(line, slow) ? 'NOT REACHED' : 'ok'
  return `${what.padEnd(46)} ${measured.padStart(20)}  ${asked.padEnd(22)} ${verdict.padEnd(12)} ${note ?? ''}`.trimEnd()
}

function digits(n: number): string {
  return n.toFixed(n < 10 ? 1 : 0)
}
