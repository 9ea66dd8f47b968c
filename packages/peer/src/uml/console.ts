/**
 * The host's end of the guest's console: sends one command at a time, and takes its output and status out of the stream.
 *
 * K1  Each command has an id, and only the marker with that id ends it: late output of an earlier one cannot.
 * K2  Every wait ends: by the marker, by `fail` (the guest is gone), or by its limit. The error carries the console's last lines.
 */
import type { Readable, Writable } from 'node:stream'
import { BOOTED, DONE } from './image.ts'

export interface CommandResult {
  /** The exit status of the command's shell. */
  code: number
  /** What it wrote, both streams, without the line end that the console adds. */
  output: string
}

/** A panic says its reason, then some 30 lines of registers and stack. */
const LAST_LINES = 60
const LAST_COLUMNS = 160

/** With 3968 bytes (4096 less 128) unread the guest's terminal asks for a pause, from which user-mode Linux does not come back. */
const COMMAND_BYTES_MAX = 3800

interface Waiter {
  marker: string
  done: (before: string, line: string) => void
  failed: (error: Error) => void
}

export class GuestConsole {
  private readonly input: Writable
  private text = ''
  /** The end of all that ever came, for errors. */
  private tail = ''
  private waiter: Waiter | null = null
  private failure: string | null = null
  private lastId = 0
  private queue: Promise<unknown> = Promise.resolve()

  constructor({ input, output }: { input: Writable; output: Readable }) {
    this.input = input
    output.setEncoding('utf8')
    output.on('data', (chunk: string) => {
      this.receive(chunk)
    })
    // A guest that is gone is told by its exit; a write to its pipe adds nothing to that.
    input.on('error', () => {})
  }

  /** Until init listens. */
  async booted(limitMs: number): Promise<void> {
    await this.wait(BOOTED, { what: 'boot', limitMs })
  }

  /** Runs one line in a shell of the guest, after the commands sent before it. */
  run(command: string, limitMs: number): Promise<CommandResult> {
    if (command.includes('\n')) throw new Error('a command is one line')
    if (Buffer.byteLength(command) > COMMAND_BYTES_MAX) throw new Error(`a command has at most ${COMMAND_BYTES_MAX} bytes`)
    const turn = this.queue.then(async () => {
      const id = ++this.lastId
      this.text = ''
      this.send(`${id} ${command}`)
      const { before, line } = await this.wait(`\n${DONE} ${id} `, { what: command, limitMs })
      return { code: Number(line), output: before }
    })
    this.queue = turn.catch(() => {})
    return turn
  }

  /** Sends a line without waiting for anything. */
  send(line: string): void {
    this.input.write(`${line}\n`)
  }

  /** The guest is gone: ends the wait that is going on, and all to come. */
  fail(reason: string): void {
    this.failure ??= reason
    this.waiter?.failed(this.error(this.failure))
  }

  /** An error that shows the end of the console. */
  error(reason: string): Error {
    const lines = this.tail.split('\n').slice(-LAST_LINES).map((line) => `  | ${line.slice(0, LAST_COLUMNS)}`)
    return new Error([`${reason}; the last lines of the guest's console:`, ...lines].join('\n'))
  }

  private wait(marker: string, { what, limitMs }: { what: string; limitMs: number }): Promise<{ before: string; line: string }> {
    if (this.failure !== null) return Promise.reject(this.error(this.failure))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.fail(`${what}: not done within ${limitMs} ms`)
      }, limitMs)
      const settle = () => {
        clearTimeout(timer)
        this.waiter = null
      }
      this.waiter = {
        marker,
        done: (before, line) => {
          settle()
          resolve({ before, line })
        },
        failed: (error) => {
          settle()
          reject(error)
        },
      }
      this.look(0)
    })
  }

  private receive(chunk: string): void {
    this.tail = (this.tail + chunk).slice(-8192)
    const seen = this.text.length
    this.text += chunk
    this.look(seen)
  }

  /** Ends the wait when the marker and the line that it is in are complete. `seen` is how much was looked at before. */
  private look(seen: number): void {
    const { waiter, text } = this
    if (waiter === null) return
    // The marker, and the end of its line, may have come in parts.
    const from = Math.max(0, seen - waiter.marker.length - 16)
    const at = text.indexOf(waiter.marker, from)
    if (at < 0) return
    const end = text.indexOf('\n', at + waiter.marker.length)
    if (end < 0) return
    this.text = text.slice(end + 1)
    waiter.done(text.slice(0, at), text.slice(at + waiter.marker.length, end))
  }
}
