/** Whatever a recording says, the checker bears it, and says the same of it in a file and live. */
import { messages } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Linter } from './linter.ts'

const n = fc.oneof(fc.nat(5), fc.nat(130), fc.constantFrom(4096, 0x1000_0000, 0xffff_ffff))
const gpa = fc.oneof(fc.nat(20).map((page) => page * 4096), n)
const bytes = fc.uint8Array({ maxLength: 44 })
const flag = fc.boolean()
const features = fc.record({ low: fc.constantFrom(0, 0x3f, 0x3000_003f, 0x4000_0029), high: fc.constantFrom(0, 1, 5, 9, 0x10d) })
const queue = fc.nat(5)
const descriptor = fc.record({ gpa, len: fc.oneof(fc.nat(50), fc.constant(8192)), flags: fc.nat(7) })
const words = fc.record({ availFlags: fc.nat(3), availIdx: n, usedEvent: n, usedFlags: fc.nat(3), usedIdx: n, availEvent: n }, { requiredKeys: [] })

const event: fc.Arbitrary<TapEvent> = fc.oneof(
  fc.record({ chain: fc.record({ queue, head: fc.nat(4), descriptors: fc.array(descriptor, { maxLength: 4 }) }), payload: bytes, words }, { requiredKeys: ['chain'] }),
  fc.record({ used: fc.record({ queue, head: fc.nat(4), len: n }), words }, { requiredKeys: ['used'] }),
  fc.record({ kick: fc.record({ queue }) }),
  fc.record({ interrupt: fc.record({ queue, config: flag }) }),
  fc.record({ config: fc.record({ numPages: n, actual: n, freePageHintCmdId: fc.nat(4), poisonVal: n }) }),
  fc.record({ offered: fc.record({ features }) }),
  fc.record({ accepted: fc.record({ features }) }),
  fc.record({ status: fc.record({ write: flag, value: fc.constantFrom(0, 1, 3, 11, 15, 64, 79, 128) }) }),
  fc.record({ configAccess: fc.record({ write: flag, offset: fc.nat(20), data: bytes, generation: fc.nat(1) }) }),
  fc.record({ queueSetup: fc.record({ queue, size: n, descGpa: gpa, availGpa: gpa, usedGpa: gpa }) }),
  fc.record({ queueState: fc.record({ queue, change: fc.constantFrom(0, 1, 2, 3, 4) }) }),
  fc.record({ vhostUser: fc.record({ fromFrontEnd: flag, request: fc.nat(42), flags: fc.nat(15), size: fc.nat(50), fds: fc.nat(2), payload: bytes, backChannel: flag }) }),
  fc.record({ memory: fc.record({ kind: fc.constantFrom(0, 1, 2, 3, 4), gpa, length: fc.nat(9000), fill: n }, { requiredKeys: ['kind', 'gpa', 'length'] }) }),
  fc.record({ register: fc.record({ write: flag, offset: fc.constantFrom(0, 4, 8, 0x10, 0x20, 0x38, 0x44, 0x60, 0x64, 0x70, 0xc0, 0xfc, 0x100), value: fc.nat(5), width: fc.constantFrom(1, 4) }) }),
  fc.record({ hypercall: fc.record({ nr: n }) }),
)

test('no events break the checker, and decoding them changes nothing', () => {
  fc.assert(fc.property(fc.array(event, { maxLength: 80 }), (events) => {
    const live = new Linter()
    const recorded = new Linter()
    for (const [sequence, seen] of events.entries()) {
      live.event({ ...seen, sequence })
      recorded.event(messages.Event.decode(messages.Event.encode({ ...seen, sequence }).finish()))
    }
    expect(recorded.finish()).toEqual(live.finish())
  }), { numRuns: 150 })
})
