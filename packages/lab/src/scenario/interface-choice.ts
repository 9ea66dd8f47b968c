/**
 * How a scenario names the interface it studies: one of the rows of `compare`, axes over it, or all of it by hand.
 *
 *     interface: buffer, virtqueue, async                            a row
 *     interface: { preset: reporting, hypercall, service: thread }   a row but for one axis
 *     interface: { policy: async-buffer, carrier: hypercall, service: inline, notification: return, submitter: blocks-irqs-off }
 */
import { CARRIERS, illegal, NOTIFICATIONS, SERVICES, SUBMITTERS } from '@hintlab/transport'
import type { Axes } from '@hintlab/transport'
import { z } from 'zod'
import { NAMED_INTERFACES } from '../interfaces.ts'
import type { Interface } from '../interfaces.ts'
import { policyPart, policyRefuses } from '../presets/policy-parts.ts'
import { POLICIES } from '../presets/policy-part.ts'

const PRESETS = NAMED_INTERFACES.map(({ name }) => name) as [string, ...string[]]
/** What Linux does. */
const PRESET_DEFAULT = 'reporting, virtqueue, sleeps'

/** null is the preset's. */
export const interfaceSchema = z.strictObject({
  preset: z.enum(PRESETS).nullable().default(null),
  policy: z.enum(POLICIES).nullable().default(null),
  carrier: z.enum(CARRIERS).nullable().default(null),
  service: z.enum(SERVICES).nullable().default(null),
  notification: z.enum(NOTIFICATIONS).nullable().default(null),
  submitter: z.enum(SUBMITTERS).nullable().default(null),
})
export type InterfaceChoice = z.infer<typeof interfaceSchema>

const AXES = ['carrier', 'service', 'notification', 'submitter'] as const

/** The interface and a name for it, or what is wrong with the choice. */
export function chooseInterface(choice: InterfaceChoice): { name: string; interface: Interface } | { mistake: string } {
  const { preset, policy } = choice
  const overrides = AXES.filter((axis) => choice[axis] !== null)
  const wanted = preset ?? (policy === null && overrides.length < AXES.length ? PRESET_DEFAULT : null)
  const row = NAMED_INTERFACES.find(({ name }) => name === wanted)
  if (row !== undefined && policy === null && overrides.length === 0) return { name: row.name, interface: row.interface }
  const base = row?.interface ?? null
  const chosenPolicy = policy ?? base?.policy ?? null
  const missing = AXES.filter((axis) => (choice[axis] ?? base?.axes[axis] ?? null) === null)
  if (chosenPolicy === null || missing.length > 0) {
    const lacks = [...(chosenPolicy === null ? ['policy'] : []), ...missing].join(', ')
    return { mistake: `found no ${lacks}; accepted is a preset that hints, or a policy with all of ${AXES.join(', ')}` }
  }
  const axes = Object.fromEntries(AXES.map((axis) => [axis, choice[axis] ?? base?.axes[axis]])) as unknown as Axes
  const reason = illegal(axes) ?? policyRefuses(chosenPolicy, axes)
  const { carrier, service, notification, submitter } = axes
  const name = [policyPart(chosenPolicy).name, carrier, service, notification, submitter].join(', ')
  if (reason !== null) return { mistake: `found ${name}, which is no interface: ${reason}; accepted are the combinations of the table in ARCHITECTURE.md` }
  const settings = policy === null && base?.settings !== undefined ? { settings: base.settings } : {}
  return { name, interface: { policy: chosenPolicy, axes, ...settings } }
}
