/** virtio-mmio registers (rules 94 to 102). */
import { hex, on } from '../check.ts'
import type { Check, EndCheck, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import type { SeenOf } from '../seen.ts'
import { Register } from '../state/mmio-state.ts'

type Access = SeenOf<'register'>
const { INTERRUPT_STATUS, INTERRUPT_ACK, QUEUE_READY, QUEUE_NUM, QUEUE_DESC_LOW, QUEUE_DEVICE_HIGH, QUEUE_RESET, CONFIG } = Register

/** Bits of InterruptStatus that have a meaning. */
const INTERRUPT_BITS = 3

function drivesForeign({ mmio }: LintState, { write, offset }: Access): Verdict {
  const identity = !write && offset <= Register.VENDOR_ID
  return mmio.foreign === null || identity ? null : `register ${hex(offset)} is ${write ? 'written' : 'read'} although ${mmio.foreign}`
}

function interruptBits({ mmio }: LintState, { write, offset, value }: Access): Verdict {
  if (write && offset === INTERRUPT_ACK && mmio.statusRead) {
    const extra = value & ~mmio.pending
    return extra === 0 ? null : { text: `bits ${hex(extra)} are acknowledged and were not read`, actor: 'D' }
  }
  if (write || offset !== INTERRUPT_STATUS) return null
  if ((value & ~INTERRUPT_BITS) !== 0) return { text: `InterruptStatus reads ${hex(value)}`, actor: 'V' }
  const lost = mmio.pending & ~value
  return lost === 0 ? null : { text: `bits ${hex(lost)} of InterruptStatus went without being acknowledged`, actor: 'V' }
}

function afterReset({ mmio }: LintState, { write, offset, value }: Access): Verdict {
  if (write || !mmio.reset || value === 0) return null
  if (offset === INTERRUPT_STATUS) return `InterruptStatus reads ${hex(value)} after the reset`
  return offset === QUEUE_READY ? `QueueReady reads ${value} after the reset` : null
}

/** Under one generation, words that the driver has not written read the same. */
function changes({ mmio }: LintState, { write, offset, value }: Access): Verdict {
  if (write || offset < CONFIG || !mmio.read.has(Register.CONFIG_GENERATION)) return null
  const before = mmio.config.get(offset)
  return before === undefined || before === value ? null : `configuration word ${hex(offset - CONFIG)} reads ${value} after ${before} under one generation`
}

function movesReady({ mmio }: LintState, { write, offset, value }: Access): Verdict {
  if (!write) return null
  const queueRegister = offset === QUEUE_NUM || (offset >= QUEUE_DESC_LOW && offset <= QUEUE_DEVICE_HIGH)
  if (queueRegister && mmio.ready.get(mmio.queueSel) === true) return `register ${hex(offset)} of queue ${mmio.queueSel} is written while the queue is ready`
  const most = mmio.sizeMax.get(mmio.queueSel)
  return offset === QUEUE_NUM && most !== undefined && value > most ? `QueueNum ${value}, at most ${most}` : null
}

function unselected({ mmio }: LintState, { write, offset, width }: Access): Verdict {
  if (offset < CONFIG && width !== 0 && (width !== 4 || offset % 4 !== 0)) return `register ${hex(offset)} is accessed with ${width} byte(s)`
  if (!write && offset === Register.DEVICE_FEATURES && !mmio.written.has(Register.DEVICE_FEATURES_SEL)) {
    return 'DeviceFeatures is read before its selector is written'
  }
  const blind = write && offset === Register.DRIVER_FEATURES && !mmio.written.has(Register.DRIVER_FEATURES_SEL)
  return blind ? 'DriverFeatures is written before its selector' : null
}

export const MMIO_CHECKS: readonly Check[] = [
  on(94, 'register', drivesForeign),
  on(95, 'register', interruptBits),
  on(96, 'register', afterReset),
  on(97, 'register', changes),
  on(98, 'used', (state, { queue }) => {
    const { enabled, resetting } = state.queue(queue)
    const still = state.mmio.ready.get(queue) === false || (!state.vhost.present && enabled === false && !resetting)
    return still ? `queue ${queue} uses a buffer while it is not ready` : null
  }),
  on(99, 'register', movesReady),
  on(100, 'register', ({ mmio }, { write, offset, value }) => {
    const stays = !write && mmio.queueResetDone && value !== 0 && (offset === QUEUE_READY || offset === QUEUE_RESET)
    return stays ? `queue ${mmio.queueSel}: ${offset === QUEUE_READY ? 'QueueReady' : 'QueueReset'} reads ${value} after its reset` : null
  }),
  on(101, 'register', unselected),
  on(102, 'register', ({ mmio }, { write, offset }) => {
    return write && offset === INTERRUPT_ACK && !mmio.statusRead ? 'an interrupt is acknowledged and InterruptStatus was not read' : null
  }),
]

export const MMIO_ENDS: readonly EndCheck[] = [
  { rule: 102, find: ({ mmio }) => (mmio.unreadInterrupt < 0 ? null : `InterruptStatus was not read after the interrupt of step ${mmio.unreadInterrupt}`) },
]
