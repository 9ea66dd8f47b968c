/** Conversations that keep every rule have no findings, wherever they end. */
import { Feature, NUMBERINGS, QueueRole } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Linter } from './linter.ts'
import { conversation } from './testing/conversation.ts'
import type { ConversationBuilder } from './testing/conversation.ts'

const { MUST_TELL_HOST, STATS_VQ, DEFLATE_ON_OOM, FREE_PAGE_HINT, PAGE_POISON, PAGE_REPORTING, RING_PACKED, EVENT_IDX, IN_ORDER, INDIRECT_DESC } = Feature
const POISON = 0xaaaa_aaaa

/** Keeps every rule; `random` numbers choose what happens. */
class RightPeers {
  readonly c: ConversationBuilder
  private readonly ballooned: number[] = []
  private round = 1
  private generation = 0

  constructor(offered: readonly number[]) {
    this.c = conversation({ offered: [DEFLATE_ON_OOM, ...offered] }).init()
    if (this.c.has(STATS_VQ)) this.c.postStats([0, 1, 2])
  }

  step(what: number, n: number): void {
    const { c } = this
    switch (what % 7) {
      case 0: return this.inflate(n)
      case 1: return this.deflate(n)
      case 2: return this.stats()
      case 3: return this.report(n)
      case 4: return this.hints(n)
      case 5:
        c.configRead(0, n, ++this.generation).configRead(0, n, this.generation)
        return
      default:
        if (n % 4 === 0) this.restart()
    }
  }

  private inflate(n: number): void {
    const pfns = Array.from({ length: 1 + (n % 5) }, (_, i) => 0x8000 + this.ballooned.length + i)
    this.c.guestReads(pfns[0]).inflate(pfns).guestWrites(1)
    if (this.c.has(MUST_TELL_HOST)) this.c.discard(pfns[0])
    this.ballooned.push(...pfns)
  }

  private deflate(n: number): void {
    const back = this.ballooned.splice(-(1 + (n % 7)))
    if (back.length === 0) return
    this.c.deflate(back).guestWrites(back[0], 1, POISON).guestReads(back[0])
  }

  private stats(): void {
    const { c } = this
    if (!c.has(STATS_VQ)) return
    const last = c.events.findLast(({ chain }) => chain?.queue === c.queue(QueueRole.STATS))
    c.finish(QueueRole.STATS, last?.chain?.head ?? 0)
    c.postStats([2, 1, 0])
  }

  private report(n: number): void {
    const { c } = this
    if (!c.has(PAGE_REPORTING)) return
    const pfn = (1 + (n % 20)) * 512
    const head = c.postReport([pfn, 512], [pfn + 512, 512])
    if (c.has(PAGE_POISON)) c.sees(pfn, POISON)
    c.discard(pfn, 1024).finish(QueueRole.REPORTING, head)
    if (c.has(PAGE_POISON)) c.sees(pfn, POISON)
    c.guestWrites(pfn, 3).guestReads(pfn + 1)
  }

  private hints(n: number): void {
    const { c } = this
    if (!c.has(FREE_PAGE_HINT)) return
    const pfn = (1 + (n % 20)) * 512
    c.announce(++this.round).command(this.round).hint([pfn, 1024]).discard(pfn + 5).command(0).announce(1).guestWrites(pfn, 1024)
  }

  private restart(): void {
    this.deflate(1000)
    const left = this.ballooned.splice(0)
    if (left.length > 0) this.c.deflate(left)
    this.c.close().begin().features().ready()
    if (this.c.has(STATS_VQ)) this.c.postStats([5])
  }
}

const options = [MUST_TELL_HOST, STATS_VQ, FREE_PAGE_HINT, PAGE_POISON, PAGE_REPORTING, RING_PACKED, EVENT_IDX, IN_ORDER, INDIRECT_DESC]
const script = fc.array(fc.tuple(fc.nat(6), fc.nat(100)), { maxLength: 25 })

test('no finding in a correct conversation', () => {
  fc.assert(fc.property(fc.subarray(options), script, fc.constantFrom(...NUMBERINGS.slice(1)), fc.double({ min: 0.1, max: 1, noNaN: true }), (offered, steps, numbering, cut) => {
    const peers = new RightPeers(offered)
    for (const [what, n] of steps) peers.step(what, n)
    const linter = new Linter({ numbering })
    for (const event of peers.c.close().events) linter.event(event)
    expect(linter.finish()).toEqual([])

    const broken = new Linter({ numbering })
    for (const event of peers.c.events.slice(0, Math.floor(peers.c.events.length * cut))) broken.event(event)
    expect(broken.finish().filter(({ verdict }) => verdict !== 'should-warning')).toEqual([])
  }), { numRuns: 60, seed: 3 })
})

test('a conversation without features, status or queues says nothing, and nothing is found', () => {
  const linter = new Linter()
  linter.event({ chain: { queue: 0, head: 3, descriptors: [{ gpa: 4096, len: 20, flags: 0 }, { gpa: 8192, len: 64, flags: 2 }] }, payload: new Uint8Array(20) })
  linter.event({ hypercall: { nr: 12 } })
  linter.event({ kick: { queue: 0 } })
  linter.event({ used: { queue: 0, head: 3, len: 10 } })
  linter.event({ interrupt: { queue: 0 } })
  linter.event({})
  expect(linter.finish()).toEqual([])
  expect(linter.events).toBe(6)
})

test('what a peer is known for has its name, and a recording that breaks off only warns', () => {
  const linter = new Linter({ peers: ['cloud-hypervisor'] })
  const c = conversation({ offered: [PAGE_REPORTING] }).init()
  c.finish(QueueRole.REPORTING, c.postReport([512, 512]), 512 * 4096)
  c.finish(QueueRole.INFLATE, c.postPfns(QueueRole.INFLATE, [1]))
  for (const event of c.events) linter.event(event)
  expect(linter.finish().map(({ rule, actor, verdict, name, text }) => [rule, actor, verdict, name ?? '', text].join(' | '))).toMatchInlineSnapshot(`
    [
      "18 | V | peer-divergence | cloud-hypervisor | used length 2097152 of a buffer into which the device writes nothing",
      "16 | D | should-warning |  | actual was not updated after the number of pages changed in step 21, when the recording breaks off",
    ]
  `)
})
