import * as fc from 'fast-check'
import protobuf from 'protobufjs/minimal.js'
import { expect, it } from 'vitest'
import { putVarint, varintBytes, WireReader, WireType } from './wire.ts'

/** Every number of seven-bit groups, at both ends. */
const EDGES = [0, 1, ...[7, 14, 21, 28].flatMap((bits) => [2 ** bits - 1, 2 ** bits]), 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]
const uint32 = fc.oneof(fc.constantFrom(...EDGES), fc.integer({ min: 0, max: 2 ** 32 - 1 }))

it('a varint is what protobufjs writes, and reads back', () => {
  fc.assert(fc.property(uint32, (value) => {
    const bytes = new Uint8Array(8)
    const end = putVarint(bytes, 1, value)
    expect(end - 1).toBe(varintBytes(value))
    expect([...bytes.subarray(1, end)]).toEqual([...protobuf.Writer.create().uint32(value).finish()])
    const reader = new WireReader()
    reader.begin(end)
    reader.pos = 1
    expect([reader.uint32(bytes), reader.pos]).toEqual([value, end])
  }), { seed: 1, numRuns: 300, examples: EDGES.map((value) => [value]) })
})

type Step = 'uint32' | 'tag' | 'size' | WireTypeNumber
type WireTypeNumber = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7

/** What protobufjs makes of the same bytes: the value and the position after it, or -1. */
function reference(step: Step, bytes: Uint8Array): number[] {
  const reader = protobuf.Reader.create(bytes)
  try {
    if (typeof step === 'number') {
      reader.skipType(step, 0, 9)
      return [1, reader.pos]
    }
    const value = step === 'size' ? reader.bytes().length : step === 'tag' ? reader.tag() : reader.uint32()
    return [value, step === 'size' ? reader.pos - value : reader.pos]
  } catch {
    return [-1]
  }
}

function ours(step: Step, bytes: Uint8Array): number[] {
  const reader = new WireReader()
  reader.begin(bytes.length)
  const value = typeof step === 'number' ? (reader.skip(bytes, (9 << 3) | step) ? 1 : -1) : reader[step](bytes)
  return value < 0 ? [-1] : [value, reader.pos]
}

it('takes and refuses what protobufjs does, on any bytes', () => {
  const byte = fc.oneof(fc.constantFrom(0, 1, 7, 8, 15, 16, 75, 76, 127, 128, 143, 255), fc.integer({ min: 0, max: 255 }))
  const steps: Step[] = ['uint32', 'tag', 'size', 0, 1, 2, WireType.GROUP, 4, 5, 6, 7]
  fc.assert(fc.property(fc.array(byte, { maxLength: 14 }), (list) => {
    const bytes = Uint8Array.from(list)
    for (const step of steps) expect([step, ...ours(step, bytes)]).toEqual([step, ...reference(step, bytes)])
  }), { seed: 1, numRuns: 800 })
})

it('field number 0 is refused', () => {
  const reader = new WireReader()
  reader.begin(4)
  expect(reader.skip(new Uint8Array(4), WireType.VARINT)).toBe(false)
})
