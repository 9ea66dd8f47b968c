/**
 * Whether a replayed event is the recorded one: every field, the bytes that went along, and of the ring's words those that this side writes. What is absent
 * and what is 0 are the same, as in protobuf. Only its place among others is not compared.
 */
import type { TapEvent } from '@hintlab/protocol'
import { kindOf } from './event-text.ts'

/** Words of a ring by who writes them. */
export const OWN_WORDS = { guest: ['availFlags', 'availIdx', 'usedEvent'], host: ['usedFlags', 'usedIdx', 'availEvent'] } as const

type Words = NonNullable<TapEvent['words']>

/** The first difference as `path: recorded a, here b`, apart from time and place; null where there is none. */
export function contentsDiffer(recorded: TapEvent, mine: TapEvent, side: 'guest' | 'host'): string | null {
  const [a, b] = [kindOf(recorded), kindOf(mine)]
  if (a !== b) return `recorded ${a ?? 'unknown'}, here ${b ?? 'unknown'}`
  return fieldsDiffer(plain(recorded), plain(mine), '') ?? wordsDiffer(recorded, mine, side)
}

/** The words of a ring that a side writes, as recorded and here. */
export function wordsDiffer({ words: recorded }: TapEvent, { words: mine }: TapEvent, side: 'guest' | 'host'): string | null {
  const own = (words: Words | null | undefined): object => Object.fromEntries(OWN_WORDS[side].map((name) => [name, words?.[name] ?? 0]))
  return fieldsDiffer(own(recorded), own(mine), 'words.')
}

function plain({ timeNs: _time, sequence: _sequence, words: _words, otherSteps: _steps, ...rest }: TapEvent): object {
  return rest
}

function fieldsDiffer(a: unknown, b: unknown, path: string): string | null {
  const [left, right] = [(a ?? {}) as Record<string, unknown>, (b ?? {}) as Record<string, unknown>]
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = valueDiffers(left[name], right[name], path + name)
    if (found !== null) return found
  }
  return null
}

function valueDiffers(a: unknown, b: unknown, path: string): string | null {
  if (a instanceof Uint8Array || b instanceof Uint8Array) return bytesDiffer(a as Uint8Array | null, b as Uint8Array | null, path)
  if (isObject(a) || isObject(b)) return fieldsDiffer(a, b, `${path}.`)
  const [left, right] = [valueOf(a), valueOf(b)]
  return left === right ? null : `${path}: recorded ${String(left)}, here ${String(right)}`
}

function bytesDiffer(a: Uint8Array | null | undefined, b: Uint8Array | null | undefined, path: string): string | null {
  const [left, right] = [a ?? NOTHING, b ?? NOTHING]
  if (left.length !== right.length) return `${path}: recorded ${left.length} bytes, here ${right.length}`
  const at = left.findIndex((byte, i) => byte !== right[i])
  return at < 0 ? null : `byte ${at} of ${path}: recorded ${left[at]}, here ${right[at]}`
}

const NOTHING = new Uint8Array(0)

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Of a field that may be absent. */
const valueOf = (value: unknown): unknown => (value === undefined || value === null || value === false ? 0 : value === true ? 1 : value)
