/** The balloon in a whole machine: messages, order of pages, waiting, and what inflation by 4 KiB pages does to the host's huge pages. */
import { GIB, gfn, MIB, MS, pagesIn, SECOND } from '@hintlab/kit'
import { checkMachine } from '@hintlab/lab'
import type { Machine } from '@hintlab/lab'
import { allocate, CALL_BLOCKS, makeMachine, QUEUE_SLEEPS, release, tapRequests } from '@hintlab/lab/testing'
import type { MachineFixture, MachineFixtureOptions, TappedRequest } from '@hintlab/lab/testing'
import { PageOwner, RequestKind } from '@hintlab/protocol'
import { describe, expect, test } from 'vitest'

interface Ballooned extends MachineFixture {
  requests: TappedRequest[]
  readonly setTarget: (pages: number) => void
}

function makeBallooned(options: MachineFixtureOptions = {}): Ballooned {
  const fixture = makeMachine({ balloon: QUEUE_SLEEPS, ...options })
  const requests = tapRequests(fixture.engine, fixture.machine.balloonDevice)
  return { ...fixture, requests, setTarget: (pages) => fixture.machine.balloon!.setTarget(pages) }
}

const sequence = (requests: readonly TappedRequest[], kind: RequestKind): number[] =>
  requests.filter((r) => r.kind === kind).flatMap(({ pfns }) => pfns)
const sizes = (requests: readonly TappedRequest[]): string =>
  requests.map(({ kind, pfns }) => `${kind === RequestKind.INFLATE ? 'inflate' : 'deflate'} ${pfns.length}`).join(', ')

function check({ engine, machine }: MachineFixture): void {
  engine.check()
  checkMachine(machine)
  expect(machine.ghost.violations).toEqual([])
}

describe('messages', () => {
  test.each([{ name: 'a virtqueue', balloon: QUEUE_SLEEPS }, { name: 'a hypercall', balloon: CALL_BLOCKS }])(
    'of 256 pages over $name, descending, and deflation is the exact reverse',
    ({ balloon }) => {
      const fixture = makeBallooned({ balloon })
      const { engine, machine, requests, setTarget } = fixture
      setTarget(600)
      engine.run(SECOND)
      expect(sizes(requests)).toBe('inflate 256, inflate 256, inflate 88')
      const inflated = sequence(requests, RequestKind.INFLATE)
      expect(new Set(inflated).size).toBe(600)
      expect(inflated.every((p) => machine.ghost.ownerOf(p) === PageOwner.BALLOON)).toBe(true)
      expect(machine.balloon!.actual).toBe(600)
      check(fixture)
      setTarget(0)
      engine.run(2 * SECOND)
      expect(sizes(requests.slice(3))).toBe('deflate 256, deflate 256, deflate 88')
      expect(sequence(requests, RequestKind.DEFLATE)).toEqual(inflated.toReversed())
      expect(machine.balloon!.actual).toBe(0)
      check(fixture)
    },
  )

  test('go one after the other: the driver waits for each answer', () => {
    const { engine, requests, setTarget } = makeBallooned({ costs: { deviceEntry: 1 * MS } })
    setTarget(600)
    engine.run(SECOND)
    const times = requests.map(({ at }) => at)
    expect(times[1] - times[0]).toBeGreaterThan(256 * MS)
    expect(times[2] - times[1]).toBeGreaterThan(256 * MS)
  })

  test('the host is told of a deflation before its pages are free', () => {
    const fixture = makeBallooned({ costs: { deviceEntry: 1 * MS } })
    const { engine, machine, requests, setTarget } = fixture
    setTarget(100)
    engine.run(SECOND)
    setTarget(0)
    engine.run(SECOND + 50 * MS)
    const { kind, pfns } = requests.at(-1)!
    expect(kind).toBe(RequestKind.DEFLATE)
    expect(new Set(pfns.map((p) => machine.ghost.ownerOf(p)))).toEqual(new Set([PageOwner.BALLOON]))
    engine.run(2 * SECOND)
    expect(pfns.some((p) => machine.ghost.ownerOf(p) === PageOwner.BALLOON)).toBe(false)
    check(fixture)
  })

  test('a target that changes on the way is followed', () => {
    const fixture = makeBallooned({ costs: { deviceEntry: 10_000 } })
    fixture.setTarget(2000)
    fixture.engine.run(4 * MS)
    // The second message is on its way.
    expect(fixture.machine.balloon!.actual).toBe(512)
    fixture.setTarget(10)
    fixture.engine.run(SECOND)
    expect(fixture.machine.balloon!.actual).toBe(10)
    check(fixture)
  })

  test('out of puff: tries again every 200 ms, and goes on when there is memory', () => {
    const fixture = makeBallooned()
    const { engine, machine, setTarget } = fixture
    const held: number[] = []
    fixture.script(0, function* (task) {
      for (let i = 0; i < 4; i++) held.push(yield* allocate(machine, task, 0, 10))
    })
    engine.run(MS)
    setTarget(pagesIn(64 * MIB))
    engine.run(10 * SECOND)
    const { outOfPuff, actual } = machine.balloon!
    // Full after some 75 ms, then five times a second.
    expect([outOfPuff, actual]).toMatchInlineSnapshot(`
      [
        50,
        11983,
      ]
    `)
    engine.run(20 * SECOND)
    expect([machine.balloon!.outOfPuff - outOfPuff, machine.balloon!.actual - actual]).toEqual([50, 0])
    fixture.script(0, function* (task) {
      for (const pfn of held) yield* release(machine, task, 0, pfn)
    })
    engine.run(21 * SECOND)
    expect(machine.balloon!.actual - actual).toBe(4 * 1024)
    check(fixture)
  })
})

describe('4 KiB inflation of 1 GiB to 600 MiB', () => {
  const PAGES = pagesIn(424 * MIB)

  /** A guest that has just booted, on a host that backs it already, with this many of its 512 huge pages whole. */
  function fresh(whole: number): Ballooned {
    const fixture = makeBallooned({ guest: { memory: GIB } })
    const { machine, engine } = fixture
    const random = engine.stream('backing')
    for (let chunk = 0, left = whole; chunk < 512; chunk++) {
      const huge = random.chance(left, 512 - chunk)
      if (huge) left--
      machine.vm.prefault(gfn(chunk * 512), huge)
    }
    return fixture
  }

  const aged = (used: number, fragmented: number, huge: number): Ballooned =>
    makeBallooned({ guest: { memory: GIB }, settings: { start: 'aged', aged: { used, fragmented, huge } } })

  const wholeChunks = (requests: readonly TappedRequest[]): number => {
    const perChunk = new Map<number, number>()
    for (const p of sequence(requests, RequestKind.INFLATE)) perChunk.set(p >> 9, (perChunk.get(p >> 9) ?? 0) + 1)
    return perChunk.size
  }

  function inflate(name: string, fixture: Ballooned): string[] {
    const { engine, machine, requests, setTarget } = fixture
    const before = machine.vm.mm.huge
    const residentBefore = machine.vm.residentPages
    setTarget(PAGES)
    engine.run(10 * SECOND)
    const told = sequence(requests, RequestKind.INFLATE)
    expect([machine.balloon!.actual, requests.length, new Set(told).size]).toEqual([PAGES, 424, PAGES])
    expect(residentBefore - machine.vm.residentPages).toBe(PAGES)
    engine.check()
    machine.balloon!.check()
    expect(machine.ghost.violations).toEqual([])
    let adjacent = 0
    for (let i = 1; i < told.length; i++) if (told[i] === told[i - 1] - 1) adjacent++
    const lost = before - machine.vm.mm.huge
    return [name, `${adjacent}`, `${wholeChunks(requests)}`, `${before}`, `${lost}`, `${((100 * lost) / before).toFixed(0)} %`, seconds(machine)]
  }

  const seconds = ({ engine }: Machine): string => {
    const worker = engine.tasks.find(({ name }) => name === 'balloon device')!
    return (worker.accountOn(worker.cpu).reduce((sum, ns) => sum + ns, 0) / SECOND).toFixed(2)
  }

  test('costs a fresh guest about what the balloon covers, and a fragmented one about nine tenths of its huge pages', () => {
    const rows = [
      ['guest', 'steps of -1', '2M touched', 'huge before', 'lost', 'share', 'host s'],
      inflate('fresh', fresh(445)),
      inflate('aged: used 0.07, fragmented 0.97', aged(0.07, 0.97, 0.87)),
    ]
    const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
    const line = (row: string[]): string => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
    expect(rows.map(line).join('\n')).toMatchInlineSnapshot(`
      "guest                             steps of -1  2M touched  huge before  lost  share  host s
      fresh                                  108120         212          445   185   42 %    0.25
      aged: used 0.07, fragmented 0.97        97237         454          445   397   89 %    0.26"
    `)
  })
})
