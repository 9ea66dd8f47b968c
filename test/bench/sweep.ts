/**
 * The sweep of 200 configurations of the bundled trace, by one worker and by two, each as a user runs it: a process from its start to its end. The ratio
 * counts only when both have printed the same bytes.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Line, Size } from './cases.ts'

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
/** 10 x 5 x 4. */
const VARIED = [
  'reporting.delay-ms=100,200,400,800,1000,1500,2000,3000,4000,5000', 'reporting.capacity=8,16,32,64,128', 'reporting.order=0,3,6,9',
]
/** Two workers must be this much faster than one. */
const RATIO = 1.8

export function benchSweep(size: Size): Line[] {
  if (size === 'smoke') return []
  const one = sweep(1)
  const two = sweep(2)
  if (one.output !== two.output) throw new Error('two workers printed something else than one')
  const ratio = one.seconds / two.seconds
  const note = `${one.seconds.toFixed(1)} s by one worker, ${two.seconds.toFixed(1)} s by two: ${ratio.toFixed(2)} times faster`
  // As a share of the time of one, because limits are upper ones.
  return [{ what: 'sweep of 200 runs, time of two workers', value: (100 * two.seconds) / one.seconds, unit: '% of one', limit: 100 / RATIO, note }]
}

function sweep(workers: number): { output: string; seconds: number } {
  const flags = VARIED.flatMap((text) => ['--vary', text])
  const begin = process.hrtime.bigint()
  const args = ['--import', 'tsx', MAIN, 'sweep', 'redis', ...flags, '--workers', String(workers), '--json']
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'] })
  return { output, seconds: Number(process.hrtime.bigint() - begin) / 1e9 }
}
