import { expect, test } from 'vitest'
import { GfpCache } from './gfp-cache.ts'
import { classifyGfp, gfpEndsWithKnownName, GFP_FLAG_ATOMIC, GFP_FLAG_ZERO, gfpFlags, gfpMigratetype, gfpZone } from './gfp.ts'
import { TextWindow } from './text-window.ts'

const ZONES = ['DMA', 'DMA32', 'NORMAL', 'MOVABLE']

function render(mask: string): string {
  const packed = classifyGfp(mask)
  const zero = (gfpFlags(packed) & GFP_FLAG_ZERO) === 0 ? '' : ' zero'
  const atomic = (gfpFlags(packed) & GFP_FLAG_ATOMIC) === 0 ? '' : ' atomic'
  return `${mask}: ${ZONES[gfpZone(packed)]} type ${gfpMigratetype(packed)}${zero}${atomic}`
}

const MASKS = [
  'GFP_KERNEL', 'GFP_KERNEL_ACCOUNT|__GFP_ZERO|__GFP_COMP', 'GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP',
  'GFP_HIGHUSER|__GFP_ACCOUNT',
  'GFP_NOFS|__GFP_HIGHMEM|__GFP_MOVABLE|__GFP_NOWARN', 'GFP_NOFS|__GFP_MOVABLE|__GFP_NOFAIL', 'GFP_NOWAIT|__GFP_RECLAIMABLE',
  'GFP_ATOMIC|__GFP_COMP',
  'GFP_KERNEL|__GFP_HIGH', '__GFP_IO|__GFP_FS|__GFP_NORETRY', 'GFP_KERNEL|GFP_DMA', 'GFP_KERNEL|__GFP_DMA32', 'GFP_DMA32|__GFP_MOVABLE',
  'GFP_TRANSHUGE',
  'GFP_TRANSHUGE_LIGHT', 'none', '0x140dca', 'GFP_KERNEL|0x8000000', 'GFP_KERNEL|__GFP_FROM_THE_FUTURE',
]

test('which zone does a mask allow, what mobility does it ask for, is the page zeroed, may the caller wait?', () => {
  expect(MASKS.map(render).join('\n')).toMatchInlineSnapshot(`
    "GFP_KERNEL: NORMAL type 0
    GFP_KERNEL_ACCOUNT|__GFP_ZERO|__GFP_COMP: NORMAL type 0 zero
    GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP: MOVABLE type 1 zero
    GFP_HIGHUSER|__GFP_ACCOUNT: NORMAL type 0
    GFP_NOFS|__GFP_HIGHMEM|__GFP_MOVABLE|__GFP_NOWARN: MOVABLE type 1
    GFP_NOFS|__GFP_MOVABLE|__GFP_NOFAIL: NORMAL type 1
    GFP_NOWAIT|__GFP_RECLAIMABLE: NORMAL type 2 atomic
    GFP_ATOMIC|__GFP_COMP: NORMAL type 0 atomic
    GFP_KERNEL|__GFP_HIGH: NORMAL type 0 atomic
    __GFP_IO|__GFP_FS|__GFP_NORETRY: NORMAL type 0 atomic
    GFP_KERNEL|GFP_DMA: DMA type 0
    GFP_KERNEL|__GFP_DMA32: DMA32 type 0
    GFP_DMA32|__GFP_MOVABLE: DMA32 type 1 atomic
    GFP_TRANSHUGE: MOVABLE type 1
    GFP_TRANSHUGE_LIGHT: MOVABLE type 1 atomic
    none: NORMAL type 0 atomic
    0x140dca: MOVABLE type 1 zero
    GFP_KERNEL|0x8000000: NORMAL type 0
    GFP_KERNEL|__GFP_FROM_THE_FUTURE: NORMAL type 0"
  `)
})

test('a mask that was cut in the middle of a name is noticed', () => {
  const masks = ['GFP_KERNEL|__GFP_ZERO', 'GFP_KERNEL|__GFP_ZE', 'GFP_KERNEL|', 'GFP_KERNEL|__GFP_COMP', '0x140dca']
  expect(masks.map(gfpEndsWithKnownName)).toEqual([true, false, false, true, true])
})

const nth = (i: number): string => `GFP_KERNEL|__GFP_${i % 3 === 0 ? 'ZERO' : 'COMP'}|0x${(i * 8192 + (i % 64)).toString(16)}`

test('the cache answers as the classifier does, also when it is full and for masks that differ in one letter', () => {
  const cache = new GfpCache()
  const window = new TextWindow(256)
  const put = (mask: string): number => window.bytes.write(mask, 3, 'latin1') + 3
  const many = Array.from({ length: 1500 }, (_, i) => nth(i))
  for (const mask of [...MASKS, ...many, ...MASKS, ...many, 'GFP', 'abc']) {
    expect(cache.classify(window, 3, put(mask)), mask).toBe(classifyGfp(mask))
  }
  expect(cache.find(window, 3, put(MASKS[0]))).toBe(classifyGfp(MASKS[0]))
  expect(cache.find(window, 3, put('GFP_KERNEM'))).toBe(-1)
})
