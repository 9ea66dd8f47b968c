/** The interfaces that `compare` sets side by side, each with its four axes, and every historical one as a preset. */
import type { Axes, Carrier, Notification, Service, Submitter } from '@hintlab/transport'
import type { PolicyName, PolicyPart, Settings } from './presets/policy-part.ts'

/** An interface under study: a policy on a transport, with what it fixes of its policy's settings; null is a guest that hints nothing. */
export type Interface = {
  /** One of the policies that come with hintlab, by name, or one of your own (presets/own-policy.ts), which cannot cross to a worker. */
  readonly policy: PolicyName | PolicyPart
  readonly axes: Axes
  readonly settings?: Settings
} | null

export interface NamedInterface {
  readonly name: string
  readonly interface: Interface
}

const axes = (carrier: Carrier, service: Service, notification: Notification, submitter: Submitter): Axes => ({ carrier, service, notification, submitter })

const reporting = (a: Axes): Interface => ({ policy: 'page-reporting', axes: a })
const buffer = (a: Axes): Interface => ({ policy: 'async-buffer', axes: a })

/** In the order in which they are printed: none, then reporting and buffer from the most synchronous to the most asynchronous. */
export const COMPARED: readonly NamedInterface[] = [
  { name: 'no hinting', interface: null },
  { name: 'reporting, hypercall', interface: reporting(axes('hypercall', 'inline', 'return', 'blocks-irqs-on')) },
  { name: 'reporting, virtqueue, polls', interface: reporting(axes('virtqueue', 'thread', 'polled', 'polls')) },
  { name: 'reporting, virtqueue, sleeps', interface: reporting(axes('virtqueue', 'thread', 'interrupt', 'sleeps')) },
  { name: 'buffer, hypercall', interface: buffer(axes('hypercall', 'inline', 'return', 'blocks-irqs-off')) },
  { name: 'buffer, virtqueue, sleeps', interface: buffer(axes('virtqueue', 'thread', 'interrupt', 'sleeps')) },
  { name: 'buffer, hypercall, async', interface: buffer(axes('hypercall', 'thread', 'interrupt', 'goes-on')) },
  { name: 'buffer, virtqueue, async', interface: buffer(axes('virtqueue', 'thread', 'interrupt', 'goes-on')) },
]

const SLEEPS = axes('virtqueue', 'thread', 'interrupt', 'sleeps')
const GOES_ON = axes('virtqueue', 'thread', 'interrupt', 'goes-on')
const RETURNS = axes('hypercall', 'inline', 'return', 'blocks-irqs-off')
const POLLS = axes('hypercall', 'thread', 'polled', 'polls')

/** The historical interfaces as their threads had them, oldest idea first. */
export const PRESETS: readonly NamedInterface[] = [
  { name: 'balloon', interface: { policy: 'balloon', axes: SLEEPS } },
  { name: 'essa-log', interface: { policy: 'essa-log', axes: axes('hardware-log', 'inline', 'return', 'blocks-irqs-off') } },
  { name: 'free-page-hint', interface: { policy: 'free-page-hint', axes: GOES_ON, settings: { release: 'early' } } },
  { name: 'free-page-hint, until DONE', interface: { policy: 'free-page-hint', axes: GOES_ON, settings: { release: 'done' } } },
  { name: 'migration without hints', interface: { policy: 'free-page-hint', axes: GOES_ON, settings: { hints: false } } },
  { name: 'hypercall-thp, free path', interface: { policy: 'hypercall-thp', axes: RETURNS, settings: { hook: 'free' } } },
  { name: 'hypercall-thp', interface: { policy: 'hypercall-thp', axes: RETURNS, settings: { hook: 'both' } } },
  { name: 'hypercall-thp, polls', interface: { policy: 'hypercall-thp', axes: POLLS, settings: { hook: 'both' } } },
  { name: 'percpu-array', interface: { policy: 'percpu-array', axes: axes('virtqueue', 'thread', 'polled', 'polls') } },
  { name: 'async-buffer 256', interface: { policy: 'async-buffer', axes: GOES_ON, settings: { entries: 256 } } },
  { name: 'async-buffer 512', interface: { policy: 'async-buffer', axes: GOES_ON, settings: { entries: 512 } } },
  { name: 'zone-bitmap', interface: { policy: 'zone-bitmap', axes: SLEEPS } },
  { name: 'page-reporting', interface: { policy: 'page-reporting', axes: SLEEPS } },
]

/** Every interface with a name: the rows of `compare`, then the presets. */
export const NAMED_INTERFACES: readonly NamedInterface[] = [...COMPARED, ...PRESETS]

/**
 * The interfaces whose names contain one of the texts, and the texts that none does. The rows of `compare` come first: a preset is chosen by a text that
 * names no such row, or with `all`. The row without hinting stays, because savings are measured against it.
 */
export function chooseInterfaces(wanted: readonly string[], all = false): { rows: readonly NamedInterface[]; unknown: readonly string[] } {
  if (wanted.length === 0) return { rows: all ? NAMED_INTERFACES : COMPARED, unknown: [] }
  const chosen = new Set<NamedInterface>(NAMED_INTERFACES.filter((row) => row.interface === null))
  const unknown: string[] = []
  for (const text of wanted) {
    const named = (rows: readonly NamedInterface[]): NamedInterface[] => rows.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
    const inTable = named(all ? NAMED_INTERFACES : COMPARED)
    const found = inTable.length > 0 ? inTable : named(PRESETS)
    if (found.length === 0) unknown.push(text)
    for (const row of found) chosen.add(row)
  }
  return { rows: NAMED_INTERFACES.filter((row) => chosen.has(row)), unknown }
}
