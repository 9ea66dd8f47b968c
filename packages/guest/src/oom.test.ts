import { Columns, MIB, SECOND } from '@hintlab/kit'
import { makeCosts, Measure } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { GuestKernel } from './kernel.ts'
import { x86Layout, ZoneKind } from './mm/layout.ts'
import { Migratetype } from './mm/migratetype.ts'
import { FreeResult, NONE, PageAllocator } from './mm/page-allocator.ts'
import { AllocFlag } from './mm/watermarks.ts'

/** A guest that runs out of memory with these flags, and two givers that have some pages put aside. */
function runOut(flags: number): { asked: string[]; extra: number; oom: number } {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const mm = new PageAllocator(engine.cols, x86Layout(16 * MIB), { cpus: 1 })
  mm.freeAll()
  const kernel = new GuestKernel(engine, mm)
  const asked: string[] = []
  const aside = { shrinker: [] as number[], notifier: [] as number[] }
  const giver = (name: 'shrinker' | 'notifier') => ({
    *give(task: Task): Generator<Point, number, void> {
      asked.push(name)
      const pfn = aside[name].pop()
      if (pfn === undefined) return 0
      const result = kernel.freeFast(task, 0, pfn)
      if (result !== FreeResult.DONE) yield* kernel.freeSlow(task, 0, pfn, result)
      return 1
    },
  })
  kernel.shrinkers.push(giver('shrinker'))
  kernel.oomNotifiers.push(giver('notifier'))
  let extra = 0
  engine.addTask('hog', engine.addCpu('vcpu0'), function* (task) {
    const take = (): Generator<Point, number, void> => kernel.allocSlow(task, 0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, flags)
    for (let i = 0; i < 2; i++) aside.shrinker.push(yield* take())
    for (let i = 0; i < 2; i++) aside.notifier.push(yield* take())
    while (asked.length === 0) if ((yield* take()) === NONE) return
    while ((yield* take()) !== NONE) extra++
  })
  engine.run(100 * SECOND)
  return { asked, extra, oom: kernel.counter('oom') }
}

test('shrinkers are asked until they have nothing, then the notifiers, and then it is out of memory', () => {
  const { asked, extra, oom } = runOut(0)
  expect(asked).toEqual(['shrinker', 'shrinker', 'shrinker', 'notifier', 'shrinker', 'notifier', 'shrinker', 'notifier'])
  expect([extra, oom]).toEqual([3, 1])
})

test('an allocation without OOM stops before the notifiers, and one without reclaim before everybody', () => {
  expect(new Set(runOut(AllocFlag.NO_OOM).asked)).toEqual(new Set(['shrinker']))
  expect(runOut(AllocFlag.NO_RECLAIM)).toEqual({ asked: [], extra: 0, oom: 0 })
})
