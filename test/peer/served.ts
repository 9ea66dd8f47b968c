/**
 * `hintlab serve --json` as a child process, as a user runs it: its events as they come, commands, and its end.
 *
 *   test --command--> standard input | hintlab serve --json | standard output --> events --> until(...)
 *
 * Every wait ends: with what it waits for, with the end of the process, or by a limit that stands for liveness and nothing else.
 */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ServeEvent } from '@hintlab/peer'

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const LIMIT_MS = 30_000

type EventName = ServeEvent['event']
export type EventOf<N extends EventName> = Extract<ServeEvent, { event: N }>
/** Kinds of requests, as `requests` events name them. */
export type RequestName = EventOf<'requests'>['kind']

export interface ServedOptions {
  /** Beside --json and --socket. */
  readonly flags?: readonly string[]
  /** Where to listen; a path of its own, if not said. */
  readonly socket?: string
}

interface Waiter {
  readonly what: string
  readonly look: () => boolean
  readonly fail: (reason: string) => void
}

export class Served implements AsyncDisposable {
  readonly socket: string
  /** All events so far. */
  readonly events: ServeEvent[] = []
  /** What was written to standard error. */
  errors = ''
  /** Resolves to the exit code, or to null after a signal. */
  readonly ended: Promise<number | null>
  private readonly child: ChildProcessWithoutNullStreams
  private readonly folder: string
  private readonly waiters = new Set<Waiter>()
  private running = true

  /** Starts a server, and returns when it listens. */
  static async start(options: ServedOptions = {}): Promise<Served> {
    const served = new Served(options)
    await served.next('listening', { from: 0 })
    return served
  }

  private constructor({ flags = [], socket }: ServedOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'hintlab-served-'))
    this.socket = socket ?? join(this.folder, 'balloon.sock')
    const args = ['--import', TSX, MAIN, 'serve', '--json', '--socket', this.socket, ...flags]
    this.child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } })
    this.child.stdin.on('error', () => {})
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text))
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line) as ServeEvent)
      for (const waiter of this.waiters) waiter.look()
    })
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => {
        this.running = false
        rmSync(this.folder, { recursive: true, force: true })
        for (const { fail, what } of this.waiters) fail(`${what}: the server has ended with ${code}: ${this.errors}`)
        resolve(code)
      })
    })
  }

  /** Of the server's process. */
  get pid(): number {
    return this.child.pid!
  }

  /** One line on standard input. */
  command(line: string): void {
    this.child.stdin.write(`${line}\n`)
  }

  /** Resolves when `look` finds something (not null or false) among what has come. */
  until<T>(what: string, look: () => T | null | false, limitMs = LIMIT_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        this.waiters.delete(waiter)
      }
      const waiter: Waiter = {
        what,
        look: () => {
          const found = look()
          if (found === null || found === false) return false
          settle()
          resolve(found)
          return true
        },
        fail: (reason) => {
          settle()
          reject(new Error(reason))
        },
      }
      const timer = setTimeout(() => waiter.fail(`${what}: not within ${limitMs} ms; last events:\n${this.last()}`), limitMs)
      this.waiters.add(waiter)
      if (!waiter.look() && !this.running) waiter.fail(`${what}: the server has ended: ${this.errors}`)
    })
  }

  /** The first event of the name from number `from` on; from now on, if not said. */
  next<N extends EventName>(name: N, { from = this.events.length }: { from?: number } = {}): Promise<EventOf<N>> {
    return this.until(name, () => (this.events.slice(from).find(({ event }) => event === name) as EventOf<N> | undefined) ?? null)
  }

  /** Sends a command that is answered by an event of a name. */
  ask<N extends EventName>(command: string, name: N): Promise<EventOf<N>> {
    const answer = this.next(name)
    this.command(command)
    return answer
  }

  /** All events of a name so far, from number `from` on. */
  all<N extends EventName>(name: N, from = 0): EventOf<N>[] {
    return this.events.slice(from).filter(({ event }) => event === name) as EventOf<N>[]
  }

  /** Pages of all requests of a kind, from event number `from` on. */
  pages(kind: RequestName, from = 0): number {
    return this.all('requests', from).filter((line) => line.kind === kind).reduce((sum, { pages }) => sum + pages, 0)
  }

  /** Sets the target, and waits until the driver says that the balloon has `reaches` pages. */
  async balloon(pages: number, reaches = pages): Promise<void> {
    this.command(`balloon ${pages * 4}K`)
    for (const end = Date.now() + LIMIT_MS; (await this.ask('status', 'status')).actual !== reaches;) {
      if (Date.now() > end) throw new Error(`a balloon of ${reaches} pages: not within ${LIMIT_MS} ms; last events:\n${this.last()}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Ends the server as a user does. Returns its exit code. */
  quit(): Promise<number | null> {
    this.command('quit')
    return this.ended
  }

  /** Ends the server as a crash does. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) await this.kill()
  }

  private last(): string {
    return this.events.slice(-12).map((event) => JSON.stringify(event).slice(0, 240)).join('\n')
  }
}

/** Runs `hintlab serve` with these words and this input, for people, until it ends. */
export function runServe(args: readonly string[], input: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', TSX, MAIN, 'serve', ...args], { env: { ...process.env, NODE_OPTIONS: '' } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // One that cannot begin does not read.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
