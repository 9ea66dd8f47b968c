/** What a wire of messages must know about a kind of request: how to write and read it, and the run that its answer must name. */
import { alignUp } from '@hintlab/kit'
import { batchBytesMax, readBatch, readStatsMessage, statsBytesMax, writeBatch, writeStats } from '@hintlab/protocol'
import type { GuestMemory, HintBatch, StatsBatch } from '@hintlab/protocol'

export interface MessageCodec<Request> {
  /** Bytes of a request buffer, in whole 32-bit words. */
  bytesMax(entriesMax: number): number
  /** Writes the request at `gpa`; bytes written, or -1 when they do not fit. */
  write(memory: GuestMemory, gpa: number, length: number, request: Request): number
  read(memory: GuestMemory, gpa: number, length: number, into: Request): boolean
  runOf(request: Request): number
  /** Makes a request that could not be read look like none. */
  empty(request: Request): void
}

export const HINT_MESSAGES: MessageCodec<HintBatch> = {
  bytesMax: (entriesMax) => alignUp(batchBytesMax(entriesMax), 4),
  write: writeBatch,
  read: readBatch,
  runOf: (batch) => batch.commandId,
  empty: (batch) => {
    batch.count = 0
    batch.commandId = batch.extra = 0
  },
}

export const STATS_MESSAGES: MessageCodec<StatsBatch> = {
  bytesMax: (entriesMax) => alignUp(statsBytesMax(entriesMax), 4),
  write: writeStats,
  read: readStatsMessage,
  runOf: () => 0,
  empty: (stats) => {
    stats.count = 0
  },
}
