/** What the kernel's paths cost, where a per-CPU list passes blocks of several orders at once. */
import { Cause, COST_TABLE } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { ZoneKind } from './mm/layout.ts'
import { Migratetype } from './mm/migratetype.ts'
import { singleZoneLayout } from './mm/layout.ts'
import { makeKernel } from './testing/make-kernel.ts'

const HUGE = 9
const BLOCKS = 24

test('a drained per-CPU list costs by the block: a huge page is one', () => {
  const { kernel, run, vcpus, mm } = makeKernel({ layout: singleZoneLayout(64 * 512) })
  let freeNs = 0
  run(function* (task) {
    const pfns: number[] = []
    for (let i = 0; i < BLOCKS; i++) {
      const fast = kernel.allocFast(task, 0, HUGE, Migratetype.MOVABLE, ZoneKind.NORMAL)
      pfns.push(fast >= 0 ? fast : yield* kernel.allocSlow(task, 0, HUGE, Migratetype.MOVABLE, ZoneKind.NORMAL, 0))
    }
    for (const pfn of pfns) yield* kernel.free(task, 0, pfn)
    yield* kernel.drainAllCpus(task)
    freeNs = task.accountOn(vcpus[0])[Cause.FREE]
  })
  expect(mm.freePages()).toBe(64 * 512)
  const { pcpOp, buddyFree2m } = COST_TABLE
  // Per free: the list, the lock's share of a drain, the block's way into the buddy. Charged by the page it would be 19 us.
  expect(freeNs / BLOCKS).toBeGreaterThanOrEqual(pcpOp.ns + buddyFree2m.ns)
  expect(freeNs / BLOCKS).toBeLessThanOrEqual(3 * pcpOp.ns + buddyFree2m.ns)
})
