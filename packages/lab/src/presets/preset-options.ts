/** The constants of the historical interfaces as settings, each with its thread's value as default; `reporting` and `async-buffer` stand in options.ts. */
import { GIB, MIB } from '@hintlab/kit'
import { ESSA_LOG_ENTRIES, HYPERCALL_HOOKS, REQUEST_MEMORY } from '@hintlab/guest'
import { z } from 'zod'
import { sizeOrSame } from '../size.ts'

const order = z.int().min(0).max(10)
const milliseconds = z.number().min(0).max(3_600_000)

export const presetGroups = {
  /** Of every interface that buffers. */
  hinting: z.strictObject({
    /** Where the memory of a request comes from when the guest is short of it. */
    'request-memory': z.enum(REQUEST_MEMORY).default('preallocated'),
    /** Compact the guest's memory before each pass of a worker; a guest without compaction cannot. */
    defragment: z.boolean().default(false),
  }).prefault({}),
  'percpu-array': z.strictObject({
    entries: z.int().min(1).max(1024).default(1000),
    order: order.default(0),
  }).prefault({}),
  'zone-bitmap': z.strictObject({
    capacity: z.int().min(1).max(1024).default(16),
    threshold: z.int().min(1).max(65536).default(16),
    order: order.default(9),
  }).prefault({}),
  'hypercall-thp': z.strictObject({
    order: order.default(9),
    hook: z.enum(HYPERCALL_HOOKS).default('both'),
  }).prefault({}),
  'essa-log': z.strictObject({
    entries: z.int().min(1).max(1024).default(ESSA_LOG_ENTRIES),
  }).prefault({}),
  balloon: z.strictObject({
    /** Between two looks of the manager. */
    'interval-ms': milliseconds.default(1000),
    /** Bytes that stay free in the guest. */
    reserve: z.preprocess(sizeOrSame, z.int().min(0).max(1024 * GIB).multipleOf(4096)).default(256 * MIB),
    'deflate-on-oom': z.boolean().default(true),
    /** Looks until the manager stops; 0: never. */
    rounds: z.int().min(0).max(1e9).default(0),
  }).prefault({}),
  'free-page-hint': z.strictObject({
    /** False: the guest's driver does not answer, and everything is sent. */
    hints: z.boolean().default(true),
    /** When the host begins to migrate the guest, and how often: a round of migration each time. */
    'start-ms': milliseconds.default(1000),
    'every-ms': milliseconds.default(20_000),
    migrations: z.int().min(0).max(1000).default(1),
    /** When the guest gets its blocks back: at the host's DONE only, or also some of them early, from the shrinker, when memory is short (Linux). */
    release: z.enum(['done', 'early']).default('early'),
    /** Pages that the host sends per millisecond: 300 is 10 Gb/s. */
    'pages-per-ms': z.int().min(1).max(100_000).default(300),
    /** The guest is stopped for the last round when no more pages than this are left. */
    'stop-pages': z.int().min(0).max(2 ** 28).default(4096),
    'rounds-max': z.int().min(1).max(1000).default(30),
    /** Requests in flight. */
    slots: z.int().min(2).max(256).default(128),
  }).prefault({}),
}
