import { expect, it } from 'vitest'
import { hintlab } from './generated/messages.js'
import { RequestKind, Status } from './ports.ts'

const { Conversation } = hintlab

/** `{REQUEST_KIND_REPORT: 1}` as `{REPORT: 1}`, without what only the wire has. The generated object also maps back from number to name. */
function withoutPrefix(wire: object, prefix: string): Record<string, unknown> {
  const named = Object.entries(wire).filter(([name]) => name.startsWith(prefix) && !name.endsWith('UNSPECIFIED'))
  return Object.fromEntries(named.map(([name, number]) => [name.slice(prefix.length), number]))
}

it('the numbers of the ports are the numbers on the wire', () => {
  expect(withoutPrefix(hintlab.RequestKind, 'REQUEST_KIND_')).toEqual(RequestKind)
  const { FAILED: _neverOnTheWire, ...travelling } = Status
  expect(withoutPrefix(hintlab.Status, 'STATUS_')).toEqual(travelling)
  expect(hintlab.RequestKind.REQUEST_KIND_UNSPECIFIED).toBe(0)
  expect(hintlab.Status.STATUS_UNSPECIFIED).toBe(0)
})

it('a conversation keeps every kind of event, exact times and addresses, and may be written in pieces', () => {
  const header = {
    version: 1, seed: 7, scenarioHash: 'a1b2', features: { low: 0x2000_0020, high: 1 }, regions: [{ gpa: 2 ** 32, length: 2 ** 40 }],
  }
  const descriptors = [{ gpa: 2 ** 52 - 4096, len: 4096, flags: 3 }, { gpa: 4096, len: 26, flags: 2 }]
  const whats = [
    { chain: { queue: 4, head: 3, descriptors }, payload: Uint8Array.of(1, 2) },
    { kick: { queue: 4 } },
    { used: { queue: 4, head: 3, len: 26 } },
    { interrupt: { queue: 4 } },
    { interrupt: { config: true } },
    { hypercall: { nr: 11, a0: 2 ** 45, a1: 2 ** 21 } },
    { hypercallReturn: { value: -22 } },
    { config: { numPages: 512, poisonVal: 0xaaaa_aaaa } },
  ]
  const events = whats.map((what, i) => ({ timeNs: 2 ** 53 - 10 + i, sequence: 2 ** 32 - 10 + i, cpu: i, ...what }))
  const pieces = [header, { events: events.slice(0, 3) }, { events: events.slice(3) }].map((piece) => Conversation.encode(piece).finish())
  const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]))
  expect(whole).toEqual(Uint8Array.from(Conversation.encode({ ...header, events }).finish()))

  const read = Conversation.decode(whole)
  expect(read).toMatchObject(header)
  expect(read.events).toMatchObject(events)
})
