import { gfn, vpn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Kind, point } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { FAULT } from '../vm.ts'
import { makeShortHost, touchContents } from '../testing/make-short-host.ts'
import type { ShortHost } from '../testing/make-short-host.ts'

const AT_NEXT = point(Kind.RUN, 'paging test: next round')

function* writeAll(host: ShortHost, task: Task, pages: number, round: number): Generator<Point, void, void> {
  for (let page = 0; page < pages; page++) {
    if ((yield* touchContents(host, task, 0, page, round * 10_000 + page)) === FAULT) host.failures++
    if (page % 64 === 0) yield AT_NEXT
  }
}

const describeHost = ({ reclaim, vm, frames, swap, failures }: ShortHost): string => [
  `resident ${vm.mm.residentPages}, swapped ${vm.mm.swappedPages}, slots ${swap?.used ?? 0}, free ${frames.free}`,
  `evicted ${reclaim.counter('evicted')}, unwritten ${reclaim.counter('unwritten')}, direct ${reclaim.counter('direct') > 0}, failures ${failures}`,
].join('\n')

test('a guest of twice the host reads back what it wrote', () => {
  const host = makeShortHost({ frames: 1024, pages: 2048, thp: 'never' })
  host.guest(0, function* (task) {
    yield* writeAll(host, task, 2048, 1)
    yield* writeAll(host, task, 2048, 2)
  })
  host.engine.run(60e9)
  expect(host.wrong).toEqual([])
  expect(describeHost(host)).toMatchInlineSnapshot(`
    "resident 928, swapped 1120, slots 1120, free 96
    evicted 3168, unwritten 0, direct false, failures 0"
  `)
  host.check()
})

test('huge pages are split on their way to swap and come back small; what was never written is not written to the device', () => {
  const host = makeShortHost({ frames: 1024, pages: 2048, thp: 'always' })
  host.guest(0, function* (task) {
    for (let page = 0; page < 2048; page += 512) yield* touchContents(host, task, 0, page, page + 1)
    yield AT_NEXT
    for (let page = 0; page < 2048; page += 512) yield* touchContents(host, task, 0, page, page + 2)
  })
  host.engine.run(60e9)
  expect(host.wrong).toEqual([])
  expect(`${describeHost(host)}\nwritten ${host.reclaim.device.pagesWritten}`).toMatchInlineSnapshot(`
    "resident 536, swapped 1512, slots 1512, free 488
    evicted 1536, unwritten 1533, direct false, failures 0
    written 3"
  `)
  host.check()
})

test('without swap the host is out of memory', () => {
  const host = makeShortHost({ frames: 1024, pages: 2048, thp: 'never', swapPages: 0 })
  host.guest(0, (task) => writeAll(host, task, 2048, 1))
  host.engine.run(60e9)
  expect(describeHost(host)).toMatchInlineSnapshot(`
    "resident 1024, swapped 0, slots 0, free 0
    evicted 0, unwritten 0, direct true, failures 1024"
  `)
  host.check()
})

test('a discard frees the slots of pages in swap', () => {
  const host = makeShortHost({ frames: 512, pages: 1024, thp: 'never' })
  host.guest(0, function* (task) {
    yield* writeAll(host, task, 1024, 1)
    yield* host.vm.discard(task, gfn(0), 1024)
  })
  host.engine.run(60e9)
  expect([host.vm.mm.swappedPages, host.swap!.used, host.vm.mm.residentPages]).toEqual([0, 0, 0])
  host.check()
})

test('whatever two vCPUs touch and a host thread discards, memory reads as written, or as zeroes where it was discarded since', () => {
  const access = fc.record({ page: fc.nat(1023), discard: fc.boolean() })
  fc.assert(fc.property(fc.array(access, { minLength: 50, maxLength: 400 }), fc.boolean(), (accesses, huge) => {
    const host = makeShortHost({ frames: 600, pages: 1024, thp: huge ? 'always' : 'never', vcpus: 2 })
    for (const cpu of [0, 1]) {
      host.guest(cpu, function* (task) {
        // Each vCPU has pages of its own, so that what it wrote last is known.
        for (const { page, discard } of accesses) {
          const mine = ((page >> 1) << 1) + cpu
          if (discard && page % 5 === 0) {
            host.forget(mine)
            yield* host.vm.discard(task, gfn(mine), 1)
          } else if ((yield* touchContents(host, task, cpu, mine, page + 1)) === FAULT) host.failures++
          yield AT_NEXT
        }
        for (let page = cpu; page < 1024; page += 2) if ((yield* touchContents(host, task, cpu, page, page + 7)) === FAULT) host.failures++
      })
    }
    host.engine.run(600e9)
    expect([host.wrong, host.failures]).toEqual([[], 0])
    expect(host.vm.mm.residentPages + host.frames.free).toBe(600)
    expect(host.vm.mm.resolve(vpn(1024))).toBeLessThan(0)
    host.check()
  }), { seed: 3, numRuns: 20 })
})

test('of pages that the guest has marked as unused nothing is written, and the others come back as they were', () => {
  let dropped = 0
  fc.assert(fc.property(fc.uniqueArray(fc.nat(1023), { minLength: 200, maxLength: 600 }), fc.boolean(), (pages, huge) => {
    const unused = new Set<number>()
    const host = makeShortHost({ frames: 1024, pages: 2048, thp: huge ? 'always' : 'never' })
    host.vm.paging!.stillUnused = (pfn) => unused.has(pfn)
    host.guest(0, function* (task) {
      for (let page = 0; page < 1024; page++) {
        yield* touchContents(host, task, 0, page, page + 1)
        if (page % 64 === 0) yield AT_NEXT
      }
      // What is in swap already stays there.
      for (const page of pages.filter((p) => host.vm.frameOf(gfn(p)) !== FAULT)) {
        unused.add(page)
        host.forget(page)
      }
      for (let page = 1024; page < 2048; page++) {
        yield* touchContents(host, task, 0, page, page + 1)
        if (page % 64 === 0) yield AT_NEXT
      }
    })
    host.engine.run(60e9)
    const { vm, reclaim } = host
    const gone = [...unused].filter((page) => vm.frameOf(gfn(page)) === FAULT)
    const inSwap = gone.filter((page) => vm.swapSlotOf(gfn(page)) !== FAULT)
    expect([inSwap, gone.length]).toEqual([[], vm.counter('unusedDropped')])
    dropped += gone.length
    expect(reclaim.device.pagesWritten).toBeLessThanOrEqual(vm.counter('swappedOut'))
    expect(host.wrong).toEqual([])
    host.check()
  }), { seed: 5, numRuns: 8 })
  expect(dropped).toBeGreaterThan(100)
})
