import { AssertionError } from '@hintlab/kit'
import * as fc from 'fast-check'
import protobuf from 'protobufjs/minimal.js'
import { describe, expect, it } from 'vitest'
import { benchCodec } from './codec.bench.ts'
import { ANSWER_BYTES_MAX, batchBytesMax, decodeAnswer, decodeBatch, encodeAnswer, encodeBatch, makeAnswer } from './codec.ts'
import type { HintAnswer } from './codec.ts'
import { hintlab } from './generated/messages.js'
import { makeBatch, RequestKind, Status } from './ports.ts'
import type { HintBatch } from './ports.ts'

const CAPACITY = 40
const PFN_EDGES = [0, 1, ...[7, 14, 21, 28].flatMap((bits) => [2 ** bits - 1, 2 ** bits]), 2 ** 32 - 1]
const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })
const uint32 = fc.oneof(fc.constantFrom(...PFN_EDGES), between(0, 2 ** 32 - 1), between(2 ** 21, 2 ** 28 - 1))
const entry = fc.tuple(uint32, between(0, 255))

/** What a message says, as plain data: the same for columns and for generated objects. */
interface Plain {
  kind: number
  commandId: number
  extra: number
  pfn: number[]
  order: number[]
}

const plain: fc.Arbitrary<Plain> = fc.record({
  kind: fc.constantFrom(...Object.values(RequestKind)),
  commandId: uint32,
  extra: fc.oneof(fc.constant(0), uint32),
  entries: fc.array(entry, { maxLength: CAPACITY }),
}).map(({ entries, ...head }) => ({ ...head, pfn: entries.map(([pfn]) => pfn), order: entries.map(([, order]) => order) }))

const answer: fc.Arbitrary<HintAnswer> = fc.record({
  status: fc.constantFrom(Status.OK, Status.PARTLY, Status.REJECTED, Status.INHIBITED),
  accepted: uint32, rejected: uint32, ignored: uint32, commandId: uint32,
})

function batchOf({ kind, commandId, extra, pfn, order }: Plain): HintBatch {
  const batch = makeBatch(CAPACITY)
  batch.kind = kind as RequestKind
  batch.commandId = commandId
  batch.extra = extra
  batch.count = pfn.length
  batch.pfn.set(pfn)
  batch.order.set(order)
  return batch
}

function plainOf({ kind, commandId, extra, count, pfn, order }: HintBatch): Plain {
  return { kind, commandId, extra, pfn: [...pfn.subarray(0, count)], order: [...order.subarray(0, count)] }
}

/** The generated code, with enums as the plain numbers that the ports use. */
interface Generated<Message> {
  encode(message: object): protobuf.Writer
  decode(bytes: Uint8Array): Message
}
const GeneratedBatch: Generated<Omit<Plain, 'order'> & { order: Uint8Array }> = hintlab.HintBatch
const GeneratedAnswer: Generated<{ [K in keyof HintAnswer]: number }> = hintlab.HintAnswer

function generatedBatch(said: Plain): Uint8Array {
  return Uint8Array.from(GeneratedBatch.encode({ ...said, order: Uint8Array.from(said.order) }).finish())
}

function generatedAnswer(said: HintAnswer): Uint8Array {
  return Uint8Array.from(GeneratedAnswer.encode(said).finish())
}

function encoded<T>(encode: (message: T, into: Uint8Array) => number, message: T): Uint8Array {
  const into = new Uint8Array(1024)
  return into.slice(0, encode(message, into))
}

/** What our decoder makes of any bytes: the batch, or null. */
function decodedBatch(bytes: Uint8Array, capacity = CAPACITY): Plain | null {
  const into = makeBatch(capacity)
  into.count = 1
  if (decodeBatch(bytes, into)) return plainOf(into)
  expect(into.count).toBe(0)
  return null
}

/** The same by the generated code and the rules of hint.proto. */
function referenceBatch(bytes: Uint8Array): Plain | null {
  try {
    const { kind, commandId, extra, pfn, order } = GeneratedBatch.decode(bytes)
    if (kind < 1 || kind > 5 || pfn.length !== order.length || pfn.length > CAPACITY) return null
    return { kind, commandId, extra, pfn: [...pfn], order: [...order] }
  } catch {
    return null
  }
}

function decodedAnswer(bytes: Uint8Array): HintAnswer | null {
  const into = makeAnswer()
  return decodeAnswer(bytes, into) ? into : null
}

function referenceAnswer(bytes: Uint8Array): HintAnswer | null {
  try {
    const { status, accepted, rejected, ignored, commandId } = GeneratedAnswer.decode(bytes)
    return status < 1 || status > 4 ? null : { status: status as Status, accepted, rejected, ignored, commandId }
  } catch {
    return null
  }
}

describe('well-formed messages', () => {
  it('a batch has the bytes of the generated code, and comes back', () => {
    fc.assert(fc.property(plain, (said) => {
      const bytes = encoded(encodeBatch, batchOf(said))
      expect(bytes).toEqual(generatedBatch(said))
      expect(decodedBatch(bytes)).toEqual(said)
      expect(bytes.length).toBeLessThanOrEqual(batchBytesMax(said.pfn.length))
    }), { seed: 1, numRuns: 400 })
  })

  it('an answer has the bytes of the generated code, and comes back', () => {
    fc.assert(fc.property(answer, (said) => {
      const bytes = encoded(encodeAnswer, said)
      expect(bytes).toEqual(generatedAnswer(said))
      expect(decodedAnswer(bytes)).toEqual(said)
      expect(bytes.length).toBeLessThanOrEqual(ANSWER_BYTES_MAX)
    }), { seed: 1, numRuns: 200 })
  })

  it('the stated maxima are reached', () => {
    const pfn = Array<number>(CAPACITY).fill(2 ** 32 - 1)
    const said = { kind: 3, commandId: 2 ** 32 - 1, extra: 2 ** 32 - 1, pfn, order: pfn.map(() => 18) }
    expect(encoded(encodeBatch, batchOf(said)).length).toBe(batchBytesMax(CAPACITY))
    const loud = { status: Status.INHIBITED, accepted: 2 ** 32 - 1, rejected: 2 ** 32 - 1, ignored: 2 ** 32 - 1, commandId: 2 ** 32 - 1 }
    expect(encoded(encodeAnswer, loud).length).toBe(ANSWER_BYTES_MAX)
  })

  it('what does not fit is not written, and a byte more is enough', () => {
    fc.assert(fc.property(plain, answer, (said, reply) => {
      const batch = batchOf(said)
      const length = generatedBatch(said).length
      const short = new Uint8Array(length - 1)
      expect(encodeBatch(batch, short)).toBe(-1)
      expect(short.every((byte) => byte === 0)).toBe(true)
      expect(encodeBatch(batch, new Uint8Array(length))).toBe(length)
      const answerLength = generatedAnswer(reply).length
      expect(encodeAnswer(reply, new Uint8Array(answerLength - 1))).toBe(-1)
      expect(encodeAnswer(reply, new Uint8Array(answerLength))).toBe(answerLength)
    }), { seed: 1, numRuns: 100 })
  })

  it('a count beyond the columns, and a status that never travels, are bugs of the sender', () => {
    const batch = makeBatch(2)
    batch.count = 3
    expect(() => encodeBatch(batch, new Uint8Array(64))).toThrow(AssertionError)
    expect(() => encodeAnswer({ ...makeAnswer(), status: Status.FAILED }, new Uint8Array(64))).toThrow(AssertionError)
  })
})

/** One field of a hostile or newer sender: known ones in any shape, and unknown ones of every wire type. */
const field: fc.Arbitrary<number[]> = fc.oneof(
  fc.tuple(between(0, 6), uint32).map(([number, value]) => tagged(number, 0).uint32(value)),
  fc.tuple(fc.constantFrom(3, 4, 5, 9), fc.array(fc.oneof(uint32, between(0, 18)), { maxLength: 6 }))
    .map(([number, values]) => tagged(number, 2).uint32s(values)),
  fc.tuple(fc.constantFrom(3, 4), fc.uint8Array({ maxLength: 50 })).map(([number, bytes]) => tagged(number, 2).bytes(bytes)),
  between(1, 9).map((number) => tagged(number, 5).fixed32(0x8080_8080)),
  between(1, 9).map((number) => tagged(number, 1).double(1.5)),
  fc.tuple(between(1, 9), uint32)
    .map(([number, value]) => tagged(number, 3).uint32(8).uint32(value).uint32((number << 3) | 4)),
  // A negative enum, and a small number in ten bytes.
  fc.tuple(fc.constantFrom(1, 2, 3), between(-4, 4)).map(([number, value]) => tagged(number, 0).int32(value)),
).map((writer) => [...writer.finish()])

function tagged(number: number, wireType: number): protobuf.Writer {
  return protobuf.Writer.create().uint32(((number << 3) | wireType) >>> 0)
}

describe('bytes of a peer', () => {
  it('fields in any order, repeated, unknown, of another type: accepted or refused as by the generated code', () => {
    let accepted = 0
    fc.assert(fc.property(fc.array(field, { maxLength: 6 }), plain, fc.nat(), (fields, said, at) => {
      const valid = said.pfn.length > 0 ? [[...generatedBatch(said)]] : []
      const where = at % (fields.length + 1)
      const bytes = Uint8Array.from([...fields.slice(0, where), ...valid, ...fields.slice(where)].flat())
      const expected = referenceBatch(bytes)
      if (expected !== null) accepted++
      expect(decodedBatch(bytes)).toEqual(expected)
      expect(decodedAnswer(bytes)).toEqual(referenceAnswer(bytes))
    }), { seed: 1, numRuns: 1500 })
    expect(accepted).toBeGreaterThan(100)
  })

  it('a flipped byte, and bytes at random, are accepted or refused as by the generated code', () => {
    const noises = fc.uint8Array({ maxLength: 30 })
    fc.assert(fc.property(plain, answer, fc.nat(), between(0, 255), noises, (said, reply, at, byte, noise) => {
      const batchBytes = generatedBatch(said)
      const answerBytes = generatedAnswer(reply)
      batchBytes[at % batchBytes.length] = byte
      answerBytes[at % answerBytes.length] = byte
      for (const bytes of [batchBytes, noise]) expect(decodedBatch(bytes)).toEqual(referenceBatch(bytes))
      for (const bytes of [answerBytes, noise]) expect(decodedAnswer(bytes)).toEqual(referenceAnswer(bytes))
    }), { seed: 1, numRuns: 1500 })
  })

  it('a batch cut at any byte is refused', () => {
    const bytes = generatedBatch({ kind: 1, commandId: 300, extra: 0, pfn: [1, 200, 70_000, 5_000_000, 2 ** 32 - 1], order: [0, 9, 10, 10, 3] })
    const accepted = Array.from(bytes, (_, length) => decodedBatch(bytes.slice(0, length))).filter((batch) => batch !== null)
    // Between two fields the rest is a complete message without entries; every other cut leaves half a field, or columns of two lengths.
    expect(accepted).toEqual([{ kind: 1, commandId: 300, extra: 0, pfn: [], order: [] }])
  })

  it('an answer cut inside a field is refused', () => {
    const bytes = generatedAnswer({ status: Status.PARTLY, accepted: 300, rejected: 2, ignored: 1, commandId: 70_000 })
    const lengths = Array.from(bytes, (_, length) => length).filter((length) => decodedAnswer(bytes.slice(0, length)) !== null)
    expect(lengths).toEqual([2, 5, 7, 9])
  })

  it('entries one by one, and in several packed pieces, are one column', () => {
    const bytes = tagged(3, 0).uint32(5).uint32(26).uint32s([6, 7]).uint32(34).bytes(Uint8Array.of(1, 2, 3, 4))
      .uint32(24).uint32(8).uint32(16).int32(1).finish()
    expect(decodedBatch(bytes)).toEqual({ kind: 1, commandId: 0, extra: 0, pfn: [5, 6, 7, 8], order: [1, 2, 3, 4] })
  })

  it('one entry more than the columns hold is refused, packed or not, and nothing is written behind them', () => {
    const said = { kind: 1, commandId: 0, extra: 0, pfn: Array.from({ length: 9 }, (_, i) => 2 ** 24 + i), order: Array<number>(9).fill(9) }
    expect(decodedBatch(generatedBatch(said), 9)).toEqual(said)
    expect(decodedBatch(generatedBatch(said), 8)).toBeNull()
    const unpacked = tagged(2, 0).int32(1)
    for (const pfn of said.pfn) unpacked.uint32(24).uint32(pfn)
    const bytes = unpacked.uint32(34).bytes(Uint8Array.from(said.order)).finish()
    expect(decodedBatch(bytes, 9)).toEqual(said)
    expect(decodedBatch(bytes, 8)).toBeNull()
  })

  it('a length that promises more than there is allocates nothing and is refused', () => {
    for (const length of [3, 2 ** 16, 2 ** 31 - 1, 2 ** 32 - 1]) {
      for (const number of [3, 4, 5, 15]) {
        const bytes = tagged(2, 0).int32(1).uint32((number << 3) | 2).uint32(length).uint32(1).uint32(1).finish()
        expect(decodedBatch(bytes)).toBeNull()
      }
    }
  })
})

it('the benchmark checks its round trip and divides by pages', () => {
  let time = 0
  const now = (): number => (time += 6400)
  expect(benchCodec(now, { entries: 32, rounds: 10 })).toEqual({ nsPerPage: 20 })
})
