/**
 * What a run is made of, validated. Everything the command line can set is a path in here (`--set reporting.delay-ms=100`); every error names the path, what
 * was found and what is accepted.
 */
import { GIB, MIB, MS } from '@hintlab/kit'
import { COST_NAMES, COST_TABLE, makeCosts } from '@hintlab/sim'
import type { CostName, Costs } from '@hintlab/sim'
import { z } from 'zod'
import { bytesText } from './format.ts'

export const SEED_MAX = 0xffff_ffff

const order = z.int().min(0).max(10)
const share = z.number().min(0).max(1)

export const runOptionsSchema = z.strictObject({
  seed: z.int().min(0).max(SEED_MAX).default(1),
  guest: z.strictObject({
    memory: z.int().min(64 * 2 ** 20).max(1024 * GIB).multipleOf(4 * 2 ** 20).default(4 * GIB),
    vcpus: z.int().min(1).max(256).default(2),
    'min-free-kbytes': z.int().min(0).max(16 * 2 ** 20).nullable().default(null),
  }).prefault({}),
  host: z.strictObject({
    /** Bytes; null is the guest's memory and a little for what a guest cannot give back. */
    memory: z.int().min(64 * 2 ** 20).multipleOf(2 * 2 ** 20).nullable().default(null),
    thp: z.enum(['always', 'never']).default('always'),
    /** Host CPUs; null is one per vCPU and one for the device. */
    cpus: z.int().min(1).max(512).nullable().default(null),
    'ignore-below-order': order.default(0),
    inhibited: z.boolean().default(false),
  }).prefault({}),
  start: z.enum(['fresh', 'aged']).default('aged'),
  aged: z.strictObject({
    /** Share of pageblocks in use for the whole run. */
    used: share.default(0.1),
    /** Share of the other pageblocks that hold a few pages in use. */
    fragmented: share.default(0.2),
    /** Share of the guest that the host backs with huge pages. */
    huge: share.default(0.9),
  }).prefault({}),
  reporting: z.strictObject({
    'delay-ms': z.number().min(0).max(3_600_000).default(2000),
    capacity: z.int().min(1).max(1024).default(32),
    order: order.default(9),
    'budget-divisor': z.int().min(1).max(1024).default(16),
  }).prefault({}),
  'async-buffer': z.strictObject({
    entries: z.int().min(1).max(1024).default(256),
    order: order.default(9),
    'when-full': z.enum(['drop', 'spill', 'wait']).default('spill'),
    'flush-ms': z.number().min(0).max(3_600_000).default(2000),
    sweep: z.boolean().default(true),
    slots: z.int().min(1).max(64).default(8),
  }).prefault({}),
  workload: z.strictObject({
    /** A recorded gap longer than this is idle, a shorter one is work. */
    'idle-gap-ms': z.number().min(0).max(3_600_000).default(4),
    'settle-s': z.number().min(0).max(86_400).default(60),
  }).prefault({}),
  ghost: z.boolean().default(true),
  cost: z.strictObject(Object.fromEntries(COST_NAMES.map((name) => [name, z.int().min(0).max(1e12).default(COST_TABLE[name].ns)])) as Record<
    CostName,
    z.ZodDefault<z.ZodInt>
  >).prefault({}),
})

export type RunOptions = z.infer<typeof runOptionsSchema>

/** Bad input: the user's mistake, told in one line. The command line prints it and exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

/** Fills in defaults; throws InputError with one line per mistake. */
export function parseRunOptions(input: unknown): RunOptions {
  const result = runOptionsSchema.safeParse(input)
  if (result.success) return checked(result.data)
  const lines = result.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${describe(issue, input)}`)
  throw new InputError(lines.join('\n'))
}

/** Rules between settings. */
function checked(options: RunOptions): RunOptions {
  const { guest, host, start } = options
  if (start === 'aged' && host.memory !== null && host.memory < guest.memory) {
    throw new InputError(
      `host.memory: found ${host.memory}; accepted is at least guest.memory (${guest.memory}) for a guest that starts aged, which has touched all of it`,
    )
  }
  return options
}

/** Sets `path=value` in a plain object; the value is JSON where it can be read as such, else text. Whether the path exists is for `parseRunOptions` to say. */
export function applySetting(target: Record<string, unknown>, setting: string): void {
  const at = setting.indexOf('=')
  if (at <= 0) throw new InputError(`--set ${setting}: found no "=", accepted is path=value`)
  const path = setting.slice(0, at).split('.')
  let node = target
  if (path.some((key) => key === '' || key === '__proto__')) throw new InputError(`--set ${setting}: ${path.join('.')} is not the path of a setting`)
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(node, key) ? node[key] : {}
    if (typeof next !== 'object' || next === null) throw new InputError(`--set ${setting}: ${key} is a value, not a group`)
    node[key] = next
    node = next as Record<string, unknown>
  }
  node[path[path.length - 1] ?? ''] = readValue(setting.slice(at + 1))
}

export const costsOf = (options: RunOptions): Costs => makeCosts(options.cost)

export const settleNs = (options: RunOptions): number => Math.round(options.workload['settle-s'] * 1000) * MS

function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** One line per mistake: what was found, and what is accepted. */
function describe(issue: z.core.$ZodIssue, input: unknown): string {
  const found = valueAt(input, issue.path)
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(valueAt(DEFAULTS, issue.path) as object)
    return `found the unknown setting ${issue.keys.join(', ')}; accepted are ${known.join(', ')}`
  }
  return `found ${typeof found === 'number' ? String(found) : JSON.stringify(found)}; accepted is ${accepted(issue)}`
}

function accepted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return `a number from ${limitText(issue.minimum)}`
  if (issue.code === 'too_big') return `a number up to ${limitText(issue.maximum)}`
  if (issue.code === 'not_multiple_of') return `a multiple of ${limitText(issue.divisor)}`
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'invalid_type') return EXPECTED[issue.expected] ?? issue.expected
  return issue.message
}

/** `67108864 (64 MiB)`; small limits as they are. */
function limitText(limit: number | bigint): string {
  const bytes = Number(limit)
  return bytes >= MIB && bytes % MIB === 0 ? `${limit} (${bytesText(bytes)})` : String(limit)
}

const EXPECTED: Record<string, string> = { int: 'a whole number', number: 'a number', object: 'a group of settings', boolean: 'true or false' }

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = root
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
  return value
}

/** What an empty input means; also tells which settings a group has. */
const DEFAULTS = runOptionsSchema.parse({})
