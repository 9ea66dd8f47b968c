/**
 * Reads a recorded conversation: the pieces of a recorder (conversation.proto), or the wire.jsonl of a ground-truth recording, plain or gzip. What a file
 * is, its content says.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { messages } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { InputError } from '../options.ts'
import { describe } from '../trace/open-input.ts'
import { CONVERSATION_VERSION } from './recorder.ts'
import type { ConversationHeader } from './recorder.ts'
import { parseWire } from './wire-jsonl.ts'

const ACCEPTED = 'a conversation as `hintlab serve --record` writes it, or the wire.jsonl of a recording, plain or gzip'

export interface Conversation {
  readonly header: ConversationHeader
  readonly events: readonly TapEvent[]
}

/** An InputError names the file, the place, what was found and what is accepted. */
export function readConversation(file: string): Conversation {
  const bytes = unpacked(file)
  if (bytes.length === 0) throw new InputError(`${file}: found an empty file; accepted is ${ACCEPTED}`)
  return bytes[0] === OPENING_BRACE ? parseWire(file, Buffer.from(bytes).toString('utf8')) : parseConversation(file, bytes)
}

const OPENING_BRACE = 0x7b

/** The bytes of a file, unpacked when they are packed. */
export function unpacked(file: string): Uint8Array {
  try {
    const bytes = readFileSync(file)
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
  } catch (error) {
    const what = (error as NodeJS.ErrnoException).code === 'EISDIR' ? 'a directory' : describe(error)
    throw new InputError(`${file}: found ${what}; accepted is ${ACCEPTED}`)
  }
}

/** Top-level fields of a Conversation: `events` one by one, the others as pieces of a header. */
const EVENTS_FIELD = 6
const LENGTH_DELIMITED = 2
const VARINT = 0

export function parseConversation(file: string, bytes: Uint8Array): Conversation {
  const events: TapEvent[] = []
  const header: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const record = recordAt(bytes, at)
    if (record === null) throw broken(file, at, at === 0 ? 'no conversation' : 'a record that is cut off or no conversation')
    try {
      if (record.field === EVENTS_FIELD) events.push(messages.Event.decode(bytes.subarray(record.body, record.end)))
      else header.push(bytes.subarray(at, record.end))
    } catch (error) {
      throw broken(file, at, `an event that cannot be decoded (${(error as Error).message})`)
    }
    at = record.end
  }
  return { header: decodeHeader(file, Buffer.concat(header)), events }
}

function decodeHeader(file: string, bytes: Uint8Array): ConversationHeader {
  let header: messages.Conversation
  try {
    header = messages.Conversation.decode(bytes)
  } catch (error) {
    throw broken(file, 0, `a header that cannot be decoded (${(error as Error).message})`)
  }
  if (header.version !== CONVERSATION_VERSION) throw broken(file, 0, `version ${header.version}, where ${CONVERSATION_VERSION} is read`)
  return header
}

const broken = (file: string, offset: number, found: string): InputError =>
  new InputError(`${file}: byte ${offset}: found ${found}; accepted is ${ACCEPTED}`)

interface RecordPlace {
  readonly field: number
  /** First byte behind tag and length. */
  readonly body: number
  readonly end: number
}

/** The record that begins at `at`, or null when there is none as protobuf has them. */
function recordAt(bytes: Uint8Array, at: number): RecordPlace | null {
  const tag = varintAt(bytes, at)
  if (tag === null) return null
  const field = Math.floor(tag.value / 8)
  const value = varintAt(bytes, tag.end)
  if (value === null || field < 1 || field > 15) return null
  if (tag.value % 8 === VARINT) return { field, body: tag.end, end: value.end }
  if (tag.value % 8 !== LENGTH_DELIMITED || value.end + value.value > bytes.length) return null
  return { field, body: value.end, end: value.end + value.value }
}

function varintAt(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  let value = 0
  for (let i = 0, unit = 1; i < 7 && at + i < bytes.length; i++, unit *= 128) {
    value += (bytes[at + i] & 0x7f) * unit
    if (bytes[at + i] < 0x80) return { value, end: at + i + 1 }
  }
  return null
}
