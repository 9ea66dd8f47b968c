/**
 * `pnpm bench [NAME...]`: runs the cases in a process each and prints measured beside asked. `HINTLAB_BENCH_TRACE=FILE` replaces the bundled trace.
 * The exit code says whether every limit was met.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { CASES } from './cases.ts'
import type { Line } from './cases.ts'

const self = fileURLToPath(import.meta.url)
const [, , first, ...rest] = process.argv

if (first === '--case') {
  const run = CASES[rest[0] ?? '']
  if (run === undefined) throw new Error(`no case ${rest[0]}`)
  console.log(JSON.stringify(await run('full')))
} else {
  process.exitCode = benchAll(first === undefined ? Object.keys(CASES) : [first, ...rest])
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
    for (const line of JSON.parse(output) as Line[]) {
      console.log(render(line))
      if (line.limit !== null && line.value > line.limit) missed++
    }
  }
  if (missed > 0) console.log(`\n${missed} not reached`)
  return missed > 0 ? 1 : 0
}

function render({ what, value, unit, limit, note }: Line): string {
  const measured = `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`
  const asked = limit === null ? '' : `asked ${limit.toFixed(limit < 10 ? 1 : 0)}  ${value <= limit ? 'ok' : 'NOT REACHED'}`
  return `${what.padEnd(46)} ${measured.padStart(20)}  ${asked.padEnd(22)} ${note ?? ''}`.trimEnd()
}
