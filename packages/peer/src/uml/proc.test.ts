import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { KpageFlags, PageFlag, comparePages, parseBuddyinfo, parseNumbers } from './proc.ts'

it('reads meminfo and vmstat', () => {
  const numbers = parseNumbers('MemTotal:         246692 kB\nHugePages_Total:       0\nActive(anon):  12 kB\nballoon_inflate 25600\n')
  expect([...numbers]).toEqual([['MemTotal', 246692], ['HugePages_Total', 0], ['Active(anon)', 12], ['balloon_inflate', 25600]])
})

it('reads buddyinfo', () => {
  const text = 'Node 0, zone    DMA32      1      2      3 \nNode 1, zone   Normal     10      0      5 \n'
  expect(parseBuddyinfo(text)).toEqual([
    { node: 0, zone: 'DMA32', counts: [1, 2, 3] },
    { node: 1, zone: 'Normal', counts: [10, 0, 5] },
  ])
})

/** The flags as the kernel writes them: 64 bits, little-endian. */
function written(words: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(8 * words.length)
  for (const [pfn, word] of words.entries()) bytes.writeBigUInt64LE(word, 8 * pfn)
  return bytes
}

it('finds every flag of every page', () => {
  fc.assert(fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 20 }), fc.nat(63), (words, flag) => {
    const flags = new KpageFlags(written(words))
    expect(flags.pages).toBe(words.length)
    expect(flags.pfns(flag)).toEqual([...words.keys()].filter((pfn) => ((words[pfn] >> BigInt(flag)) & 1n) === 1n))
  }))
})

it('ignores a part of a page at the end', () => {
  expect(new KpageFlags(written([1n, 1n]).subarray(0, 15)).pfns(0)).toEqual([0])
})

it('tells pages that only one side names from pages that nobody can know', () => {
  const offline = 1n << BigInt(PageFlag.OFFLINE)
  const flags = new KpageFlags(written([0n, offline, offline, 0n]))
  expect(comparePages([1, 3, 4, 100], flags, PageFlag.OFFLINE)).toEqual({ both: 1, hostOnly: [3], guestOnly: [2], unseen: 2 })
})
