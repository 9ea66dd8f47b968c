/** A device with several queues, requests in parts, and the runs of free page hinting. */
import { gfn } from '@hintlab/kit'
import { HintCommand, RequestKind, Status } from '@hintlab/protocol'
import type { HintBatch } from '@hintlab/protocol'
import { Kind, point } from '@hintlab/sim'
import { describe, expect, test } from 'vitest'
import { HintDevice } from './device.ts'
import type { DeviceOptions } from './device.ts'
import { makeVm, ScriptedSource } from './testing/index.ts'
import type { ScriptedRequest, VmFixture } from './testing/index.ts'

const AT_DONE = point(Kind.RUN, 'test: done')

/** Serves the sources with one device, to the end. */
function serveAll(fixture: VmFixture, sources: readonly ScriptedSource[], options: Partial<DeviceOptions> = {}): HintDevice {
  const device = new HintDevice(fixture.engine, fixture.vm, sources, { label: 'test', entriesMax: 1024, ...options })
  fixture.engine.addTask('device', fixture.host, function* (task) {
    yield* device.drain(task)
    yield AT_DONE
  })
  return device
}

/** A source whose requests come in parts of one entry. */
class PartedSource extends ScriptedSource {
  override more = false
  private readonly whole: ScriptedRequest
  private part = 0

  constructor(whole: ScriptedRequest) {
    super([])
    this.whole = whole
  }

  override take(batch: HintBatch): number {
    const entries = this.whole.entries ?? []
    const entry = entries[this.part]
    if (entry === undefined) return -1
    this.readable = this.whole.readable ?? true
    batch.kind = (this.whole.kind ?? RequestKind.REPORT) as HintBatch['kind']
    batch.pfn[0] = entry[0]
    batch.order[0] = entry[1]
    batch.count = 1
    this.part++
    this.more = this.part < entries.length
    return 7
  }

  override arm(): boolean {
    return false
  }
}

describe('a device with several queues', () => {
  test('serves them in turn, so that a full one does not starve the others', () => {
    const fixture = makeVm()
    const flood = new ScriptedSource(Array.from({ length: 5 }, (_, i) => ({ entries: [[i, 0]] as const })))
    const other = new ScriptedSource([{ entries: [[512, 0]] }, { entries: [[513, 0]] }])
    const device = serveAll(fixture, [flood, other])
    fixture.engine.run(1e12)
    expect(fixture.discarded).toEqual(['0+1', '512+1', '1+1', '513+1', '2+1', '3+1', '4+1'])
    expect([flood.answers.length, other.answers.length, device.counter('requests')]).toEqual([5, 2, 7])
    expect(device.source).toBe(flood)
  })
})

describe('a request in parts', () => {
  test('has one answer, for all of them together', () => {
    const fixture = makeVm()
    const source = new PartedSource({ entries: [[0, 0], [5000, 0], [8, 3]] })
    const device = serveAll(fixture, [source])
    fixture.engine.run(1e12)
    expect(source.answers).toEqual([`7: status ${Status.PARTLY}, 2 accepted, 1 rejected, 0 ignored`])
    expect(fixture.discarded).toEqual(['0+1', '8+8'])
    expect([device.counter('requests'), device.counter('accepted'), device.counter('rejected')]).toEqual([1, 2, 1])
  })

  test('of which none can be read is refused', () => {
    const fixture = makeVm()
    const source = new PartedSource({ entries: [[0, 0], [1, 0]], readable: false })
    serveAll(fixture, [source])
    fixture.engine.run(1e12)
    expect(source.answers).toEqual([`7: status ${Status.REJECTED}, 0 accepted, 0 rejected, 0 ignored`])
    expect(fixture.discarded).toEqual([])
  })
})

describe('free page hinting', () => {
  const hint = (run: number, pfn: number): ScriptedRequest => ({ kind: RequestKind.HINT, run, entries: [[pfn, 9]] })

  test('hints count only in their run (H1), and after STOP none does', () => {
    const fixture = makeVm()
    const commands: number[] = []
    const source = new ScriptedSource([
      hint(2, 0), { kind: RequestKind.HINT_COMMAND, run: 2 }, hint(2, 512), hint(3, 0),
      { kind: RequestKind.HINT_COMMAND, run: HintCommand.STOP }, hint(2, 1024), hint(HintCommand.STOP, 1024),
    ])
    const device: HintDevice = serveAll(fixture, [source], {
      command: (commandId) => {
        commands.push(commandId)
        device.currentRun = commandId
      },
    })
    fixture.engine.run(1e12)
    expect(commands).toEqual([2, 0])
    expect(fixture.discarded).toEqual(['512+512'])
    expect(source.outcomes.map(({ status, ignored }) => [status, ignored])).toEqual([[1, 1], [1, 0], [1, 0], [1, 1], [1, 0], [1, 1], [1, 1]])
    expect([device.counter('stale'), device.counter('ignored'), device.counter('refused')]).toEqual([4, 4, 0])
  })

  test('a device that does not know runs refuses commands', () => {
    const fixture = makeVm()
    const source = new ScriptedSource([{ kind: RequestKind.HINT_COMMAND, run: 2 }])
    serveAll(fixture, [source])
    fixture.engine.run(1e12)
    expect(source.outcomes[0].status).toBe(Status.REJECTED)
  })
})

test('a device that keeps the contents of reports accepts them, and still takes what is inflated', () => {
  const fixture = makeVm()
  const source = new ScriptedSource([{ entries: [[0, 9], [1, 3]] }, { kind: RequestKind.INFLATE, entries: [[512, 0]] }])
  serveAll(fixture, [source], { keeps: (kind) => kind === RequestKind.REPORT })
  fixture.engine.run(1e12)
  expect(source.answers).toEqual([`0: status ${Status.OK}, 0 accepted, 0 rejected, 2 ignored`, `1: status ${Status.OK}, 1 accepted, 0 rejected, 0 ignored`])
  expect(fixture.discarded).toEqual(['512+1'])
})

test('a device that joins drops neighbours with one call, and refuses and leaves the same as one that does not', () => {
  const entries: [number, number][] = [[9, 0], [8, 0], [7, 0], [5000, 0], [6, 0], [20, 0], [21, 0], [24, 3], [22, 0], [22, 0]]
  const render = (joins: boolean): readonly unknown[] => {
    const fixture = makeVm()
    fixture.vm.prefault(gfn(0), false)
    const source = new ScriptedSource([{ kind: RequestKind.INFLATE, entries }, { kind: RequestKind.DEFLATE, entries: [[9, 0], [8, 0]] }])
    const device = serveAll(fixture, [source], { joins })
    fixture.engine.run(1e12)
    fixture.vm.check()
    return [source.answers, fixture.vm.residentPages, device.counter('discardedPages'), fixture.discarded]
  }
  const [joined, apart] = [render(true), render(false)]
  expect(joined.slice(0, 3)).toEqual(apart.slice(0, 3))
  expect(joined[3]).toEqual(['6+4', '20+2', '24+8', '22+1', '22+1'])
  expect(apart[3]).toHaveLength(9)
})
