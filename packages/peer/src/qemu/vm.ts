/**
 * A running QEMU with one real virtio balloon and no guest: we are its guest. Registers by qtest (at once), memory by its file (at once), the host's side
 * by QMP (later).
 *
 *             qtest: named pipes, synchronous      +----------------------+
 *   driver ---- registers ------------------------>| virtio-balloon       |
 *     |                                            |                      |<---- balloon 128M ---- operator
 *     +-------- rings, pages --> RAM file <--------| discards             |      QMP: a socket
 *
 * Nothing outlives the machine: the RAM file has no name, the folder of pipes is removed as soon as QEMU has opened them, and QEMU is ended with this
 * process, by setpriv's signal also when this process is killed.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { assert, MIB } from '@hintlab/kit'
import type { DriverBus } from '@hintlab/transport'
import type { FileMemory } from '../file-memory.ts'
import { commandLine, haltRom, MEMORY_MAX, QEMU_DEFAULTS, QMP_FD, QTEST_PIPE, ROM_FILE, TRACE_FILE } from './command-line.ts'
import type { QemuOptions } from './command-line.ts'
import { FifoPair } from './fifo-pair.ts'
import { QEMU_BINARY } from './find.ts'
import { Qmp } from './qmp.ts'
import { Qtest } from './qtest.ts'
import { RamFile } from './ram-file.ts'
import { balloonBus } from './registers.ts'
import { parseTrace } from './trace.ts'
import type { TraceEvent } from './trace.ts'

/** From util-linux; it has the system end QEMU when the thread that started it is gone. */
const SETPRIV = '/usr/bin/setpriv'

/** A start takes 0.1 s; this is for a machine that is busy with other things. */
const START_MS = 30_000
const QUIT_MS = 10_000
const STDERR_KEPT = 4096

export class QemuVm {
  readonly options: QemuOptions
  readonly qtest: Qtest
  readonly qmp: Qmp
  readonly ram: RamFile
  private readonly child: Child
  private readonly pipes: FifoPair
  private readonly traceFd: number | null

  private constructor(options: QemuOptions, parts: { child: Child; qmp: Qmp; pipes: FifoPair; ram: RamFile; traceFd: number | null }) {
    this.options = options
    this.child = parts.child
    this.qmp = parts.qmp
    this.pipes = parts.pipes
    this.qtest = new Qtest(parts.pipes)
    this.ram = parts.ram
    this.traceFd = parts.traceFd
  }

  /** Starts a machine and waits until it answers. Rejects with QEMU's own words when it does not start; then nothing is left of it. */
  static async start({ binary = QEMU_BINARY, ...rest }: Partial<QemuOptions> & { readonly binary?: string } = {}): Promise<QemuVm> {
    const options = { ...QEMU_DEFAULTS, ...rest }
    assert(options.memory > 0 && options.memory % MIB === 0 && options.memory <= MEMORY_MAX, 'a machine has whole MiB of memory, at most 2 GiB')
    const folder = mkdtempSync(join(tmpdir(), 'hintlab-qemu-'))
    const undo: (() => void)[] = []
    try {
      writeFileSync(join(folder, ROM_FILE), haltRom())
      const pipes = new FifoPair(join(folder, QTEST_PIPE))
      undo.push(() => { pipes.close() })
      const ram = new RamFile(options.memory)
      undo.push(() => { ram.close() })
      const traceFd = options.trace ? openSync(join(folder, TRACE_FILE), 'w+') : null
      undo.push(() => { if (traceFd !== null) closeSync(traceFd) })
      const child = new Child(binary, commandLine(options, folder), ram.fd)
      undo.push(() => { child.kill() })
      const qmp = await child.started(Qmp.open(child.monitor))
      return new QemuVm(options, { child, qmp, pipes, ram, traceFd })
    } catch (error) {
      for (const step of undo.reverse()) step()
      throw error
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  /** The balloon's registers. On q35 this places its BARs. */
  bus(): DriverBus & { readonly problem: string | null } {
    return balloonBus(this.qtest, this.options.machine)
  }

  get memory(): FileMemory {
    return this.ram.memory
  }

  /** What QEMU wrote to its standard error, the last of it. */
  get stderr(): string {
    return this.child.stderr
  }

  /** Why the machine does not work any more, with QEMU's last words; or null. */
  get fault(): string | null {
    return this.qtest.fault === null ? null : this.child.explain(this.qtest.fault)
  }

  /** What the device's trace points have said since the start (option `trace`). */
  trace(): TraceEvent[] {
    assert(this.traceFd !== null, 'the machine was started with the option trace')
    return parseTrace(readFileSync(`/proc/self/fd/${this.traceFd}`, 'utf8'))
  }

  /** Ends it at once, as a crash would; `stop` still has to be called. */
  kill(): void {
    this.child.kill()
  }

  /** Ends the machine and waits until it has. Rejects, with everything cleaned up all the same, when it ended in another way than asked. */
  async stop(): Promise<void> {
    try {
      // A machine that is gone already has nothing to answer; how it ended is told below.
      await this.qmp.execute('quit').catch(() => {})
      const end = await this.child.end(QUIT_MS)
      if (end !== 'exit 0') throw new Error(this.child.explain(`QEMU ended with ${end}`))
    } finally {
      this.child.kill()
      this.pipes.close()
      this.ram.close()
      if (this.traceFd !== null) closeSync(this.traceFd)
    }
  }
}

/** Machines that this process has started and that have not ended. */
const running = new Set<Child>()
process.on('exit', () => {
  for (const child of running) child.kill()
})

/** The process: what it said, and how it ended. */
class Child {
  stderr = ''
  readonly monitor: Duplex
  private readonly process: ChildProcess
  private readonly ended: Promise<string>
  constructor(binary: string, args: readonly string[], ramFd: number) {
    const [command, ...all] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--', binary, ...args] : [binary, ...args]
    this.process = spawn(command, all, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', ramFd] })
    this.monitor = this.process.stdio[QMP_FD] as Duplex
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT)
    })
    this.ended = new Promise((resolve) => {
      this.process.on('error', (error) => {
        resolve(error.message)
      })
      // `close` and not `exit`: by then standard error was read to its end.
      this.process.on('close', (code, signal) => {
        running.delete(this)
        resolve(signal === null ? `exit ${code}` : signal)
      })
    })
    running.add(this)
  }

  /** `ready`, unless the process ends or takes too long. */
  async started<T>(ready: Promise<T>): Promise<T> {
    try {
      return await within(START_MS, ready)
    } catch (error) {
      this.kill()
      const end = await this.ended
      throw new Error(this.explain(`QEMU does not start (${end})`), { cause: error })
    }
  }

  /** How it ended: `exit 0`, or a signal's name. Killed when it takes longer than `limitMs`. */
  async end(limitMs: number): Promise<string> {
    try {
      return await within(limitMs, this.ended)
    } catch {
      this.kill()
      return this.ended
    }
  }

  kill(): void {
    this.process.kill('SIGKILL')
  }

  explain(what: string): string {
    const words = this.stderr.trim()
    return words === '' ? what : `${what}: ${words}`
  }
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(reject, limitMs, new Error(`no answer within ${limitMs} ms`))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
