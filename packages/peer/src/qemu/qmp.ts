/**
 * QEMU's monitor protocol: JSON lines over a stream. Commands are answered in order; events come in between.
 *
 *   < {"QMP": {...}}                                      greeting: QEMU is up
 *   > {"execute": "balloon", "arguments": {...}, "id": 1}
 *   < {"event": "BALLOON_CHANGE", "data": {...}}
 *   < {"return": {}, "id": 1}                             or "error"
 */
import type { Duplex } from 'node:stream'
import { parseBigJson } from './big-json.ts'

export interface QmpEvent {
  readonly event: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** QEMU refused a command: its error class and description. */
export class QmpError extends Error {
  override readonly name = 'QmpError'
  readonly className: string

  constructor(command: string, { class: className, desc }: { class: string; desc: string }) {
    super(`${command}: ${desc}`)
    this.className = className
  }
}

export interface QmpVersion {
  readonly major: number
  readonly minor: number
  readonly micro: number
}

interface Message {
  QMP?: { version: { qemu: QmpVersion } }
  id?: number
  return?: unknown
  error?: { class: string; desc: string }
  event?: string
}

interface Pending {
  readonly command: string
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Events kept for `takeEvent`; the oldest go first. */
const EVENTS_MAX = 1000
/** What the greeting waits under, instead of a command's number. */
const GREETING = 0

export class Qmp {
  /** QEMU's, from its greeting. */
  version: QmpVersion = { major: 0, minor: 0, micro: 0 }
  private readonly stream: Duplex
  private readonly pending = new Map<number, Pending>()
  private readonly events: QmpEvent[] = []
  private readonly eventWaits: { name: string; resolve(event: QmpEvent): void; reject(error: Error): void }[] = []
  private text = ''
  private lastId = GREETING
  private closed: Error | null = null

  private constructor(stream: Duplex) {
    this.stream = stream
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      this.take(text)
    })
    stream.on('error', (error) => {
      this.close(error)
    })
    for (const end of ['end', 'close']) {
      stream.on(end, () => {
        this.close(new Error('QEMU has closed its monitor'))
      })
    }
  }

  /** Waits for the greeting and enters command mode. Rejects when the stream ends first. */
  static async open(stream: Duplex): Promise<Qmp> {
    const qmp = new Qmp(stream)
    await qmp.answer(GREETING, 'greeting')
    await qmp.execute('qmp_capabilities')
    return qmp
  }

  /** The command's return value; rejects with QmpError when QEMU refuses, with Error when it ends. Integers beyond 2^53 are bigints. */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = ++this.lastId
    const answer = this.answer(id, command)
    if (this.closed === null) this.stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    return answer
  }

  /** The first event of this name that was not taken yet, now or later; older events of other names stay. Rejects when QEMU ends. */
  async takeEvent(name: string): Promise<QmpEvent> {
    const at = this.events.findIndex(({ event }) => event === name)
    if (at >= 0) return this.events.splice(at, 1)[0]
    if (this.closed !== null) throw this.closed
    return new Promise((resolve, reject) => {
      this.eventWaits.push({ name, resolve, reject })
    })
  }

  private async answer(id: number, command: string): Promise<unknown> {
    if (this.closed !== null) throw this.closed
    return new Promise((resolve, reject) => {
      this.pending.set(id, { command, resolve, reject })
    })
  }

  private take(text: string): void {
    const lines = (this.text + text).split('\n')
    this.text = lines.pop() ?? ''
    for (const line of lines) {
      try {
        this.message(parseBigJson(line) as Message)
      } catch (error) {
        this.close(error as Error)
        return
      }
    }
  }

  private message(message: Message): void {
    if (message.event !== undefined) {
      this.addEvent(message as QmpEvent)
      return
    }
    if (message.QMP !== undefined) this.version = message.QMP.version.qemu
    const id = message.QMP === undefined ? message.id : GREETING
    const pending = id === undefined ? undefined : this.pending.get(id)
    if (id === undefined || pending === undefined) return // an answer to nobody
    this.pending.delete(id)
    if (message.error === undefined) pending.resolve(message.return)
    else pending.reject(new QmpError(pending.command, message.error))
  }

  private addEvent(event: QmpEvent): void {
    const at = this.eventWaits.findIndex(({ name }) => name === event.event)
    if (at >= 0) {
      this.eventWaits.splice(at, 1)[0].resolve(event)
      return
    }
    this.events.push(event)
    if (this.events.length > EVENTS_MAX) this.events.shift()
  }

  private close(reason: Error): void {
    this.closed ??= reason
    for (const pending of this.pending.values()) pending.reject(new Error(`${pending.command}: ${this.closed.message}`))
    this.pending.clear()
    for (const wait of this.eventWaits.splice(0)) wait.reject(this.closed)
  }
}
