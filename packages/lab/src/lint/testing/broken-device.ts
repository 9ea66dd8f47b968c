/** Wrong peers for the rules of devices in general and of virtio-mmio (80 to 102). */
import { Feature, QueueRole } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { QueueChange } from '../seen.ts'
import { MAGIC, Register } from '../state/mmio-state.ts'
import { conversation, le32 } from './conversation.ts'
import type { ConversationBuilder } from './conversation.ts'
import { byDevice, byDriver } from './example.ts'
import type { Examples } from './example.ts'

const { STATS_VQ, RING_RESET } = Feature
const { INFLATE } = QueueRole

const plain = (...offered: readonly number[]): ConversationBuilder => conversation({ offered }).init()

const readRegister = (offset: number, value: number, width = 4): TapEvent => ({ register: { write: false, offset, value, width } })
const writeRegister = (offset: number, value: number, width = 4): TapEvent => ({ register: { write: true, offset, value, width } })

/** A driver that has found a device to its liking. */
const mmio = (): ConversationBuilder =>
  conversation().raw(readRegister(Register.MAGIC, MAGIC), readRegister(Register.VERSION, 2), readRegister(Register.DEVICE_ID, 5))

/** Accepts a feature that was not offered; the device refuses, or lets it pass. */
function greedy(readBack: number): ConversationBuilder {
  return conversation().begin().raw({ accepted: { features: { low: 1 << STATS_VQ, high: 1 } } }).write(11).read(readBack).close()
}

/** A queue that is reset on its own, and what happens to it meanwhile. */
const beingReset = (...events: TapEvent[]): ConversationBuilder => {
  const c = plain(RING_RESET).inflate([1])
  c.postPfns(INFLATE, [2])
  return c.change(0, QueueChange.RESET_ASKED).raw(...events).change(0, QueueChange.RESET_DONE).close()
}

export const BROKEN_DEVICE: Examples = {
  80: [
    byDriver(() => conversation().write(0).read(0).write(2)),
    byDriver(() => conversation().begin().raw({ accepted: { features: { low: 0, high: 1 } } }).write(7)),
    byDriver(() => conversation().begin().raw({ accepted: { features: { low: 0, high: 1 } } }).write(11).write(15).close()),
    byDriver(() => conversation().begin().raw({ accepted: { features: { low: 0, high: 1 } } }).write(11).read(3).write(15).close()),
    byDriver(() => conversation({ offered: [STATS_VQ] }).begin().features().raw({ accepted: { features: { low: 0, high: 1 } } }).write(15).close()),
    byDriver(() => conversation().write(0).read(0).write(1).raw({ accepted: { features: { low: 0, high: 1 } } })),
    byDriver(() => conversation().begin().configWrite(4, 0).features().ready().close()),
    byDriver(() => conversation().begin().features().setUp(INFLATE).kick(INFLATE).write(15).close()),
  ],
  81: [byDriver(() => plain().write(11)), byDriver(() => conversation().write(0).read(0).write(1).write(129).write(131))],
  82: [
    byDevice(() => conversation().begin().features().setUp(INFLATE).interrupt(INFLATE).write(15).close()),
    byDevice(() => conversation().begin().features().setUp(INFLATE).raw({ interrupt: { config: true } }).write(15).close()),
    byDevice(() => {
      const c = conversation().begin().features().setUp(INFLATE)
      c.raw({ chain: { queue: 0, head: 0, descriptors: [{ gpa: 0x4000_0000, len: 4, flags: 0 }] } }).used(INFLATE, 0)
      return c.write(15).kick(INFLATE).updateActual(1).close()
    }),
  ],
  83: [byDevice(() => plain().inflate([1]).read(79).close())],
  84: [byDriver(() => greedy(3))],
  85: [byDevice(() => greedy(11), 84)],
  86: [byDevice(() => plain().close().used(INFLATE, 0)), byDevice(() => plain().close().interrupt(INFLATE))],
  87: [byDevice(() => plain().configRead(0, 5, 1).configRead(0, 6, 1).close())],
  89: [
    byDevice(() => beingReset({ used: { queue: 0, head: 1, len: 0 } }), 16),
    byDriver(() => beingReset({ chain: { queue: 0, head: 3, descriptors: [{ gpa: 0x4000_0000, len: 4, flags: 0 }] }, payload: le32(3) })),
    byDriver(() => plain().change(0, QueueChange.RESET_ASKED).change(0, QueueChange.RESET_DONE).close()),
  ],
  90: [
    byDriver(() => {
      const c = plain()
      const head = c.postPfns(INFLATE, [1])
      return c.guestWrites(0x4_0000).finish(INFLATE, head).updateActual(1).close()
    }),
    byDriver(() => plain().setUp(INFLATE).close()),
  ],
  91: [
    byDevice(() => conversation().raw({ offered: { features: { low: 0, high: 0 } } })),
    byDriver(() => conversation().begin().raw({ accepted: { features: { low: 0, high: 0 } } }).write(11).read(11).ready().close()),
  ],
  94: [
    byDriver(() => mmio().raw(readRegister(Register.DEVICE_ID, 0), readRegister(Register.STATUS, 0))),
    byDriver(() => conversation().raw(readRegister(Register.MAGIC, 1), writeRegister(Register.STATUS, 0))),
  ],
  95: [
    byDriver(() => mmio().raw(readRegister(Register.INTERRUPT_STATUS, 1), writeRegister(Register.INTERRUPT_ACK, 3))),
    byDevice(() => mmio().raw(readRegister(Register.INTERRUPT_STATUS, 4))),
    byDevice(() => mmio().raw(readRegister(Register.INTERRUPT_STATUS, 1), readRegister(Register.INTERRUPT_STATUS, 0))),
  ],
  96: [
    byDevice(() => mmio().raw(writeRegister(Register.STATUS, 0), readRegister(Register.STATUS, 0), readRegister(Register.INTERRUPT_STATUS, 1))),
    byDevice(() => mmio().raw(writeRegister(Register.STATUS, 0), readRegister(Register.STATUS, 0), readRegister(Register.QUEUE_READY, 1))),
  ],
  97: [byDevice(() => mmio().raw(readRegister(Register.CONFIG_GENERATION, 3), readRegister(Register.CONFIG, 1), readRegister(Register.CONFIG, 2)))],
  98: [
    byDevice(() => {
      const c = plain().raw(writeRegister(Register.QUEUE_SEL, 0), writeRegister(Register.QUEUE_READY, 1))
      const head = c.postPfns(INFLATE, [1])
      return c.raw(writeRegister(Register.QUEUE_READY, 0)).used(INFLATE, head).updateActual(1).close()
    }),
    byDevice(() => {
      const c = plain()
      const head = c.postPfns(INFLATE, [1])
      return c.change(0, QueueChange.DISABLED).used(INFLATE, head).updateActual(1).close()
    }),
  ],
  99: [
    byDriver(() => mmio().raw(readRegister(Register.QUEUE_NUM_MAX, 64), writeRegister(Register.QUEUE_NUM, 128))),
    byDriver(() => mmio().raw(writeRegister(Register.QUEUE_READY, 1), writeRegister(Register.QUEUE_DESC_LOW, 0x1000))),
  ],
  100: [byDevice(() => mmio().raw(
    writeRegister(Register.QUEUE_READY, 1), writeRegister(Register.QUEUE_RESET, 1), readRegister(Register.QUEUE_RESET, 1),
    readRegister(Register.QUEUE_RESET, 0),
    readRegister(Register.QUEUE_READY, 1),
  ))],
  101: [
    byDriver(() => mmio().raw(readRegister(Register.DEVICE_FEATURES, 0))),
    byDriver(() => mmio().raw(writeRegister(Register.DRIVER_FEATURES, 0))),
    byDriver(() => mmio().raw(readRegister(Register.STATUS, 0, 1))),
  ],
  102: [
    byDriver(() => mmio().raw(writeRegister(Register.INTERRUPT_ACK, 1))),
    byDriver(() => mmio().raw({ interrupt: { queue: 0 } })),
  ],
}
