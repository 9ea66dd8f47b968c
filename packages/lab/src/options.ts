/**
 * What a run is made of, validated. Everything the command line can set is a path in here (`--set reporting.delay-ms=100`); every error names the path, what
 * was found and what is accepted.
 */
import { GIB, MS } from '@hintlab/kit'
import { ASSIGNED_MODES, BACKINGS, DISCARDS, isHugetlb } from '@hintlab/host'
import { COST_NAMES, COST_TABLE, makeCosts } from '@hintlab/sim'
import type { CostName, Costs } from '@hintlab/sim'
import { z } from 'zod'
import { presetGroups } from './presets/preset-options.ts'
import { brokenPageCache, filesGroup, guestMemoryFields, khugepagedGroup } from './guest-memory/memory-options.ts'
import { mistakeLine, mistakesOf } from './schema-mistakes.ts'
import { sizeOrSame } from './size.ts'

export const SEED_MAX = 0xffff_ffff

const order = z.int().min(0).max(10)
const share = z.number().min(0).max(1)

/** What every run has, whatever makes its load. */
export const workloadGroup = z.strictObject({
  /** A recorded gap longer than this is idle, a shorter one is work. */
  'idle-gap-ms': z.number().min(0).max(3_600_000).default(4),
  'settle-s': z.number().min(0).max(86_400).default(60),
})

export const runOptionsSchema = z.strictObject({
  seed: z.int().min(0).max(SEED_MAX).default(1),
  guest: z.strictObject({
    memory: z.preprocess(sizeOrSame, z.int().min(64 * 2 ** 20).max(1024 * GIB).multipleOf(4 * 2 ** 20)).default(4 * GIB),
    vcpus: z.int().min(1).max(256).default(2),
    'min-free-kbytes': z.int().min(0).max(16 * 2 ** 20).nullable().default(null),
    ...guestMemoryFields,
  }).prefault({}),
  host: z.strictObject({
    /** Bytes, of which frame numbers name 2 TiB; null is the guest's memory and a little for what a guest cannot give back. */
    memory: z.preprocess(sizeOrSame, z.int().min(64 * 2 ** 20).max(2 ** 41).multipleOf(2 * 2 ** 20).nullable()).default(null),
    thp: z.enum(['always', 'never']).default('always'),
    /** What the guest's memory is made of, and what the VMM calls to discard part of it: docs/backing.md. */
    backing: z.enum(BACKINGS).default('anon'),
    discard: z.enum(DISCARDS).default('dontneed'),
    /**
     * CONFIG_PT_RECLAIM of Linux 6.14 (x86-64): MADV_DONTNEED of whole 2 MiB frees the emptied page table, so that the next touch may take a huge page again.
     * Without it, as in every kernel before, memory that was once in small pages stays in small pages until khugepaged comes by.
     */
    'pt-reclaim': z.boolean().default(false),
    /** Whether khugepaged makes huge pages of small ones (only of anonymous memory and shmem with host.thp=always). */
    khugepaged: z.boolean().default(false),
    /** Bytes of swap; 0 is a host without, which is out of memory when its frames are gone. */
    swap: z.preprocess(sizeOrSame, z.int().min(0).max(2 ** 40).multipleOf(4096)).default(0),
    /** Host CPUs; null is one per vCPU and one for the device. */
    cpus: z.int().min(1).max(512).nullable().default(null),
    'ignore-below-order': order.default(0),
    inhibited: z.boolean().default(false),
    /** A device that does DMA to the guest's memory, all of which is pinned for it, and what the VMM does about discards: docs/backing.md. */
    'assigned-device': z.enum(['none', ...ASSIGNED_MODES]).default('none'),
    /** How often that device reads or writes a page; 0 is a device that is quiet. */
    'dma-per-second': z.number().min(0).max(1e6).default(100),
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
  ...presetGroups,
  files: filesGroup.prefault({}),
  khugepaged: khugepagedGroup.prefault({}),
  workload: workloadGroup.prefault({}),
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
  if (!result.success) throw new InputError(mistakesOf(runOptionsSchema, result.error.issues, input, 'options').map(mistakeLine).join('\n'))
  const broken = brokenRule(result.data)
  if (broken !== null) throw new InputError(broken)
  return result.data
}

/** Rules between settings: the line that says which one is broken, or null. */
export function brokenRule({ guest, host, start, hinting }: RunOptions): string | null {
  if (hinting.defragment && guest.compaction === 'off') {
    return 'hinting.defragment: found true; accepted is false for a guest without compaction (guest.compaction is off)'
  }
  if (guest.khugepaged && guest['thp-defrag'] === 'off') {
    return 'guest.khugepaged: found true; accepted is false for a guest without huge pages (guest.thp-defrag is off)'
  }
  const cache = brokenPageCache(guest['page-cache'])
  if (cache !== null) return cache
  if (host.backing.startsWith('hugetlb-1g') && guest.memory % GIB !== 0) {
    return `guest.memory: found ${guest.memory}; accepted is a multiple of 1 GiB (${GIB}) for host.backing=${host.backing}`
  }
  if (isHugetlb(host.backing) && host.memory !== null && host.memory < guest.memory) {
    return `host.memory: found ${host.memory}; accepted is at least guest.memory (${guest.memory}), for which host.backing=${host.backing} has a pool`
  }
  if (host['assigned-device'] !== 'none' && host.memory !== null && host.memory < guest.memory) {
    return `host.memory: found ${host.memory}; accepted is at least guest.memory (${guest.memory}), which host.assigned-device=${host['assigned-device']} pins`
  }
  if (start !== 'aged' || host.memory === null || host.memory >= guest.memory) return null
  return `host.memory: found ${host.memory}; accepted is at least guest.memory (${guest.memory}) for a guest that starts aged, which has touched all of it`
}

/** Sets `path=value` in a plain object; the value is JSON where it can be read as such, else text. Whether the path exists is for `parseRunOptions` to say. */
export function applySetting(target: Record<string, unknown>, setting: string): void {
  const at = setting.indexOf('=')
  if (at <= 0) throw new InputError(`--set ${setting}: found no "=", accepted is path=value`)
  const path = setting.slice(0, at).split('.')
  let node = target
  if (path.some((key) => key === '' || key === '__proto__')) throw new InputError(`--set ${setting}: ${path.join('.')} is not the path of a setting`)
  for (const [i, key] of path.entries()) {
    if (Array.isArray(node) && !(/^\d+$/.test(key) && Number(key) <= node.length)) {
      const found = path.slice(0, i + 1).join('.')
      throw new InputError(`--set ${setting}: found ${found}; accepted is an element from 0 to ${node.length}, the last of which is new`)
    }
    if (i === path.length - 1) break
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
