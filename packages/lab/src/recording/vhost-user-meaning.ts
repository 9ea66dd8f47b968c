/**
 * What vhost-user messages mean for the device behind them: features, memory, queues, configuration. For conversations that were recorded as messages only;
 * a live back-end tells its tap both.
 */
import type { messages, TapEvent } from '@hintlab/protocol'
import { QueueChange } from '../lint/seen.ts'
import { CONFIG_CHANGE, Request } from '../lint/state/vhost-user-state.ts'

export interface VhostUserMessage {
  readonly fromFrontEnd: boolean
  readonly request: number
  readonly payload: Uint8Array
  readonly backChannel: boolean
}

interface Region {
  readonly gpa: number
  readonly length: number
  /** Where the front-end has it: the addresses of rings are given so. */
  readonly uva: number
}

/** Bytes before the configuration's in GET_CONFIG and SET_CONFIG: offset, size, flags. */
const CONFIG_HEADER = 12

export class VhostUserMeaning {
  /** The memory table given last. */
  regions: Region[] = []
  private readonly sizes = new Map<number, number>()
  private waiting = 0

  /** `config` is the configuration that goes with the announcement of a change. */
  of(message: VhostUserMessage, config: Uint8Array | null): TapEvent[] {
    const { fromFrontEnd, backChannel, payload } = message
    if (backChannel) return message.request === CONFIG_CHANGE ? announced(config) : []
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
    return fromFrontEnd ? this.request(message, view) : this.reply(message, view)
  }

  private request({ request, payload }: VhostUserMessage, view: DataView): TapEvent[] {
    this.waiting = request
    const long = payload.length >= 8
    switch (request) {
      case Request.SET_FEATURES: return long ? [{ accepted: { features: featuresAt(view) } }] : []
      case Request.SET_MEM_TABLE:
        if (long) this.regions = tableOf(view)
        return []
      case Request.SET_VRING_NUM:
        if (long) this.sizes.set(view.getUint32(0, true), view.getUint32(4, true))
        return []
      case Request.SET_VRING_ADDR: return payload.length >= 40 ? [this.setup(view)] : []
      case Request.SET_VRING_ENABLE:
        if (!long) return []
        return [{ queueState: { queue: view.getUint32(0, true), change: view.getUint32(4, true) === 1 ? QueueChange.ENABLED : QueueChange.DISABLED } }]
      case Request.SET_CONFIG: return access(true, payload)
      default: return []
    }
  }

  private reply({ request, payload }: VhostUserMessage, view: DataView): TapEvent[] {
    if (request !== this.waiting) return []
    if (request === Request.GET_FEATURES && payload.length >= 8) return [{ offered: { features: featuresAt(view) } }]
    return request === Request.GET_CONFIG ? access(false, payload) : []
  }

  /** Queue, flags, then the front-end's addresses of descriptors, used and available ring. */
  private setup(view: DataView): TapEvent {
    const queue = view.getUint32(0, true)
    const gpa = (at: number): number => this.gpaOf(wordAt(view, at))
    return { queueSetup: { queue, size: this.sizes.get(queue) ?? 0, descGpa: gpa(8), usedGpa: gpa(16), availGpa: gpa(24) } }
  }

  private gpaOf(uva: number): number {
    const region = this.regions.find((candidate) => uva >= candidate.uva && uva < candidate.uva + candidate.length)
    return region === undefined ? uva : uva - region.uva + region.gpa
  }
}

/** 64 bits below 2^53; a sentinel above loses its last bits. */
const wordAt = (view: DataView, at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32

const featuresAt = (view: DataView): messages.FeatureBits.$Properties => ({ low: view.getUint32(0, true), high: view.getUint32(4, true) })

function tableOf(view: DataView): Region[] {
  const count = Math.min(view.getUint32(0, true), Math.floor((view.byteLength - 8) / 32))
  return Array.from({ length: count }, (_, i) => {
    const at = 8 + i * 32
    return { gpa: wordAt(view, at), length: wordAt(view, at + 8), uva: wordAt(view, at + 16) }
  })
}

function access(write: boolean, payload: Uint8Array): TapEvent[] {
  if (payload.length <= CONFIG_HEADER) return []
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  return [{ configAccess: { write, offset: view.getUint32(0, true), data: payload.slice(CONFIG_HEADER), generation: 0 } }]
}

function announced(config: Uint8Array | null): TapEvent[] {
  const told: TapEvent = { interrupt: { config: true } }
  if (config === null || config.length < 16) return [told]
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength)
  const field = (at: number): number => view.getUint32(at, true)
  return [{ config: { numPages: field(0), actual: field(4), freePageHintCmdId: field(8), poisonVal: field(12) } }, told]
}
