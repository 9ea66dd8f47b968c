/**
 * The language of phases: what a scenario says instead of naming a trace. Phases follow each other; within a phase its generators run side by side, each in
 * `tasks` tasks.
 *
 *     phases:
 *       - seconds: 5                     a phase: how long, and what runs
 *         run:
 *           - { do: burst, size: 512M, order: 9, over-ms: 200, hold-ms: 1000 }
 *           - { do: churn, size: 128M, per-second: 20000 }
 *       - seconds: 30                    nothing runs: idle
 *
 * A phase begins when the ones before it were to end, whether they have ended or not. When it is over, its generators give back what they hold, but for the
 * share `keep` of it.
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { z } from 'zod'
import { sizeOrSame } from '../size.ts'

const HOUR_S = 3600
const MS_MAX = HOUR_S * 1000
const SIZE_MAX = 2 ** 40

const NTH = 2

export const ACCESS_PATTERNS = ['sequential', 'random', 'every-nth'] as const
export const MOBILITIES = ['movable', 'unmovable', 'reclaimable'] as const

const size = z.preprocess(sizeOrSame, z.int().min(PAGE_SIZE).max(SIZE_MAX).multipleOf(PAGE_SIZE))
const order = z.int().min(0).max(10)
const ms = z.number().min(0).max(MS_MAX)

/** What all generators have. */
const common = {
  /** Tasks that do the same; task n runs on vCPU n modulo their number. */
  tasks: z.int().min(1).max(256).default(1),
  /** What the program itself does with a page that it touches, and the guest's own page fault: occupies the vCPU. */
  'work-ns': z.int().min(0).max(1e9).default(200),
  mobility: z.enum(MOBILITIES).default('movable'),
}

/** Generators that touch a stretch of memory block by block. */
const stretch = {
  ...common,
  /** Of each task. */
  size,
  order: order.default(0),
  access: z.enum(ACCESS_PATTERNS).default('sequential'),
  /** For every-nth: 2 touches every other block. */
  nth: z.int().min(2).max(1024).default(NTH),
}

/** Allocates `size` in `over-ms`, holds it for `hold-ms`, gives it back; `times` times, or until the phase is over. */
const burst = z.strictObject({
  do: z.literal('burst'),
  ...stretch,
  'over-ms': ms.default(0),
  'hold-ms': ms.default(0),
  'pause-ms': ms.default(0),
  times: z.int().min(1).max(1e6).default(1),
  keep: z.number().min(0).max(1).default(0),
})

/** Touches `size`, gives it back, pauses, again: `loops` times, or until the phase is over. */
const memhog = z.strictObject({
  do: z.literal('memhog'),
  ...stretch,
  'pause-ms': ms.default(0),
  loops: z.int().min(1).max(1e6).nullable().default(null),
})

/** Allocates and frees blocks of random orders at random, around half of `size`: fragments the guest. */
const churn = z.strictObject({
  do: z.literal('churn'),
  ...common,
  size,
  'per-second': z.number().min(1).max(1e7).default(10_000),
  /** One of them is drawn for each allocation: an order that stands twice is drawn twice as often. */
  orders: z.array(order).min(1).max(64).default([0, 0, 0, 0, 1, 2, 3, 9]),
  keep: z.number().min(0).max(1).default(0),
})

/** Maps `size`, touches it page by page or huge page by huge page, unmaps it, without a pause (will-it-scale, page_fault1 and page_fault2). */
const faultStorm = z.strictObject({ do: z.literal('fault-storm'), ...stretch })

/** Nothing; says so. */
const idle = z.strictObject({ do: z.literal('idle') })

export const generatorSchema = z.discriminatedUnion('do', [burst, memhog, churn, faultStorm, idle])

export const phaseSchema = z.strictObject({
  name: z.string().max(60).default(''),
  seconds: z.number().min(0.001).max(24 * HOUR_S),
  run: z.array(generatorSchema).max(64).default([]),
})

export type Burst = z.infer<typeof burst>
export type Memhog = z.infer<typeof memhog>
export type Churn = z.infer<typeof churn>
export type FaultStorm = z.infer<typeof faultStorm>
export type Generator = z.infer<typeof generatorSchema>
export type Phase = z.infer<typeof phaseSchema>
export type AccessPattern = (typeof ACCESS_PATTERNS)[number]

/** Phases of at least one, as a scenario gives them. */
export const phasesSchema = z.array(phaseSchema).min(1).max(1000)

/** What the schema accepts and nobody means: where in the phases, and what is wrong there. */
export function brokenPhases(phases: readonly Phase[]): { readonly path: readonly string[]; readonly text: string }[] {
  return phases.flatMap(({ run }, p) => run.flatMap((spec, g) => {
    const at = (key: string): string[] => [String(p), 'run', String(g), key]
    if (spec.do === 'churn' && spec.size < PAGE_SIZE * 2 ** Math.max(...spec.orders)) {
      const least = PAGE_SIZE * 2 ** Math.max(...spec.orders)
      return [{ path: at('size'), text: `found ${spec.size}; accepted is at least ${least}, a block of order ${Math.max(...spec.orders)} as orders has it` }]
    }
    if ('nth' in spec && spec.nth !== NTH && spec.access !== 'every-nth') {
      return [{ path: at('nth'), text: `found ${spec.nth} with access ${spec.access}; accepted is access every-nth with it` }]
    }
    return []
  }))
}

/** Phases written in a program, as a scenario's file would say them; throws what zod says of others. */
export const parsePhases = (input: unknown): Phase[] => phasesSchema.parse(input)
