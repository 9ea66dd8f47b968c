/**
 * `hintlab decode FILE`: a recorded conversation as text, a line for each event, or as JSON. Events are printed as they are read, so memory does not grow with
 * the recording; what is wrong in the middle of a file is told after what is before it.
 */
import { once } from 'node:events'
import { ConversationStream, EVENT_KINDS, eventText, InputError, kindOf } from '@hintlab/lab'
import type { Conversation } from '@hintlab/lab'
import { makeProgress } from './progress.ts'

/** Events written at once. */
const LINES = 1000

export interface DecodeFlags {
  readonly json?: boolean
  /** Kinds of events to print; all without. */
  readonly only?: readonly string[]
}

export async function decodeCommand(file: string, { json, only = [] }: DecodeFlags): Promise<number> {
  const unknown = only.filter((kind) => !EVENT_KINDS.some((known) => known === kind))
  if (unknown.length > 0) throw new InputError(`--only: found ${unknown.join(', ')}; accepted are ${EVENT_KINDS.join(', ')}`)
  const stream = new ConversationStream(file)
  const kinds = new Set(only)
  if (json === true) await printJson(stream, kinds)
  else await printText(stream, kinds)
  return 0
}

async function printText(stream: ConversationStream, kinds: ReadonlySet<string>): Promise<void> {
  await write(headerText(stream.header))
  const [events, printed] = await eachPart(stream, kinds, (part) => `${part.map(eventText).join('\n')}\n`)
  await write(printed === events ? `${events} events\n` : `${printed} of ${events} events\n`)
}

async function printJson(stream: ConversationStream, kinds: ReadonlySet<string>): Promise<void> {
  await write(`{ "header": ${JSON.stringify(plainHeader(stream.header))},\n"events": [\n`)
  let before = ''
  await eachPart(stream, kinds, (part) => {
    const text = before + part.map((event) => JSON.stringify(plain(event))).join(',\n')
    before = ',\n'
    return text
  })
  await write('\n] }\n')
}

type Event = Conversation['events'][number]

/** Writes the chosen events, so many at once; events read, and those of them that were chosen. */
async function eachPart(stream: ConversationStream, kinds: ReadonlySet<string>, text: (part: Event[]) => string): Promise<[number, number]> {
  const progress = makeProgress(process.stderr)
  let [events, printed] = [0, 0]
  let part: Event[] = []
  const flush = async (): Promise<void> => {
    if (part.length > 0) await write(text(part))
    printed += part.length
    part = []
    // On a terminal the events themselves show how far it is.
    if (!process.stdout.isTTY && stream.bytesTotal > 0) progress.show(stream.bytesRead, stream.bytesTotal, 'decoded')
  }
  try {
    for (const event of stream.events()) {
      events++
      if (kinds.size === 0 || kinds.has(kindOf(event) ?? '')) part.push(event)
      if (part.length >= LINES) await flush()
    }
  } finally {
    await flush()
    progress.clear()
  }
  return [events, printed]
}

/** A reader that is slower than we are is waited for. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

const side = (name: string | null | undefined): string => (name === undefined || name === null || name === '' ? 'unknown' : name)

function headerText({ driver, device, seed, scenarioHash, numbering, regions }: Conversation['header']): string {
  const memory = (regions ?? []).map(({ gpa, length }) => `0x${(gpa ?? 0).toString(16)}+0x${(length ?? 0).toString(16)}`).join(' ')
  const scenario = side(scenarioHash) === 'unknown' ? '' : `, scenario ${scenarioHash}, seed ${seed}`
  const numbers = side(numbering) === 'unknown' ? '' : `, queues numbered ${numbering}`
  return `driver ${side(driver)}, device ${side(device)}${scenario}${numbers}\nmemory ${memory === '' ? 'unknown' : memory}\n`
}

/** The scenario is JSON itself; what cannot be read as such is printed as it is. */
function plainHeader({ scenario, ...header }: Conversation['header']): unknown {
  const { events: _, ...rest } = plain(header) as Record<string, unknown>
  if (scenario === undefined || scenario === null || scenario === '') return rest
  try {
    return { ...rest, scenario: JSON.parse(scenario) as unknown }
  } catch {
    return { ...rest, scenario }
  }
}

/** Plain data: bytes are hexadecimal, and what is absent is left out. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined).map(([key, inner]) => [key, plain(inner)]))
}
