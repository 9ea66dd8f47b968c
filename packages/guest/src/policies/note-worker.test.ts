import { MS, SECOND } from '@hintlab/kit'
import { Status } from '@hintlab/protocol'
import type { ColumnBatch } from '@hintlab/protocol'
import { Kind, point } from '@hintlab/sim'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ALL_SAFEGUARDS } from '../hint-policy.ts'
import { NONE } from '../mm/page-allocator.ts'
import type { FakeAnswer } from '../testing/fake-port.ts'
import { allocate, makeGuest, release } from '../testing/make-guest.ts'
import type { GuestFixture } from '../testing/make-guest.ts'
import { NoteWorker } from './note-worker.ts'
import type { NoteWorkerOptions } from './note-worker.ts'

const AT_NEXT = point(Kind.SLEEP, 'note worker test: next step')

/** Says when it looked, wants no block above `below`, and numbers its requests. */
class Numbered extends NoteWorker {
  below = Infinity
  readonly said: string[] = []

  protected override wants(pfn: number): boolean {
    return pfn < this.below
  }

  protected override describe(batch: ColumnBatch): void {
    batch.extra = this.numbers[0]++
    this.said.push(`${this.engine.now / MS} ms: ${[...batch.pfn.subarray(0, batch.count)].join(' ')} of order ${[...batch.order.subarray(0, batch.count)].join(' ')}`)
  }
}

function install(guest: GuestFixture, options: Partial<NoteWorkerOptions> = {}): Numbered {
  const { engine, kernel, port, vcpu } = guest
  const ground = { engine, kernel, ports: [port], vcpus: [vcpu], safeguards: ALL_SAFEGUARDS }
  const policy = new Numbered(ground, { label: 'numbered', order: 3, restNs: 10 * MS, numbers: 1, ...options })
  guest.install(policy)
  return policy
}

test('what was freed is reported once, a rest after the first of it, in requests of the size of the port', () => {
  const guest = makeGuest(64, { entriesMax: 2 })
  const policy = install(guest)
  guest.task(MS, function* (task) {
    const blocks: number[] = []
    for (let i = 0; i < 8; i++) blocks.push(yield* allocate(guest, task, 3))
    // Every second block, so that nothing merges; one of them is taken again before the worker looks.
    for (const pfn of [blocks[0], blocks[2], blocks[4], blocks[6]]) yield* release(guest, task, pfn)
    yield* allocate(guest, task, 3)
  })
  guest.run(SECOND)
  expect(policy.said.map((line) => line.replace(/^[\d.]+/, (ms) => ms.split('.')[0]))).toMatchInlineSnapshot(`
    [
      "11 ms: 0 16 of order 3 3",
      "11 ms: 32 of order 3",
    ]
  `)
  expect([policy.pagesAway, policy.records.counter('stale')]).toEqual([0, 1])
})

test('a block that is not wanted stays where it is', () => {
  const guest = makeGuest(64)
  const policy = install(guest)
  policy.below = 16
  guest.task(MS, function* (task) {
    const blocks: number[] = []
    for (let i = 0; i < 8; i++) blocks.push(yield* allocate(guest, task, 3))
    for (let i = 0; i < 8; i += 2) yield* release(guest, task, blocks[i])
  })
  guest.run(SECOND)
  expect(guest.port.pfns).toEqual([[0]])
  expect(policy.records.counter('stale')).toBe(3)
})

test('whatever a guest does and a host answers, only free blocks of the order are reported, and all memory is there in the end', () => {
  const step = fc.record({ order: fc.nat(4), free: fc.boolean(), pick: fc.nat(), rest: fc.boolean() })
  const answer = fc.constantFrom<FakeAnswer>({}, { delayNs: 25 * MS }, { status: Status.INHIBITED })
  let requests = 0
  fc.assert(fc.property(fc.array(step, { minLength: 40, maxLength: 150 }), fc.array(answer, { minLength: 4, maxLength: 4 }), (steps, answers) => {
    const guest = makeGuest(256, { entriesMax: 4, script: (n) => answers[n % answers.length] })
    const policy = install(guest)
    /** The twin: pages that the guest owns. A page that is reported is none of them; nobody gets one while it is away. */
    const owned = new Map<number, number>()
    const isOwned = (pfn: number): boolean => [...owned].some(([first, order]) => pfn >= first && pfn < first + 2 ** order)
    const submit = guest.port.submit.bind(guest.port)
    guest.port.submit = (batch) => {
      for (let i = 0; i < batch.count; i++) {
        expect(batch.order[i]).toBeGreaterThanOrEqual(3)
        for (let pfn = batch.pfn[i]; pfn < batch.pfn[i] + 2 ** batch.order[i]; pfn++) expect(isOwned(pfn)).toBe(false)
      }
      return submit(batch)
    }
    guest.task(0, function* (task) {
      for (const { order, free, pick, rest } of steps) {
        const [pfn] = [...owned.keys()].slice(owned.size === 0 ? 0 : pick % owned.size)
        if (free && owned.size > 0) {
          owned.delete(pfn)
          yield* release(guest, task, pfn)
        } else {
          const got = yield* allocate(guest, task, order)
          if (got !== NONE) owned.set(got, order)
        }
        if (!rest) continue
        task.wakeAt = guest.engine.now + 7 * MS
        yield AT_NEXT
      }
      for (const pfn of owned.keys()) {
        owned.delete(pfn)
        yield* release(guest, task, pfn)
      }
    })
    guest.run(60 * SECOND)
    policy.check()
    expect([policy.pagesAway, guest.kernel.mm.freePages(), guest.port.inFlight]).toEqual([0, 256, 0])
    requests += guest.port.requests.length
  }), { seed: 4, numRuns: 30 })
  expect(requests).toBeGreaterThan(60)
})
