/** The policies by name, and what follows from an interface's settings for a run. */
import type { Axes } from '@hintlab/transport'
import type { Interface } from '../interfaces.ts'
import type { RunOptions } from '../options.ts'
import { asyncBuffer } from './async-buffer.ts'
import { balloonPart } from './balloon.ts'
import { essaLog } from './essa-log.ts'
import { freePageHint } from './free-page-hint.ts'
import { hypercallThp } from './hypercall-thp.ts'
import { pageReporting } from './page-reporting.ts'
import { percpuArray } from './percpu-array.ts'
import type { PolicyName, PolicyPart } from './policy-part.ts'
import { zoneBitmap } from './zone-bitmap.ts'

const PARTS: Readonly<Record<PolicyName, PolicyPart>> = {
  'page-reporting': pageReporting,
  'async-buffer': asyncBuffer,
  'percpu-array': percpuArray,
  'zone-bitmap': zoneBitmap,
  'hypercall-thp': hypercallThp,
  'essa-log': essaLog,
  balloon: balloonPart,
  'free-page-hint': freePageHint,
}

/** A policy by name, or one of your own as it is. */
export const policyPart = (policy: PolicyName | PolicyPart): PolicyPart => (typeof policy === 'string' ? PARTS[policy] : policy)

/** The name of an interface's policy; null for a guest that hints nothing. */
export const policyName = (face: Interface): string | null => (face === null ? null : policyPart(face.policy).name)

/** Why this policy cannot stand on these axes; null when it can. */
export const policyRefuses = (policy: PolicyName | PolicyPart, axes: Axes): string | null => policyPart(policy).refuses(axes)

/** The options of a run, with what the interface itself fixes: a preset that says 512 in its name has 512 entries, whatever the run says. */
export function withInterface(run: RunOptions, face: Interface): RunOptions {
  if (face?.settings === undefined) return run
  const { group } = policyPart(face.policy)
  if (group === null) return run
  return { ...run, [group]: { ...(run[group] as Record<string, unknown>), ...face.settings } }
}
