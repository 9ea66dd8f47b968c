/**
 * From bytes to what a hostile driver does. Most chains are right but for one word, so that the device gets far enough to be wrong; the rest is any word
 * anywhere.
 *
 *   case:  personality and ring features | queue size | action action action ...
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { ConfigField, Feature, featureSet, HintCommand, QueueRole } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { DeviceStatus, Mmio } from '@hintlab/transport'
import type { Width } from '@hintlab/transport'
import type { DeviceName } from '../balloon/personalities.ts'
import type { CaseReader } from './case-reader.ts'
import { ARENA_A, ARENA_B, ARENA_BYTES, EDGE_BYTES, PAGES, PAYLOAD, PAYLOAD_BYTES, placeOf, QUEUES, TABLES } from './device-world.ts'
import type { DeviceWorld, Negotiate } from './device-world.ts'
import { mutateChain } from './mutate-chain.ts'
import type { RawRing } from './raw-ring.ts'

/** By two bits of the first byte: the strict device half of the time. */
export const PERSONALITIES: readonly DeviceName[] = ['hintlab', 'qemu', 'hintlab', 'firecracker', 'hintlab', 'cloud-hypervisor', 'hintlab', 'qemu']
const SPLIT_SIZES: readonly number[] = [8, 8, 4, 16, 2, 1, 8, 16]
const PACKED_SIZES: readonly number[] = [8, 8, 5, 16, 3, 1, 8, 7]
const OPTIONAL: readonly FeatureSet[] = [
  featureSet(), featureSet(), featureSet(), featureSet(), featureSet(Feature.STATS_VQ), featureSet(Feature.FREE_PAGE_HINT, Feature.PAGE_POISON),
  featureSet(Feature.PAGE_REPORTING, Feature.RING_RESET), featureSet(Feature.STATS_VQ, Feature.FREE_PAGE_HINT, Feature.PAGE_REPORTING),
]
const REGISTERS: readonly number[] = Object.values(Mmio)
const STATUSES: readonly number[] = [0, 1, 3, 11, 15, 2, 4, 8, 64, 128, 15 | 128, 0xff, 0x30, 7]
const WIDTHS: readonly Width[] = [4, 4, 4, 2, 1, 4]

export interface DeviceCase extends Negotiate {
  readonly personality: DeviceName
}

/** The head of a case. */
export function readHead(reader: CaseReader): DeviceCase {
  const first = reader.u8()
  const second = reader.u8()
  const rings: number[] = []
  if ((first & 8) !== 0) rings.push(Feature.RING_PACKED)
  if ((first & 16) === 0) rings.push(Feature.EVENT_IDX)
  if ((first & 32) === 0) rings.push(Feature.INDIRECT_DESC)
  if ((first & 0xc0) === 0xc0) rings.push(Feature.IN_ORDER)
  const personality = PERSONALITIES[first & 7]
  // Only two of these devices offer packed rings; a split ring of a size that is no power of two is refused, which is another test.
  const packed = (first & 8) !== 0 && (personality === 'hintlab' || personality === 'qemu')
  return { personality, rings: featureSet(...rings), declined: OPTIONAL[(second >> 3) & 7], size: (packed ? PACKED_SIZES : SPLIT_SIZES)[second & 7] }
}

/** Takes one action off the case and does it. */
export function act(world: DeviceWorld, reader: CaseReader, head: DeviceCase): void {
  const code = reader.u8()
  if (code < 150) return chain(world, reader)
  if (code < 162) return poke(world, reader)
  if (code < 172) return ring(world, reader)
  if (code < 182) return world.bus.notify(reader.below(QUEUES + 2))
  if (code < 190) return world.work(100 * (1 + reader.u8()))
  if (code < 194) return world.settle()
  if (code < 208) return register(world, reader)
  if (code < 218) return restart(world, reader, head)
  if (code < 226) return moveQueue(world, reader)
  if (code < 230) return status(world, reader)
  if (code < 242) return config(world, reader)
  if (code < 251) return owner(world, reader)
  if (code < 254) return start(world, reader, head)
  return world.start(head)
}

/** A chain on some queue, of buffers that its role takes, most of the time. */
function chain(world: DeviceWorld, reader: CaseReader): void {
  const how = reader.u8()
  const ring = world.rings[reader.below(QUEUES)]
  const count = how < 0xf0 ? 1 + (how & 3) : how - 0xec
  ring.begin()
  for (let i = 0; i < count; i++) piece(world, reader, ring, i)
  let table = TABLES + 0x100 * ring.queue
  const spoil = reader.u8()
  if (spoil >= 128) table = mutateChain(reader, ring, spoil, table)
  if ((how & 4) !== 0) ring.intoTable(table)
  if ((how & 4) !== 0 && spoil >= 192) mutateChain(reader, ring, reader.u8(), table)
  ring.publish()
  const then = (how >> 3) & 7
  if (then === 7) return
  world.bus.notify(ring.queue)
  if (then < 5) world.settle()
  else if (then === 5) world.work(100 * reader.u8())
}

/** A buffer; where one that the device reads lies, its bytes are what the role expects, or nearly. */
function piece(world: DeviceWorld, reader: CaseReader, ring: RawRing, nth: number): void {
  const kind = reader.u8()
  const role = world.roleOf(ring.queue)
  const blocks = role === QueueRole.REPORTING || (role === QueueRole.FREE_PAGE && nth > 0)
  if (blocks !== (kind >= 224)) return block(reader, ring)
  const shift = (kind & 31) < 28 ? 0 : 1 + (kind & 3)
  const at = PAYLOAD + ((ring.queue * 0x300 + nth * 0x60 + shift) % PAYLOAD_BYTES)
  if (role === QueueRole.STATS) ring.add(at, stats(world, reader, at), false)
  else if (role === QueueRole.FREE_PAGE && (kind & 32) === 0) ring.add(at, command(world, reader, at), false)
  else ring.add((kind & 0x60) === 0x60 ? address(reader) : at, numbers(world, reader, at), false)
}

/** Page numbers at `at`; their bytes, or a few more or less. */
function numbers({ words }: DeviceWorld, reader: CaseReader, at: number): number {
  const kind = reader.u8()
  const count = 1 + (kind & 7)
  for (let i = 0; i < count; i++) words.store32(at + 4 * i - ARENA_A, kind < 200 ? reader.u16() % (PAGES + 8) : reader.word())
  if (kind < 240) return 4 * count
  return kind < 248 ? 4 * count - 1 - (kind & 3) : 1024 * (kind & 3) + 3
}

function stats({ words }: DeviceWorld, reader: CaseReader, at: number): number {
  const kind = reader.u8()
  const count = 1 + (kind & 7)
  for (let i = 0; i < count; i++) {
    const entry = at + 10 * i - ARENA_A
    words.store16(entry, kind < 200 ? i : reader.u16())
    words.store32(entry + 2, reader.word())
    words.store32(entry + 6, kind < 128 ? 0 : reader.word())
  }
  return kind < 240 ? 10 * count : 10 * count + (kind & 15) - 8
}

function command({ words, model }: DeviceWorld, reader: CaseReader, at: number): number {
  const kind = reader.u8()
  const id = kind < 128 ? model.device.config.get(ConfigField.COMMAND_ID) : reader.pick([HintCommand.STOP, HintCommand.DONE, reader.word()])
  words.store32(at - ARENA_A, id)
  return kind < 240 ? 4 : 1 + (kind & 15)
}

/** A block of guest memory, or something that is none. */
function block(reader: CaseReader, ring: RawRing): void {
  const kind = reader.u8()
  const order = kind % 11
  const page = ((reader.u16() % (PAGES + 64)) >> order) << order
  if (kind < 176) ring.add(page * PAGE_SIZE, PAGE_SIZE << order, true)
  else if (kind < 208) ring.add(page * PAGE_SIZE + reader.u8(), reader.u16() + 1, true)
  else ring.add(address(reader), reader.word(), true)
}

/** Any address: in the rings, near an edge of the bytes, in pages without bytes, outside everything, at the end of the address space. */
function address(reader: CaseReader): number {
  const kind = reader.below(10)
  const low = reader.u8()
  switch (kind) {
    case 0: return ARENA_A + low * 16
    case 1: return ARENA_B - low
    case 2: return ARENA_B + EDGE_BYTES - low
    case 3: return ARENA_A - low
    case 4: return PAGES * PAGE_SIZE - low
    case 5: return low * PAGE_SIZE
    case 6: return 2 ** 52 - low
    case 7: return 2 ** 32 - low
    case 8: return reader.word() * 2 ** 32 + reader.word()
    default: return reader.word()
  }
}

/** A word of region A: of the rings most of the time. */
function poke({ words }: DeviceWorld, reader: CaseReader): void {
  const kind = reader.u8()
  const place = placeOf(kind % QUEUES, 1)
  const start = reader.pick([place.descGpa, place.availGpa, place.usedGpa, TABLES, PAYLOAD]) - ARENA_A
  const at = kind < 240 ? start + reader.u8() : reader.u16() % (ARENA_BYTES - 4)
  if ((kind & 64) === 0) words.store16(at, reader.word() & 0xffff)
  else words.store32(at, reader.word())
}

/** The driver's own words of a ring. */
function ring({ rings }: DeviceWorld, reader: CaseReader): void {
  const queue = rings[reader.below(QUEUES)]
  const kind = reader.below(6)
  if (kind < 2) queue.setEvent(reader.word())
  else if (kind < 4) queue.setFlags(reader.word())
  else if (!queue.packed) queue.setIndex(reader.word())
}

function register(world: DeviceWorld, reader: CaseReader): void {
  const kind = reader.u8()
  const offset = kind < 200 ? reader.pick(REGISTERS) : reader.u16() % 0x210
  const width = reader.pick(WIDTHS)
  if ((kind & 1) === 0) {
    world.mmio.read(offset, width)
    return
  }
  // Its places change behind our back only by these accesses.
  world.settle()
  world.mmio.write(offset, width, reader.word())
  world.placesChanged = true
}

/** One queue is stopped, by its reset or by QueueReady, and mostly starts again where it was; the device may be at work on it. */
function restart(world: DeviceWorld, reader: CaseReader, head: DeviceCase): void {
  const kind = reader.u8()
  const queue = kind % QUEUES
  if ((kind & 32) === 0) world.bus.resetQueue(queue)
  else world.bus.disableQueue(queue)
  world.placesChanged = true
  if (kind >= 224) return
  const { size, packed } = world.rings[queue]
  const place = placeOf(queue, size)
  for (let at = place.descGpa; at < place.descGpa + 0x300; at += 4) world.words.store32(at - ARENA_A, 0)
  world.rings[queue].start(head.size, packed)
  if (world.bus.queueSizeMax(queue) > 0) world.bus.setUpQueue(queue, { ...place, size: head.size })
}

/** A queue that lies where none should: over another, over the payload, over an edge, outside. */
function moveQueue(world: DeviceWorld, reader: CaseReader): void {
  const queue = reader.below(QUEUES)
  world.bus.disableQueue(queue)
  const place = { ...placeOf(queue, 1), size: reader.below(8) === 0 ? reader.word() || 1 : world.rings[queue].size }
  const spot = (align: number): number => {
    const at = reader.below(4) === 0 ? address(reader) : ARENA_A + 16 * reader.u8()
    return reader.below(4) === 0 ? at : at - (at % align)
  }
  const which = reader.below(7) + 1
  if ((which & 1) !== 0) place.descGpa = spot(16)
  if ((which & 2) !== 0) place.availGpa = spot(4)
  if ((which & 4) !== 0) place.usedGpa = spot(4)
  world.bus.setUpQueue(queue, place)
  world.placesChanged = true
}

function status(world: DeviceWorld, reader: CaseReader): void {
  world.settle()
  world.bus.setStatus(reader.below(2) === 0 ? reader.pick(STATUSES) : DeviceStatus.DRIVER_OK | reader.u8())
  world.placesChanged = true
}

/** A start in a wrong order: features that were not offered or come late, queues and notifications before their time. */
function start(world: DeviceWorld, reader: CaseReader, head: DeviceCase): void {
  const { bus } = world
  const kind = reader.u8()
  world.settle()
  world.placesChanged = true
  bus.setStatus(0)
  bus.setStatus((kind & 1) === 0 ? DeviceStatus.ACKNOWLEDGE : DeviceStatus.DRIVER)
  bus.setStatus(DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER)
  const { low, high } = bus.deviceFeatures()
  bus.setDriverFeatures({ low: ((low & head.rings.low) | (kind & 6)) >>> 0, high: (high & (head.rings.high | 1)) >>> 0 })
  if ((kind & 8) !== 0) bus.setDriverFeatures({ low: reader.u32(), high: reader.u32() })
  if ((kind & 16) !== 0) bus.setUpQueue(0, placeOf(0, head.size))
  bus.setStatus(DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER | DeviceStatus.FEATURES_OK)
  if ((kind & 32) !== 0) bus.setDriverFeatures({ low, high })
  for (let queue = 0; queue < QUEUES; queue++) bus.setUpQueue(queue, placeOf(queue, head.size))
  if ((kind & 64) !== 0) bus.notify(reader.below(QUEUES))
  bus.setStatus(DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER | DeviceStatus.FEATURES_OK | DeviceStatus.DRIVER_OK)
}

function config({ bus }: DeviceWorld, reader: CaseReader): void {
  const kind = reader.u8()
  if ((kind & 3) === 3) bus.readConfig((kind >> 2) & 31, 4)
  else bus.writeConfig(4 * (reader.below(5)), 4, reader.word())
}

/** What the owner of the VM does meanwhile. */
function owner({ model: { device } }: DeviceWorld, reader: CaseReader): void {
  switch (reader.below(6)) {
    case 0: return device.setTarget(reader.word())
    case 1: return device.stats.ask()
    case 2: return device.runs.stop()
    case 3: return device.runs.done()
    default: device.runs.start()
  }
}
