/**
 * Flags into run options. A flag is a short form of one or more settings; `--set` comes last and wins. All mistakes are collected, so that the user sees
 * them at once.
 */
import { applySetting, InputError, parseRunOptions, parseSize } from '@hintlab/lab'
import type { RunOptions } from '@hintlab/lab'

/** As commander hands them over: all text. */
export interface RunFlags {
  readonly seed?: string
  readonly guestMemory?: string
  readonly vcpus?: string
  readonly order?: string
  readonly batch?: string
  readonly start?: string
  readonly settle?: string
  readonly set?: readonly string[]
}

interface Flag {
  readonly name: string
  readonly key: Exclude<keyof RunFlags, 'set'>
  readonly paths: readonly string[]
  /** The value, or null when the text cannot be read. Default: `numberOrText`. */
  readonly read?: (text: string) => unknown
  readonly accepted?: string
}

const FLAGS: readonly Flag[] = [
  { name: '--seed', key: 'seed', paths: ['seed'] },
  { name: '--guest-memory', key: 'guestMemory', paths: ['guest.memory'], read: parseSize, accepted: 'a size such as 512M, 4G or a number of bytes' },
  { name: '--vcpus', key: 'vcpus', paths: ['guest.vcpus'] },
  { name: '--order', key: 'order', paths: ['reporting.order', 'async-buffer.order'] },
  { name: '--batch', key: 'batch', paths: ['reporting.capacity', 'async-buffer.entries'] },
  { name: '--start', key: 'start', paths: ['start'], read: (text) => text },
  { name: '--settle', key: 'settle', paths: ['workload.settle-s'] },
]

/** Validated options; throws InputError with one line per mistake, each beginning with the flag or the setting. */
export function runOptionsOf(flags: RunFlags): RunOptions {
  const input: Record<string, unknown> = {}
  const mistakes: string[] = []
  const flagOf = new Map<string, string>()
  for (const flag of FLAGS) {
    const text = flags[flag.key]
    if (text === undefined) continue
    const value = (flag.read ?? numberOrText)(text)
    if (value === null) {
      mistakes.push(`${flag.name}: found ${JSON.stringify(text)}; accepted is ${flag.accepted}`)
      continue
    }
    for (const path of flag.paths) {
      applySetting(input, `${path}=${JSON.stringify(value)}`)
      flagOf.set(path, flag.name)
    }
  }
  for (const setting of flags.set ?? []) {
    collect(mistakes, () => applySetting(input, setting))
    flagOf.delete(setting.slice(0, setting.indexOf('=')))
  }
  const options = collect(mistakes, () => parseRunOptions(input))
  if (options === null || mistakes.length > 0) throw new InputError(nameFlags(mistakes, flagOf).join('\n'))
  return options
}

/** A whole number from `min`, 1 by default, to `max`, written in digits alone; throws InputError. */
export function wholeNumber(flag: string, text: string, { min = 1, max }: { readonly min?: number; readonly max: number }): number {
  const n = Number(text)
  if (/^\d+$/.test(text) && n >= min && n <= max) return n
  throw new InputError(`${flag}: found ${JSON.stringify(text)}; accepted is a whole number from ${min} to ${max}`)
}

/** What is no number stays text, for the validation to name it. */
const numberOrText = (text: string): unknown => (text.trim() === '' || !Number.isFinite(Number(text)) ? text : Number(text))

/** What `action` gives, or null after it has thrown an InputError, whose lines are kept. */
export function collect<T>(mistakes: string[], action: () => T): T | null {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    mistakes.push(...error.message.split('\n'))
    return null
  }
}

/** `guest.vcpus: found 0` becomes `--vcpus: found 0`; a flag that sets two paths is named once for the same mistake. */
function nameFlags(mistakes: readonly string[], flagOf: ReadonlyMap<string, string>): string[] {
  const named = mistakes.map((line) => {
    const path = line.slice(0, line.indexOf(':'))
    const flag = flagOf.get(path)
    return flag === undefined ? line : flag + line.slice(path.length)
  })
  return [...new Set(named)]
}
