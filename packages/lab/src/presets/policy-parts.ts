/** The policies by name, and what follows from an interface's settings for a run. */
import type { Axes } from '@hintlab/transport'
import type { Interface } from '../interfaces.ts'
import { InputError } from '../options.ts'
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

/** A policy by name, or one of your own as it is. Throws InputError for another name: a recording has the name of a policy of one's own, and not its code. */
export function policyPart(policy: PolicyName | PolicyPart): PolicyPart {
  if (typeof policy !== 'string') return policy
  if (Object.hasOwn(PARTS, policy)) return PARTS[policy]
  throw new InputError(`interface: found the policy ${policy}; accepted here are ${Object.keys(PARTS).join(', ')}`)
}

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
