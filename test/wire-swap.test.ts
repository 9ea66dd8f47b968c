/**
 * The same guest and the same host over two wires: the messages of this project, and the payloads of virtio-balloon on a queue per kind of request. Neither
 * policy nor device can tell; every page that one run takes from the guest, the other takes as well, in the same order.
 */
import { MIB, SECOND } from '@hintlab/kit'
import { checkMachine } from '@hintlab/lab'
import { allocate, BUFFER, makeMachine, QUEUE_SLEEPS, release, REPORTING, sleepUntil, tapRequests } from '@hintlab/lab/testing'
import type { MachineFixtureOptions } from '@hintlab/lab/testing'
import { describe, expect, test } from 'vitest'

type Wire = 'protobuf' | 'native'

/** A guest that uses and frees memory while its balloon grows and shrinks. */
function run(wire: Wire, options: MachineFixtureOptions) {
  const fixture = makeMachine({ guest: { memory: 256 * MIB }, balloon: QUEUE_SLEEPS, wire, ...options })
  const { engine, machine } = fixture
  const hints = tapRequests(engine, machine.device)
  const balloon = tapRequests(engine, machine.balloonDevice)
  fixture.script(0, function* (task) {
    const blocks: number[] = []
    for (let i = 0; i < 24; i++) blocks.push(yield* allocate(machine, task, 0, i % 11))
    for (const [i, block] of blocks.entries()) {
      yield* sleepUntil(task, (3 + i) * SECOND)
      if (i === 5) machine.balloon!.setTarget(1000)
      if (i === 15) machine.balloon!.setTarget(300)
      yield* release(machine, task, 0, block)
    }
  })
  engine.run(60 * SECOND)
  engine.check()
  checkMachine(machine)
  expect(machine.ghost.violations).toEqual([])
  const said = [...hints, ...balloon].map(({ kind, pfns, orders }) => ({ kind, pfns, orders }))
  const { transport, balloonTransport } = machine
  return {
    said,
    balloon: machine.balloon!.actual,
    resident: machine.vm.residentPages,
    discarded: machine.device!.counter('discardedPages') + machine.balloonDevice!.counter('discardedPages'),
    unanswered: transport!.port.inFlight + balloonTransport!.port.inFlight,
    bytes: balloonTransport!.port.counter('bytesOut'),
  }
}

describe('the same guest and host on both wires', () => {
  test.each([['page reporting', REPORTING], ['async buffer', BUFFER]] as const)('%s and the balloon free the same pages', (_, face) => {
    const messages = run('protobuf', { interface: face })
    const native = run('native', { interface: face })
    expect(native.said.length).toBeGreaterThan(10)
    expect(native.said).toEqual(messages.said)
    expect([native.balloon, native.resident, native.discarded]).toEqual([messages.balloon, messages.resident, messages.discarded])
    expect([native.balloon, native.unanswered, messages.unanswered]).toEqual([300, 0, 0])
    // Four bytes a page inflated; the deflated ones go on a queue of their own.
    expect(native.bytes).toBe(4 * 1000)
    expect(messages.bytes).toBeGreaterThan(1700)
  })

  test('a host that takes nothing looks the same to a native guest, which cannot be told', () => {
    const { engine, machine } = makeMachine({ interface: REPORTING, wire: 'native', settings: { host: { inhibited: true } }, guest: { memory: 256 * MIB } })
    engine.run(20 * SECOND)
    expect(machine.device!.counter('refused')).toBeGreaterThan(1)
    expect([machine.device!.counter('discardedPages'), machine.policy!.records.counter('failed')]).toEqual([0, 0])
    checkMachine(machine)
  })
})
