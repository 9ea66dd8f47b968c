/** A recorded conversation as a whole: for replays, which look ahead in it. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { TapEvent } from '@hintlab/protocol'
import { InputError } from '../options.ts'
import { describe } from '../trace/open-input.ts'
import { ACCEPTED, ConversationStream } from './conversation-stream.ts'
import type { ConversationHeader } from './recorder.ts'

export interface Conversation {
  readonly header: ConversationHeader
  readonly events: readonly TapEvent[]
}

/** An InputError names the file, the place, what was found and what is accepted. */
export function readConversation(file: string): Conversation {
  const stream = new ConversationStream(file)
  const events = [...stream.events()]
  return { header: stream.header, events }
}

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
