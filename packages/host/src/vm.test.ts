import { gfn, Prng } from '@hintlab/kit'
import { Cause, CAUSE_NAMES, COST_TABLE, Kind, point } from '@hintlab/sim'
import type { Task } from '@hintlab/sim'
import { describe, expect, test } from 'vitest'
import { makeVm, renderEpt, renderMm, touch } from './testing/index.ts'
import type { VmFixture } from './testing/index.ts'
import { FAULT } from './vm.ts'

const MS = 1_000_000
const COMPUTE = point(Kind.COMPUTE, 'test: work')
const COSTS = Object.fromEntries(Object.entries(COST_TABLE).map(([name, { ns }]) => [name, ns])) as Record<keyof typeof COST_TABLE, number>

/** Nanoseconds that tasks spent on a CPU, by cause, without what is zero. */
function spent({ engine }: VmFixture, cpuName: string): Record<string, number> {
  const cpu = engine.cpus.find(({ name }) => name === cpuName)!
  const causes: Record<string, number> = {}
  for (const task of engine.tasks) {
    for (const [cause, ns] of task.accountOn(cpu).entries()) if (ns > 0) causes[CAUSE_NAMES[cause]] = (causes[CAUSE_NAMES[cause]] ?? 0) + ns
  }
  return causes
}

const sum = (causes: Record<string, number>): number => Object.values(causes).reduce((a, b) => a + b, 0)

/** Every SPTE and every cached translation is the frame that the host's page table gives (N1, N2). */
function checkTranslations({ vm }: VmFixture, pages: number): void {
  for (let page = 0; page < pages; page++) {
    const frame = vm.frameOf(gfn(page))
    if (vm.ept.walk(gfn(page)) >= 0) expect(vm.ept.hfn, `SPTE of ${page}`).toBe(frame)
    for (const tlb of vm.tlbs) if (tlb.lookup(gfn(page)) >= 0) expect(tlb.hfn, `TLB entry of ${page}`).toBe(frame)
  }
}

function check(fixture: VmFixture): void {
  fixture.engine.check()
  fixture.vm.check()
  fixture.frames.check()
}

describe('fault', () => {
  test('of a 4 KiB page costs the vCPU the whole path, zeroing apart; the next touch costs nothing', () => {
    const fixture = makeVm({ thp: 'never' })
    fixture.guest(0, function* (task) {
      for (const page of [7, 7, 7]) yield* touch(fixture.vm, task, 0, page)
    })
    fixture.engine.run(MS)
    expect(spent(fixture, 'vcpu0')).toEqual({ exit: COSTS.exitKernel, zeroing: COSTS.zero4k, fault: COSTS.fault4k - COSTS.zero4k - COSTS.exitKernel })
    expect(sum(spent(fixture, 'vcpu0'))).toBe(COSTS.fault4k)
    expect([fixture.vm.counter('faults4k'), fixture.vm.residentPages]).toEqual([1, 1])
    check(fixture)
  })

  test('of a huge page costs fault2m once for its 512 pages', () => {
    const fixture = makeVm()
    fixture.guest(1, function* (task) {
      for (let page = 512; page < 1024; page++) yield* touch(fixture.vm, task, 1, page)
    })
    fixture.engine.run(MS)
    expect(sum(spent(fixture, 'vcpu1'))).toBe(COSTS.fault2m)
    expect(spent(fixture, 'vcpu1')['zeroing']).toBe(COSTS.zero2m)
    expect([fixture.vm.counter('faults2m'), fixture.vm.residentPages]).toEqual([1, 512])
    expect(renderEpt(fixture.vm.ept, 0, 2048)).toMatchInlineSnapshot(`"g0x200+512 pwxadl-- 2m h0x0"`)
    check(fixture)
  })

  test('of a page that the host has costs an exit and a lookup', () => {
    const fixture = makeVm()
    fixture.vm.mm.populate(0 as Parameters<typeof fixture.vm.mm.populate>[0])
    fixture.guest(0, function* (task) {
      yield* touch(fixture.vm, task, 0, 3)
    })
    fixture.engine.run(MS)
    expect(spent(fixture, 'vcpu0')).toEqual({ exit: COSTS.exitKernel, fault: COSTS.faultResident })
    expect(fixture.vm.counter('faultsResident')).toBe(1)
  })

  test('without a host frame is a value, and so is one outside of every slot', () => {
    const fixture = makeVm({ frames: 3, pages: 8, thp: 'never' })
    const got: number[] = []
    fixture.guest(0, function* (task) {
      for (const page of [0, 1, 2, 3, 100]) got.push(yield* touch(fixture.vm, task, 0, page))
    })
    fixture.engine.run(MS)
    expect(got.map((hfn) => hfn === FAULT)).toEqual([false, false, false, true, true])
    expect(fixture.vm.counter('outOfMemory')).toBe(2)
    fixture.discardAt(2 * MS, 1, 1)
    fixture.guest(0, function* (task) {
      got.push(yield* touch(fixture.vm, task, 0, 3))
    })
    fixture.engine.run(3 * MS)
    check(fixture)
  })
})

describe('a fault and an invalidation at the same time (N1)', () => {
  /** The fault resolves at 0, and maps at 1 ms; the host discards the page at 0.1 ms. */
  function race(notifierRetry: boolean): VmFixture {
    const fixture = makeVm({ thp: 'never', costs: { fault4k: MS }, safeguards: { notifierRetry } })
    fixture.guest(0, function* (task) {
      yield* touch(fixture.vm, task, 0, 5)
    })
    fixture.discardAt(0.1 * MS, 5, 1)
    fixture.engine.run(10 * MS)
    return fixture
  }

  test('the fault starts over, and maps a new frame', () => {
    const fixture = race(true)
    expect([fixture.vm.counter('retries'), fixture.vm.counter('zapped4k'), fixture.vm.counter('faults4k')]).toEqual([1, 1, 2])
    checkTranslations(fixture, 16)
    check(fixture)
  })

  test('without the retry it maps the frame that was freed', () => {
    const fixture = race(false)
    expect(fixture.vm.counter('retries')).toBe(0)
    expect(fixture.vm.frameOf(gfn(5))).toBe(FAULT)
    expect(fixture.vm.ept.walk(gfn(5))).toBeGreaterThan(0)
    expect(() => checkTranslations(fixture, 16)).toThrow('SPTE of 5')
  })

  test.each([{ what: 'is backed already', early: true }, { what: 'is backed meanwhile', early: false }])(
    'one page of a huge page is discarded and another one touched: its huge SPTE does not keep the freed frame; the huge page $what',
    ({ early }) => {
      const fixture = makeVm({ costs: { madvise: MS, fault2m: 200_000 } })
      if (early) {
        fixture.guest(0, function* (task) {
          yield* touch(fixture.vm, task, 0, 0)
        })
      }
      // The lock is taken at 1 ms, and the zap is done at 2 ms.
      fixture.discardAt(MS, 0, 1)
      fixture.guest(1, function* (task) {
        yield* spin(task, 1.1 * MS)
        yield* touch(fixture.vm, task, 1, 9)
      })
      fixture.engine.run(20 * MS)
      expect(fixture.vm.frameOf(gfn(0))).toBe(FAULT)
      expect(fixture.vm.translate(1, gfn(0), false)).toBe(FAULT)
      expect(fixture.vm.frameOf(gfn(9))).not.toBe(FAULT)
      checkTranslations(fixture, 1024)
      check(fixture)
    },
  )
})

/** Work of the guest: the vCPU runs until then. */
function* spin(task: Task, ns: number) {
  task.charge(ns, Cause.WORK)
  yield COMPUTE
}

describe('discard', () => {
  test('of part of a huge page splits it: only those pages go, the others keep their frames', () => {
    const fixture = makeVm()
    const { vm } = fixture
    fixture.guest(0, function* (task) {
      yield* touch(vm, task, 0, 512)
    })
    fixture.engine.run(MS)
    expect(renderMm(fixture.mm, 2048)).toMatchInlineSnapshot(`"v0x200+512 huge h0x0"`)
    fixture.discardAt(MS, 612, 2)
    fixture.engine.run(2 * MS)
    expect(renderMm(fixture.mm, 2048)).toMatchInlineSnapshot(`
      "v0x200+100 small h0x0
      v0x266+410 small h0x66"
    `)
    expect(['splits', 'zapped4k', 'zapped2m', 'flushes'].map((name) => vm.counter(name as 'splits'))).toEqual([1, 2, 0, 1])
    expect(spent(fixture, 'host0')).toEqual({ discard: COSTS.madvise + COSTS.splitHuge + 2 * COSTS.zap4k })
    // The next touch of a page that stayed is a fault on a resident page, in 4 KiB.
    fixture.guest(0, function* (task) {
      yield* touch(vm, task, 0, 513)
      yield* touch(vm, task, 0, 612)
    })
    fixture.engine.run(3 * MS)
    expect(renderEpt(vm.ept, 0, 2048)).toMatchInlineSnapshot(`
      "g0x201+1 pwxad--- 4k h0x1
      g0x264+1 pwxad--- 4k h0x64"
    `)
    expect([vm.counter('faultsResident'), vm.counter('faults4k')]).toEqual([1, 1])
    check(fixture)
  })

  test('of a whole huge page gives it back whole', () => {
    const fixture = makeVm()
    fixture.guest(0, function* (task) {
      yield* touch(fixture.vm, task, 0, 0)
    })
    fixture.discardAt(MS, 0, 512)
    fixture.engine.run(2 * MS)
    expect(['splits', 'zapped4k', 'zapped2m'].map((name) => fixture.vm.counter(name as 'splits'))).toEqual([0, 0, 1])
    expect([fixture.vm.residentPages, fixture.frames.freeHugeCount]).toEqual([0, 4])
    expect(spent(fixture, 'host0')).toEqual({ discard: COSTS.madvise + COSTS.zap2m })
    check(fixture)
  })

  test.each([{ ptReclaim: false, faults: [1, 1] }, { ptReclaim: true, faults: [2, 0] }])(
    'of all 2 MiB after one of a page: the next touch is huge only where emptied tables are reclaimed ($ptReclaim)',
    ({ ptReclaim, faults }) => {
      const fixture = makeVm({ ptReclaim })
      fixture.guest(0, function* (task) {
        yield* touch(fixture.vm, task, 0, 0)
      })
      fixture.discardAt(MS, 7, 1)
      fixture.discardAt(2 * MS, 0, 512)
      fixture.engine.run(5 * MS)
      fixture.guest(0, function* (task) {
        yield* touch(fixture.vm, task, 0, 0)
      })
      fixture.engine.run(10 * MS)
      expect([fixture.vm.counter('faults2m'), fixture.vm.counter('faults4k')]).toEqual(faults)
      check(fixture)
    },
  )

  test('kicks the vCPUs that run, and only those', () => {
    const fixture = makeVm({ vcpus: 3 })
    fixture.guest(0, function* (task) {
      yield* touch(fixture.vm, task, 0, 0)
      yield* spin(task, 10 * MS)
    })
    fixture.guest(1, (task) => spin(task, 10 * MS))
    fixture.discardAt(MS, 0, 512)
    fixture.engine.run(5 * MS)
    expect(spent(fixture, 'host0')['tlb flush']).toBe(2 * COSTS.tlbFlushRemote)
    expect([spent(fixture, 'vcpu1')['tlb flush'], spent(fixture, 'vcpu2')['tlb flush']]).toEqual([COSTS.exitKernel, undefined])
  })

  test.each([true, false])('leaves no stale TLB entry; flush before free: %s', (flushBeforeFree) => {
    // The free of 8192 pages takes 100 ms; a page in it is looked up in the middle.
    const fixture = makeVm({ thp: 'never', frames: 8192, pages: 8192, safeguards: { flushBeforeFree }, costs: { zap4k: 100 * MS } })
    const { vm } = fixture
    fixture.guest(0, function* (task) {
      yield* touch(vm, task, 0, 3)
    })
    fixture.discardAt(MS, 0, 8192)
    fixture.engine.run(50 * MS)
    expect(vm.frameOf(gfn(3))).toBe(FAULT)
    // N2: without the rule the vCPU uses a frame that is free by now.
    expect(vm.translate(0, gfn(3), false) === FAULT).toBe(flushBeforeFree)
    fixture.engine.run(200 * MS)
    expect(vm.translate(0, gfn(3), false)).toBe(FAULT)
  })

  test('random touches and discards of random ranges leave every translation true', () => {
    const PAGES = 4096
    // Tables are reclaimed, so that huge pages come back and are split again.
    const fixture = makeVm({ vcpus: 3, frames: 3072, pages: PAGES, ptReclaim: true })
    const { engine, vm } = fixture
    const random = new Prng(4)
    for (let cpu = 0; cpu < 3; cpu++) {
      fixture.guest(cpu, function* (task) {
        for (let i = 0; i < 2500; i++) {
          yield* touch(vm, task, cpu, random.below(PAGES), random.below(2) === 0)
          yield* spin(task, 1 + random.below(3000))
        }
      })
    }
    for (let i = 0; i < 300; i++) {
      const order = random.below(11)
      const first = random.below(PAGES >> order) << order
      fixture.discardAt(random.below(20 * MS), first, 2 ** order)
    }
    for (let t = 1; t <= 40; t++) {
      engine.run(t * MS)
      check(fixture)
      for (let page = 0; page < PAGES; page++) {
        if (vm.ept.walk(gfn(page)) >= 0) expect(vm.ept.hfn).toBe(vm.frameOf(gfn(page)))
      }
    }
    checkTranslations(fixture, PAGES)
    expect(vm.counter('retries')).toBeGreaterThan(0)
    expect(vm.counter('splits')).toBeGreaterThan(10)
    expect(vm.counter('outOfMemory')).toBeGreaterThan(0)
  })
})
