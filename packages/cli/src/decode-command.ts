/** `hintlab decode FILE`: a recorded conversation as text, a line for each event, or as JSON. */
import { eventText, InputError, kindOf, readConversation } from '@hintlab/lab'
import type { Conversation, EventKind } from '@hintlab/lab'

/** Lines written at once. */
const LINES = 1000

export interface DecodeFlags {
  readonly json?: boolean
  /** Kinds of events to print; all without. */
  readonly only?: readonly string[]
}

export function decodeCommand(file: string, { json, only = [] }: DecodeFlags): number {
  const { header, events } = readConversation(file)
  const kinds = new Set(events.map(kindOf))
  const unknown = only.filter((kind) => !kinds.has(kind as EventKind))
  const known = [...kinds].filter((kind) => kind !== null).sort().join(', ')
  if (unknown.length > 0) throw new InputError(`--only: found ${unknown.join(', ')}; accepted are the kinds of this recording: ${known}`)
  const chosen = only.length === 0 ? events : events.filter((event) => only.includes(kindOf(event) ?? ''))
  if (json === true) process.stdout.write(`${JSON.stringify({ header: plainHeader(header), events: chosen.map(plain) }, null, 2)}\n`)
  else {
    process.stdout.write(headerText(header, events.length))
    for (let at = 0; at < chosen.length; at += LINES) process.stdout.write(`${chosen.slice(at, at + LINES).map(eventText).join('\n')}\n`)
  }
  return 0
}

const side = (name: string | null | undefined): string => (name === undefined || name === null || name === '' ? 'unknown' : name)

function headerText({ driver, device, seed, scenarioHash, numbering, regions }: Conversation['header'], events: number): string {
  const memory = (regions ?? []).map(({ gpa, length }) => `0x${(gpa ?? 0).toString(16)}+0x${(length ?? 0).toString(16)}`).join(' ')
  const scenario = side(scenarioHash) === 'unknown' ? '' : `, scenario ${scenarioHash}, seed ${seed}`
  const numbers = side(numbering) === 'unknown' ? '' : `, queues numbered ${numbering}`
  return `driver ${side(driver)}, device ${side(device)}${scenario}${numbers}, ${events} events\nmemory ${memory === '' ? 'unknown' : memory}\n`
}

/** The scenario is JSON itself. */
function plainHeader({ scenario, ...header }: Conversation['header']): unknown {
  const { events: _, ...rest } = plain(header) as Record<string, unknown>
  return scenario === undefined || scenario === null || scenario === '' ? rest : { ...rest, scenario: JSON.parse(scenario) as unknown }
}

/** Plain data: bytes are hexadecimal, and what is absent is left out. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined).map(([key, inner]) => [key, plain(inner)]))
}
