import { expect, test } from 'vitest'
import { asynchronyRatio, conclude, stillHolds } from './conclusions.ts'
import type { JudgedRow } from './conclusions.ts'
import { HEADLINE_NAMES } from './headline.ts'
import type { Headline } from './headline.ts'
import { COMPARED } from './interfaces.ts'
import { judgeSensitivity } from './sensitivity.ts'

const ZERO = Object.fromEntries(HEADLINE_NAMES.map((name) => [name, 0])) as unknown as Headline

/** The compared rows by their number, with some numbers set. */
function row(index: number, numbers: Partial<Headline>): JudgedRow {
  const { name, interface: face } = COMPARED[index]
  return { name, interface: face, headline: { ...ZERO, returnedMiB: 100, ...numbers } }
}

const NONE = row(0, { returnedMiB: 0, returnP50Ms: null, savedPercent: null, allocMaxUs: 13, freeMaxUs: 17, latenessEndMs: 0.06 })
const SYNC = row(4, { vcpuOverheadMs: 237, hintingMs: 166, footprintGiBs: 80, savedPercent: 72, returnP50Ms: 98, freeMaxUs: 18, latenessEndMs: 234 })
const ASYNC = row(7, { vcpuOverheadMs: 71, hintingMs: 0.33, footprintGiBs: 80.5, savedPercent: 71.8, returnP50Ms: 99, freeMaxUs: 18.1, latenessEndMs: 69 })

test('conclusions as sentences', () => {
  expect(conclude([NONE, SYNC, ASYNC]).map(({ text }) => text).join('\n')).toMatchInlineSnapshot(`
    "Least vCPU overhead: "buffer, virtqueue, async", 71 ms.
    Smallest host footprint: "buffer, hypercall", 80 GiB x s (72 % less than without hinting); within 1 % of it "buffer, virtqueue, async".
    Fastest from free to returned: "buffer, hypercall", 98 ms in the median.
    Worst stall of one allocation or free: "buffer, virtqueue, async", 18.1 us (without hinting 17 us); within 1 % of it "buffer, hypercall".
    Latest end of the workload: "buffer, hypercall", 234 ms late (without hinting 60 us).
    The asynchronous buffer costs the vCPUs 71 ms, the same buffer over a blocking hypercall 237 ms (3.34 x); without the faults on returned memory 330 us and 166 ms (503 x)."
  `)
  expect(asynchronyRatio([NONE, SYNC, ASYNC])).toBe(237 / 71)
})

test('a question needs two rows that returned memory', () => {
  const idle = row(7, { returnedMiB: 0, vcpuOverheadMs: 0 })
  expect(conclude([NONE, SYNC]).map(({ id }) => id)).toEqual([])
  expect(conclude([NONE, SYNC, idle]).map(({ id }) => id)).toEqual(['asynchrony'])
  expect(asynchronyRatio([NONE, SYNC, idle])).toBe(null)
})

test('an answer stands while it is within 1 % of the best', () => {
  const [before] = conclude([SYNC, ASYNC])
  expect(before.answer).toBe(ASYNC.name)
  const close = conclude([row(4, { vcpuOverheadMs: 70.5 }), row(7, { vcpuOverheadMs: 71 })])[0]
  const far = conclude([row(4, { vcpuOverheadMs: 70 }), row(7, { vcpuOverheadMs: 71 })])[0]
  expect([stillHolds(before, close), stillHolds(before, far)]).toEqual([true, false])
})

test('the sensitivity names what flips, under which costs, and to what', () => {
  const flipped = [row(4, { ...SYNC.headline, vcpuOverheadMs: 60 }), ASYNC]
  const same = [SYNC, ASYNC]
  const { holding, flips, texts } = judgeSensitivity(same, [same, flipped, same, same])
  expect(holding).toEqual(['footprint', 'return-time', 'stall', 'lateness'])
  expect(flips.map(({ id, costs, factor, to }) => [id, costs, factor, to])).toEqual([
    ['vcpu-overhead', 'M', 2, 'buffer, hypercall'], ['asynchrony', 'M', 2, 'synchronous'],
  ])
  expect(texts.join('\n')).toMatchInlineSnapshot(`
    "Sensitivity: with the 26 costs that are only an order of magnitude (M) halved and doubled, and the exit costs (exitKernel, hypercall, kick) too, 4 of 6 conclusions hold. The synchronous buffer costs 0.845 to 3.34 times the asynchronous one.
    Flips with M costs doubled: least vCPU overhead is then "buffer, hypercall" (60 ms), no longer "buffer, virtqueue, async".
    Flips with M costs doubled: the cheaper of asynchronous and synchronous is then "synchronous" (60 ms), no longer "asynchronous"."
  `)
  expect(judgeSensitivity(same, [same, same, same, same]).texts.join('\n')).toMatchInlineSnapshot(`"Sensitivity: with the 26 costs that are only an order of magnitude (M) halved and doubled, and the exit costs (exitKernel, hypercall, kick) too, all 6 conclusions hold. The synchronous buffer costs 3.34 times the asynchronous one."`)
})
