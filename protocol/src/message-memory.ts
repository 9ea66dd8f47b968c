/**
 * Messages straight into guest memory: one encode or decode per batch. Where the memory can lend its bytes they are used in place; else the
 * message passes through a scratch buffer of fixed size. Addresses and lengths may come from a peer.
 */
import { ANSWER_BYTES_MAX, decodeAnswer, decodeBatch, encodeAnswer, encodeBatch } from './codec.ts'
import type { HintAnswer } from './codec.ts'
import type { GuestMemory } from './guest-memory.ts'
import { MESSAGE_BYTES_MAX } from './limits.ts'
import type { HintBatch } from './ports.ts'

const scratch = new Uint8Array(MESSAGE_BYTES_MAX)

/** Writes the batch at `gpa`; returns the bytes written, or -1 when it takes more than `length` or lies outside. */
export function writeBatch(memory: GuestMemory, gpa: number, length: number, batch: HintBatch): number {
  const lent = memory.view(gpa, length)
  if (lent !== null) return encodeBatch(batch, lent)
  const written = encodeBatch(batch, scratch.subarray(0, Math.min(length, scratch.length)))
  return written >= 0 && memory.write(gpa, scratch.subarray(0, written)) ? written : -1
}

/** Reads the batch of exactly `length` bytes at `gpa`. False when it is malformed, longer than any message, or outside. */
export function readBatch(memory: GuestMemory, gpa: number, length: number, into: HintBatch): boolean {
  const bytes = fetch(memory, gpa, length)
  if (bytes !== null) return decodeBatch(bytes, into)
  into.count = 0
  return false
}

/** As writeBatch. Give it ANSWER_BYTES_MAX bytes and it fits. */
export function writeAnswer(memory: GuestMemory, gpa: number, length: number, answer: HintAnswer): number {
  const lent = memory.view(gpa, length)
  if (lent !== null) return encodeAnswer(answer, lent)
  const written = encodeAnswer(answer, scratch.subarray(0, Math.min(length, ANSWER_BYTES_MAX)))
  return written >= 0 && memory.write(gpa, scratch.subarray(0, written)) ? written : -1
}

/** As readBatch. `length` is what the device says it wrote. */
export function readAnswer(memory: GuestMemory, gpa: number, length: number, into: HintAnswer): boolean {
  const bytes = fetch(memory, gpa, length)
  return bytes !== null && decodeAnswer(bytes, into)
}

/** The bytes of a message, lent or copied; null when they are outside or more than a message has. */
function fetch(memory: GuestMemory, gpa: number, length: number): Uint8Array | null {
  if (length < 0 || length > MESSAGE_BYTES_MAX) return null
  const lent = memory.view(gpa, length)
  if (lent !== null) return lent
  const copy = scratch.subarray(0, length)
  return memory.read(gpa, copy) ? copy : null
}
