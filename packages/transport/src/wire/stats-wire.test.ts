/** Statistics over both wires: the request stays with the host until it wants new ones. */
import { Columns } from '@hintlab/kit'
import { ArenaMemory, FULL, makeStats, Status } from '@hintlab/protocol'
import { Kind, makeCosts, Measure, point, TaskKind } from '@hintlab/sim'
import { describe, expect, it } from 'vitest'
import { connectStats, statsTransportBytes } from '../connect.ts'
import type { StatsTransportOptions } from '../connect.ts'
import { DriverMemory } from '../driver-memory.ts'

const AT_SLEEP = point(Kind.SLEEP, 'test: sleep')
const AT_RETURN = point(Kind.RETURN, 'test: back to the guest')
const AXES = { carrier: 'virtqueue', service: 'inline', notification: 'interrupt', submitter: 'sleeps' } as const
const GPA = 4096
const MS = 1_000_000

function makeStatsWorld(wire: 'protobuf' | 'native', packed: boolean) {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const memory = new ArenaMemory(engine.cols)
  const vcpu = engine.addCpu('vcpu0', { halts: true })
  const sizes = { axes: AXES, entriesMax: 16, slots: 1, wire, packed }
  memory.addRegion(GPA, statsTransportBytes(sizes))
  const options: StatsTransportOptions = { label: 'stats', target: 2, irqCpu: vcpu, ...sizes }
  const { port, source } = connectStats(engine, memory, new DriverMemory(GPA, statsTransportBytes(sizes)), options)
  engine.addTask('exit', vcpu, function* () {
    for (;;) {
      source.rung(0)
      yield AT_RETURN
    }
  }, { kind: TaskKind.EXIT })
  return { engine, port, source, vcpu, host: engine.addCpu('host') }
}

describe.each([['protobuf', false], ['native', false], ['native', true]] as const)('statistics over %s, packed %s', (wire, packed) => {
  it('arrive as they were sent, again and again, and no second one goes out while the host has the first', () => {
    const { engine, port, source, vcpu, host } = makeStatsWorld(wire, packed)
    const done: Status[] = []
    let full = 0
    port.setClient({ complete: (_slot, status) => void done.push(status), *bottomHalf() {} })
    const sent = makeStats(16)
    engine.addTask('stats worker', vcpu, function* (task) {
      for (let round = 1; round <= 3; round++) {
        sent.count = 3
        sent.tag.set([4, 5, 65000])
        sent.value.set([round, 2 ** 40 + round, 2 ** 64])
        const slot = port.submit(sent)
        if (slot === FULL) throw new Error('the slot is free')
        sent.value.fill(99)
        if (port.submit(sent) === FULL) full++
        yield* port.finish(task, slot)
        port.release(slot)
      }
    })
    const heard: number[][] = []
    engine.addTask('host', host, function* (task) {
      const got = makeStats(16)
      for (let n = 1; n <= 4; n++) {
        task.wakeAt = 10 * n * MS
        yield AT_SLEEP
        const handle = source.take(got)
        if (handle < 0) continue
        heard.push([...got.tag.subarray(0, got.count), ...got.value.subarray(0, got.count)])
        expect([source.readable, source.more, port.inFlight]).toEqual([true, false, 1])
        source.answer(handle, { status: Status.OK, accepted: 3, rejected: 0, ignored: 0 })
        source.signal(task)
      }
    })
    engine.run(100 * MS)
    engine.check()
    expect(heard).toEqual([1, 2, 3].map((round) => [4, 5, 65000, round, 2 ** 40 + round, 2 ** 64]))
    expect([done, full]).toEqual([[Status.OK, Status.OK, Status.OK], 3])
    expect([port.counter('completed'), port.rejected, source.unreadable]).toEqual([3, 0, 0])
    port.check()
    source.check()
  })
})
