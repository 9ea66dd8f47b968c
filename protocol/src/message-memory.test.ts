import { Columns } from '@hintlab/kit'
import { describe, expect, it } from 'vitest'
import { ArenaMemory } from './arena-memory.ts'
import { ANSWER_BYTES_MAX, batchBytesMax, encodeBatch, makeAnswer } from './codec.ts'
import type { GuestMemory } from './guest-memory.ts'
import { MESSAGE_BYTES_MAX } from './limits.ts'
import { readAnswer, readBatch, writeAnswer, writeBatch } from './message-memory.ts'
import { makeBatch, Status } from './ports.ts'
import { NaiveMemory } from './testing/index.ts'

const BASE = 2 ** 33
const SIZE = 4 * 4096

/** One memory that lends its bytes, and one that copies. */
const makers: [string, () => GuestMemory][] = [
  ['lent', () => {
    const memory = new ArenaMemory(new Columns())
    memory.addRegion(BASE, SIZE)
    return memory
  }],
  ['copied', () => {
    const memory = new NaiveMemory()
    memory.addRegion(BASE, SIZE)
    return memory
  }],
]

describe.each(makers)('messages in guest memory that is %s', (_, make) => {
  const batch = makeBatch(3)
  batch.commandId = 9
  batch.count = 3
  batch.pfn.set([512, 1024, 2 ** 28])
  batch.order.set([9, 9, 10])

  it('a batch and its answer pass', () => {
    const memory = make()
    const length = writeBatch(memory, BASE + 100, batchBytesMax(3), batch)
    const got = makeBatch(3)
    expect(length).toBe(encodeBatch(batch, new Uint8Array(64)))
    expect(readBatch(memory, BASE + 100, length, got)).toBe(true)
    expect(got).toEqual(batch)

    const answer = { status: Status.PARTLY, accepted: 2, rejected: 1, ignored: 0, commandId: 9 }
    const reply = makeAnswer()
    const written = writeAnswer(memory, BASE, ANSWER_BYTES_MAX, answer)
    expect(readAnswer(memory, BASE, written, reply)).toBe(true)
    expect(reply).toEqual(answer)
  })

  it('a range outside, or too short, takes no message and leaves the memory as it was', () => {
    const memory = make()
    for (const gpa of [BASE - 1, BASE + SIZE - 1, 0, 2 ** 60]) {
      expect(writeBatch(memory, gpa, batchBytesMax(3), batch)).toBe(-1)
      expect(writeAnswer(memory, gpa, ANSWER_BYTES_MAX, makeAnswer())).toBe(-1)
    }
    expect(writeBatch(memory, BASE, 8, batch)).toBe(-1)
    expect(writeAnswer(memory, BASE, 1, makeAnswer())).toBe(-1)
    const bytes = new Uint8Array(SIZE)
    memory.read(BASE, bytes)
    expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it('a message outside, empty, or longer than any message is malformed', () => {
    const memory = make()
    writeBatch(memory, BASE, 64, batch)
    const got = makeBatch(3)
    const ranges = [[BASE - 1, 8], [BASE + SIZE - 4, 8], [BASE, 0], [BASE, MESSAGE_BYTES_MAX + 1], [BASE, 2 ** 32 - 1]] as const
    for (const [gpa, length] of ranges) {
      got.count = 3
      expect(readBatch(memory, gpa, length, got)).toBe(false)
      expect(got.count).toBe(0)
      expect(readAnswer(memory, gpa, length, makeAnswer())).toBe(false)
    }
  })
})
