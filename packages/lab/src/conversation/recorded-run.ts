/**
 * What a recording of a modelled run says of itself: enough to build either side again, as JSON in the header (`scenario`), and the memory of the guest.
 *
 *     RunSetup + load --describe--> header.scenario --recordedRunOf--> RecordedRun --> buildMachine, workload
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { x86Layout } from '@hintlab/guest'
import { Feature, featureSet } from '@hintlab/protocol'
import { CARRIERS, NOTIFICATIONS, SERVICES, SUBMITTERS } from '@hintlab/transport'
import { z } from 'zod'
import { canonicalHash } from '../canonical.ts'
import type { Interface } from '../machine.ts'
import { InputError, runOptionsSchema } from '../options.ts'
import type { RunOptions } from '../options.ts'
import { policyName } from '../presets/policy-parts.ts'
import type { ConversationHeader } from '../recording/recorder.ts'
import { phasesSchema } from '../workload/phase-schema.ts'
import type { Phase } from '../workload/phase-schema.ts'

/** What made the load: phases, or traces, named by their files and held to their hashes. */
export type RecordedLoad =
  | { readonly kind: 'phases'; readonly phases: readonly Phase[] }
  | { readonly kind: 'trace'; readonly files: readonly string[]; readonly sha256: readonly string[]; readonly durationS: number | null }

export interface RecordedRun {
  readonly name: string
  readonly options: RunOptions
  readonly interface: Interface
  readonly load: RecordedLoad
}

const axesSchema = z.strictObject({
  carrier: z.enum(CARRIERS), service: z.enum(SERVICES), notification: z.enum(NOTIFICATIONS), submitter: z.enum(SUBMITTERS),
})

const schema = z.strictObject({
  name: z.string(),
  options: z.record(z.string(), z.unknown()),
  interface: z.looseObject({ policy: z.string(), axes: axesSchema }).nullable() as unknown as z.ZodType<Interface>,
  load: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('phases'), phases: phasesSchema }),
    z.strictObject({ kind: z.literal('trace'), files: z.array(z.string()), sha256: z.array(z.string()), durationS: z.number().nullable() }),
  ]),
})

/** What the rings of a machine have (connect in packages/transport). */
const NEGOTIATED = featureSet(Feature.VERSION_1, Feature.EVENT_IDX)

/** The header of a recording of this run. */
export function headerOf(run: RecordedRun): ConversationHeader {
  const { options } = run
  return {
    seed: options.seed,
    scenarioHash: hashOf(run),
    regions: x86Layout(options.guest.memory).ram.map(({ start, end }) => ({ gpa: start * PAGE_SIZE, length: (end - start) * PAGE_SIZE })),
    features: NEGOTIATED,
    driver: 'hintlab',
    device: 'hintlab',
    scenario: JSON.stringify({ ...run, interface: named(run.interface) }),
  }
}

/** As scenarioRunHash, which `hintlab run` prints. */
function hashOf({ options, interface: face, load }: RecordedRun): string {
  const { seed: _, ...settings } = options
  const of = load.kind === 'phases' ? { phases: load.phases, durationS: null, trace: [] } : { phases: null, durationS: load.durationS, trace: load.sha256 }
  return canonicalHash({ scenario: settings, interface: named(face), ...of })
}

/** Data only: of a policy of one's own its name. */
const named = (face: Interface): unknown => (face === null ? null : { ...face, policy: policyName(face) })

/** What was run; an InputError when the recording does not say, or says what this version cannot run. */
export function recordedRunOf(file: string, header: ConversationHeader): RecordedRun {
  const scenario = header.scenario ?? ''
  const fault = (found: string): InputError => new InputError(`${file}: found ${found}; accepted is a recording of hintlab run or compare (--record)`)
  if (scenario === '') throw fault('a recording without a scenario, as of a live peer')
  try {
    const run = schema.parse(JSON.parse(scenario))
    return { ...run, options: runOptionsSchema.parse(run.options) }
  } catch (error) {
    const what = error instanceof z.ZodError ? `${error.issues[0].path.join('.')}: ${error.issues[0].message}` : (error as Error).message.split('\n')[0]
    throw fault(`a scenario that cannot be read (${what})`)
  }
}

/** Who runs on a shared CPU is up to both sides, and a recording says it of neither. */
export function refuseSharedCpus({ options }: RecordedRun): void {
  if (options.host.cpus === null) return
  throw new InputError('host.cpus: found vCPUs that share host CPUs: who runs is not in the recording; accepted for a replay is a run without')
}
