import { PAGE_SIZE } from '@hintlab/kit'
import { QueueRole, REQUEST_PFNS_MAX, RequestKind, Status } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BYTES_GPA, BYTES_MAX, NativeQueue } from '../testing/native-queue.ts'
import type { Range } from '../testing/native-queue.ts'
import { ALL_FEATURES } from '../testing/ring-fixture.ts'

const le32 = (...numbers: number[]): Uint8Array => new Uint8Array(Uint32Array.from(numbers).buffer)
const command = (id: number): Uint8Array[] => [le32(id)]
const OUTCOME = { status: Status.OK, accepted: 0, rejected: 0, ignored: 0 }
const pages = (...numbers: number[]): string[] => numbers.map((n) => `${n}/0`)

/** Cuts bytes at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((p) => p % bytes.length))].filter((p) => p > 0).sort((a, b) => a - b)
  return [0, ...at].map((from, i) => bytes.slice(from, at[i] ?? bytes.length))
}

describe('page numbers', () => {
  const features = fc.constantFrom(...ALL_FEATURES)
  const numbers = fc.array(fc.oneof(fc.nat(1000), fc.constantFrom(0x8000_0000, 0xffff_ffff)), { minLength: 1, maxLength: 30 })

  it('are the same however they are cut into buffers (framing independence), in every ring', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 5 })
    fc.assert(fc.property(features, numbers, cuts, fc.nat(3), fc.integer({ min: 1, max: 40 }), (ring, sent, places, rest, room) => {
      const queue = new NativeQueue({ role: QueueRole.INFLATE, ...ring, size: 16 })
      const name = queue.post(cut(Uint8Array.from([...le32(...sent), ...new Uint8Array(rest).fill(0xee)]), places))
      const { parts } = queue.take(room)
      expect(parts.flatMap((part) => part.blocks)).toEqual(pages(...sent))
      expect(parts.every((part) => part.kind === RequestKind.INFLATE && part.readable && part.blocks.length <= room)).toBe(true)
      expect(parts.length).toBe(Math.ceil(sent.length / room))
      expect([queue.used(), queue.used()]).toEqual([`${name}:0`, null])
      expect([queue.port.native.counter('trailingBytes'), queue.port.native.counter('misdirected'), queue.port.unreadable]).toEqual([rest, 0, 0])
      queue.port.check()
    }), { seed: 1, numRuns: 150 })
  })

  it('of more than a batch come in parts under one handle, and the chain goes back once, after the last', () => {
    const queue = new NativeQueue({ role: QueueRole.DEFLATE })
    const sent = Array.from({ length: 2500 }, (_, i) => i * 3)
    queue.post([le32(...sent)])
    const { handle, parts } = queue.take(1024, { keep: true })
    expect(parts.map((part) => [part.kind, part.blocks.length])).toEqual([[RequestKind.DEFLATE, 1024], [RequestKind.DEFLATE, 1024], [RequestKind.DEFLATE, 452]])
    expect(parts.flatMap((part) => part.blocks)).toEqual(pages(...sent))
    expect(queue.used()).toBe(null)
    queue.port.answer(handle, OUTCOME)
    expect([queue.used(), queue.take().handle]).toEqual(['0:0', -1])
  })

  it('of six bytes are one page and two bytes that are none; of two bytes there is none', () => {
    const queue = new NativeQueue({ role: QueueRole.INFLATE })
    queue.post([Uint8Array.of(7, 0, 0, 0, 9, 9)])
    queue.post([Uint8Array.of(7, 0)])
    expect([queue.take().parts[0].blocks, queue.take().parts[0].blocks]).toEqual([pages(7), []])
    expect([queue.port.native.counter('trailingBytes'), queue.port.unreadable]).toEqual([4, 0])
  })

  it('beyond the most that a request may have are ignored and counted', () => {
    const queue = new NativeQueue({ role: QueueRole.INFLATE, size: 16 })
    // The same 64 KiB eight times: 131072 numbers.
    queue.postAt(Array.from({ length: 8 }, () => [BYTES_GPA, BYTES_MAX] as const))
    const { parts } = queue.take()
    expect(parts.reduce((sum, part) => sum + part.blocks.length, 0)).toBe(REQUEST_PFNS_MAX)
    expect(queue.port.native.counter('trailingBytes')).toBe(8 * BYTES_MAX - 4 * REQUEST_PFNS_MAX)
  })

  it('in a buffer that the device may write, or outside memory, are not read; the chain goes back like any other', () => {
    const queue = new NativeQueue({ role: QueueRole.INFLATE })
    queue.post([], [[BYTES_GPA, 4]])
    queue.postAt([[BYTES_GPA, 4], [2 ** 40, 4]])
    queue.post([le32(1)], [[BYTES_GPA, 8]])
    expect([queue.take(), queue.take(), queue.take()].map(({ parts }) => parts.map(({ readable, blocks }) => [readable, blocks]))).toEqual([
      [[false, []]], [[false, []]], [[true, pages(1)]],
    ])
    expect([queue.used(), queue.used(), queue.used()].map((text) => text?.split(':')[1])).toEqual(['0', '0', '0'])
    expect([queue.port.unreadable, queue.port.native.counter('misdirected')]).toEqual([2, 2])
  })

  it('that end outside memory are read as far as whole parts go', () => {
    const queue = new NativeQueue({ role: QueueRole.INFLATE })
    queue.postAt([[BYTES_GPA, 16], [2 ** 40, 16]])
    const { parts } = queue.take(4)
    expect(parts.map(({ readable, blocks }) => [readable, blocks.length])).toEqual([[true, 4], [false, 0]])
    expect([queue.used(), queue.port.unreadable]).toEqual(['0:0', 1])
  })
})

describe('reports', () => {
  it('are blocks in the order of their descriptors', () => {
    const queue = new NativeQueue()
    queue.post([], [[2 ** 32, 2 ** 22], [512 * PAGE_SIZE, 2 ** 21], [7 * PAGE_SIZE, PAGE_SIZE]])
    expect(queue.take().parts).toEqual([{ kind: RequestKind.REPORT, run: 0, readable: true, blocks: [`${2 ** 20}/10`, '512/9', '7/0'] }])
    expect(queue.used()).toBe('0:0')
  })

  it('of any ranges are whole pages, each once, in batches of any size', () => {
    const range: fc.Arbitrary<Range> = fc.tuple(
      fc.oneof(fc.nat(2 ** 26), fc.nat(2 ** 14).map((n) => n * PAGE_SIZE), fc.nat(2 ** 13).map((n) => 2 ** 44 - n)),
      fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 3000 }).map((n) => n * PAGE_SIZE)),
    )
    const misaligned = fc.constantFrom('cut' as const, 'ignore' as const)
    fc.assert(fc.property(fc.array(range, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 40 }), misaligned, (ranges, room, how) => {
      const queue = new NativeQueue({ misaligned: how })
      queue.post([], ranges)
      const { parts } = queue.take(room)
      const want: number[] = []
      for (const [gpa, length] of ranges) {
        if (how === 'ignore' && (gpa % PAGE_SIZE !== 0 || length % PAGE_SIZE !== 0)) continue
        for (let page = Math.ceil(gpa / PAGE_SIZE); page + 1 <= (gpa + length) / PAGE_SIZE && page < 2 ** 32; page++) want.push(page)
      }
      const got = parts.flatMap((part) => part.blocks).flatMap((block) => {
        const [page, order] = block.split('/').map(Number)
        expect(page % 2 ** order).toBe(0)
        return Array.from({ length: 2 ** order }, (_, i) => page + i)
      })
      expect(got).toEqual(want)
      expect(parts.every((part) => part.blocks.length <= room)).toBe(true)
      expect(queue.used()).toBe('0:0')
    }), { seed: 1, numRuns: 150 })
  })

  it('of 1 GiB are taken as blocks that the host knows', () => {
    const queue = new NativeQueue()
    queue.post([], [[2 ** 30, 2 ** 30]])
    const { parts } = queue.take(100)
    expect(parts.map((part) => part.blocks.length)).toEqual([100, 100, 56])
    expect(new Set(parts.flatMap((part) => part.blocks.map((block) => block.split('/')[1])))).toEqual(new Set(['10']))
  })

  it('in buffers that the device may only read are none', () => {
    const queue = new NativeQueue()
    queue.post([new Uint8Array(8)])
    queue.post([new Uint8Array(8)], [[0, PAGE_SIZE]])
    const said = [queue.take(), queue.take()].map(({ parts }) => parts.map(({ readable, blocks }) => [readable, blocks]))
    expect(said).toEqual([[[false, []]], [[true, pages(0)]]])
    expect(queue.port.native.counter('misdirected')).toBe(2)
  })

  it('go back with a length of 0, or with the sum of their lengths as some devices say', () => {
    const queue = new NativeQueue({ usedLength: 'sum' })
    queue.post([], [[0, PAGE_SIZE], [100, 100]])
    queue.post([new Uint8Array(3)])
    queue.take()
    queue.take()
    expect([queue.used(), queue.used()].map((text) => text?.split(':')[1])).toEqual(['4196', '0'])
  })
})

describe('free page hinting', () => {
  const taken = (queue: NativeQueue) =>
    queue.take().parts.map(({ kind, run, blocks, readable }) => (readable ? `${kind} of run ${run}: ${blocks.join(' ')}` : 'unreadable'))
  const block: Range = [2 ** 22, 2 ** 22]

  it('stamps hints with the run whose command came last', () => {
    const queue = new NativeQueue({ role: QueueRole.FREE_PAGE })
    queue.post([], [block])
    queue.post(command(7))
    queue.post([], [block])
    queue.post(command(0))
    queue.post([], [block])
    queue.post(command(1))
    queue.post([], [block])
    expect(Array.from({ length: 7 }, () => taken(queue))).toEqual([
      ['4 of run 0: 1024/10'], ['5 of run 7: '], ['4 of run 7: 1024/10'], ['5 of run 0: '], ['4 of run 0: 1024/10'], ['5 of run 1: '], ['4 of run 0: 1024/10'],
    ])
  })

  it('takes a command and blocks in one chain one after the other, cut in any way, and refuses half a command', () => {
    const queue = new NativeQueue({ role: QueueRole.FREE_PAGE })
    queue.post(cut(le32(70_000), [1, 3]), [block])
    queue.post([Uint8Array.of(1, 2, 3)], [block])
    queue.post([Uint8Array.of(9, 0, 0, 0, 5)])
    expect([taken(queue), taken(queue), taken(queue)]).toEqual([
      ['5 of run 70000: ', '4 of run 70000: 1024/10'], ['unreadable'], ['5 of run 9: '],
    ])
    expect(queue.port.native.counter('trailingBytes')).toBe(1)
  })

  it('forgets the run with the queue', () => {
    const queue = new NativeQueue({ role: QueueRole.FREE_PAGE })
    queue.post(command(7))
    queue.take()
    queue.driver.reset()
    queue.port.reset()
    queue.post([], [block])
    expect(taken(queue)).toEqual(['4 of run 0: 1024/10'])
  })
})

describe('statistics', () => {
  const entry = (tag: number, value: bigint): number[] => [tag & 255, tag >> 8, ...new Uint8Array(BigUint64Array.of(value).buffer)]

  it('are read in any order with any tags, however they are cut, and kept until new ones are wanted', () => {
    const queue = new NativeQueue({ role: QueueRole.STATS })
    queue.post(cut(Uint8Array.from([...entry(65000, 5n), ...entry(4, 2n ** 64n - 1n), ...entry(0, 2n ** 40n), 1, 2, 3]), [3, 4, 17]))
    const { handle, entries, readable } = queue.takeStats()
    expect([entries, readable]).toEqual([[[65000, 5], [4, 2 ** 64], [0, 2 ** 40]], true])
    expect(queue.used()).toBe(null)
    queue.stats.answer(handle, OUTCOME)
    expect([queue.used(), queue.stats.native.counter('trailingBytes')]).toEqual(['0:0', 3])
  })

  it('beyond what the device has room for are trailing bytes; writable ones are none', () => {
    const queue = new NativeQueue({ role: QueueRole.STATS })
    queue.post([Uint8Array.from(Array.from({ length: 9 }, (_, i) => entry(i, 1n)).flat())])
    queue.post([], [[BYTES_GPA, 10]])
    expect(queue.takeStats().entries.length).toBe(8)
    expect(queue.stats.native.counter('trailingBytes')).toBe(10)
    expect(queue.takeStats()).toMatchObject({ entries: [], readable: false })
  })
})

describe('a queue that starts and stops', () => {
  it('has nothing while it is stopped, and drops answers to what it had before', () => {
    const queue = new NativeQueue({ role: QueueRole.INFLATE })
    queue.post([le32(1, 2, 3)])
    const { handle } = queue.take(1024, { keep: true })
    queue.port.detach()
    expect([queue.take().handle, queue.port.arm(), queue.port.ring]).toEqual([-1, false, null])
    queue.port.rung(0)
    queue.port.disarm()
    queue.port.answer(handle, OUTCOME)
    expect([queue.port.stale, queue.used()]).toEqual([1, null])
    queue.driver.reset()
    queue.start()
    queue.post([le32(4)])
    const again = queue.take(1024, { keep: true })
    expect([again.parts[0].blocks, again.handle === handle]).toEqual([pages(4), false])
    queue.port.answer(handle, OUTCOME)
    expect([queue.port.stale, queue.used()]).toEqual([2, null])
    queue.port.answer(again.handle, OUTCOME)
    expect(queue.used()).toBe('0:0')
  })

  it('that stops between two parts has no more of them', () => {
    const queue = new NativeQueue({ role: QueueRole.INFLATE })
    queue.post([le32(1, 2, 3)])
    const batch = { kind: RequestKind.REPORT, commandId: 0, extra: 0, count: 0, pfn: new Uint32Array(2), order: new Uint8Array(2) }
    const handle = queue.port.take(batch)
    expect([handle, queue.port.more, batch.count]).toEqual([0, true, 2])
    queue.port.detach()
    expect([queue.port.more, queue.port.take(batch)]).toEqual([false, -1])
  })
})
