#!/usr/bin/env node
/** Entry of the command line: where the user stands, a reader that goes away, and the exit code. */
import { runCli } from './program.ts'

/** pnpm runs scripts in the workspace root and says in INIT_CWD where the user stands; paths are meant from there. */
function standWithUser(): void {
  const from = process.env['INIT_CWD'] ?? ''
  if (from === '') return
  try {
    process.chdir(from)
  } catch {
    // A folder that is gone: relative paths are then those of this process.
  }
}

/** `hintlab compare | head` is no error. */
function allowClosedReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
}

standWithUser()
allowClosedReader(process.stdout)
allowClosedReader(process.stderr)
process.exitCode = await runCli(process.argv.slice(2))
