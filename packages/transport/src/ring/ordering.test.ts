/** In which order each end touches the words of the ring: what the barriers of the specification are about. */
import { expect, test } from 'vitest'
import { addLengths, makeRing } from '../testing/ring-fixture.ts'
import type { RingSettings } from '../testing/ring-fixture.ts'
import type { Trace } from '../testing/traced-memory.ts'

function traceRoundTrip(settings: RingSettings): string {
  const trace: Trace = { lines: [], accesses: 0 }
  const ring = makeRing({ size: 4, trace, ...settings })
  trace.lines.length = 0
  addLengths(ring, [16], [8])
  ring.driver.publish()
  ring.driver.needsKick()
  const head = ring.device.pop()
  ring.device.push(head, 8)
  ring.device.publish()
  ring.device.needsInterrupt()
  ring.driver.popUsed()
  return trace.lines.join('\n')
}

test('a round trip by flags: indexes follow what they cover, a fence stands before the peer is asked for its wish', () => {
  expect(traceRoundTrip({})).toMatchInlineSnapshot(`
    "driver store desc[0].low = 4096
    driver store desc[0].high = 1
    driver store desc[0].len = 16
    driver store desc[0].flags = 65537
    driver store desc[1].low = 8192
    driver store desc[1].high = 1
    driver store desc[1].len = 8
    driver store desc[1].flags = 2
    driver store avail.head[0] = 0
    driver store-release avail.idx = 1
    driver fence
    driver load used.flags -> 0
    device load-acquire avail.idx -> 1
    device load avail.head[0] -> 0
    device load desc[0].high -> 1
    device load desc[0].low -> 4096
    device load desc[0].len -> 16
    device load desc[0].flags -> 65537
    device load desc[1].high -> 1
    device load desc[1].low -> 8192
    device load desc[1].len -> 8
    device load desc[1].flags -> 2
    device store used[0].id = 0
    device store used[0].len = 8
    device store-release used.idx = 1
    device fence
    device load avail.flags -> 0
    driver load-acquire used.idx -> 1
    driver load used[0].id -> 0
    driver load used[0].len -> 8"
  `)
})

test('a round trip by event index', () => {
  expect(traceRoundTrip({ eventIdx: true })).toMatchInlineSnapshot(`
    "driver store desc[0].low = 4096
    driver store desc[0].high = 1
    driver store desc[0].len = 16
    driver store desc[0].flags = 65537
    driver store desc[1].low = 8192
    driver store desc[1].high = 1
    driver store desc[1].len = 8
    driver store desc[1].flags = 2
    driver store avail.head[0] = 0
    driver store-release avail.idx = 1
    driver fence
    driver load avail_event -> 0
    device load-acquire avail.idx -> 1
    device load avail.head[0] -> 0
    device store avail_event = 1
    device fence
    device load desc[0].high -> 1
    device load desc[0].low -> 4096
    device load desc[0].len -> 16
    device load desc[0].flags -> 65537
    device load desc[1].high -> 1
    device load desc[1].low -> 8192
    device load desc[1].len -> 8
    device load desc[1].flags -> 2
    device store used[0].id = 0
    device store used[0].len = 8
    device store-release used.idx = 1
    device fence
    device load used_event -> 0
    driver load-acquire used.idx -> 1
    driver load used[0].id -> 0
    driver load used[0].len -> 8
    driver store used_event = 1
    driver fence"
  `)
})

test('a round trip in a packed ring: flags follow what they cover, those of the first descriptor follow everything', () => {
  expect(traceRoundTrip({ packed: true, eventIdx: true })).toMatchInlineSnapshot(`
    "driver store desc[0].low = 4096
    driver store desc[0].high = 1
    driver store desc[0].len = 16
    driver store desc[0].id = 0
    driver store desc[1].low = 8192
    driver store desc[1].high = 1
    driver store desc[1].len = 8
    driver store desc[1].id = 8519680
    driver store-release desc[0].flags = 129
    driver fence
    driver load device event.offset -> 0
    device load-acquire desc[0].flags -> 129
    device load desc[0].high -> 1
    device load desc[0].low -> 4096
    device load desc[0].len -> 16
    device load desc[1].flags -> 130
    device load desc[1].high -> 1
    device load desc[1].low -> 8192
    device load desc[1].len -> 8
    device load desc[1].id -> 0
    device store device event.offset = 32770
    device store-release device event.flags = 2
    device fence
    device store desc[0].len = 8
    device store desc[0].id = 0
    device store-release desc[0].flags = 32898
    device fence
    device load driver event.offset -> 163840
    driver load-acquire desc[0].flags -> 32898
    driver load desc[0].id -> 0
    driver load desc[0].len -> 8
    driver store driver event.offset = 32770
    driver fence"
  `)
})

test('a round trip with an indirect table', () => {
  expect(traceRoundTrip({ packed: true, indirect: true })).toMatchInlineSnapshot(`
    "driver store tables[0].low = 4096
    driver store tables[0].high = 1
    driver store tables[0].len = 16
    driver store tables[0].id = 0
    driver store tables[1].low = 8192
    driver store tables[1].high = 1
    driver store tables[1].len = 8
    driver store tables[1].id = 131072
    driver store desc[0].low = 4176
    driver store desc[0].high = 0
    driver store desc[0].len = 32
    driver store desc[0].id = 0
    driver store-release desc[0].flags = 132
    driver fence
    driver load device event.offset -> 0
    device load-acquire desc[0].flags -> 132
    device load desc[0].high -> 0
    device load desc[0].low -> 4176
    device load desc[0].len -> 32
    device read 32 bytes
    device load desc[0].id -> 0
    device store desc[0].len = 8
    device store desc[0].id = 0
    device store-release desc[0].flags = 32898
    device fence
    device load driver event.offset -> 0
    driver load-acquire desc[0].flags -> 32898
    driver load desc[0].id -> 0
    driver load desc[0].len -> 8"
  `)
})

test('two chains published together in a packed ring become visible by the last store', () => {
  const trace: Trace = { lines: [], accesses: 0 }
  const ring = makeRing({ size: 4, packed: true, trace })
  trace.lines.length = 0
  addLengths(ring, [1, 2], [])
  addLengths(ring, [3, 4], [])
  expect(ring.device.pop()).toBe(-1)
  ring.driver.publish()
  const flags = trace.lines.filter((line) => /driver store.*(flags|id)/.test(line))
  expect(flags.join('\n')).toMatchInlineSnapshot(`
    "driver store desc[0].id = 0
    driver store desc[1].id = 8388608
    driver store desc[2].id = 1
    driver store desc[3].id = 8388609
    driver store-release desc[2].flags = 129
    driver store-release desc[0].flags = 129"
  `)
})

test('the re-check stands behind the wish, with a fence between them', () => {
  const lines = [false, true].map((eventIdx) => {
    const trace: Trace = { lines: [], accesses: 0 }
    const ring = makeRing({ size: 4, eventIdx, trace })
    trace.lines.length = 0
    ring.device.enableKicks()
    ring.driver.enableInterrupts()
    return trace.lines.join('\n')
  })
  expect(lines.join('\n\n')).toMatchInlineSnapshot(`
    "device store used.flags = 0
    device fence
    device load-acquire avail.idx -> 0
    driver store avail.flags = 0
    driver fence
    driver load-acquire used.idx -> 0

    device store avail_event = 0
    device fence
    device load-acquire avail.idx -> 0
    driver store used_event = 0
    driver fence
    driver load-acquire used.idx -> 0"
  `)
})

test('without R1 the driver reads an element that is not complete', () => {
  const found = [true, false].map((publishLast) => {
    const ring = makeRing({ size: 4, safeguards: { publishLast } })
    const heads = [addLengths(ring, [], [8]), addLengths(ring, [], [16])]
    ring.driver.publish()
    while (ring.device.pop() >= 0);
    // The device answers the second chain, and the driver looks before the device has published.
    ring.device.push(heads[1], 16)
    return ring.driver.popUsed() === -1 ? 'nothing yet' : `head ${heads[0]}, ${ring.driver.usedLength} bytes, which was not answered`
  })
  expect(found).toEqual(['nothing yet', 'head 0, 0 bytes, which was not answered'])
})

test('without R1 every element still arrives once the device has published', () => {
  const ring = makeRing({ size: 4, safeguards: { publishLast: false } })
  const heads = [addLengths(ring, [], [8]), addLengths(ring, [], [16]), addLengths(ring, [], [24])]
  ring.driver.publish()
  while (ring.device.pop() >= 0);
  for (const nth of [2, 0, 1]) ring.device.push(heads[nth], 8 * (nth + 1))
  ring.device.publish()
  const returned = [0, 1, 2].map(() => [ring.driver.popUsed(), ring.driver.usedLength])
  expect(returned).toEqual([[heads[2], 24], [heads[0], 8], [heads[1], 16]])
  ring.device.check()
})
