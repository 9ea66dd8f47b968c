/**
 * A recorded conversation from a file, a FIFO or standard input (`-`), event by event: memory does not grow with the recording. What a file is, its content
 * says. Packed files and the wire.jsonl of a ground-truth recording are the exceptions, and are read as a whole.
 *
 *   chunks --records of protobuf--> header | event, event, ...
 *
 * An InputError names the file, the place, what was found and what is accepted.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { messages } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { InputError } from '../options.ts'
import { describe } from '../trace/open-input.ts'
import { CONVERSATION_VERSION } from './recorder.ts'
import type { ConversationHeader } from './recorder.ts'
import { parseWire } from './wire-jsonl.ts'

export const ACCEPTED = 'a conversation as `hintlab run`, `compare` or `serve` records it (--record), or the wire.jsonl of a recording, plain or gzip'

const READ_BYTES = 256 * 1024
/** More than any event has: its payload is cut at 16 KiB, its descriptors are at most 32 Ki. */
const RECORD_BYTES_MAX = 16 * 2 ** 20
/** Wait between two looks at a standard input that has nothing yet, ms. */
const RETRY_MS = 5

/** Top-level fields of a Conversation: `events` one by one, the others as pieces of a header. */
const EVENTS_FIELD = 6
const FIELDS_MAX = 15
/** The first byte of every recording: the tag of its version. */
const VERSION_TAG = 8
const LENGTH_DELIMITED = 2
const VARINT = 0
const VARINT_BYTES_MAX = 7
const OPENING_BRACE = 0x7b

export class ConversationStream {
  /** Name for messages. */
  readonly file: string
  /** Bytes of the file, unpacked; 0 where that is not known before its end. */
  bytesTotal: number
  /** Bytes of it that have been taken. */
  bytesRead = 0
  header: ConversationHeader = {}
  private readonly fd: number
  /** What has been read and not taken yet, and where that lies in the stream. */
  private held: Uint8Array = new Uint8Array(0)
  private ended = false
  private first: TapEvent | null = null
  /** Of a file that is read as a whole. */
  private whole: readonly TapEvent[] | null = null
  private headerBytes: Uint8Array[] = []

  /** Opens the file, and reads its header. */
  constructor(path: string) {
    this.file = path === '-' ? '<stdin>' : path
    try {
      this.fd = path === '-' ? 0 : openSync(path, 'r')
      const info = fstatSync(this.fd)
      this.bytesTotal = info.isFile() ? info.size : 0
      this.fill(2)
    } catch (error) {
      throw this.fault(error)
    }
    if (this.held.length === 0) throw this.wrong('an empty file')
    if (this.held[0] === OPENING_BRACE || (this.held[0] === 0x1f && this.held[1] === 0x8b)) this.readWhole()
    else this.begin()
  }

  /** The events, in their order; once. */
  *events(): Generator<TapEvent, void, void> {
    try {
      if (this.whole !== null) return yield* this.whole
      for (let event = this.first; event !== null; event = this.next()) yield event
      // A header that goes on behind its events may be of another version.
      this.header = this.decodeHeader()
    } finally {
      this.close()
    }
  }

  close(): void {
    if (!this.ended && this.fd > 0) closeSync(this.fd)
    this.ended = true
  }

  private begin(): void {
    if (this.held[0] !== VERSION_TAG) throw this.broken(`no conversation (it begins with ${Buffer.from(this.held.subarray(0, 4)).toString('hex')})`)
    this.first = this.next()
    this.header = this.decodeHeader()
  }

  /** The next event; what is none is part of the header. Null at the end. */
  private next(): TapEvent | null {
    for (let record = this.record(); record !== null; record = this.record()) {
      const { field, start, end } = record
      const at = this.bytesRead
      const bytes = this.held.subarray(0, end)
      this.held = this.held.subarray(end)
      this.bytesRead += end
      if (field !== EVENTS_FIELD) {
        this.headerBytes.push(bytes.slice())
        continue
      }
      try {
        return messages.Event.decode(bytes.subarray(start))
      } catch (error) {
        throw this.broken(`an event that cannot be decoded (${(error as Error).message})`, at)
      }
    }
    return null
  }

  /** The record at the beginning of what is held: its field, and where its body starts and ends; null at the end of the file. */
  private record(): { field: number; start: number; end: number } | null {
    this.fill(2 * VARINT_BYTES_MAX)
    if (this.held.length === 0) return null
    const tag = varintAt(this.held, 0)
    const value = tag === null ? null : varintAt(this.held, tag.end)
    if (tag === null || value === null) throw this.broken(this.held.length < 2 * VARINT_BYTES_MAX ? CUT_OFF : FOREIGN)
    const field = Math.floor(tag.value / 8)
    const type = tag.value % 8
    if (field < 1 || field > FIELDS_MAX || (type !== VARINT && type !== LENGTH_DELIMITED)) throw this.broken(FOREIGN)
    if (type === VARINT) return { field, start: tag.end, end: value.end }
    if (value.value > RECORD_BYTES_MAX) throw this.broken(`a record of ${value.value} bytes, where at most ${RECORD_BYTES_MAX} are read`)
    const end = value.end + value.value
    this.fill(end)
    if (this.held.length < end) throw this.broken(CUT_OFF)
    return { field, start: value.end, end }
  }

  private decodeHeader(): ConversationHeader {
    const whole = Buffer.concat(this.headerBytes)
    let header: messages.Conversation
    try {
      header = messages.Conversation.decode(whole)
    } catch (error) {
      throw this.broken(`a header that cannot be decoded (${(error as Error).message})`, 0)
    }
    if (header.version !== CONVERSATION_VERSION) throw this.broken(`version ${header.version}, where ${CONVERSATION_VERSION} is read`, 0)
    return header
  }

  private readWhole(): void {
    let bytes: Uint8Array
    try {
      const pieces: Uint8Array[] = [this.held]
      for (let piece = this.read(); piece !== null; piece = this.read()) pieces.push(piece)
      bytes = Buffer.concat(pieces)
      this.bytesRead = bytes.length
      if (bytes[0] === 0x1f) bytes = gunzipSync(bytes)
    } catch (error) {
      throw this.fault(error)
    }
    if (bytes[0] === OPENING_BRACE) {
      const { header, events } = parseWire(this.file, Buffer.from(bytes).toString('utf8'))
      this.header = header
      this.whole = events
      return
    }
    if (bytes.length === 0) throw this.wrong('an empty file')
    this.held = bytes
    this.bytesTotal = bytes.length
    this.bytesRead = 0
    this.close()
    this.begin()
  }

  /** Holds at least `count` bytes, or all that there are. */
  private fill(count: number): void {
    if (this.held.length >= count || this.ended) return
    const pieces = [this.held]
    let length = this.held.length
    for (let piece = this.read(); piece !== null; piece = this.read()) {
      pieces.push(piece)
      length += piece.length
      if (length >= count) break
    }
    this.held = Buffer.concat(pieces)
  }

  /** The next bytes, or null at the end. */
  private read(): Uint8Array | null {
    const chunk = Buffer.allocUnsafe(READ_BYTES)
    for (;;) {
      try {
        const count = readSync(this.fd, chunk, 0, READ_BYTES, null)
        return count === 0 ? null : chunk.subarray(0, count)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw this.fault(error)
        // A standard input that does not block has nothing yet.
        Atomics.wait(SLEEP, 0, 0, RETRY_MS)
      }
    }
  }

  private fault(error: unknown): InputError {
    if (error instanceof InputError) return error
    return this.wrong((error as NodeJS.ErrnoException).code === 'EISDIR' ? 'a directory' : describe(error))
  }

  private wrong(found: string): InputError {
    this.close()
    return new InputError(`${this.file}: found ${found}; accepted is ${ACCEPTED}`)
  }

  private broken(found: string, at = this.bytesRead): InputError {
    this.close()
    return new InputError(`${this.file}: byte ${at}: found ${found}; accepted is ${ACCEPTED}`)
  }
}

const SLEEP = new Int32Array(new SharedArrayBuffer(4))
const CUT_OFF = 'a record that is cut off by the end of the file'
const FOREIGN = 'what is no record of a conversation'

function varintAt(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  let value = 0
  for (let i = 0, unit = 1; i < VARINT_BYTES_MAX && at + i < bytes.length; i++, unit *= 128) {
    value += (bytes[at + i] & 0x7f) * unit
    if (bytes[at + i] < 0x80) return { value, end: at + i + 1 }
  }
  return null
}
