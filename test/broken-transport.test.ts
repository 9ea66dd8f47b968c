/** A host that breaks the transport costs the guest its hints, never its memory: policies put back what they could not send, and go on. */
import { SECOND } from '@hintlab/kit'
import { checkMachine } from '@hintlab/lab'
import { BUFFER, makeMachine, QUEUE_SLEEPS, REPORTING } from '@hintlab/lab/testing'
import { FULL } from '@hintlab/protocol'
import { expect, test } from 'vitest'

test.each([['page reporting', REPORTING], ['async buffer', BUFFER]] as const)('%s keeps no page of a request that could not be sent', (_, face) => {
  const { engine, machine } = makeMachine({ interface: face, guest: { memory: 256 * 2 ** 20 } })
  const free = machine.kernel.mm.freePages()
  machine.transport!.port.submit = () => FULL
  engine.run(20 * SECOND)
  expect(machine.policy!.records.counter('failed')).toBeGreaterThan(0)
  expect(machine.policy!.records.counter('hintedPages')).toBe(0)
  expect(machine.policy!.pagesAway).toBe(0)
  expect(machine.kernel.mm.freePages()).toBe(free)
  expect(machine.ghost.violations).toEqual([])
  engine.check()
  checkMachine(machine)
})

test('a balloon reaches its target, and gives everything back, without a host that listens', () => {
  const { engine, machine } = makeMachine({ balloon: QUEUE_SLEEPS })
  machine.kernel.mm.drainAll(0)
  const free = machine.kernel.mm.freePages()
  const balloon = machine.balloon!
  machine.balloonTransport!.port.submit = () => FULL
  balloon.setTarget(1000)
  engine.run(SECOND)
  expect(balloon.actual).toBe(1000)
  balloon.setTarget(0)
  engine.run(2 * SECOND)
  expect(balloon.actual).toBe(0)
  machine.kernel.mm.drainAll(0)
  expect(machine.kernel.mm.freePages()).toBe(free)
  checkMachine(machine)
})
