/**
 * An event of a conversation as one line of text:
 *
 *       42    1.234567891  cpu1  chain      queue 0 head 2: read 13 at 0x3f8010, write 44 at 0x3f8020  report of 2 blocks: 0x800/9 0xa00/10
 */
import { decodeAnswer, decodeBatch, makeAnswer, makeBatch, BATCH_ENTRIES_MAX, messages } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { MemoryKind, QueueChange } from '../lint/seen.ts'

/** What an event can be. */
export const EVENT_KINDS = [
  'chain', 'kick', 'used', 'interrupt', 'hypercall', 'hypercallReturn', 'config', 'offered', 'accepted', 'status', 'configAccess', 'queueSetup', 'queueState',
  'vhostUser', 'memory', 'register', 'exit', 'cpuTime', 'look',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

const REQUESTS = ['nothing', 'report', 'inflate', 'deflate', 'hint', 'hint command']
const STATUSES = ['no status', 'ok', 'partly', 'rejected', 'inhibited']
const EXIT_REASONS = ['unknown', 'EPT violation', 'kick', 'hypercall']
const Look = messages.HostLook.What
/** Blocks and bytes that are written out. */
const SHOWN = 8

/** What an event is; null for one of a kind that this version does not know. */
export const kindOf = (event: TapEvent): EventKind | null => EVENT_KINDS.find((kind) => event[kind] !== undefined && event[kind] !== null) ?? null

/** One line, without a time where the event has none. */
export function eventText(event: TapEvent): string {
  const { sequence = 0, timeNs = 0, cpu = 0 } = event
  const kind = kindOf(event)
  const seconds = ((timeNs ?? 0) / 1e9).toFixed(9)
  const text = kind === null ? '' : contents(kind, event)
  return `${String(sequence).padStart(8)} ${seconds.padStart(15)}  cpu${cpu ?? 0}  ${(kind ?? 'unknown').padEnd(15)} ${text}`.trimEnd()
}

function contents(kind: EventKind, event: TapEvent): string {
  const { queueSetup, queueState, memory, exit, cpuTime, look, register, status, configAccess, config, vhostUser } = event
  switch (kind) {
    case 'chain': return chainText(event)
    case 'kick': return `queue ${event.kick?.queue ?? 0}`
    case 'used': return `queue ${event.used?.queue ?? 0} head ${event.used?.head ?? 0} length ${event.used?.len ?? 0}${answerText(event.payload)}`
    case 'interrupt': return event.interrupt?.config === true ? 'configuration changed' : `queue ${event.interrupt?.queue ?? 0}`
    case 'hypercall': return `number ${event.hypercall?.nr ?? 0} argument ${hex(event.hypercall?.a0)}${requestText(event.payload)}`
    case 'hypercallReturn': return `argument ${hex(event.hypercallReturn?.a0)}${answerText(event.payload)}`
    case 'queueSetup': return setupText(queueSetup)
    case 'queueState': return `queue ${queueState?.queue ?? 0} ${nameOf(QueueChange, queueState?.change)}`
    case 'memory': return `${nameOf(MemoryKind, memory?.kind)} ${hex(memory?.gpa)} length ${hex(memory?.length)}`
    case 'exit': return `${EXIT_REASONS[exit?.reason ?? 0]} target ${hex(exit?.target)} result ${exit?.result ?? 0}, ${exit?.busyNs ?? 0} ns in the host`
    case 'look': return lookText(look)
    case 'cpuTime': return `${cpuTime?.lostNs ?? 0} ns taken by the host`
    case 'register': return `${verb(register?.write)} ${hex(register?.offset)} ${hex(register?.value)} width ${register?.width ?? 0}`
    case 'status': return `${status?.write === true ? 'write' : 'is'} ${hex(status?.value)}`
    case 'offered': case 'accepted': return featuresText(event[kind]?.features)
    case 'config': return `num_pages ${config?.numPages ?? 0} actual ${config?.actual ?? 0} command ${config?.freePageHintCmdId ?? 0}`
    case 'configAccess': return `${verb(configAccess?.write)} offset ${configAccess?.offset ?? 0}: ${bytesText(configAccess?.data)}`
    case 'vhostUser':
      return `${vhostUser?.fromFrontEnd === true ? 'to' : 'from'} the back-end, request ${vhostUser?.request ?? 0}: ${bytesText(vhostUser?.payload)}`
  }
}

function lookText(look: TapEvent['look']): string {
  if (look?.what !== Look.PAGE_UNUSED) return `${nameOf(Look, look?.what)} ${look?.value ?? 0}`
  return `page ${hex(look.gpa)} is ${(look.value ?? 0) === 1 ? 'unused' : 'in use'}`
}

const verb = (write: boolean | null | undefined): string => (write === true ? 'write' : 'read')

function setupText(setup: TapEvent['queueSetup']): string {
  const { queue, size, descGpa, availGpa, usedGpa } = setup ?? {}
  return `queue ${queue ?? 0} size ${size ?? 0} at ${hex(descGpa)} ${hex(availGpa)} ${hex(usedGpa)}`
}

function chainText({ chain, payload }: TapEvent): string {
  const buffers = (chain?.descriptors ?? []).map(({ gpa, len, flags }) => `${((flags ?? 0) & 2) === 0 ? 'read' : 'write'} ${len ?? 0} at ${hex(gpa)}`)
  const shown = buffers.slice(0, SHOWN).join(', ') + (buffers.length > SHOWN ? ` and ${buffers.length - SHOWN} more` : '')
  return `queue ${chain?.queue ?? 0} head ${chain?.head ?? 0}: ${shown}${requestText(payload)}`
}

/** A payload as the message that it is, or as bytes. */
function requestText(payload: Uint8Array | null | undefined): string {
  if (payload === null || payload === undefined || payload.length === 0) return ''
  const batch = makeBatch(BATCH_ENTRIES_MAX)
  if (!decodeBatch(payload, batch) || REQUESTS[batch.kind] === undefined || batch.kind as number === 0) return `  ${bytesText(payload)}`
  const blocks = Array.from({ length: Math.min(batch.count, SHOWN) }, (_, i) => `${hex(batch.pfn[i])}/${batch.order[i]}`)
  const rest = batch.count > SHOWN ? ` and ${batch.count - SHOWN} more` : ''
  return `  ${REQUESTS[batch.kind]} of ${batch.count} blocks, run ${batch.commandId}: ${blocks.join(' ')}${rest}`
}

function answerText(payload: Uint8Array | null | undefined): string {
  if (payload === null || payload === undefined || payload.length === 0) return ''
  const answer = makeAnswer()
  if (!decodeAnswer(payload, answer)) return `  ${bytesText(payload)}`
  const { status, accepted, rejected, ignored } = answer
  return `  ${STATUSES[status] ?? `status ${status}`}, accepted ${accepted}, rejected ${rejected}, ignored ${ignored}`
}

function featuresText(features: { low?: number | null; high?: number | null } | null | undefined): string {
  return `${hex(features?.low)} ${hex(features?.high)}`
}

function bytesText(bytes: Uint8Array | null | undefined): string {
  if (bytes === null || bytes === undefined) return ''
  const shown = Buffer.from(bytes.subarray(0, 4 * SHOWN)).toString('hex')
  return `${bytes.length} bytes ${shown}${bytes.length > 4 * SHOWN ? '...' : ''}`
}

const hex = (value: number | null | undefined): string => `0x${(value ?? 0).toString(16)}`

const nameOf = (table: Readonly<Record<string, string | number>>, value: number | null | undefined): string => {
  const found = Object.entries(table).find(([, number]) => number === (value ?? 0))
  return found === undefined ? String(value) : found[0].toLowerCase().replaceAll('_', ' ')
}
