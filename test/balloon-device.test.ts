/** The balloon driver on a modelled virtio device, everything through registers and rings: what Linux's driver does with a device, end to end. */
import { MS, ns, PAGE_SIZE } from '@hintlab/kit'
import { without } from '@hintlab/guest'
import { RunPhase } from '@hintlab/host'
import { DEVICES, DRIVERS } from '@hintlab/lab'
import { makeBalloonMachine } from '@hintlab/lab/testing'
import type { BalloonFixture, BalloonFixtureOptions } from '@hintlab/lab/testing'
import { ConfigField, Feature, featureNames, PageOwner, QueueRole, StatTag } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { describe, expect, test } from 'vitest'

const { RING_PACKED, INDIRECT_DESC, EVENT_IDX, FREE_PAGE_HINT, PAGE_POISON, DEFLATE_ON_OOM, MUST_TELL_HOST } = Feature

const qemu = (...drop: number[]): FeatureSet => without(DEVICES.qemu.offered, ...drop)
/** Pages of the guest. */
const PAGES = 12_288
const { linux, hintlab } = DRIVERS
const bus = 'mmio' as const
const SPLIT = { name: 'split', driver: linux, device: DEVICES.qemu, offers: qemu(RING_PACKED), bus }
const PACKED = { name: 'packed', driver: linux, device: DEVICES.qemu, offers: qemu(), bus }
const PLAIN = { name: 'split, by flags', driver: linux, device: DEVICES.qemu, offers: qemu(RING_PACKED, EVENT_IDX), bus }
const ALL = { name: 'packed, indirect and in order', driver: hintlab, device: DEVICES.hintlab, offers: DEVICES.hintlab.offered, bus }
const PCI = { ...SPLIT, name: 'split, behind PCI registers', bus: 'pci' as const }

function check(fixture: BalloonFixture): void {
  fixture.engine.check()
  fixture.check()
  expect(fixture.ghost.violations).toEqual([])
}

describe.each([SPLIT, PACKED, PLAIN, ALL, PCI])('on rings: $name', ({ offers, driver, device: personality, bus }) => {
  const make = (more: BalloonFixtureOptions = {}): BalloonFixture => makeBalloonMachine({ driver, device: personality, offers, bus, ...more })

  test('the balloon follows its target, and actual is written once per batch', () => {
    const fixture = make()
    const { model: { device }, binding: { driver: { balloon } }, vm } = fixture
    const backed = vm.residentPages
    device.setTarget(600)
    fixture.pass(50)
    expect([balloon.actual, device.actual, balloon.config.writes]).toEqual([600, 600, 3])
    expect(backed - vm.residentPages).toBe(600)
    check(fixture)
    device.setTarget(0)
    fixture.pass(50)
    expect([balloon.actual, device.actual, balloon.config.writes]).toEqual([0, 0, 6])
    // Once before each batch, and once more to see that it is there.
    expect(balloon.config.reads - (balloon.config.writes + 2)).toBeLessThanOrEqual(2)
    check(fixture)
  })

  test('statistics come once, and again after each question', () => {
    const fixture = make({ statsIntervalNs: ns(100 * MS) })
    const { stats } = fixture.model.device
    fixture.pass(50)
    expect([stats.counter('buffers'), stats.counter('questions')]).toEqual([1, 0])
    fixture.pass(1000)
    expect([stats.counter('buffers'), stats.counter('questions'), fixture.binding.driver.stats!.posted]).toEqual([11, 10, 11])
    expect(stats.value(StatTag.FREE)).toBe(fixture.kernel.mm.freePages() * PAGE_SIZE)
    expect(stats.value(StatTag.TOTAL)).toBe(fixture.kernel.mm.managed() * PAGE_SIZE)
    expect(stats.value(StatTag.CACHES)).toBe(0)
    check(fixture)
  })

  test('a run of hints names every large free block, and DONE gives them back', () => {
    const fixture = make()
    const { model: { device: { runs, hints } }, binding: { driver }, vm, kernel } = fixture
    fixture.pass(10)
    const free = kernel.mm.freePages()
    const id = runs.start()
    fixture.pass(50)
    expect([runs.phase, runs.counter('staleCommands'), runs.counter('earlyStops')]).toEqual([RunPhase.ENDED, 0, 0])
    expect(id).toBe(personality.hintIdMin + 1)
    const { heldBlocks } = driver.hints!
    expect(heldBlocks).toBeGreaterThan(7)
    expect(hints.counter('discardedPages')).toBe(heldBlocks * 1024)
    expect(vm.residentPages).toBeLessThan(free - heldBlocks * 1024 + 2048)
    runs.done()
    fixture.pass(50)
    expect([driver.hints!.heldBlocks, kernel.mm.freePages()]).toEqual([0, free])
    expect(runs.start()).toBe(id + 1)
    fixture.pass(50)
    expect(driver.hints!.runs).toBe(2)
    check(fixture)
  })

  test('free pages are reported until the host has all that it is told of', () => {
    const fixture = make({ reportingDelayNs: ns(100 * MS) })
    fixture.pass(2000)
    const reported = fixture.model.device.hints.counter('discardedPages')
    // All of it in blocks of order 7 and more, but for ZONE_DMA, where 32 such blocks are more than there is.
    expect(reported).toBeGreaterThan(6500)
    expect(fixture.vm.residentPages).toBe(PAGES - reported)
    check(fixture)
  })

  test('a driver that goes gives everything back, and another one finds the target where it was', () => {
    const fixture = make({ reportingDelayNs: ns(100 * MS) })
    const { model: { device }, binding, virtio } = fixture
    device.setTarget(2000)
    device.runs.start()
    fixture.pass(200)
    expect(device.actual).toBe(2000)
    fixture.guest('rmmod', (task) => binding.remove(task))
    fixture.pass(300)
    expect([binding.driver.balloon.actual, binding.driver.hints!.heldBlocks, device.actual, device.target, virtio.status]).toEqual([0, 0, 0, 2000, 0])
    check(fixture)
    expect(binding.init().ok).toBe(true)
    fixture.pass(500)
    expect([binding.driver.balloon.actual, device.actual, virtio.status]).toEqual([2000, 2000, 15])
    expect(device.stats.holds).toBe(true)
    check(fixture)
  })
})

describe('negotiation', () => {
  test('on the recorded device takes the features that the recorded driver took', () => {
    const fixture = makeBalloonMachine({ offers: qemu(RING_PACKED, FREE_PAGE_HINT) })
    expect(featureNames(fixture.virtio.negotiated)).toEqual(['STATS_VQ', 'DEFLATE_ON_OOM', 'PAGE_REPORTING', 'EVENT_IDX', 'VERSION_1', 'RING_RESET'])
  })

  test('fails with a reason where a queue is missing or too small for a report', () => {
    const small = { ...DEVICES.qemu, queueSizes: [128, 128, 128, 128, 16] } as const
    expect(makeBalloonMachine({ init: false, device: small }).binding.init()).toEqual({ ok: false, reason: 'set-up' })
    const { binding } = makeBalloonMachine({ init: false, driver: DRIVERS.hintlab, offers: qemu(FREE_PAGE_HINT) })
    expect(binding.init()).toEqual({ ok: false, reason: 'set-up' })
  })
})

describe('out of memory', () => {
  test('with DEFLATE_ON_OOM the balloon gives 256 pages at a time, and does not grow again by itself', () => {
    const fixture = makeBalloonMachine()
    const { model: { device }, binding: { driver: { balloon } }, kernel } = fixture
    device.setTarget(7000)
    fixture.pass(500)
    expect(balloon.managedPages).toBe(kernel.mm.managed())
    const taken = fixture.hog(7000)
    fixture.pass(2000)
    expect([taken.length, kernel.counter('oom')]).toEqual([7000, 0])
    expect(balloon.oomPages % 256).toBe(0)
    expect([balloon.actual, device.actual]).toEqual([7000 - balloon.oomPages, 7000 - balloon.oomPages])
    fixture.pass(2000)
    expect(balloon.actual).toBe(7000 - balloon.oomPages)
    check(fixture)
  })

  test('without it the balloon keeps its pages, which no longer count as the guest\'s', () => {
    const fixture = makeBalloonMachine({ offers: qemu(DEFLATE_ON_OOM) })
    const { model: { device }, binding: { driver: { balloon } }, kernel } = fixture
    device.setTarget(7000)
    fixture.pass(500)
    expect(balloon.managedPages).toBe(kernel.mm.managed() - 7000)
    device.stats.ask()
    fixture.pass(10)
    expect(device.stats.value(StatTag.TOTAL)).toBe((kernel.mm.managed() - 7000) * PAGE_SIZE)
    fixture.hog(7000)
    fixture.pass(1000)
    expect([balloon.actual, kernel.counter('oom')]).toEqual([7000, 1])
    check(fixture)
  })

  test('takes hinted blocks back early', () => {
    const fixture = makeBalloonMachine()
    const { model: { device }, binding: { driver } } = fixture
    device.runs.start()
    fixture.pass(100)
    const held = driver.hints!.heldBlocks
    const taken = fixture.hog(5000)
    fixture.pass(1000)
    expect(taken.length).toBe(5000)
    expect(driver.hints!.earlyBlocks).toBeGreaterThan(0)
    expect(driver.hints!.heldBlocks).toBe(held - driver.hints!.earlyBlocks)
    check(fixture)
  })

  test('of blocks that a slow host has not looked at yet: it drops what the guest is using (rules 31, 32)', () => {
    const fixture = makeBalloonMachine({ costs: { deviceEntry: 20 * MS }, queueSizeMax: 32 })
    fixture.model.device.runs.start()
    fixture.pass(30)
    fixture.hog(20000)
    fixture.pass(3000)
    expect(fixture.binding.driver.hints!.earlyBlocks).toBeGreaterThan(0)
    expect(fixture.ghost.violations[0].rule).toBe('V2')
  })
})

describe('PAGE_POISON', () => {
  function reports(poisoning: 'none' | 'init-on-free' | 'page-poison', ...drop: number[]) {
    const driver = { ...DRIVERS.linux, poisoning }
    const filled: string[] = []
    const fill = (_task: unknown, _pfn: number, order: number, value: number): number => filled.push(`${order}: ${value.toString(16)}`)
    const fixture = makeBalloonMachine({ driver, offers: qemu(...drop), reportingDelayNs: ns(100 * MS), fill })
    fixture.pass(1000)
    return { names: featureNames(fixture.virtio.negotiated), poison: fixture.model.device.config.get(ConfigField.POISON), fixture, filled }
  }

  test('with a pattern, reports are answered and the host keeps the pages', () => {
    const { names, poison, fixture, filled } = reports('page-poison')
    expect(names).toContain('PAGE_POISON')
    expect(poison).toBe(0xaaaaaaaa)
    const { hints } = fixture.model.device
    expect([hints.counter('discardedPages'), fixture.binding.driver.reporting!.records.counter('failed')]).toEqual([0, 0])
    expect(hints.counter('ignored')).toBeGreaterThan(5)
    expect(filled.length).toBe(hints.counter('ignored'))
    expect(filled).toContain('10: aaaaaaaa')
    fixture.model.device.setTarget(3)
    fixture.pass(50)
    fixture.model.device.setTarget(0)
    fixture.pass(50)
    expect(filled.slice(-3)).toEqual(['0: aaaaaaaa', '0: aaaaaaaa', '0: aaaaaaaa'])
    check(fixture)
  })

  test('with zeroes, reports free what they name', () => {
    const { poison, fixture } = reports('init-on-free')
    expect(poison).toBe(0)
    expect(fixture.model.device.hints.counter('discardedPages')).toBeGreaterThan(6000)
  })

  test('that the device does not offer costs a poisoning guest its reports', () => {
    const { names, filled } = reports('init-on-free', PAGE_POISON)
    expect(filled).toEqual([])
    expect(names).not.toContain('PAGE_POISON')
    expect(names).not.toContain('PAGE_REPORTING')
  })
})

describe('deflated pages', () => {
  /** Owners of the deflated pages while the host has not acknowledged yet. */
  function ownersBeforeAck(options: BalloonFixtureOptions): PageOwner[] {
    const fixture = makeBalloonMachine({ costs: { deviceEntry: 1 * MS }, device: DEVICES.hintlab, ...options })
    const { model: { device }, ghost } = fixture
    device.setTarget(100)
    fixture.pass(200)
    const pages = Array.from({ length: PAGES }, (_, pfn) => pfn).filter((pfn) => ghost.ownerOf(pfn) === PageOwner.BALLOON)
    device.setTarget(0)
    fixture.pass(50)
    expect([pages.length, fixture.binding.queues[QueueRole.DEFLATE].port.inFlight]).toEqual([100, 1])
    return [...new Set(pages.map((pfn) => ghost.ownerOf(pfn)))]
  }
  const eager = { ...DRIVERS.linux, releaseBeforeAck: true }

  test('wait for the host with Linux', () => {
    expect(ownersBeforeAck({})).toEqual([PageOwner.BALLOON])
  })

  test('are used at once by a driver in a hurry, unless MUST_TELL_HOST forbids it', () => {
    expect(ownersBeforeAck({ driver: eager })).toEqual([PageOwner.BALLOON])
    const owners = ownersBeforeAck({ driver: eager, offers: without(DEVICES.hintlab.offered, MUST_TELL_HOST, INDIRECT_DESC) })
    expect(owners).not.toContain(PageOwner.BALLOON)
  })
})
