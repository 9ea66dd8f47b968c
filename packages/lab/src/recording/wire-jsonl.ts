/**
 * The wire.jsonl of a ground-truth recording as a conversation: the vhost-user messages themselves, what they mean for the device (features, queues,
 * configuration), and what passed through the rings.
 *
 *   {"seq": 81, "t": 5279.226, "ev": "pop", "q": 2, "avail_idx": 1, "head": 0, "desc": [...]}
 */
import type { TapEvent } from '@hintlab/protocol'
import { InputError } from '../options.ts'
import type { ConversationHeader } from './recorder.ts'
import { VhostUserMeaning } from './vhost-user-meaning.ts'

const NS_PER_S = 1e9
const ACCEPTED = 'a line as the README of the recordings has it, with seq, t and ev'

export interface WireDescriptor {
  /** Index in the descriptor table. */
  readonly i: number
  readonly gpa: string
  readonly len: number
  readonly flags: number
  readonly next: number
  readonly hex?: string
}

export interface WireLine {
  readonly seq: number
  readonly t: number
  readonly ev: 'msg' | 'kick' | 'pop' | 'used' | 'call'
  readonly q?: number
  readonly head?: number
  /** Of a pop: the place in the available ring, not yet modulo its size, and the words of that ring. */
  readonly avail_pos?: number
  readonly avail_idx?: number
  readonly avail_flags?: number
  /** Of a used element: its place in the used ring, likewise. */
  readonly used_pos?: number
  readonly desc?: readonly WireDescriptor[]
  readonly id?: number
  readonly len?: number
  readonly sent?: boolean
  readonly dir?: string
  readonly req?: number
  readonly flags?: number
  readonly size?: number
  readonly nfds?: number
  readonly payload?: string
  /** The configuration at that moment, with a message that announces a change of it. */
  readonly config?: string
}

/** Events keep the recording's sequence numbers; what one line means in several events has the same number. */
export function parseWire(file: string, text: string): { header: ConversationHeader; events: TapEvent[] } {
  const meaning = new VhostUserMeaning()
  const events: TapEvent[] = []
  let start: number | null = null
  for (const line of parseLines(file, text)) {
    start ??= line.t
    const common = { sequence: line.seq, timeNs: Math.round((line.t - start) * NS_PER_S) }
    for (const event of eventsOf(line, meaning)) events.push({ ...common, ...event })
  }
  return { header: { regions: meaning.regions, driver: 'linux', numbering: 'dense-negotiated' }, events }
}

/** The lines of a wire.jsonl; an InputError names the first that is none. */
export function parseLines(file: string, text: string): WireLine[] {
  return text.split('\n').flatMap((line, i) => (line === '' ? [] : [parseLine(file, i + 1, line)]))
}

function parseLine(file: string, number: number, line: string): WireLine {
  let parsed: Partial<WireLine> | null = null
  try {
    parsed = JSON.parse(line) as Partial<WireLine> | null
  } catch {
    throw new InputError(`${file}:${number}: found text that is no JSON; accepted is ${ACCEPTED}`)
  }
  if (typeof parsed?.seq !== 'number' || typeof parsed.t !== 'number' || typeof parsed.ev !== 'string') {
    throw new InputError(`${file}:${number}: found a line without seq, t or ev; accepted is ${ACCEPTED}`)
  }
  return parsed as WireLine
}

function eventsOf(line: WireLine, meaning: VhostUserMeaning): TapEvent[] {
  const queue = line.q ?? 0
  switch (line.ev) {
    case 'kick': return [{ kick: { queue } }]
    case 'pop': return [chainOf(line)]
    case 'used': return [{ used: { queue, head: line.id ?? 0, len: line.len ?? 0 } }]
    case 'call': return line.sent === true ? [{ interrupt: { queue } }] : []
    case 'msg': return messagesOf(line, meaning)
    default: return []
  }
}

function chainOf({ q = 0, head = 0, desc = [] }: WireLine): TapEvent {
  const readable = desc.filter(({ flags }) => (flags & 2) === 0)
  return {
    chain: { queue: q, head, descriptors: desc.map(({ gpa, len, flags }) => ({ gpa: Number(gpa), len, flags })) },
    payload: new Uint8Array(Buffer.concat(readable.map(({ hex = '' }) => Buffer.from(hex, 'hex')))),
  }
}

/** A message, and what it means for the device. */
export function messagesOf({ dir = '', req = 0, flags = 0, size = 0, nfds = 0, payload = '', config }: WireLine, meaning: VhostUserMeaning): TapEvent[] {
  const message = {
    fromFrontEnd: dir === 'fe>be', request: req, flags, size, fds: nfds, payload: new Uint8Array(Buffer.from(payload, 'hex')),
    backChannel: dir.includes('backend-req'),
  }
  return [{ vhostUser: message }, ...meaning.of(message, config === undefined ? null : new Uint8Array(Buffer.from(config, 'hex')))]
}
