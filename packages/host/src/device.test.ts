import { RequestKind, Status } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEVICE_COUNTERS } from './device.ts'
import type { HintDevice } from './device.ts'
import { makeVm, serve } from './testing/index.ts'
import type { ScriptedRequest, VmFixture } from './testing/index.ts'

const PAGES_3G = (3 * 2 ** 30) / 4096
const PAGES_4G = 2 ** 20

/** An x86 guest of 4 GiB in small: RAM right below 3 GiB and right above 4 GiB, in two slots with a hole between. */
const aroundTheHole = (): VmFixture => makeVm({ slots: [{ gfn: PAGES_3G - 2048, vpn: 0, pages: 2048 }, { gfn: PAGES_4G, vpn: 2048, pages: 2048 }] })

function run(fixture: VmFixture, requests: readonly ScriptedRequest[], options = {}): { device: HintDevice; answers: readonly string[] } {
  const { device, source } = serve(fixture, requests, options)
  fixture.engine.run(1e12)
  fixture.engine.check()
  fixture.vm.check()
  // One answer for every request, in order.
  expect(source.answers.map((line) => Number.parseInt(line))).toEqual(requests.map((_, i) => i))
  return { device, answers: source.answers }
}

const render = (device: HintDevice): string =>
  DEVICE_COUNTERS.filter((name) => device.counter(name) > 0).map((name) => `${name} ${device.counter(name)}`).join(', ')

describe('an entry', () => {
  const cases: { what: string; pfn: number; order: number }[] = [
    { what: 'not aligned to its size', pfn: PAGES_4G + 1, order: 1 },
    { what: 'not aligned, but to a smaller size', pfn: PAGES_4G + 256, order: 9 },
    { what: 'below the RAM', pfn: 0, order: 0 },
    { what: 'in the hole', pfn: PAGES_3G, order: 0 },
    { what: 'above the RAM', pfn: PAGES_4G + 2048, order: 0 },
    { what: 'the last page number of the wire', pfn: 2 ** 32 - 1, order: 0 },
    { what: 'of an order above the largest', pfn: PAGES_4G, order: 11 },
    { what: 'of the largest order of the wire', pfn: 0, order: 18 },
    { what: 'of order 32, whose size is 0 in 32 bits', pfn: PAGES_4G, order: 32 },
    { what: 'of order 200', pfn: PAGES_4G, order: 200 },
  ]
  test.each(cases)('$what is rejected and counted; its neighbours are served', ({ pfn, order }) => {
    const fixture = aroundTheHole()
    const { device, answers } = run(fixture, [{ entries: [[PAGES_4G, 0], [pfn, order], [PAGES_4G + 1024, 10]] }])
    expect(answers).toEqual([`0: status ${Status.PARTLY}, 2 accepted, 1 rejected, 0 ignored`])
    expect(fixture.discarded).toEqual([`${PAGES_4G}+1`, `${PAGES_4G + 1024}+1024`])
    expect(render(device)).toBe('requests 1, accepted 2, rejected 1, discardedPages 1025')
  })

  test('that crosses the hole, or two slots that are not one range of the host, is rejected; over one range it is served', () => {
    // Slots meet at gfn 1536 without a gap; at 2048 the virtual pages jump.
    const slots = [{ gfn: 0, vpn: 0, pages: 1536 }, { gfn: 1536, vpn: 1536, pages: 512 }, { gfn: 2048, vpn: 4096, pages: 512 }]
    const fixture = makeVm({ slots, pages: 8192 })
    const { answers } = run(fixture, [{ entries: [[1024, 10]] }, { entries: [[2048, 9]] }, { entries: [[2048, 10]] }])
    expect(answers).toEqual([
      `0: status ${Status.OK}, 1 accepted, 0 rejected, 0 ignored`,
      `1: status ${Status.OK}, 1 accepted, 0 rejected, 0 ignored`,
      `2: status ${Status.PARTLY}, 0 accepted, 1 rejected, 0 ignored`,
    ])
    const jump = makeVm({ slots: [{ gfn: 0, vpn: 0, pages: 512 }, { gfn: 512, vpn: 4096, pages: 512 }], pages: 8192 })
    expect(run(jump, [{ entries: [[0, 10]] }]).answers).toEqual([`0: status ${Status.PARTLY}, 0 accepted, 1 rejected, 0 ignored`])
    expect(jump.discarded).toEqual([])
    const hole = makeVm({ slots: [{ gfn: 0, vpn: 0, pages: 512 }, { gfn: 768, vpn: 768, pages: 256 }] })
    expect(run(hole, [{ entries: [[0, 10]] }]).answers).toEqual([`0: status ${Status.PARTLY}, 0 accepted, 1 rejected, 0 ignored`])
  })

  test('is served exactly when it is an aligned block of a known order inside the RAM', () => {
    const entry = fc.tuple(
      fc.oneof(fc.nat(5000), fc.nat(8).map((n) => n * 512), fc.constantFrom(2 ** 31, 2 ** 32 - 1)),
      fc.oneof(fc.nat(11), fc.constantFrom(18, 31, 32, 200, 255)),
    )
    fc.assert(fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const fixture = makeVm({ slots: [{ gfn: 0, vpn: 0, pages: 1536 }, { gfn: 2048, vpn: 2048, pages: 2048 }] })
      const { device } = run(fixture, [{ entries }])
      const inside = (from: number, count: number): boolean => (from + count <= 1536) || (from >= 2048 && from + count <= 4096)
      const good = entries.filter(([pfn, order]) => order <= 10 && pfn % 2 ** order === 0 && inside(pfn, 2 ** order))
      expect(fixture.discarded).toEqual(good.map(([pfn, order]) => `${pfn}+${2 ** order}`))
      expect([device.counter('accepted'), device.counter('rejected')]).toEqual([good.length, entries.length - good.length])
    }), { numRuns: 60, seed: 1 })
  })
})

describe('a request', () => {
  test('that cannot be read, or of a kind that the device does not know, is answered and does nothing', () => {
    const fixture = makeVm()
    const { device, answers } = run(fixture, [{ readable: false, entries: [[0, 9]] }, { kind: 99, entries: [[0, 9]] }, { kind: 0 }, {}])
    expect(answers).toEqual([
      `0: status ${Status.REJECTED}, 0 accepted, 0 rejected, 0 ignored`,
      `1: status ${Status.REJECTED}, 0 accepted, 0 rejected, 0 ignored`,
      `2: status ${Status.REJECTED}, 0 accepted, 0 rejected, 0 ignored`,
      `3: status ${Status.OK}, 0 accepted, 0 rejected, 0 ignored`,
    ])
    expect(fixture.discarded).toEqual([])
    expect(render(device)).toBe('requests 4, refused 3')
  })

  test('to a host that must not discard now is answered as inhibited', () => {
    const fixture = makeVm()
    const { answers } = run(fixture, [{ entries: [[0, 9]] }, { kind: RequestKind.INFLATE, entries: [[0, 0]] }], { inhibited: true })
    expect(answers.map((line) => line.split(',')[0])).toEqual([`0: status ${Status.INHIBITED}`, `1: status ${Status.INHIBITED}`])
    expect(fixture.discarded).toEqual([])
  })

  test('with blocks that are too small for the host is accepted, and those are ignored', () => {
    const fixture = makeVm()
    const entries = [[0, 8], [512, 9], [1024, 10], [300, 0], [301, 1]] as const
    const { device, answers } = run(fixture, [{ entries }], { ignoreBelowOrder: 9 })
    expect(answers).toEqual([`0: status ${Status.PARTLY}, 2 accepted, 1 rejected, 2 ignored`])
    expect(fixture.discarded).toEqual(['512+512', '1024+1024'])
    expect(render(device)).toBe('requests 1, accepted 2, ignored 2, rejected 1, discardedPages 1536')
  })

  test('to deflate takes nothing away', () => {
    const fixture = makeVm()
    const { answers } = run(fixture, [{ kind: RequestKind.DEFLATE, entries: [[0, 0], [5000, 0]] }])
    expect(answers).toEqual([`0: status ${Status.PARTLY}, 1 accepted, 1 rejected, 0 ignored`])
    expect(fixture.discarded).toEqual([])
  })
})
