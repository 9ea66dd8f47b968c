/** Wrong peers for the rules of the balloon (1 to 48). */
import { Feature, QueueRole } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { conversation, le32 } from './conversation.ts'
import type { ConversationBuilder, ConversationOptions } from './conversation.ts'
import { byDevice, byDriver } from './example.ts'
import type { Examples } from './example.ts'

const { MUST_TELL_HOST, STATS_VQ, DEFLATE_ON_OOM, FREE_PAGE_HINT, PAGE_POISON, PAGE_REPORTING } = Feature
const { INFLATE, DEFLATE, STATS, FREE_PAGE, REPORTING } = QueueRole
const POISON = 0xaaaa_aaaa

const plain = (options: ConversationOptions = {}): ConversationBuilder => conversation(options).init()
const hinting = (): ConversationBuilder => plain({ offered: [FREE_PAGE_HINT] })
const reporting = (...offered: readonly number[]): ConversationBuilder => plain({ offered: [PAGE_REPORTING, ...offered] })
const statistics = (): ConversationBuilder => plain({ offered: [STATS_VQ] })

/** A report to a device without PAGE_REPORTING. */
const STRAY: TapEvent = { chain: { queue: 4, head: 0, descriptors: [{ gpa: 0x20_0000, len: 4096, flags: 2 }] } }

/** Runs steps that need a head. */
function steps(c: ConversationBuilder, ...parts: readonly ((c: ConversationBuilder) => unknown)[]): ConversationBuilder {
  for (const part of parts) part(c)
  return c
}

/** Posts statistics, and lets the device take them. */
const statsAnswered = (c: ConversationBuilder, tags: readonly number[]): ConversationBuilder => c.finish(STATS, c.postStats(tags))

export const BROKEN_BALLOON: Examples = {
  1: [byDriver(() => plain({ offered: [MUST_TELL_HOST], declined: [MUST_TELL_HOST] }).close())],
  2: [byDriver(() => {
    const c = conversation({ offered: [MUST_TELL_HOST], declined: [MUST_TELL_HOST] }).begin()
    return c.raw({ accepted: { features: c.accepted } }).write(11).read(3).ready().close()
  }, 1)],
  5: [
    byDriver(() => plain().configRead(8, 0, 0).close()),
    byDriver(() => hinting().configWrite(8, 7).close()),
  ],
  6: [
    byDriver(() => plain({ offered: [PAGE_POISON] }).configWrite(12, 1).close()),
    byDriver(() => conversation({ offered: [PAGE_POISON] }).begin().features().write(15).close()),
  ],
  7: [byDriver(() => legacy().configWrite(4, 1, 2).close(), 91)],
  8: [
    byDriver(() => steps(plain(), (c) => c.finish(INFLATE, c.post(INFLATE, le32(1).slice(0, 3)))).updateActual(0).close()),
    byDriver(() => plain().inflate([0x1_0000]).close()),
  ],
  9: [
    byDriver(() => steps(plain().inflate([1, 2]).target(2), (c) => c.finish(DEFLATE, c.postPfns(DEFLATE, [1])).updateActual(-1)).close()),
    byDriver(() => steps(plain().inflate([1, 2]).target(1), (c) => c.finish(DEFLATE, c.postPfns(DEFLATE, [1])).updateActual(-1)).close()),
  ],
  11: [byDriver(() => plain().inflate([1, 2]).guestWrites(2).close())],
  12: [byDriver(() => steps(plain({ offered: [MUST_TELL_HOST, DEFLATE_ON_OOM] }).inflate([1, 2]), (c) => {
    const head = c.postPfns(DEFLATE, [1])
    c.guestWrites(1).finish(DEFLATE, head).updateActual(-1)
  }).close())],
  14: [byDriver(() => steps(plain(), (c) => {
    const head = c.postPfns(INFLATE, [5])
    c.guestReads(5).finish(INFLATE, head).updateActual(1)
  }).close())],
  15: [
    byDriver(() => steps(plain({ offered: [DEFLATE_ON_OOM] }).inflate([1]), (c) => c.finish(DEFLATE, c.postPfns(DEFLATE, [2])).updateActual(0)).close()),
    byDriver(() => steps(plain({ offered: [DEFLATE_ON_OOM] }), (c) => {
      const head = c.postPfns(INFLATE, [7])
      c.finish(DEFLATE, c.postPfns(DEFLATE, [7])).finish(INFLATE, head).updateActual(0)
    }).close()),
  ],
  16: [byDriver(() => steps(plain(), (c) => c.finish(INFLATE, c.postPfns(INFLATE, [1]))).close())],
  17: [byDevice(() => plain().inflate([1]).discard(1).close()), byDevice(() => plain().inflate([1]).discard(2).close())],
  18: [
    byDevice(() => steps(plain(), (c) => c.finish(INFLATE, c.postPfns(INFLATE, [1]), 4).updateActual(1)).close()),
    byDevice(() => steps(reporting(), (c) => c.finish(REPORTING, c.postReport([512, 512]), 512 * 4096)).close()),
  ],
  19: [byDriver(() => steps(statistics(), (c) => c.postStats([1]), (c) => c.postStats([1])).close())],
  20: [byDriver(() => statistics().close())],
  21: [byDriver(() => statsAnswered(statistics(), [1, 2]).close())],
  22: [byDriver(() => steps(statistics(), (c) => c.postStats([1, 0, 0])).close()), byDriver(() => steps(statistics(), (c) => c.postStats([])).close())],
  23: [
    byDriver(() => steps(statistics(), (c) => c.post(STATS, new Uint8Array(12))).close()),
    byDriver(() => steps(statistics(), (c) => c.post(STATS, new Uint8Array(13))).close()),
  ],
  24: [byDriver(() => steps(statsAnswered(statistics(), [1, 2]), (c) => c.postStats([1, 3])).close())],
  27: [byDriver(() => steps(hinting().announce(2), (c) => c.finish(FREE_PAGE, c.post(FREE_PAGE, new Uint8Array(8)))).announce(1).close())],
  28: [
    byDriver(() => hinting().announce(2).command(2).command(2).command(0).announce(1).close()),
    byDriver(() => hinting().announce(2).command(3).command(0).announce(1).close()),
    byDriver(() => hinting().announce(2).hint([512, 512]).command(0).announce(1).close()),
  ],
  29: [byDriver(() => hinting().announce(2).command(2).hint([512, 512]).announce(1).close())],
  30: [byDriver(() => hinting().announce(2).command(2).announce(1).configRead(8, 1, 1).hint([512, 512]).command(0).close())],
  31: [
    byDriver(() => hinting().round(2, [512, 512]).announce(3).command(3).hint([1024, 1]).guestReads(1024).command(0).announce(1).close()),
    byDriver(() => hinting().announce(2).command(2).hint([512, 512]).guestWrites(600).command(0).announce(1).close()),
  ],
  33: [
    byDevice(() => hinting().announce(2).command(2).announce(0).announce(2).command(0).announce(1).close()),
    byDevice(() => hinting().configRead(8, 2, 1).command(2).configRead(8, 0, 2).configRead(8, 2, 3).command(0).configRead(8, 1, 4).close()),
  ],
  34: [byDevice(() => hinting().announce(2).command(2).hint([512, 512]).announce(3).discard(520).command(0).command(3).command(0).announce(1).close())],
  35: [byDevice(() => hinting().announce(2).command(2).hint([512, 512]).guestWrites(520).discard(520).command(0).announce(1).close(), 31)],
  36: [byDevice(() => hinting().round(2, [512, 512]).discard(520).close())],
  37: [byDevice(() => hinting().announce(2).command(2).command(0).close())],
  38: [byDriver(() => hinting().announce(2).command(1).command(0).announce(1).close())],
  40: [byDriver(() => plain({ offered: [PAGE_POISON, DEFLATE_ON_OOM] }).inflate([1]).deflate([1]).guestWrites(1, 1, 0).close())],
  41: [byDriver(() => reporting().report([512, 512]).guestReads(513).close())],
  42: [byDriver(() => steps(reporting(PAGE_POISON), (c) => {
    const head = c.postReport([512, 512])
    c.sees(512, 0).finish(REPORTING, head)
  }).close())],
  43: [byDriver(() => steps(reporting(), (c) => {
    const head = c.postReport([512, 512])
    c.guestWrites(513).finish(REPORTING, head)
  }).close())],
  44: [byDevice(() => steps(reporting(PAGE_POISON), (c) => {
    const head = c.postReport([512, 512])
    c.sees(512, POISON).finish(REPORTING, head).sees(512, 0)
  }).close())],
  45: [byDevice(() => reporting().report([512, 512]).discard(600).close())],
  47: [byDriver(() => steps(conversation({ offered: [PAGE_REPORTING] }).begin().features().setUp(INFLATE).setUp(DEFLATE).setUp(REPORTING), (c) => {
    c.raw({ chain: { queue: 2, head: 0, descriptors: [{ gpa: 0x20_0000, len: 0x20_0000, flags: 2 }] } }).write(15).kick(REPORTING).finish(REPORTING, 0)
  }).close())],
  48: [
    byDriver(() => plain().raw(STRAY).close()),
    byDevice(() => plain().raw(STRAY, { used: { queue: 4, head: 0 } }).close()),
    byDriver(() => conversation({ offered: [STATS_VQ, PAGE_REPORTING], declined: [STATS_VQ] }).init().close()),
  ],
}

/** A driver without VERSION_1. */
function legacy(): ConversationBuilder {
  const c = conversation()
  return c.begin().raw({ accepted: { features: { low: 0, high: 0 } } }).write(11).read(11).ready()
}
