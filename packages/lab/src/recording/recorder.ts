/**
 * Records a conversation: adds time and sequence to what a tap is told, and writes pieces that a reader may join end to end (conversation.proto).
 *
 *   tap events --> [time, sequence] --> piece of at most PIECE_EVENTS --> sink (a file, memory)
 *
 * A recorder that nobody closes loses at most its last piece.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { messages } from '@hintlab/protocol'
import type { Tap, TapEvent } from '@hintlab/protocol'

/** Version of the format that this recorder writes and the reader reads. */
export const CONVERSATION_VERSION = 1

const PIECE_EVENTS = 256

/** What a recording says of itself, beside its version. */
export type ConversationHeader = Omit<messages.Conversation.$Properties, 'version' | 'events'>

export interface RecorderOptions {
  readonly header?: ConversationHeader
  /** Nanoseconds since the start of the conversation. Default: always 0, so that only the sequence counts. */
  readonly now?: () => number
  /** Takes the pieces. */
  readonly sink: (piece: Uint8Array) => void
}

export class Recorder implements Tap {
  private readonly now: () => number
  private readonly sink: (piece: Uint8Array) => void
  private piece: TapEvent[] = []
  private sequence = 0

  constructor({ header = {}, now = () => 0, sink }: RecorderOptions) {
    this.now = now
    this.sink = sink
    sink(messages.Conversation.encode({ version: CONVERSATION_VERSION, ...header }).finish())
  }

  /** Events recorded so far. */
  get events(): number {
    return this.sequence
  }

  event(event: TapEvent): void {
    this.piece.push({ ...event, timeNs: event.timeNs ?? this.now(), sequence: this.sequence++ })
    if (this.piece.length >= PIECE_EVENTS) this.flush()
  }

  /** Hands on what has not been handed on yet. */
  flush(): void {
    if (this.piece.length === 0) return
    this.sink(messages.Conversation.encode({ events: this.piece }).finish())
    this.piece = []
  }
}

/** A recording in memory, whole at any time after `flush`. */
export class MemorySink {
  private readonly pieces: Uint8Array[] = []
  readonly write = (piece: Uint8Array): void => {
    this.pieces.push(piece.slice())
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.pieces))
  }
}

/** A recording in a file, which is replaced. */
export class FileSink {
  private readonly fd: number

  constructor(file: string) {
    this.fd = openSync(file, 'w')
  }

  readonly write = (piece: Uint8Array): void => {
    for (let at = 0; at < piece.length;) at += writeSync(this.fd, piece, at)
  }

  close(): void {
    closeSync(this.fd)
  }
}

/** Hands every event on to several taps: a recorder and a linter, say. */
export class TapFan implements Tap {
  private readonly taps: readonly Tap[]

  constructor(...taps: readonly Tap[]) {
    this.taps = taps
  }

  event(event: TapEvent): void {
    for (const tap of this.taps) tap.event(event)
  }
}
