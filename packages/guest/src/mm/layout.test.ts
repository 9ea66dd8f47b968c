import { describe, expect, it } from 'vitest'
import { checked, managedPages, singleZoneLayout, x86Layout, ZONE_NAMES } from './layout.ts'
import type { Layout } from './layout.ts'

const render = (layout: Layout): string => [
  `${layout.pages} pages, order ${layout.maxOrder}, pageblock ${layout.pageblockOrder}`,
  ...layout.zones.map((z) => `${ZONE_NAMES[z.kind]} ${z.start}..${z.end} managed ${managedPages(layout, z)}`),
].join('\n')

describe('layout', () => {
  it('puts RAM below 3 GiB and from 4 GiB upwards', () => {
    expect(render(x86Layout(2 ** 30))).toMatchInlineSnapshot(`
      "262144 pages, order 10, pageblock 9
      DMA 0..4096 managed 4096
      DMA32 4096..262144 managed 258048"
    `)
    expect(render(x86Layout(8 * 2 ** 30))).toMatchInlineSnapshot(`
      "2359296 pages, order 10, pageblock 9
      DMA 0..4096 managed 4096
      DMA32 4096..786432 managed 782336
      Normal 1048576..2359296 managed 1310720"
    `)
    expect(x86Layout(2 ** 40).pages).toBe(2 ** 28 + 2 ** 18)
  })

  it('shrinks the largest order with the machine', () => {
    expect(render(singleZoneLayout(6))).toMatchInlineSnapshot(`
      "8 pages, order 3, pageblock 3
      Normal 0..8 managed 6"
    `)
    expect([1, 4, 1024, 5000].map((n) => singleZoneLayout(n).maxOrder)).toEqual([0, 2, 10, 10])
  })

  it('refuses a zone that cuts a block, and RAM that crosses zones', () => {
    const good = x86Layout(2 ** 30)
    expect(() => checked({ ...good, zones: [{ ...good.zones[0], end: 4000 }] })).toThrow('L1')
    expect(() => checked({ ...good, ram: [{ start: 0, end: 262144 }] })).toThrow('L2')
    expect(() => checked({ ...good, zones: good.zones.toReversed() })).toThrow('L1')
  })
})
