/** Wrong peers for the rules of the rings (49 to 79, 93). */
import { Feature, QueueRole } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { conversation, le32 } from './conversation.ts'
import type { ConversationBuilder } from './conversation.ts'
import { byDevice, byDriver } from './example.ts'
import type { Examples } from './example.ts'

const { EVENT_IDX, IN_ORDER, RING_PACKED, INDIRECT_DESC } = Feature
const { INFLATE, DEFLATE } = QueueRole
const BUFFER = 0x4000_0000

const split = (...offered: readonly number[]): ConversationBuilder => conversation({ offered }).init()
const packed = (...offered: readonly number[]): ConversationBuilder => conversation({ offered: [RING_PACKED, ...offered] }).init()

/** A driver that places its first queue as given. */
const placed = (place: object, ...offered: readonly number[]): ConversationBuilder =>
  conversation({ offered }).begin().features().setUp(INFLATE, place).setUp(DEFLATE).write(15).close()

const chain = (...descriptors: { gpa?: number; len: number; flags: number }[]): TapEvent => ({
  chain: { queue: 0, head: 9, descriptors: descriptors.map((d, i) => ({ gpa: BUFFER + i * 4096, ...d })) },
})

const WRITE = 2
const TABLE = 4

/** Takes a chain and gives it back. */
const answered = (c: ConversationBuilder, event: TapEvent): ConversationBuilder => c.raw(event).kick(INFLATE).finish(INFLATE, 9).updateActual(0).close()

/** Two chains that come back in the wrong order. */
function outOfOrder(c: ConversationBuilder): ConversationBuilder {
  const first = c.postPfns(INFLATE, [1])
  const second = c.postPfns(INFLATE, [2])
  return c.finish(INFLATE, second).finish(INFLATE, first).updateActual(2).close()
}

/** A chain that nobody kicks for, although the words ask. */
function unkicked(c: ConversationBuilder, words: object): ConversationBuilder {
  return c.raw({ chain: { queue: 0, head: 0, descriptors: [{ gpa: BUFFER, len: 4, flags: 0 }] }, payload: le32(1), words }).close()
}

/** A chain that comes back without an interrupt, although the words ask. */
function uninterrupted(c: ConversationBuilder, words: object): ConversationBuilder {
  return c.used(INFLATE, c.postPfns(INFLATE, [1]), 0, words).updateActual(1).close()
}

/** With EVENT_IDX: the first answer shows where the index stands, and the second passes the event. */
function passedEvent(c: ConversationBuilder): ConversationBuilder {
  c.used(INFLATE, c.postPfns(INFLATE, [1]), 0, { usedIdx: 1, usedEvent: 1 })
  return c.used(INFLATE, c.postPfns(INFLATE, [2]), 0, { usedIdx: 2, usedEvent: 1 }).updateActual(2).close()
}

/** A word in the chain or the used element that the side must not write. */
const chainWords = (c: ConversationBuilder, words: object): ConversationBuilder =>
  c.finish(INFLATE, c.post(INFLATE, le32(1), words)).updateActual(1).close()
const usedWords = (c: ConversationBuilder, words: object): ConversationBuilder =>
  c.used(INFLATE, c.postPfns(INFLATE, [1]), 0, words).interrupt(INFLATE).updateActual(1).close()

/** A page is discarded that holds the buffer of a chain in flight. */
function discardsBuffer(c: ConversationBuilder): ConversationBuilder {
  const head = c.postPfns(INFLATE, [1])
  return c.discard(BUFFER / 4096).finish(INFLATE, head).updateActual(1).close()
}

/** Writable and larger than what the device may claim. */
const claimsMore = (c: ConversationBuilder): ConversationBuilder =>
  c.raw(chain({ len: 64, flags: WRITE })).kick(INFLATE).finish(INFLATE, 9, 65).updateActual(0).close()

const claimsNothing = (c: ConversationBuilder): ConversationBuilder => c.inflate([1]).used(INFLATE, 77).close()

export const BROKEN_RINGS: Examples = {
  49: [byDriver(() => placed({ size: 100 })), byDriver(() => placed({ descGpa: 0x5000_0008 })), byDriver(() => placed({ usedGpa: 0x5000_c002 }))],
  50: [byDriver(() => answered(split(), chain({ len: 4, flags: WRITE | 1 }, { len: 4, flags: 0 })))],
  51: [
    byDriver(() => answered(split(), chain())),
    byDriver(() => answered(split(), chain(...Array.from({ length: 129 }, () => ({ len: 4, flags: 0 }))))),
    byDriver(() => answered(split(), chain({ len: 0xffff_ffff, flags: 0 }, { len: 2, flags: 0 }))),
  ],
  52: [byDevice(() => discardsBuffer(split()), 17), byDevice(() => split().discard(0x5_0000).close(), 17)],
  53: [byDevice(() => outOfOrder(split(IN_ORDER)))],
  54: [
    byDriver(() => answered(split(), chain({ len: 16, flags: TABLE }, { len: 4, flags: 0 }))),
    byDriver(() => answered(split(INDIRECT_DESC), chain({ len: 16, flags: TABLE | 1 }, { len: 4, flags: 0 }))),
    byDriver(() => answered(split(INDIRECT_DESC), chain({ len: 32, flags: TABLE }, { len: 16, flags: TABLE })), 8),
  ],
  56: [byDriver(() => {
    const c = split()
    c.finish(INFLATE, c.post(INFLATE, le32(1), { availIdx: 5, usedFlags: 1 }))
    return c.finish(INFLATE, c.post(INFLATE, le32(2), { availIdx: 4, usedFlags: 1 })).updateActual(2).close()
  })],
  57: [
    byDriver(() => chainWords(split(), { availFlags: 2 })),
    byDriver(() => chainWords(split(EVENT_IDX), { availFlags: 1 })),
    byDevice(() => usedWords(split(), { usedFlags: 4 })),
  ],
  58: [byDriver(() => unkicked(split(), { usedFlags: 0, availIdx: 1 })), byDevice(() => uninterrupted(split(), { availFlags: 0, usedIdx: 1 }))],
  59: [byDriver(() => unkicked(split(EVENT_IDX), { availEvent: 0, availIdx: 1 })), byDevice(() => passedEvent(split(EVENT_IDX)))],
  61: [byDevice(() => claimsNothing(split())), byDevice(() => claimsMore(split()), 8), byDevice(() => twice(split()))],
  66: [byDriver(() => placed({ availGpa: 0x5000_8002 }, RING_PACKED)), byDriver(() => placed({ size: 0 }, RING_PACKED))],
  73: [byDevice(() => claimsNothing(packed())), byDevice(() => twice(packed())), byDevice(() => claimsMore(packed()), 8)],
  74: [
    byDriver(() => answered(packed(), chain({ len: 4, flags: WRITE | 1 }, { len: 4, flags: 0 }))),
    byDriver(() => answered(packed(), chain())),
  ],
  75: [byDriver(() => answered(packed(), chain({ len: 16, flags: TABLE }, { len: 4, flags: 0 })))],
  76: [
    byDriver(() => chainWords(packed(EVENT_IDX), { availFlags: 3 })),
    byDevice(() => usedWords(packed(), { usedFlags: 2, availFlags: 1 })),
    byDevice(() => uninterrupted(packed(), { availFlags: 0 })),
    byDriver(() => unkicked(packed(), { usedFlags: 0 })),
  ],
  79: [byDevice(() => discardsBuffer(packed()), 17)],
  93: [byDevice(() => outOfOrder(packed(IN_ORDER)))],
}

/** The same chain comes back two times. */
function twice(c: ConversationBuilder): ConversationBuilder {
  const head = c.postPfns(INFLATE, [1])
  return c.finish(INFLATE, head).finish(INFLATE, head).updateActual(1).close()
}
