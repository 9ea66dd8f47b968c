/**
 * Hint batches and answers: columns to bytes and back, in the encoding of hint.proto. The generated protobufjs code would build an array of
 * numbers per batch; here the packed page frame numbers go between the wire and the column in one loop each way (packed.ts). Both give and
 * accept the same bytes (codec.test.ts).
 *
 *   HintBatch    1 command_id   2 kind   3 pfn, packed   4 order   5 flags (skipped)   6 extra
 *   HintAnswer   1 status   2 accepted   3 rejected   4 ignored   5 command_id
 *
 * C1  The bytes of a peer never cause an exception, and no allocation grows with what they claim: a refused message is `false`.
 * C2  After a refused batch `into.count` is 0; its other columns hold anything.
 */
import { assert } from '@hintlab/kit'
import { packedBytes, putPacked, readPacked } from './packed.ts'
import { putVarint, VARINT_BYTES_MAX, varintBytes, WireReader, WireType } from './wire.ts'
import { RequestKind, Status } from './ports.ts'
import type { HintBatch, RequestOutcome } from './ports.ts'

const { BYTES, VARINT } = WireType
const tagOf = (field: number, type: number): number => (field << 3) | type

const BATCH_COMMAND_ID = tagOf(1, VARINT)
const BATCH_KIND = tagOf(2, VARINT)
const BATCH_PFN = tagOf(3, BYTES)
/** A repeated field may also come one element at a time. */
const BATCH_PFN_UNPACKED = tagOf(3, VARINT)
const BATCH_ORDER = tagOf(4, BYTES)
const BATCH_EXTRA = tagOf(6, VARINT)

const ANSWER_STATUS = tagOf(1, VARINT)
const ANSWER_ACCEPTED = tagOf(2, VARINT)
const ANSWER_REJECTED = tagOf(3, VARINT)
const ANSWER_IGNORED = tagOf(4, VARINT)
const ANSWER_COMMAND_ID = tagOf(5, VARINT)

/** All our tags are below 128. */
const TAG_BYTES = 1
/** RequestKind and Status are below 128. */
const ENUM_BYTES = 1

/** What the host says about a batch. `accepted + rejected + ignored` is the number of its entries unless it could not be read. */
export interface HintAnswer extends RequestOutcome {
  /** The batch's own, so that an answer of another run is recognised. */
  commandId: number
}

/** An answer to refill. */
export function makeAnswer(): HintAnswer {
  return { status: Status.OK, accepted: 0, rejected: 0, ignored: 0, commandId: 0 }
}

/** Bytes that a batch of `entriesMax` entries takes at most: the size of a request buffer. */
export function batchBytesMax(entriesMax: number): number {
  const pfnBytesMax = entriesMax * VARINT_BYTES_MAX
  return (
    TAG_BYTES + VARINT_BYTES_MAX + // command_id
    TAG_BYTES + ENUM_BYTES + // kind
    TAG_BYTES + varintBytes(pfnBytesMax) + pfnBytesMax + // pfn
    TAG_BYTES + varintBytes(entriesMax) + entriesMax + // order, a byte each
    TAG_BYTES + VARINT_BYTES_MAX // extra
  )
}

/** Bytes that an answer takes at most: its status, and four numbers of 32 bits. */
export const ANSWER_BYTES_MAX = TAG_BYTES + ENUM_BYTES + 4 * (TAG_BYTES + VARINT_BYTES_MAX)

/** Writes the batch at the start of `into`; returns the bytes written, or -1 with nothing written when they do not fit. */
export function encodeBatch(batch: HintBatch, into: Uint8Array): number {
  const { count, pfn, order } = batch
  assert(count >= 0 && count <= pfn.length && count <= order.length, 'the count of a batch fits its columns')
  const pfnBytes = packedBytes(pfn, count)
  if (batchBytes(batch, pfnBytes) > into.length) return -1

  let at = 0
  if (batch.commandId !== 0) at = putField(into, at, BATCH_COMMAND_ID, batch.commandId)
  at = putField(into, at, BATCH_KIND, batch.kind)
  if (count > 0) {
    at = putField(into, at, BATCH_PFN, pfnBytes)
    at = putPacked(pfn, count, into, at)
    at = putField(into, at, BATCH_ORDER, count)
    // A lent view and a block copy: 0.2 ns a page where a loop takes 0.9, for one short-lived object per batch.
    into.set(order.subarray(0, count), at)
    at += count
  }
  return batch.extra === 0 ? at : putField(into, at, BATCH_EXTRA, batch.extra)
}

/**
 * Reads a batch into the columns of `into`. False when the bytes are malformed, the kind is unknown, there are more entries than the
 * columns hold, or the columns differ in length. Whether a pfn or order makes sense is for the device to say, entry by entry.
 */
export function decodeBatch(bytes: Uint8Array, into: HintBatch): boolean {
  into.count = 0
  into.commandId = into.extra = 0
  reader.begin(bytes.length)
  let kind = 0
  let count = 0
  let orderAt = 0
  let orderCount = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag(bytes)
    if (tag < 0) return false
    if (tag === BATCH_PFN) {
      count = readPacked(reader, bytes, into.pfn, count)
      if (count < 0) return false
    } else if (tag === BATCH_ORDER) {
      orderCount = reader.size(bytes)
      if (orderCount < 0) return false
      orderAt = reader.pos
      reader.pos += orderCount
    } else if (tag === BATCH_COMMAND_ID || tag === BATCH_KIND || tag === BATCH_PFN_UNPACKED || tag === BATCH_EXTRA) {
      const value = reader.uint32(bytes)
      if (value < 0) return false
      if (tag === BATCH_COMMAND_ID) into.commandId = value
      else if (tag === BATCH_KIND) kind = value
      else if (tag === BATCH_EXTRA) into.extra = value
      else if (count >= into.pfn.length) return false
      else into.pfn[count++] = value
    } else if (!reader.skip(bytes, tag)) return false
  }
  if (!isRequestKind(kind) || count !== orderCount || count > into.order.length) return false
  into.order.set(bytes.subarray(orderAt, orderAt + count))
  into.kind = kind
  into.count = count
  return true
}

/** Writes the answer at the start of `into`; returns the bytes written, or -1 when they may not fit. Never more than ANSWER_BYTES_MAX. */
export function encodeAnswer(answer: HintAnswer, into: Uint8Array): number {
  assert(isWireStatus(answer.status), 'an answer carries a status that travels')
  if (answerBytes(answer) > into.length) return -1
  let at = putField(into, 0, ANSWER_STATUS, answer.status)
  if (answer.accepted !== 0) at = putField(into, at, ANSWER_ACCEPTED, answer.accepted)
  if (answer.rejected !== 0) at = putField(into, at, ANSWER_REJECTED, answer.rejected)
  if (answer.ignored !== 0) at = putField(into, at, ANSWER_IGNORED, answer.ignored)
  if (answer.commandId !== 0) at = putField(into, at, ANSWER_COMMAND_ID, answer.commandId)
  return at
}

/** Reads an answer. False when the bytes are malformed or the status is not one that travels. */
export function decodeAnswer(bytes: Uint8Array, into: HintAnswer): boolean {
  reader.begin(bytes.length)
  let status = 0
  into.accepted = into.rejected = into.ignored = into.commandId = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag(bytes)
    if (tag < 0) return false
    if (tag >= ANSWER_STATUS && tag <= ANSWER_COMMAND_ID && (tag & 7) === VARINT) {
      const value = reader.uint32(bytes)
      if (value < 0) return false
      if (tag === ANSWER_STATUS) status = value
      else if (tag === ANSWER_ACCEPTED) into.accepted = value
      else if (tag === ANSWER_REJECTED) into.rejected = value
      else if (tag === ANSWER_IGNORED) into.ignored = value
      else into.commandId = value
    } else if (!reader.skip(bytes, tag)) return false
  }
  if (!isWireStatus(status)) return false
  into.status = status
  return true
}

const reader = new WireReader()

const isRequestKind = (n: number): n is RequestKind => n >= RequestKind.REPORT && n <= RequestKind.HINT_COMMAND
const isWireStatus = (n: number): n is Status => n >= Status.OK && n <= Status.INHIBITED

const fieldBytes = (value: number): number => (value === 0 ? 0 : TAG_BYTES + varintBytes(value))

function batchBytes(batch: HintBatch, pfnBytes: number): number {
  const { commandId, kind, count, extra } = batch
  return fieldBytes(commandId) + fieldBytes(kind) + fieldBytes(pfnBytes) + pfnBytes + fieldBytes(count) + count + fieldBytes(extra)
}

function answerBytes(answer: HintAnswer): number {
  const { status, accepted, rejected, ignored, commandId } = answer
  return fieldBytes(status) + fieldBytes(accepted) + fieldBytes(rejected) + fieldBytes(ignored) + fieldBytes(commandId)
}

/** A tag of one byte and a varint: a number, or the length before bytes. */
function putField(into: Uint8Array, at: number, tag: number, value: number): number {
  into[at] = tag
  return putVarint(into, at + 1, value)
}
