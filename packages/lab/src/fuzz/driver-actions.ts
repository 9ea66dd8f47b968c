/** From bytes to what a malicious device does. The head of a case says what it offers, and whether it lies from the start. */
import { ConfigField, Feature, featureSet, HintCommand } from '@hintlab/protocol'
import { DeviceStatus, InterruptStatus, Mmio, RESET_READS_MAX } from '@hintlab/transport'
import type { CaseReader } from './case-reader.ts'
import type { DriverWorld } from './driver-world.ts'
import { EVIL_QUEUES } from './evil-device.ts'

const REGISTERS: readonly number[] = [...Object.values(Mmio), Mmio.CONFIG + 4, Mmio.CONFIG + 8, Mmio.CONFIG + 12]
const SIZES: readonly number[] = [64, 64, 64, 32, 128, 256, 1024, 33, 31, 1, 2, 0, 48, 0xffff, 0x1_0000, 0xffff_ffff]
const FIELDS = [ConfigField.NUM_PAGES, ConfigField.NUM_PAGES, ConfigField.COMMAND_ID, ConfigField.ACTUAL, ConfigField.POISON] as const
const TARGETS: readonly number[] = [0, 1, 2, 3, 8, 16, 20, 24, 32, 40, 64, 100, 256, 257, 1000, 0xffff_ffff]
const BALLOON_BITS = featureSet(
  Feature.MUST_TELL_HOST, Feature.STATS_VQ, Feature.DEFLATE_ON_OOM, Feature.FREE_PAGE_HINT, Feature.PAGE_POISON, Feature.PAGE_REPORTING,
  Feature.INDIRECT_DESC, Feature.EVENT_IDX,
)
const RIGHT_SIZES: readonly number[] = [64, 64, 64, 64, 64]

/** What the device offers, by the head of a case; a right device offers the same. */
export function readOffer(reader: CaseReader, { evil }: DriverWorld): void {
  const low = reader.u8()
  const high = reader.u8()
  let bits = BALLOON_BITS.low
  if ((low & 0x0f) < 6) bits &= ~(1 << (low & 0x0f))
  if ((low & 0x10) !== 0) bits &= ~featureSet(Feature.INDIRECT_DESC).low
  if ((low & 0x20) !== 0) bits &= ~featureSet(Feature.EVENT_IDX).low
  evil.offered = {
    low: bits >>> 0,
    high: 1 | ((high & 1) << (Feature.RING_PACKED - 32))
      | ((high & 6) === 6 ? 1 << (Feature.IN_ORDER - 32) : 0) | ((high & 8) !== 0 ? 1 << (Feature.RING_RESET - 32) : 0),
  }
  evil.sizes = RIGHT_SIZES
}

/** Lies before and during the start. */
export function startLying(reader: CaseReader, { evil }: DriverWorld): void {
  evil.honest = false
  const kind = reader.u8()
  if (kind < 176) return
  if ((kind & 1) !== 0) evil.sizes = RIGHT_SIZES.map((right) => (reader.below(3) === 0 ? reader.pick(SIZES) : right))
  if ((kind & 2) !== 0) evil.refusesFeatures = true
  if ((kind & 4) !== 0) evil.offered = { low: reader.u32(), high: reader.u32() }
  if ((kind & 8) !== 0) evil.lie(reader.pick(REGISTERS), reader.word(), 1 + reader.u8())
  const start = reader.below(8)
  if (start === 0) evil.lie(Mmio.STATUS, 0x80 | reader.u8(), 2 * RESET_READS_MAX)
  if (start === 1) evil.breaksAtStart = true
}

/** Takes one action off the case and does it. */
export function actEvil(world: DriverWorld, reader: CaseReader): void {
  const { evil } = world
  const code = reader.u8()
  if (code < 40) return serve(world, reader)
  if (code < 56) return forge(world, reader)
  if (code < 80) return poke(world, reader)
  if (code < 104) return evil.interrupt(1 + reader.below(3))
  if (code < 140) return change(world, reader)
  if (code < 200) return world.work(reader.pick([10_000, 100_000, 1_000_000, 2_000_000, 5_000_000]))
  if (code < 224) return world.setTenant(2 * reader.u8())
  if (code < 236) return evil.lie(reader.pick(REGISTERS), reader.word(), 1 + reader.below(8))
  if (code < 244) return status(world, reader)
  if (code < 247) return world.work(250_000_000)
  return restart(world, reader)
}

/** What a right device does, on one queue or all, and parts of it. */
function serve({ evil }: DriverWorld, reader: CaseReader): void {
  const kind = reader.u8()
  const queue = kind % EVIL_QUEUES
  if (kind < 100) for (let i = 0; i < EVIL_QUEUES; i++) evil.serve(i)
  else if (kind < 150) evil.serve(queue)
  else if (kind < 200) evil.take(queue)
  else evil.answer(queue, (kind & 1) === 0)
}

/** Used elements for chains that were never sent, were answered before, or with a length that does not fit. */
function forge({ evil }: DriverWorld, reader: CaseReader): void {
  const kind = reader.u8()
  const queue = kind % EVIL_QUEUES
  evil.take(queue)
  const length = (kind & 32) === 0 ? 0 : reader.word()
  for (let i = kind >> 6; i >= 0; i--) evil.forge(queue, kind < 128 ? reader.below(64) : reader.word(), length)
  evil.interrupt(InterruptStatus.QUEUE)
}

/** A word of a ring, or of anything else that the driver keeps in this memory. */
function poke({ evil, memory, driverGpa }: DriverWorld, reader: CaseReader): void {
  const kind = reader.u8()
  const { size, descGpa, availGpa, usedGpa } = evil.placeOf(evil.queues[kind % EVIL_QUEUES])
  const spots = size === 0 || kind >= 240 ? [driverGpa + reader.u16()] : [usedGpa, usedGpa, availGpa, descGpa]
  const spot = reader.pick(spots) + 2 * reader.u8()
  const bytes = new Uint8Array((kind & 64) === 0 ? 2 : 4)
  const value = reader.word()
  for (let i = 0; i < bytes.length; i++) bytes[i] = value >>> (8 * i)
  if (!memory.write(spot, bytes)) return
  evil.acts++
  evil.spoilt = true
}

/** The configuration, with a generation that tells of it or not, and an interrupt or none. */
function change({ evil }: DriverWorld, reader: CaseReader): void {
  const kind = reader.u8()
  const field = FIELDS[kind % FIELDS.length]
  const before = evil.generation
  const value = field === ConfigField.NUM_PAGES
    ? reader.pick(TARGETS)
    : field === ConfigField.COMMAND_ID ? reader.pick([HintCommand.STOP, HintCommand.DONE, 2, 3, reader.word()]) : reader.word()
  evil.setConfig(field, value)
  if ((kind & 64) !== 0) evil.generation = before
  if ((kind & 64) !== 0 || value > 2048) evil.acts++
  if ((kind & 128) === 0) evil.interrupt(InterruptStatus.CONFIG)
}

function status({ evil }: DriverWorld, reader: CaseReader): void {
  evil.acts++
  evil.status = reader.below(2) === 0 ? evil.status | DeviceStatus.NEEDS_RESET : reader.u8()
  evil.interrupt(InterruptStatus.CONFIG)
}

/** The driver is removed and bound again in the middle of everything, to a device that goes on lying. */
function restart(world: DriverWorld, reader: CaseReader): void {
  world.recover()
  startLying(reader, world)
  world.init()
}
