/** Small recorded runs for tests: 64 MiB, two vCPUs, half a second, settings with which every interface has something to say. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { legalAxes } from '@hintlab/transport'
import type { Axes } from '@hintlab/transport'
import type { NamedInterface } from '../../interfaces.ts'
import { parseRunOptions } from '../../options.ts'
import { POLICIES } from '../../presets/policy-part.ts'
import { policyRefuses } from '../../presets/policy-parts.ts'
import { runPhases } from '../../run.ts'
import type { RunResult } from '../../result.ts'
import type { Interface } from '../../interfaces.ts'
import { phasesSchema } from '../../workload/phase-schema.ts'
import { loadRecording } from '../load-recording.ts'
import type { ReplayOptions } from '../replay-guest.ts'

const phases = phasesSchema.parse([
  { seconds: 0.2, run: [{ do: 'burst', size: '6 MiB', order: 0, 'over-ms': 20, 'hold-ms': 40, 'pause-ms': 20, times: 2, tasks: 2 }] },
  { seconds: 0.1, run: [{ do: 'churn', size: '2 MiB', tasks: 2, 'per-second': 400 }] },
])

const OPTIONS = {
  guest: { memory: 2 ** 26, vcpus: 2, 'min-free-kbytes': 256 },
  start: 'fresh',
  workload: { 'settle-s': 0.2 },
  reporting: { 'delay-ms': 60, order: 5, capacity: 8 },
  'async-buffer': { entries: 16, order: 5, 'flush-ms': 50 },
  'percpu-array': { entries: 4, order: 0 },
  'zone-bitmap': { capacity: 8, threshold: 4, order: 5 },
  'hypercall-thp': { order: 5 },
  'essa-log': { entries: 64 },
  balloon: { 'interval-ms': 100, reserve: 2 ** 26 - 2 ** 22 },
  'free-page-hint': { 'start-ms': 50, 'pages-per-ms': 200, slots: 4 },
}

const run = (name: string, face: Interface, over: Record<string, unknown>) =>
  ({ name, options: parseRunOptions({ ...OPTIONS, ...over }), interface: face, phases })

/** The run itself, without anybody listening. */
export const plainRun = (name: string, face: Interface, over: Record<string, unknown> = {}): RunResult => runPhases(run(name, face, over))

export interface SmallRecording extends ReplayOptions {
  readonly file: string
  readonly result: RunResult
}

/** A folder of recordings; `dispose` removes it. */
export class SmallRecordings {
  private readonly folder = mkdtempSync(join(tmpdir(), 'hintlab-conversation-'))
  private count = 0

  dispose(): void {
    rmSync(this.folder, { recursive: true })
  }

  async record(name: string, face: Interface, over: Record<string, unknown> = {}): Promise<SmallRecording> {
    const file = join(this.folder, `${this.count++}.bin`)
    const result = runPhases({ ...run(name, face, over), record: { file, load: { kind: 'phases', phases } } })
    return { file, result, ...(await loadRecording(file)) }
  }
}

const nameOf = ({ carrier, service, notification, submitter }: Axes): string => [carrier, service, notification, submitter].join(', ')

/** Every policy on every combination of axes on which it can stand. */
export const EVERY_INTERFACE: readonly NamedInterface[] = POLICIES.flatMap((policy) =>
  legalAxes().filter((axes) => policyRefuses(policy, axes) === null).map((axes) => ({ name: `${policy} on ${nameOf(axes)}`, interface: { policy, axes } })))
