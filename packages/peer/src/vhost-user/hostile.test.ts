/** A front-end that does what it likes: the server goes on, holds on to nothing, and serves the next one. */
import { closeSync, openSync } from 'node:fs'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { closeAll } from '../native/file-descriptor.ts'
import { makeMemfd } from '../native/memfd.ts'
import { makeEventFd } from '../native/notifier.ts'
import { socketPair } from '../native/unix-socket.ts'
import { EchoGuest, makeEchoServer, openDescriptors, SPLIT } from '../testing/echo-server.ts'
import { configPayload, encode, GUEST_GPA, memTable, u64, vringState } from '../testing/vhost-user-front-end.ts'
import { Read } from './message-reader.ts'
import { PAYLOAD_BYTES_MAX, Request, requestName } from './requests.ts'
import { PROTOCOL_FEATURES_DEFAULT } from './server.ts'

let world: ReturnType<typeof makeEchoServer>
/** One descriptor of each kind. */
let kinds: number[] = []
let before = 0

beforeAll(() => {
  kinds = [makeMemfd(0x10_0000), makeEventFd(), ...socketPair(), openSync('.', 'r'), openSync('/dev/null', 'r+'), makeMemfd(0)]
  world = makeEchoServer()
  before = openDescriptors()
})

afterAll(() => {
  world.close()
  closeAll(kinds)
})

/** Whatever happened before: a good front-end is served, and nothing is left of the bad one. */
afterEach(() => {
  world.server.disconnect()
  expect(openDescriptors()).toBe(before)
  expect(world.memory.regions).toEqual([])
})

/** A good session from begin to end. */
function serveOne(): void {
  const front = world.connect()
  front.begin(SPLIT, PROTOCOL_FEATURES_DEFAULT)
  const guest = new EchoGuest(front.guest, 0, SPLIT)
  front.setUpQueue(0, guest.place)
  guest.post([1, 2])
  front.kick(0)
  expect(guest.answer()).toEqual([1, 2])
  front.close()
  expect(world.server.connected).toBe(false)
}

/** A session in the middle, as the start of what is to come. */
function connectRunning() {
  const front = world.connect()
  front.begin(SPLIT, PROTOCOL_FEATURES_DEFAULT)
  front.openBackChannel()
  const guest = new EchoGuest(front.guest, 0, SPLIT)
  front.setUpQueue(0, guest.place)
  return { front, guest }
}

it.each([
  ['another version', encode(Request.GET_FEATURES, 2, Buffer.alloc(0)), []],
  ['no version', encode(Request.GET_FEATURES, 0, Buffer.alloc(0)), []],
  ['a reply', encode(Request.GET_FEATURES, 5, Buffer.alloc(0)), []],
  ['a payload where none belongs', encode(Request.GET_FEATURES, 1, u64(0)), []],
  ['a size that is far too large', encode(Request.SET_MEM_TABLE, 1, Buffer.alloc(0), 2 ** 32 - 1), []],
  ['a size just too large', encode(77, 1, Buffer.alloc(PAYLOAD_BYTES_MAX + 1)), []],
  ['a payload cut short', encode(Request.SET_VRING_ADDR, 1, Buffer.alloc(39)), []],
  ['a descriptor that does not belong', encode(Request.GET_FEATURES, 1, Buffer.alloc(0)), [0]],
  ['two descriptors for one', encode(Request.SET_VRING_KICK, 1, u64(0)), [1, 1]],
  ['no descriptor', encode(Request.SET_VRING_KICK, 1, u64(0)), []],
  ['a descriptor and the word that there is none', encode(Request.SET_VRING_CALL, 1, u64(0x100)), [1]],
  ['no back channel', encode(Request.SET_BACKEND_REQ_FD, 1, Buffer.alloc(0)), []],
  ['more regions than descriptors', encode(Request.SET_MEM_TABLE, 1, memTable([{ gpa: 0, userAddress: 0, fileOffset: 0, length: 4096 }])), []],
  ['no region', encode(Request.SET_MEM_TABLE, 1, memTable([])), []],
  ['enabling with 2', encode(Request.SET_VRING_ENABLE, 1, vringState(0, 2)), []],
  ['an address that is no number', encode(Request.SET_VRING_ADDR, 1, Buffer.concat([u64(0), u64(0, 2 ** 31), u64(0), u64(0), u64(0)])), []],
])('ends the connection: %s', (_, bytes, fds) => {
  const { front } = connectRunning()
  const { malformed } = world.server.counters
  front.raw(bytes, fds.map((kind) => kinds[kind]))
  expect(front.hungUp).toBe(true)
  expect(world.server.counters.malformed).toBe(malformed + 1)
  front.close()
  serveOne()
})

it.each([
  ['a kick that is a file', Request.SET_VRING_KICK, u64(0), [0]],
  ['a call that is a folder', Request.SET_VRING_CALL, u64(0), [4]],
  ['an error descriptor that is a device', Request.SET_VRING_ERR, u64(0), [5]],
  ['a kick for a ring that is not there', Request.SET_VRING_KICK, u64(9), [1]],
  ['a kick to be polled', Request.SET_VRING_KICK, u64(0x100), []],
  ['memory that is an eventfd', Request.SET_MEM_TABLE, memTable([{ gpa: 0, userAddress: 0, fileOffset: 0, length: 4096 }]), [1]],
  ['memory beyond its file', Request.SET_MEM_TABLE, memTable([{ gpa: 0, userAddress: 0, fileOffset: 0x10_0000, length: 4096 }]), [0]],
  ['memory above all addresses', Request.SET_MEM_TABLE, memTable([{ gpa: 2 ** 52, userAddress: 0, fileOffset: 0, length: 4096 }]), [0]],
  ['a configuration outside', Request.SET_CONFIG, configPayload(255, new Uint8Array(2)), []],
  ['a back channel that is an eventfd', Request.SET_BACKEND_REQ_FD, Buffer.alloc(0), [1]],
  ['a request that nobody knows', 4711, u64(0), []],
  ['a dirty log', 6, Buffer.alloc(16), []],
])('refuses, and goes on: %s', (_, request, payload, fds) => {
  const { front, guest } = connectRunning()
  expect(front.tell(request, payload, fds.map((kind) => kinds[kind]))).toBe(1)
  guest.post([3])
  front.kick(0)
  expect(guest.answer()).toEqual([3])
  front.close()
})

it('a kick descriptor that has come to its end is dropped', () => {
  const { front, guest } = connectRunning()
  const [mine, theirs] = socketPair()
  front.send(Request.SET_VRING_KICK, u64(0), [theirs])
  closeSync(mine)
  closeSync(theirs)
  const { broken } = world.server.counters
  world.pump()
  expect(world.server.counters.broken).toBe(broken + 1)
  expect(world.server.step(0)).toBe(false)
  front.setKick(0)
  guest.post([3])
  front.kick(0)
  expect(guest.answer()).toEqual([3])
  front.close()
})

it('a front-end that asks and never reads is given up', () => {
  const { front } = connectRunning()
  const ask = encode(Request.GET_CONFIG, 1, configPayload(0, new Uint8Array(256)))
  for (let i = 0; i < 20_000 && world.server.connected; i++) {
    front.raw(ask)
    world.server.step(0)
  }
  expect(world.server.connected).toBe(false)
  front.close()
})

it('a front-end that hangs up in the middle of a message, at any byte', () => {
  const message = encode(Request.SET_VRING_NUM, 1, vringState(0, 8))
  for (let length = 0; length < message.length; length++) {
    const { front } = connectRunning()
    front.raw(message.subarray(0, length))
    world.pump()
    front.close()
    expect(world.server.connected).toBe(false)
  }
})

it('understands messages however they are cut', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 })
  fc.assert(fc.property(parts, (cuts) => {
    const { front } = connectRunning()
    const bytes = Buffer.concat([
      encode(Request.SET_CONFIG, 1, configPayload(0, Uint8Array.of(7))), encode(Request.GET_QUEUE_NUM, 1, Buffer.alloc(0)),
      encode(Request.GET_CONFIG, 1, configPayload(0, new Uint8Array(2))),
    ])
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const length = cuts[i % cuts.length]
      front.raw(bytes.subarray(at, at + length))
      world.pump()
      at += length
    }
    expect(front.receive()?.payload).toEqual(u64(2))
    expect([...front.receive()!.payload.subarray(12)]).toEqual([7, 0])
    front.close()
  }), { numRuns: 40, seed: 1 })
})

it('any bytes: the connection ends or goes on, and the next is served', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 6 }), (pieces) => {
    const { front } = connectRunning()
    for (const piece of pieces) {
      front.raw(Buffer.from(piece))
      world.pump()
    }
    front.close()
  }), { numRuns: 60, seed: 1 })
  serveOne()
})

const word = fc.oneof(fc.constantFrom(0, 1, 2, 7, 8, 0x100, 0x101, GUEST_GPA, 0x1000, 0x7f00_0000, 0xffff_ffff), fc.integer({ min: 0, max: 0xffff_ffff }))
const request = fc.oneof(fc.constantFrom(...Object.values(Request)), fc.integer({ min: 0, max: 50 }))
const message = fc.record({
  request,
  flags: fc.constantFrom(1, 1, 9, 9, 9, 0, 5),
  words: fc.array(word, { maxLength: 20 }),
  fds: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 2 }),
  /** The size that the request has, so that the content is judged. */
  sized: fc.boolean(),
})

const SIZES: ReadonlyMap<number, number> = new Map([
  [Request.SET_FEATURES, 8], [Request.SET_PROTOCOL_FEATURES, 8], [Request.SET_VRING_NUM, 8], [Request.SET_VRING_BASE, 8], [Request.GET_VRING_BASE, 8],
  [Request.SET_VRING_ENABLE, 8], [Request.SET_VRING_KICK, 8], [Request.SET_VRING_CALL, 8], [Request.SET_VRING_ERR, 8], [Request.SET_VRING_ADDR, 40],
  [Request.SET_MEM_TABLE, 40], [Request.GET_CONFIG, 16], [Request.SET_CONFIG, 16],
])

it('any messages with any descriptors: nothing stays, and the next is served', () => {
  const outcomes = new Set<string>()
  fc.assert(fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), (messages) => {
    const { front, guest } = connectRunning()
    for (const { request, flags, words, fds, sized } of messages) {
      const payload = Buffer.alloc(sized ? (SIZES.get(request) ?? 0) : words.length * 4)
      for (const [i, value] of words.entries()) if (i * 4 + 4 <= payload.length) payload.writeUInt32LE(value, i * 4)
      front.send(request, payload, fds.map((kind) => kinds[kind]), flags)
      for (let reply = front.receive(); reply !== null; reply = front.receive()) outcomes.add(`${requestName(reply.request)} ${reply.payload.length}`)
      guest.post([1])
      front.kick(0)
      guest.ring.popUsed()
    }
    world.device.check()
    front.close()
    expect(world.memory.regions.length).toBe(0)
  }), { numRuns: 400, seed: 1 })
  expect(outcomes.size).toBeGreaterThan(20)
  expect(Read.MALFORMED).toBeLessThan(0)
  serveOne()
})
