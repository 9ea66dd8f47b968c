/** The interfaces that `compare` sets side by side, each with its four axes. */
import type { Axes, Carrier, Notification, Service, Submitter } from '@hintlab/transport'
import type { Interface } from './machine.ts'

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
