/**
 * Two named pipes by which QEMU answers while we wait for it: no event loop between a question and its answer.
 *
 *   we  --PATH.in-->  QEMU        opened for reading and writing: that never blocks, and a write finds a reader
 *   we <--PATH.out--  QEMU        read without blocking, after poll(2) says that there is something
 *
 * Each wait has a limit, and a QEMU that ends closes PATH.out: neither a start that fails nor a QEMU that hangs can hang us. The names may be removed as
 * soon as QEMU has opened them.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { libc } from '../native/libc.ts'

const POLLIN = 1
/** struct pollfd: int fd, short events, short revents. */
const POLLFD_BYTES = 8
const POLLFD_EVENTS = 4

/** Why a read brought nothing. */
export type NoLine = 'closed' | 'late'

export class FifoPair {
  private readonly toPeer: number
  private readonly fromPeer: number
  private readonly pollfd = Buffer.alloc(POLLFD_BYTES)
  private readonly chunk = Buffer.alloc(4096)
  /** What was read and is no whole line yet, or follows one that was asked for. */
  private text = ''

  /** Makes PATH.in and PATH.out, which the peer opens itself. */
  constructor(path: string) {
    execFileSync('mkfifo', ['-m', '600', `${path}.in`, `${path}.out`], { stdio: 'pipe' })
    this.toPeer = openSync(`${path}.in`, constants.O_RDWR | constants.O_NONBLOCK)
    this.fromPeer = openSync(`${path}.out`, constants.O_RDONLY | constants.O_NONBLOCK)
    this.pollfd.writeInt32LE(this.fromPeer, 0)
    this.pollfd.writeInt16LE(POLLIN, POLLFD_EVENTS)
  }

  /** `line` without its end. At most a pipe's 4096 bytes, of which the peer has read all earlier ones: the pipe has room. */
  writeLine(line: string): void {
    writeSync(this.toPeer, `${line}\n`)
  }

  /** The next line, for which it waits at most `timeoutMs`; 0 takes only what is there. */
  readLine(timeoutMs: number): string | { readonly none: NoLine } {
    for (;;) {
      const end = this.text.indexOf('\n')
      if (end >= 0) {
        const line = this.text.slice(0, end)
        this.text = this.text.slice(end + 1)
        return line
      }
      const ready = libc().poll(this.pollfd, 1, timeoutMs)
      if (ready === 0) return { none: 'late' }
      if (ready < 0) continue // a signal came in between
      const count = readSync(this.fromPeer, this.chunk)
      if (count === 0) return { none: 'closed' }
      this.text += this.chunk.toString('latin1', 0, count)
    }
  }

  close(): void {
    closeSync(this.toPeer)
    closeSync(this.fromPeer)
  }
}
