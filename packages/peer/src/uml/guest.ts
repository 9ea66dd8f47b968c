/**
 * A real Linux guest: user-mode Linux as a child process, with a shell on its console.
 *
 *   start --> running --+-- poweroff --> ended
 *                       +-- kill ------> ended       a wait that fails kills
 *
 * U1  A guest ends with whoever started it, even when that one is killed: a watcher in the guest's process group waits for a pipe of ours to
 *     close, and ends the group. (A guest that runs powers off when its console closes; one that hangs in its boot does not see that.)
 * U2  Its folder of temporary files ends with it, unless its host was killed.
 */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Readable, Writable } from 'node:stream'
import { hostRegisters, umlCommand } from './command-line.ts'
import type { Registers } from './command-line.ts'
import { GuestConsole } from './console.ts'
import type { CommandResult } from './console.ts'
import type { UmlPaths } from './find.ts'
import { BALLOON_MODULE, guestImage } from './image.ts'
import { memoryFolder } from './memory-folder.ts'
import { KpageFlags, parseBuddyinfo, parseNumbers } from './proc.ts'
import type { FreeBlocks } from './proc.ts'

export interface UmlOptions {
  /** From `findUml`. */
  paths: UmlPaths
  /** Below 160 MiB a guest reports no free page: its worker wants 128 MiB above the low watermark. */
  memoryMib?: number
  /** The back end's socket, which must listen already. None: a guest without a device. */
  socket?: string | null
  /** 5 is a balloon. */
  deviceId?: number
  kernelArguments?: readonly string[]
  /** As the host allows it, if not said. */
  registers?: Registers
  /** Where the guest's memory lies; a folder with room in which memory may be mapped executable, if not said. */
  memoryIn?: string
  /** Liveness limit of the boot, which takes a quarter of a second on an idle machine. */
  bootLimitMs?: number
}

interface Limit {
  /** Liveness limit: a guest that does not answer within it is taken for hung, and killed. */
  limitMs?: number
}

const LIMIT_MS = 60_000

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** Becomes the command in its arguments, and leaves behind the watcher of descriptor 3. */
const WATCHED = '(read -r line <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$@"'

export class UmlGuest {
  /** Of the kernel, and of its process group. */
  readonly pid: number
  readonly memoryMib: number
  /** Resolves to the exit code, or to null for a guest that was killed. */
  readonly ended: Promise<number | null>
  private readonly child: Child
  private readonly console: GuestConsole
  private readonly folder: string

  /** Starts a guest, and returns when its shell listens. */
  static async start(options: UmlOptions): Promise<UmlGuest> {
    const guest = new UmlGuest(options)
    await guest.guarded(() => guest.console.booted(options.bootLimitMs ?? LIMIT_MS))
    return guest
  }

  private constructor(options: UmlOptions) {
    const { paths, memoryMib = 256, socket = null, deviceId = 5, kernelArguments = [] } = options
    const memoryIn = options.memoryIn ?? memoryFolder(memoryMib * 2 ** 20)
    if (memoryIn === null) throw new Error(`no folder has room for ${memoryMib} MiB of guest memory and may be mapped executable`)
    this.folder = mkdtempSync(join(tmpdir(), 'hintlab-uml-'))
    this.memoryMib = memoryMib
    const initrd = join(this.folder, 'initrd')
    writeFileSync(initrd, imageOf(paths))
    const [program, ...args] = umlCommand({
      kernel: paths.kernel,
      registers: options.registers ?? hostRegisters(),
      memoryMib,
      initrd,
      folder: this.folder,
      name: 'guest',
      device: socket === null ? null : { socket, deviceId },
      kernelArguments,
    })
    // A group of its own, so that the processes which the kernel makes can be ended with it.
    this.child = spawn('/bin/sh', ['-c', WATCHED, 'sh', program, ...args], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: memoryIn },
    })
    this.pid = this.child.pid ?? 0
    this.console = new GuestConsole({ input: this.child.stdin, output: this.child.stdout })
    this.ended = this.watch()
  }

  /** Runs one line in a shell of the guest. Commands run one after the other. */
  run(command: string, { limitMs = LIMIT_MS }: Limit = {}): Promise<CommandResult> {
    return this.guarded(() => this.console.run(command, limitMs))
  }

  /** As `run`, for a command that has to succeed. Returns its output. */
  async must(command: string, limit: Limit = {}): Promise<string> {
    const { code, output } = await this.run(command, limit)
    if (code !== 0) throw new Error(`${command}: status ${code}\n${output}`)
    return output
  }

  /** Loads a driver of the guest's file system; the balloon's, if not said. `parameters` as for insmod. */
  async insmod(file: string = BALLOON_MODULE, parameters = ''): Promise<void> {
    await this.must(`insmod ${file} ${parameters}`)
  }

  async rmmod(name = 'virtio_balloon'): Promise<void> {
    await this.must(`rmmod ${name}`)
  }

  /** /proc/meminfo, in kB. */
  async meminfo(): Promise<Map<string, number>> {
    return parseNumbers(await this.must('cat /proc/meminfo'))
  }

  /** /proc/vmstat: balloon_inflate, oom_kill and so on, in events or pages. */
  async vmstat(): Promise<Map<string, number>> {
    return parseNumbers(await this.must('cat /proc/vmstat'))
  }

  async buddyinfo(): Promise<FreeBlocks[]> {
    return parseBuddyinfo(await this.must('cat /proc/buddyinfo'))
  }

  /** The flags of every page, at the time of the call. */
  async kpageflags(): Promise<KpageFlags> {
    return new KpageFlags(gunzipSync(Buffer.from(await this.must('gzip -c </proc/kpageflags | base64'), 'base64')))
  }

  /** The kernel's log. Only what precedes a panic comes to the console by itself. */
  dmesg(): Promise<string> {
    return this.must('dmesg')
  }

  /** Switches the guest off, and returns when its process is gone. */
  async poweroff({ limitMs = LIMIT_MS }: Limit = {}): Promise<void> {
    this.console.send('0 poweroff -f')
    const hung = setTimeout(() => {
      this.killGroup()
    }, limitMs)
    const code = await this.ended
    clearTimeout(hung)
    if (code !== 0) throw this.console.error(`poweroff: the guest ended with ${code ?? 'a signal'}`)
  }

  /** Closes the console, as a host that vanishes does: the guest powers off. Nothing can be run any more. */
  closeConsole(): void {
    this.child.stdin.end()
  }

  /** Ends the guest at once, as a crash would. Safe at any time, also when it has ended. */
  async kill(): Promise<void> {
    this.killGroup()
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  /** Lets the watcher end the group, itself included. Never a signal of our own: the group's number may be another's by now. */
  private killGroup(): void {
    const lifeline = this.child.stdio[3] as Writable | null | undefined
    lifeline?.destroy()
  }

  private watch(): Promise<number | null> {
    return new Promise((resolve) => {
      let errors = ''
      this.child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        errors = (errors + chunk).slice(-4096)
      })
      this.child.on('error', (error) => {
        this.end(error.message)
        resolve(null)
      })
      // The watcher is left, and after a crash so are others: they hold the pipes open, and 'close' would never come.
      this.child.on('exit', () => {
        this.killGroup()
      })
      this.child.on('close', (code, signal) => {
        this.end(`the guest ended with ${code ?? signal}${errors === '' ? '' : `, saying: ${errors}`}`)
        resolve(code)
      })
    })
  }

  private end(reason: string): void {
    this.console.fail(reason)
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** A wait that fails leaves a guest of which nothing is known any more: it is killed, so that no test can go on with it. */
  private async guarded<Result>(wait: () => Promise<Result>): Promise<Result> {
    try {
      return await wait()
    } catch (error) {
      await this.kill()
      throw error
    }
  }
}

let lastImage: { key: string; bytes: Uint8Array } | null = null

/** Made once for all guests of a process. */
function imageOf(paths: UmlPaths): Uint8Array {
  const key = `${paths.busybox}\n${paths.balloonModule}`
  if (lastImage?.key !== key) lastImage = { key, bytes: guestImage(paths) }
  return lastImage.bytes
}
