/** Runs the command line as a user does: a process of its own, its output as text. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunAt {
  /** The working folder of the process. */
  readonly cwd: string
  /** Where the user stands, as pnpm tells it. */
  readonly initCwd?: string
  readonly stdin?: string | Buffer
  /** Close standard output after the first bytes, as `head` does. */
  readonly closeEarly?: boolean
}

/** Resolves when the process has ended; never rejects because of its exit code. */
export function runHintlab(args: readonly string[], { cwd, initCwd, stdin, closeEarly }: RunAt): Promise<Finished> {
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: '' }
  delete env['INIT_CWD']
  delete env['FORCE_COLOR']
  if (initCwd !== undefined) env['INIT_CWD'] = initCwd
  const child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], { cwd, env })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (closeEarly === true) child.stdout.destroy()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // A process that ends before it has read its input is not this function's fault.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
