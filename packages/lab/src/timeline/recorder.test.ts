/** What is captured is what happened, and capturing changes nothing. */
import { isHuge } from '@hintlab/host'
import { gfn, vpn } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { CAUSE_NAMES } from '@hintlab/sim'
import { beforeAll, expect, test } from 'vitest'
import { makeMachine } from '../testing/machine-fixture.ts'
import { COMPARED } from '../interfaces.ts'
import { EVERYTHING, swappingRun, TINY_ROWS, tinyEvents, tinyRun } from '../report/testing/tiny-report.ts'
import type { TraceEvents } from '../trace/events.ts'
import { unpackFrames } from './delta-runs.ts'
import { PagePictureRecorder, PLANE_NAMES } from './page-pictures.ts'
import type { PlaneName } from './page-pictures.ts'
import { SERIES_NAMES, SeriesRecorder } from './series.ts'

let events: TraceEvents

beforeAll(async () => {
  events = await tinyEvents()
})

test('a run is the same with and without capture, whatever is captured', () => {
  for (const row of COMPARED) {
    const plain = tinyRun(events, row)
    expect(plain.timeline).toBe(null)
    const captures = TINY_ROWS.includes(row) ? [EVERYTHING, { series: true, cpus: false }, { series: false, cpus: true }] : [EVERYTHING]
    for (const capture of captures) {
      const { result, timeline } = tinyRun(events, row, capture)
      expect(result, row.name).toEqual(plain.result)
      expect([timeline?.series !== null, timeline?.cpus !== null]).toEqual([capture.series, capture.cpus])
    }
  }
})

test('samples: about a thousand, the last one near the end, and in agreement with the result', () => {
  const { result, timeline } = tinyRun(events, TINY_ROWS[3], EVERYTHING)
  const { periodNs, samples } = timeline!.series!
  const count = samples.guestFree.length
  expect(count).toBeGreaterThanOrEqual(1000)
  expect(count).toBeLessThan(2000)
  expect(timeline!.endNs - (count - 1) * periodNs).toBeLessThan(periodNs)
  for (const name of SERIES_NAMES) expect(samples[name]).toHaveLength(count)
  expect(samples.hostResident.at(-1)! * 4096).toBe(result.memory.residentEnd)
  expect(samples.hostHuge.at(-1)! / 512).toBe(result.memory.hugeEnd)
  expect(Math.max(...samples.hostResident) * 4096).toBeLessThanOrEqual(result.memory.residentMax)
  // The integral of the samples is the footprint, to within a sample or so.
  const area = samples.hostResident.reduce((sum, pages) => sum + pages * 4096 * (periodNs / 1e9), 0) / 2 ** 30
  expect(Math.abs(area - result.memory.footprintGiBs)).toBeLessThan(0.02 * result.memory.footprintGiBs)
})

test('a run much longer than planned keeps its samples few, and at equal distances', () => {
  const { machine } = makeMachine()
  const series = new SeriesRecorder(1_000_000)
  const period = series.periodNs
  for (let i = 0; i < 5000; i++) series.take(machine)
  expect(series.length).toBeLessThan(2000)
  // Halved at 2000 samples, and then after each 1000 more.
  expect(series.periodNs / period).toBe(2 ** 4)
})

test('slices account for every nanosecond of a CPU, and parts for every cause but the workload\'s own', () => {
  for (const row of TINY_ROWS) {
    const { result, timeline } = tinyRun(events, row, EVERYTHING)
    const { slices, parts, tasks, cpus } = timeline!.cpus!
    const byTask = new Map<string, number>()
    for (let i = 0; i < slices.from.length; i++) {
      const key = `${tasks[slices.task[i]]} on ${cpus[slices.cpu[i]].name}`
      byTask.set(key, (byTask.get(key) ?? 0) + slices.to[i] - slices.from[i])
    }
    for (const { task, cpu, ns } of result.cost.byTask) expect(byTask.get(`${task} on ${cpu}`), `${row.name}: ${task} on ${cpu}`).toBe(ns)
    const byCause: Record<string, number> = {}
    for (let i = 0; i < parts.from.length; i++) {
      const side = cpus[parts.cpu[i]].isVcpu ? 'vcpu' : 'host'
      const key = `${side} ${CAUSE_NAMES[parts.cause[i]]}`
      byCause[key] = (byCause[key] ?? 0) + parts.to[i] - parts.from[i]
    }
    for (const [side, sums] of [['vcpu', result.cost.vcpuNs], ['host', result.cost.hostNs]] as const) {
      for (const [cause, ns] of Object.entries(sums)) {
        if (!['work', 'alloc', 'free'].includes(cause)) expect(byCause[`${side} ${cause}`], `${row.name}: ${side} ${cause}`).toBe(ns)
      }
    }
  }
})

test('messages: each is submitted, taken, answered and completed, in this order, as often as the port has counted', () => {
  for (const row of TINY_ROWS.slice(1)) {
    const { result, timeline } = tinyRun(events, row, EVERYTHING)
    const { messages } = timeline!.cpus!
    expect(messages.length, row.name).toBe(result.cost.messages)
    expect(messages.length).toBeGreaterThan(0)
    expect(messages.reduce((sum, { pages }) => sum + pages, 0)).toBe(result.waste.hintedPages)
    for (const { submitted, taken, answered, completed } of messages) {
      const times = [submitted.atNs, taken!.atNs, answered!.atNs, completed!.atNs]
      expect(times).toEqual([...times].sort((a, b) => a - b))
    }
  }
})

const plane = (name: PlaneName): number => PLANE_NAMES.indexOf(name)

test('a picture says of each cell what the pages say one by one', () => {
  const { machine } = makeMachine({ settings: { start: 'aged' }, guest: { memory: 128 * 2 ** 20 } })
  const recorder = new PagePictureRecorder(machine, 1000, 2000)
  recorder.take(0)
  const { cells, cellPages, stretches, packed } = recorder.result()
  const [frame] = unpackFrames(Buffer.from(packed, 'base64'), 1, PLANE_NAMES.length * cells)
  const { mm } = machine.kernel
  const truth = new Uint32Array(frame.length)
  stretches.forEach(({ firstPfn, firstCell }, s) => {
    const endCell = stretches[s + 1]?.firstCell ?? cells
    for (let cell = firstCell; cell < endCell; cell++) {
      for (let i = 0; i < cellPages; i++) {
        const pfn = firstPfn + (cell - firstCell) * cellPages + i
        const held = machine.vm.frameOf(gfn(pfn)) >= 0
        const owner = mm.pages.ownerOf(pfn)
        const used = owner === PageOwner.ALLOCATED || owner === PageOwner.PINNED
        const state = (['inUse', 'freeHeld'] as const)[used ? 0 : 1]
        truth[(plane(state) + (held ? 0 : 1)) * cells + cell]++
        if (held && isHuge(machine.vm.mm.resolve(vpn(machine.vm.slots.vpnOf(gfn(pfn)))))) truth[plane('huge') * cells + cell]++
      }
    }
  })
  const shares = Array.from(truth, (pages) => (pages === 0 ? 0 : Math.max(1, Math.round((pages * 255) / cellPages))))
  expect([...frame]).toEqual(shares)
  const seen = (name: PlaneName): boolean => truth.subarray(plane(name) * cells, (plane(name) + 1) * cells).some((n) => n > 0)
  expect(seen('inUse') && seen('freeHeld')).toBe(true)
})

test('a host that swaps: what it has of the guest in swap is in the pictures and in the samples', () => {
  const { result, timeline } = swappingRun()
  expect(result.violations).toBe(0)
  const { series, pictures } = timeline!
  const frames = unpackFrames(Buffer.from(pictures!.packed, 'base64'), pictures!.timesNs.length, PLANE_NAMES.length * pictures!.cells)
  const pagesOf = (frame: Uint8Array, name: PlaneName): number => {
    const cells = frame.subarray(plane(name) * pictures!.cells, (plane(name) + 1) * pictures!.cells)
    return (cells.reduce((sum, share) => sum + share, 0) / 255) * pictures!.cellPages
  }
  const swapped = frames.map((frame) => [Math.round(pagesOf(frame, 'swapped')), Math.round(pagesOf(frame, 'freeSwapped'))])
  // The program's pages first; after its end nobody's, and nothing takes them out of swap.
  expect(swapped[0]).toEqual([0, 0])
  expect(swapped.some(([used, free]) => used > 2000 && free === 0)).toBe(true)
  expect(swapped.at(-1)![1]).toBeGreaterThan(2000)
  expect(Math.abs(series!.samples.swapped.at(-1)! - swapped.at(-1)![0] - swapped.at(-1)![1])).toBeLessThanOrEqual(pictures!.cells / 2)
  // The nine states divide each cell.
  const farthest = frames.map((frame) => {
    const sums = new Uint32Array(pictures!.cells)
    for (let i = 0; i < plane('huge') * sums.length; i++) sums[i % sums.length] += frame[i]
    return sums.reduce((most, sum) => Math.max(most, Math.abs(sum - 255)), 0)
  })
  expect(Math.max(...farthest)).toBeLessThanOrEqual(PLANE_NAMES.length)
})
