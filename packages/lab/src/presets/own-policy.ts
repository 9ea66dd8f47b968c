/**
 * A policy of your own as a part: give it a name, its settings, its guest half and its host half, and it runs, is compared, checked and recorded like those
 * that come with hintlab. Use it as the `policy` of an interface, whose `settings` change some of its own.
 *
 *     ownPolicy({ name, settings, guest, host }) --> { policy, axes, settings? } --> runPhases, compareRows, buildFourPages, ...
 */
import type { HintClient } from '@hintlab/protocol'
import type { DeviceOptions } from '@hintlab/host'
import type { Task } from '@hintlab/sim'
import { InputError } from '../options.ts'
import { notOnLog } from './policy-part.ts'
import type { BuiltPolicy, PolicyPart, PolicyParts, QueueSize, RunPolicy, Settings } from './policy-part.ts'

/** A guest half that gets its own completions, as whatever extends NoteWorker or SyncSender does. */
export type OwnGuest = RunPolicy & HintClient<Task>

export interface OwnPolicy<S extends Settings> extends Partial<Pick<PolicyPart, 'origin' | 'idea' | 'safeguards' | 'refuses' | 'needsMerges'>> {
  readonly name: string
  /** Every setting with its default. */
  readonly settings: S
  /** Those that differ in a guest of four pages, where random schedules look for lost data. */
  readonly tiny?: Partial<S>
  /** Its queue, or hypercall: 64 entries and one request in flight by default. */
  readonly queue?: (settings: S) => QueueSize
  /** Called once for each machine. What is more than a guest half of its own (hooks, tasks of the host) comes as a BuiltPolicy. */
  readonly guest: (parts: PolicyParts, settings: S) => OwnGuest | BuiltPolicy
  /** What the host's device looks at besides the requests themselves. */
  readonly host?: (settings: S) => Pick<DeviceOptions, 'keeps' | 'hinted' | 'command' | 'stillUnused'>
}

export function ownPolicy<S extends Settings>(own: OwnPolicy<S>): PolicyPart {
  const { name, settings: defaults, guest, host = () => ({}), tiny = {}, queue = () => ({ entriesMax: 64, slots: 1 }), ...rest } = own
  const whole = (settings: Settings): S => withDefaults(name, defaults, settings)
  return {
    origin: 'not published',
    idea: '',
    safeguards: ['F1', 'F2'],
    refuses: notOnLog,
    ...rest,
    name,
    group: null,
    captures: true,
    queues: (_run, _wire, settings) => [queue(whole(settings))],
    build: (parts) => {
      const built = guest(parts, whole(parts.settings))
      return 'client' in built ? built : { policy: built, client: built }
    },
    hostSide: (_built, settings) => host(whole(settings)),
    tiny: () => tiny,
  }
}

function withDefaults<S extends Settings>(name: string, defaults: S, given: Settings): S {
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, key)) throw new InputError(`${name}: ${key}: found no such setting; accepted is ${Object.keys(defaults).join(', ') || 'none'}`)
    if (typeof value !== typeof defaults[key]) throw new InputError(`${name}: ${key}: found ${String(value)}; accepted is a ${typeof defaults[key]}`)
  }
  return { ...defaults, ...given }
}
