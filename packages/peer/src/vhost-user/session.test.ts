import { Feature, featureSet } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { afterEach, expect, it } from 'vitest'
import { NO_FD } from '../native/file-descriptor.ts'
import { ECHO_FEATURES, EchoGuest, makeEchoServer, openDescriptors, QUEUE_SIZE, SPLIT } from '../testing/echo-server.ts'
import type { EchoServerOptions } from '../testing/echo-server.ts'
import { GUEST_BYTES, GUEST_GPA, u64, vringState } from '../testing/vhost-user-front-end.ts'
import type { VhostUserFrontEnd } from '../testing/vhost-user-front-end.ts'
import { PROTOCOL_FEATURES_BIT, ProtocolFeature, Request, requestName } from './requests.ts'
import { PROTOCOL_FEATURES_DEFAULT } from './server.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

const PACKED = featureSet(Feature.VERSION_1, Feature.RING_PACKED)
const IN_BAND: FeatureSet = featureSet(
  ProtocolFeature.REPLY_ACK, ProtocolFeature.BACKEND_REQ, ProtocolFeature.CONFIG, ProtocolFeature.INBAND_NOTIFICATIONS,
)

function serve(options: EchoServerOptions = {}) {
  const world = makeEchoServer(options)
  cleanups.push(world.close)
  return world
}

function attach(world: ReturnType<typeof serve>): VhostUserFrontEnd {
  const front = world.connect()
  cleanups.push(() => front.close())
  return front
}

/** A connected guest whose queue 0 runs. */
function started(features: FeatureSet = SPLIT, options: EchoServerOptions = {}) {
  const world = serve(options)
  const front = attach(world)
  front.begin(features, PROTOCOL_FEATURES_DEFAULT)
  front.openBackChannel()
  const guest = new EchoGuest(front.guest, 0, features)
  front.setUpQueue(0, guest.place, features === PACKED ? 0x8000_8000 : 0)
  return { ...world, front, guest }
}

it.each([
  ['split', SPLIT, 0], ['event index and tables', featureSet(Feature.VERSION_1, Feature.EVENT_IDX, Feature.INDIRECT_DESC), 0],
  ['packed', PACKED, 0x8000_8000], ['packed, with the base that UML sends', PACKED, 0], ['all', ECHO_FEATURES, 0x8000_8000],
])('start, kick, used, call: %s', (_, features, base) => {
  const world = serve()
  const front = attach(world)
  front.begin(features, PROTOCOL_FEATURES_DEFAULT)
  const guest = new EchoGuest(front.guest, 0, features)
  front.setUpQueue(0, guest.place, base)
  for (let i = 0; i < 3 * QUEUE_SIZE + 1; i++) {
    expect(guest.post([i, 7, 9])).toBe(true)
    front.kick(0)
    expect(front.called(0)).toBe(true)
    expect(guest.answer()).toEqual([i, 7, 9])
  }
  expect(front.called(0)).toBe(false)
  world.device.check()
  expect(world.server.counters).toMatchObject({ malformed: 0, refused: 0, broken: 0, kicks: 25, calls: 25, memoryTables: 1 })
})

it('answers what it is asked', () => {
  const { front } = started()
  expect(front.ask(Request.GET_FEATURES)).toEqual(u64((ECHO_FEATURES.low | 2 ** PROTOCOL_FEATURES_BIT) >>> 0, ECHO_FEATURES.high))
  expect(front.ask(Request.GET_PROTOCOL_FEATURES)).toEqual(u64(PROTOCOL_FEATURES_DEFAULT.low))
  expect(front.ask(Request.GET_QUEUE_NUM)).toEqual(u64(2))
  front.setConfig(2, Uint8Array.of(5, 6))
  expect(front.getConfig(0, 8)).toEqual([0, 0, 5, 6, 0, 0, 0, 0])
  expect(front.getConfig(6, 4)).toEqual([0, 0, 0, 0])
  // A range that is none is answered with nothing.
  expect(front.getConfig(250, 7)).toEqual([])
})

it('says 0 or 1 where an answer is asked for, and only there', () => {
  const { front, server } = started()
  expect(front.tell(Request.SET_VRING_NUM, vringState(0, QUEUE_SIZE))).toBe(0)
  expect(front.tell(Request.SET_VRING_NUM, vringState(0, 257))).toBe(1)
  expect(front.tell(Request.SET_VRING_NUM, vringState(0, 0))).toBe(1)
  expect(front.tell(Request.SET_VRING_BASE, vringState(2, 0))).toBe(1)
  expect(front.tell(Request.SET_VRING_ADDR, Buffer.concat([u64(0), u64(64), u64(64), u64(64), u64(0)]))).toBe(1)
  expect(front.tell(Request.SET_FEATURES, u64(1))).toBe(1)
  expect(front.tell(Request.SET_STATUS, u64(0))).toBe(1)
  expect(front.tell(77)).toBe(1)
  expect(front.tell(Request.GET_QUEUE_NUM)).toBe(2)
  expect(front.receive()).toBeNull()
  expect(server.counters.refused).toBe(7)
  // Without a way to say no, it hangs up.
  front.send(Request.SET_VRING_NUM, vringState(0, 257))
  expect(front.hungUp).toBe(true)
})

it('answers the message that negotiates answers, as UML asks', () => {
  const front = attach(serve())
  expect(front.tell(Request.SET_OWNER)).toBeNull()
  expect(front.tell(Request.SET_PROTOCOL_FEATURES, u64(PROTOCOL_FEATURES_DEFAULT.low))).toBe(0)
})

it('goes on with a new memory table where it was', () => {
  const { front, guest, memory, echo } = started()
  expect(guest.post([1])).toBe(true)
  front.kick(0)
  expect(guest.answer()).toEqual([1])
  // The VMM moves the same guest memory to another file, and a request is made before anybody is kicked.
  const moved = front.newGuestFile(5)
  guest.post([2])
  const bytes = new Uint8Array(GUEST_BYTES)
  front.guest.memory.read(GUEST_GPA, bytes)
  moved.memory.write(GUEST_GPA, bytes)
  echo.heard.length = 0
  front.setMemory(moved)
  expect(echo.heard.slice(0, 2)).toEqual(['stopped 0'])
  expect(memory.generation).toBe(2)
  // The ring's addresses were those of the old table.
  front.send(Request.SET_VRING_ADDR, front.address(0, guest.place))
  expect(echo.echoed).toBe(2)
  const used = moved.memory.window(guest.place.usedGpa, 4)!
  expect(used.load16(2)).toBe(2)
})

it('a table in which the rings lie as before changes nothing for the guest', () => {
  const { front, guest, memory, echo } = started()
  for (let i = 0; i < 5; i++) {
    guest.post([i])
    // The kick that may be lost: the request is found when the ring goes on.
    front.setMemory(front.guest)
    expect(guest.answer()).toEqual([i])
  }
  expect(memory.generation).toBe(6)
  expect(echo.echoed).toBe(5)
  // A ring that goes on is served unasked, a new one with its first kick.
  expect(echo.heard.slice(0, 4)).toEqual(['reset', 'negotiated', 'started 0', 'stopped 0'])
  expect(echo.heard.slice(-3)).toEqual(['stopped 0', 'started 0', 'notified 0'])
})

it.each([['split', SPLIT, 0], ['packed', PACKED, 0x8000_8000]])('GET_VRING_BASE stops a ring, and it goes on from there: %s', (_, features, fresh) => {
  const { front, guest, echo, server } = started(features)
  for (let i = 0; i < 11; i++) {
    guest.post([i])
    front.kick(0)
    expect(guest.answer()).toEqual([i])
  }
  const reply = front.ask(Request.GET_VRING_BASE, vringState(0, 0))
  expect(reply.readUInt32LE(0)).toBe(0)
  const base = reply.readUInt32LE(4)
  // 11 requests: split counts them; packed has 22 descriptors in laps of 8, so it is in the third lap, an even one.
  expect(base).toBe(fresh === 0 ? 11 : 0x8006_8006)
  guest.post([42])
  front.kick(0)
  expect(guest.answer()).toBeNull()
  expect(echo.heard.at(-1)).toBe('stopped 0')
  front.setUpQueue(0, guest.place, base)
  expect(guest.answer()).toEqual([42])
  expect(server.counters.malformed).toBe(0)
})

it('a disabled ring waits, and its kick is not lost', () => {
  const { front, guest, echo } = started()
  front.send(Request.SET_VRING_ENABLE, vringState(0, 0))
  guest.post([1])
  front.kick(0)
  expect(echo.echoed).toBe(0)
  front.send(Request.SET_VRING_ENABLE, vringState(0, 1))
  expect(guest.answer()).toEqual([1])
  front.send(Request.RESET_OWNER)
  guest.post([2])
  front.kick(0)
  expect(echo.echoed).toBe(1)
})

it('a driver that binds again begins anew', () => {
  const { front, echo } = started()
  for (let i = 0; i < 3; i++) {
    front.send(Request.SET_VRING_ENABLE, vringState(0, 0))
    front.send(Request.SET_FEATURES, u64(2 ** PROTOCOL_FEATURES_BIT, SPLIT.high))
    expect(echo.heard.slice(-2)).toEqual(['reset', 'negotiated'])
    front.setMemory(front.guest)
    const guest = new EchoGuest(front.guest, 0, SPLIT)
    front.setUpQueue(0, guest.place)
    guest.post([i])
    front.kick(0)
    expect(guest.answer()).toEqual([i])
  }
  expect(front.tell(Request.RESET_DEVICE)).toBe(0)
  expect(echo.heard.slice(-2)).toEqual(['stopped 0', 'reset'])
})

it('a driver that cannot disable rings is gone with GET_FEATURES, and begins anew with SET_FEATURES', () => {
  const { front, echo } = started()
  // Without the bit, rings are enabled from the start.
  const features = u64(0, SPLIT.high)
  front.send(Request.SET_FEATURES, features)
  for (let i = 0; i < 3; i++) {
    front.setMemory(front.guest)
    const guest = new EchoGuest(front.guest, 0, SPLIT)
    front.setUpQueue(0, guest.place)
    guest.post([i])
    front.kick(0)
    expect(guest.answer()).toEqual([i])
    if (i > 0) front.send(Request.GET_FEATURES)
    if (i > 0) expect(echo.heard.slice(-2)).toEqual(['stopped 0', 'reset'])
    if (i > 0) front.receive()
    front.send(Request.SET_FEATURES, features)
    expect(echo.heard.slice(-2)).toEqual(['reset', 'negotiated'])
    // What lies where the ring was is not the device's any more, also when its size is said anew.
    guest.post([9])
    front.send(Request.SET_VRING_NUM, vringState(0, QUEUE_SIZE))
    front.send(Request.SET_VRING_BASE, vringState(0, 0))
    front.kick(0)
    expect(guest.answer()).toBeNull()
  }
})

it('tells of a changed configuration once a ring runs, not before', () => {
  const world = serve()
  const front = attach(world)
  world.echo.change(0, 1)
  front.begin(SPLIT, PROTOCOL_FEATURES_DEFAULT)
  front.openBackChannel()
  world.server.notifyConfigChanged()
  world.pump()
  expect(front.asked()).toBeNull()
  const guest = new EchoGuest(front.guest, 0, SPLIT)
  front.setUpQueue(0, guest.place)
  expect(front.asked()).toEqual({ request: 2, flags: 1, payload: Buffer.alloc(0) })
  world.echo.change(0, 9)
  expect(front.asked()?.request).toBe(2)
  expect(front.getConfig(0, 1)).toEqual([9])
  expect(front.asked()).toBeNull()
})

it.each([['said', true], ['not said', false]])('kicks and calls in band, one message at a time: no descriptors, %s', (_, explicit) => {
  const world = serve({ protocolFeatures: IN_BAND })
  const front = attach(world)
  front.begin(SPLIT, IN_BAND)
  front.openBackChannel()
  const guest = new EchoGuest(front.guest, 0, SPLIT)
  // UML says nothing of kicks and calls then; others say that there are no descriptors.
  if (explicit) front.setCallFd(0, NO_FD)
  front.send(Request.SET_VRING_NUM, vringState(0, QUEUE_SIZE))
  front.send(Request.SET_VRING_ADDR, front.address(0, guest.place))
  if (explicit) front.send(Request.SET_VRING_KICK, u64(0x100))
  front.send(Request.SET_VRING_ENABLE, vringState(0, 1))
  guest.post([5])
  expect(front.tell(Request.VRING_KICK, vringState(0, 0))).toBe(0)
  expect(guest.answer()).toEqual([5])
  // The call is under way; the change of the configuration waits for its answer.
  world.echo.change(0, 1)
  expect(front.asked()).toEqual({ request: 4, flags: 9, payload: vringState(0, 0) })
  expect(front.asked()).toBeNull()
  front.answerBack(4)
  expect(front.asked()?.request).toBe(2)
  front.answerBack(2)
  expect(front.asked()).toBeNull()
  // A stopped ring stays so until it is kicked.
  const base = front.ask(Request.GET_VRING_BASE, vringState(0, 0))
  expect(base.readUInt32LE(4)).toBe(1)
  guest.post([6])
  front.setMemory(front.guest)
  expect(guest.answer()).toBeNull()
  expect(front.tell(Request.VRING_KICK, vringState(0, 0))).toBe(0)
  expect(guest.answer()).toEqual([6])
})

it('notifications in band without what they need end the connection', () => {
  const front = attach(serve({ protocolFeatures: IN_BAND }))
  front.send(Request.SET_PROTOCOL_FEATURES, u64(2 ** ProtocolFeature.INBAND_NOTIFICATIONS))
  expect(front.hungUp).toBe(true)
})

it('without protocol features rings begin enabled', () => {
  const world = serve()
  const front = attach(world)
  front.begin(SPLIT, null)
  const guest = new EchoGuest(front.guest, 1, SPLIT)
  front.setCall(1)
  front.send(Request.SET_VRING_NUM, vringState(1, QUEUE_SIZE))
  front.send(Request.SET_VRING_ADDR, front.address(1, guest.place))
  front.setKick(1)
  guest.post([3])
  front.kick(1)
  expect(guest.answer()).toEqual([3])
})

it('the guest comes back after its back-end has gone, with the ring where it was', () => {
  const { front, guest, server, echo, connect } = started()
  for (let i = 0; i < 3; i++) {
    guest.post([i])
    front.kick(0)
    expect(guest.answer()).toEqual([i])
  }
  server.disconnect()
  expect(front.hungUp).toBe(true)
  expect(echo.heard.slice(-2)).toEqual(['stopped 0', 'reset'])
  // A request that was made, and kicked for, in between.
  guest.post([8])
  const again = connect(front.guest)
  cleanups.push(() => again.close())
  again.begin(SPLIT, PROTOCOL_FEATURES_DEFAULT)
  again.setUpQueue(0, guest.place, 3)
  expect(guest.answer()).toEqual([8])
  guest.post([9])
  again.kick(0)
  expect(guest.answer()).toEqual([9])
  expect(server.counters.connections).toBe(2)
})

it('serves one connection, the next when it has ended', () => {
  const world = serve()
  const first = attach(world)
  const second = attach(world)
  second.send(Request.GET_FEATURES)
  expect(second.receive()).toBeNull()
  expect(first.ask(Request.GET_FEATURES).length).toBe(8)
  first.close()
  world.pump()
  expect(second.receive()?.request).toBe(Request.GET_FEATURES)
  expect(world.server.counters.connections).toBe(2)
})

it('leaves no descriptor open', () => {
  const before = openDescriptors()
  const world = makeEchoServer()
  for (let round = 0; round < 3; round++) {
    const front = world.connect()
    front.begin(SPLIT, PROTOCOL_FEATURES_DEFAULT)
    front.openBackChannel()
    front.openBackChannel()
    for (const queue of [0, 1]) {
      const guest = new EchoGuest(front.guest, queue, SPLIT)
      front.setUpQueue(queue, guest.place)
      front.setCall(queue)
      front.setKick(queue)
    }
    front.setMemory(front.newGuestFile(2))
    front.ask(Request.GET_VRING_BASE, vringState(1, 0))
    front.close()
  }
  world.close()
  expect(openDescriptors()).toBe(before)
})

it('a call that nobody reads fills up and is not waited for', () => {
  const { front, guest, server } = started()
  for (let i = 0; i < 5000; i++) {
    guest.post([1])
    front.kick(0)
    guest.ring.popUsed()
  }
  expect(server.counters.calls + server.counters.callsFull).toBe(5000)
  expect(server.counters.callsFull).toBeGreaterThan(0)
})

it('tells the tap every message', () => {
  const { front, events, server } = started()
  front.getConfig(0, 4)
  const messages = events.flatMap(({ vhostUser }) => (vhostUser ? [vhostUser] : []))
  expect(messages.filter(({ fromFrontEnd }) => fromFrontEnd).length).toBe(server.counters.messages)
  expect(messages.map(({ fromFrontEnd, request, fds }) => `${fromFrontEnd ? '>' : '<'} ${requestName(request!)}${fds! > 0 ? ` +${fds}` : ''}`).join('\n'))
    .toMatchInlineSnapshot(`
      "> GET_FEATURES
      < GET_FEATURES
      > GET_PROTOCOL_FEATURES
      < GET_PROTOCOL_FEATURES
      > SET_PROTOCOL_FEATURES
      > SET_OWNER
      > SET_FEATURES
      > SET_MEM_TABLE +1
      > SET_BACKEND_REQ_FD +1
      > SET_VRING_CALL +1
      > SET_VRING_NUM
      > SET_VRING_BASE
      > SET_VRING_ADDR
      > SET_VRING_KICK +1
      > SET_VRING_ENABLE
      > GET_CONFIG
      < GET_CONFIG"
    `)
})
