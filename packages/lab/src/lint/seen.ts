/**
 * An event of a conversation with every field there: recorded events (protobuf gives defaults) and live ones (fields may be missing) look the same to
 * the rules.
 */
import { messages, NO_QUEUE } from '@hintlab/protocol'
import type { FeatureSet, QueueRole, TapEvent } from '@hintlab/protocol'

/** Descriptor flags as in the descriptor table. */
export const DescFlag = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const

export interface SeenDescriptor {
  readonly gpa: number
  readonly len: number
  readonly flags: number
}

export interface SeenWords {
  readonly availFlags: number
  readonly availIdx: number
  readonly usedEvent: number
  readonly usedFlags: number
  readonly usedIdx: number
  readonly availEvent: number
}

export interface SeenConfig {
  readonly numPages: number
  readonly actual: number
  readonly commandId: number
  readonly poison: number
}

/** What each kind of event carries. */
interface Fields {
  chain: { readonly queue: number; readonly head: number; readonly descriptors: readonly SeenDescriptor[] }
  kick: { readonly queue: number }
  used: { readonly queue: number; readonly head: number; readonly len: number }
  interrupt: { readonly queue: number; readonly config: boolean }
  config: SeenConfig
  offered: { readonly features: FeatureSet }
  accepted: { readonly features: FeatureSet }
  status: { readonly write: boolean; readonly value: number }
  configAccess: { readonly write: boolean; readonly offset: number; readonly data: Uint8Array; readonly generation: number }
  queueSetup: { readonly queue: number; readonly size: number; readonly descGpa: number; readonly availGpa: number; readonly usedGpa: number }
  queueState: { readonly queue: number; readonly change: messages.QueueState.Change }
  vhostUser: {
    readonly fromFrontEnd: boolean
    readonly request: number
    readonly flags: number
    readonly size: number
    readonly fds: number
    readonly payload: Uint8Array
    readonly backChannel: boolean
  }
  memory: { readonly access: messages.MemoryAccess.Kind; readonly gpa: number; readonly length: number; readonly fill: number | null }
  register: { readonly write: boolean; readonly offset: number; readonly value: number; readonly width: number }
}

export type SeenKind = keyof Fields

interface Common {
  readonly sequence: number
  /** The bytes that went along; null where the observer did not have them. */
  readonly payload: Uint8Array | null
  readonly words: SeenWords | null
  /** What the queue is for, where the recording says it; NO_QUEUE for messages that say it themselves. */
  readonly role: QueueRole | typeof NO_QUEUE | null
}

export type SeenOf<K extends SeenKind> = Common & { readonly kind: K } & Fields[K]
export type Seen = { [K in SeenKind]: SeenOf<K> }[SeenKind]

export const QueueChange = messages.QueueState.Change
export const MemoryKind = messages.MemoryAccess.Kind

const NOTHING = new Uint8Array(0)

/** A field that is set: decoded events have null where live ones have nothing. */
const isThere = <T>(field: T | null | undefined): field is T => field !== null && field !== undefined

/** The event in full, or null for one that no rule reads (hypercalls). */
export function seen(event: TapEvent, sequence: number): Seen | null {
  const fields = fieldsOf(event)
  if (fields === null) return null
  return { sequence, payload: null, words: wordsOf(event.words), role: roleOf(event.role), ...fields, ...payloadOf(event, fields) } as Seen
}

/** The roles of the specification have the numbers of QueueRole, and one more: 0 is none. */
function roleOf(role: messages.QueueRole | null | undefined): QueueRole | typeof NO_QUEUE | null {
  if (role === null || role === undefined || role === messages.QueueRole.QUEUE_ROLE_UNSPECIFIED) return null
  return role >= messages.QueueRole.REQUESTS ? NO_QUEUE : ((role - 1) as QueueRole)
}

type AnyFields = { [K in SeenKind]: { kind: K } & Fields[K] }[SeenKind]

function fieldsOf(event: TapEvent): AnyFields | null {
  const { chain, kick, used, interrupt } = event
  if (isThere(chain)) {
    const descriptors = (chain.descriptors ?? []).map((d) => ({ gpa: d.gpa ?? 0, len: d.len ?? 0, flags: d.flags ?? 0 }))
    return { kind: 'chain', queue: chain.queue ?? 0, head: chain.head ?? 0, descriptors }
  }
  if (isThere(kick)) return { kind: 'kick', queue: kick.queue ?? 0 }
  if (isThere(used)) return { kind: 'used', queue: used.queue ?? 0, head: used.head ?? 0, len: used.len ?? 0 }
  if (isThere(interrupt)) return { kind: 'interrupt', queue: interrupt.queue ?? 0, config: interrupt.config ?? false }
  return deviceFields(event) ?? outerFields(event)
}

function deviceFields({ config, offered, accepted, status, configAccess: access, queueSetup: setup, queueState: state }: TapEvent): AnyFields | null {
  if (isThere(config)) {
    const { numPages, actual, freePageHintCmdId, poisonVal } = config
    return { kind: 'config', numPages: numPages ?? 0, actual: actual ?? 0, commandId: freePageHintCmdId ?? 0, poison: poisonVal ?? 0 }
  }
  if (isThere(offered)) return { kind: 'offered', features: setOf(offered.features) }
  if (isThere(accepted)) return { kind: 'accepted', features: setOf(accepted.features) }
  if (isThere(status)) return { kind: 'status', write: status.write ?? false, value: status.value ?? 0 }
  if (isThere(access)) {
    const { write, offset, data, generation } = access
    return { kind: 'configAccess', write: write ?? false, offset: offset ?? 0, data: data ?? NOTHING, generation: generation ?? 0 }
  }
  if (isThere(setup)) {
    const { queue, size, descGpa, availGpa, usedGpa } = setup
    return { kind: 'queueSetup', queue: queue ?? 0, size: size ?? 0, descGpa: descGpa ?? 0, availGpa: availGpa ?? 0, usedGpa: usedGpa ?? 0 }
  }
  if (isThere(state)) return { kind: 'queueState', queue: state.queue ?? 0, change: state.change ?? QueueChange.UNSPECIFIED }
  return null
}

function outerFields({ vhostUser, memory, register }: TapEvent): AnyFields | null {
  if (isThere(vhostUser)) {
    const { fromFrontEnd, request, flags, size, fds, payload, backChannel } = vhostUser
    return {
      kind: 'vhostUser', fromFrontEnd: fromFrontEnd ?? false, request: request ?? 0, flags: flags ?? 0, size: size ?? 0, fds: fds ?? 0,
      payload: payload ?? NOTHING, backChannel: backChannel ?? false,
    }
  }
  if (isThere(memory)) {
    const { kind, gpa, length, fill } = memory
    return { kind: 'memory', access: kind ?? MemoryKind.UNSPECIFIED, gpa: gpa ?? 0, length: length ?? 0, fill: fill ?? null }
  }
  if (isThere(register)) {
    const { write, offset, value, width } = register
    return { kind: 'register', write: write ?? false, offset: offset ?? 0, value: value ?? 0, width: width ?? 0 }
  }
  return null
}

/** A chain's payload counts only when it is whole; other kinds carry none that a rule reads. */
function payloadOf(event: TapEvent, fields: AnyFields): { payload: Uint8Array | null } | object {
  if (fields.kind !== 'chain') return {}
  const payload = event.payload ?? NOTHING
  return { payload: payload.length === readableBytes(fields.descriptors) ? payload : null }
}

const isBuffer = ({ flags }: SeenDescriptor): boolean => (flags & DescFlag.INDIRECT) === 0

/** Bytes of a chain that the device reads. */
export function readableBytes(descriptors: readonly SeenDescriptor[]): number {
  let bytes = 0
  for (const d of descriptors) if (isBuffer(d) && (d.flags & DescFlag.WRITE) === 0) bytes += d.len
  return bytes
}

/** Bytes of a chain that the device may write. */
export function writableBytes(descriptors: readonly SeenDescriptor[]): number {
  let bytes = 0
  for (const d of descriptors) if (isBuffer(d) && (d.flags & DescFlag.WRITE) !== 0) bytes += d.len
  return bytes
}

const setOf = (features: { low?: number | null; high?: number | null } | null | undefined): FeatureSet => ({
  low: (features?.low ?? 0) >>> 0, high: (features?.high ?? 0) >>> 0,
})

function wordsOf(words: TapEvent['words']): SeenWords | null {
  if (!isThere(words)) return null
  const { availFlags, availIdx, usedEvent, usedFlags, usedIdx, availEvent } = words
  return {
    availFlags: availFlags ?? 0, availIdx: availIdx ?? 0, usedEvent: usedEvent ?? 0, usedFlags: usedFlags ?? 0, usedIdx: usedIdx ?? 0,
    availEvent: availEvent ?? 0,
  }
}

/** The 32-bit little-endian words of a payload; a remainder is left out. */
export function leWords(payload: Uint8Array): number[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  return Array.from({ length: payload.byteLength >> 2 }, (_, i) => view.getUint32(i * 4, true))
}
