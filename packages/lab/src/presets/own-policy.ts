/**
 * A policy of your own as a part: give it a name, the sizes of its queue and a way to build it, and it runs, is compared, checked and recorded like those that
 * come with hintlab. Use it as the `policy` of an interface.
 */
import { notOnLog } from './policy-part.ts'
import type { BuiltPolicy, PolicyPart, PolicyParts, QueueSize, Settings } from './policy-part.ts'

export interface OwnPolicy extends Partial<Pick<PolicyPart, 'origin' | 'idea' | 'captures' | 'safeguards' | 'refuses' | 'hostSide' | 'tiny'>> {
  readonly name: string
  /** Its queue. `settings` are those of the interface, as everywhere here. */
  readonly queue: (settings: Settings) => QueueSize
  /** Called once for each machine. */
  readonly build: (parts: PolicyParts) => BuiltPolicy
}

export function ownPolicy({ queue, ...own }: OwnPolicy): PolicyPart {
  return {
    origin: 'not published',
    idea: '',
    group: null,
    captures: false,
    safeguards: ['F1', 'F2'],
    refuses: notOnLog,
    queues: (_run, _wire, settings) => [queue(settings)],
    tiny: () => ({}),
    ...own,
  }
}
