import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { putCommand, readCommand } from './free-page.ts'
import { endOfWholePages, firstWholePage, isOneBlock, orderAt } from './report.ts'

const gpa = fc.oneof(
  fc.nat(2 ** 25), fc.nat(2 ** 13).map((n) => n * 4096), fc.nat(2 ** 20).map((n) => (2 ** 31 + n) * 4096),
  fc.nat(2 ** 20).map((n) => 2 ** 44 - n * 512), fc.nat(2 ** 20).map((n) => 2 ** 44 + n),
)
const length = fc.oneof(fc.integer({ min: 1, max: 2 ** 24 }), fc.nat(12).map((n) => 4096 * 2 ** n), fc.constant(0xffff_ffff))

/** Cuts a range as the device does. */
function cut(start: number, bytes: number): [number, number][] {
  const blocks: [number, number][] = []
  const end = endOfWholePages(start, bytes)
  for (let page = firstWholePage(start); page < end; ) {
    const order = orderAt(page, end - page)
    blocks.push([page, order])
    page += 2 ** order
  }
  return blocks
}

describe('a range cut into blocks', () => {
  it('covers its whole pages, each once, with aligned blocks that could not be larger', () => {
    fc.assert(fc.property(gpa, length, (start, bytes) => {
      const blocks = cut(start, bytes)
      const first = Math.ceil(start / 4096)
      const end = Math.min(Math.floor((start + bytes) / 4096), 2 ** 32)
      let at = first
      for (const [page, order] of blocks) {
        expect(page).toBe(at)
        expect(order >= 0 && order <= 10 && page % 2 ** order === 0).toBe(true)
        const larger = 2 ** (order + 1)
        expect(order === 10 || page % larger !== 0 || page + larger > end).toBe(true)
        at += 2 ** order
      }
      expect(at).toBe(Math.max(first, Math.min(at, end)))
      expect(blocks.length > 0).toBe(first < end)
      if (blocks.length > 0) expect(at).toBe(end)
      expect(isOneBlock(start, bytes)).toBe(blocks.length === 1 && start % 4096 === 0 && bytes === 4096 * 2 ** blocks[0][1])
    }), { seed: 1, numRuns: 300 })
  })

  it('of 1 GiB is 256 blocks of 4 MiB', () => {
    expect(cut(2 ** 30, 2 ** 30)).toEqual(Array.from({ length: 256 }, (_, i) => [2 ** 18 + i * 1024, 10]))
  })
})

it('a command is one le32 word', () => {
  fc.assert(fc.property(fc.nat(2 ** 32 - 1), (id) => {
    const bytes = new Uint8Array(4)
    putCommand(id, bytes)
    expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(id)
    expect(readCommand(bytes)).toBe(id)
  }), { seed: 1, numRuns: 50 })
})
