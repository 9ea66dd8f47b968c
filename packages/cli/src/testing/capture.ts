/** Runs the command line inside this process and keeps what it writes: for what needs no process of its own, which takes seconds to start. */
import { runCli } from '../program.ts'
import type { Finished } from './run-hintlab.ts'

type Write = typeof process.stdout.write

export async function captureCli(args: readonly string[]): Promise<Finished> {
  const text = { stdout: '', stderr: '' }
  const before = { stdout: process.stdout.write.bind(process.stdout), stderr: process.stderr.write.bind(process.stderr) }
  const catchInto = (name: 'stdout' | 'stderr'): Write => (chunk: string | Uint8Array) => {
    text[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
  process.stdout.write = catchInto('stdout')
  process.stderr.write = catchInto('stderr')
  try {
    const code = await runCli(args)
    return { code, ...text }
  } finally {
    process.stdout.write = before.stdout
    process.stderr.write = before.stderr
  }
}
