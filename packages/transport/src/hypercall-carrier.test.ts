/** The host's book of hypercalls, against a list: calls are taken in the order in which they came, and each is answered where it was asked. */
import { Columns } from '@hintlab/kit'
import { ArenaMemory } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NONE } from './carrier.ts'
import { hypercallBuffers, HypercallGuest, HypercallHost, hypercallSlotBytes } from './hypercall-carrier.ts'

const REQUEST_MAX = 8
const ANSWER_MAX = 8
const SLOT_BYTES = hypercallSlotBytes(REQUEST_MAX, ANSWER_MAX)
const BASE = 4096
const gpaOf = (slot: number): number => BASE + slot * SLOT_BYTES

function makeHypercalls(count: number) {
  const cols = new Columns()
  const memory = new ArenaMemory(cols)
  memory.addRegion(BASE, count * SLOT_BYTES)
  const slots = Array.from({ length: count }, (_, i) => hypercallBuffers(gpaOf(i), REQUEST_MAX, ANSWER_MAX))
  const guest = new HypercallGuest(cols, memory, slots, 0, 'test')
  const host = new HypercallHost(cols, memory, REQUEST_MAX, ANSWER_MAX, 'test')
  const ring = (slot: number): void => {
    guest.post(slot, 4)
    host.rung(gpaOf(slot))
  }
  const popAll = (): number[] => {
    const handles: number[] = []
    for (let handle = host.pop(); handle !== NONE; handle = host.pop()) handles.push(handle)
    return handles
  }
  return { cols, memory, guest, host, ring, popAll }
}

describe('hypercalls', () => {
  it('are taken first come, first served, and answered in any order', () => {
    const step = fc.oneof(fc.constant('ring' as const), fc.constant('pop' as const), fc.nat({ max: 30 }))
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { guest, host, ring } = makeHypercalls(16)
      const free = Array.from({ length: 16 }, (_, i) => i)
      const waiting: number[] = []
      const served: { slot: number; handle: number }[] = []
      for (const what of steps) {
        if (what === 'ring' && free.length > 0) {
          waiting.push(free.shift()!)
          ring(waiting[waiting.length - 1])
        } else if (what === 'pop') {
          const handle = host.pop()
          const slot = waiting.shift()
          expect(handle === NONE).toBe(slot === undefined)
          if (slot === undefined) continue
          expect([host.requestGpa, host.requestLength]).toEqual([gpaOf(slot) + 4, 4])
          served.push({ slot, handle })
        } else if (typeof what === 'number' && served.length > 0) {
          const { slot, handle } = served.splice(what % served.length, 1)[0]
          host.push(handle, slot % 8)
          expect([guest.reap(), guest.answerLength, guest.reap()]).toEqual([slot, slot % 8, NONE])
          free.push(slot)
        }
        host.check()
        guest.check()
        expect(host.enableKicks()).toBe(waiting.length > 0)
      }
    }), { seed: 1, numRuns: 200 })
  })

  it('leave a call that stays long in service its own answer, whatever comes in between', () => {
    const { guest, host, ring } = makeHypercalls(2)
    ring(0)
    const slow = host.pop()
    for (let i = 0; i < 3 * HypercallHost.callsMax; i++) {
      ring(1)
      host.push(host.pop(), 0)
      expect(guest.reap()).toBe(1)
    }
    host.push(slow, 5)
    expect([guest.reap(), guest.answerLength, host.dropped]).toEqual([0, 5, 0])
    host.check()
  })

  it('are counted when there are too many of them, and taken again when there is room', () => {
    const { host, ring, popAll } = makeHypercalls(1)
    for (let i = 0; i < HypercallHost.callsMax + 3; i++) ring(0)
    expect(host.dropped).toBe(3)
    const handles = popAll()
    expect(new Set(handles).size).toBe(HypercallHost.callsMax)
    ring(0)
    expect([host.pop(), host.dropped]).toEqual([NONE, 4])
    host.push(handles[7], 0)
    ring(0)
    expect(host.pop()).toBe(handles[7])
    host.check()
  })

  it('interrupt once for what was answered since the last question', () => {
    const { host, ring } = makeHypercalls(2)
    expect(host.needsInterrupt()).toBe(false)
    for (const slot of [0, 1]) {
      ring(slot)
      host.push(host.pop(), 0)
    }
    expect([host.needsInterrupt(), host.needsInterrupt()]).toEqual([true, false])
  })

  it('are answered once: a second answer is a bug of the host', () => {
    const { host, ring } = makeHypercalls(1)
    ring(0)
    const handle = host.pop()
    host.push(handle, 0)
    expect(() => host.push(handle, 0)).toThrow('answered once')
  })

  it('with an address outside guest memory are requests of length 0', () => {
    const { host } = makeHypercalls(1)
    for (const gpa of [0, BASE + SLOT_BYTES, 2 ** 52]) {
      host.rung(gpa)
      const handle = host.pop()
      expect(host.requestLength).toBe(0)
      host.push(handle, 0)
    }
    host.check()
  })

  it('keep all their state in columns', () => {
    const { cols, memory, guest, host, ring } = makeHypercalls(2)
    cols.seal()
    const fresh = cols.hash()
    ring(0)
    host.push(host.pop(), 3)
    memory.write(gpaOf(0) + 4 + REQUEST_MAX, Uint8Array.of(255, 0, 0, 0)) // a length that the buffer does not have
    expect([guest.reap(), guest.rejected]).toEqual([0, 1])
    ring(1)
    host.reset()
    expect([host.pop(), host.needsInterrupt()]).toEqual([NONE, false])
    cols.reset()
    expect([cols.hash(), guest.rejected, guest.reap(), host.pop()]).toEqual([fresh, 0, NONE, NONE])
  })
})
