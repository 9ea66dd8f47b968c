/**
 * The four axes of an interface, and which of their combinations mean something. Carrier and service are the transport's business and invisible to
 * the guest; notification and submitter belong to the interface. `compare` names each row by its axes.
 */

export const CARRIERS = ['hypercall', 'virtqueue', 'hardware-log'] as const
/** What a request travels in. */
export type Carrier = (typeof CARRIERS)[number]

export const SERVICES = ['inline', 'thread'] as const
/** Who does the host's work: the vCPU's own thread during the exit, or a thread of the host. */
export type Service = (typeof SERVICES)[number]

export const NOTIFICATIONS = ['return', 'polled', 'interrupt'] as const
/** How the guest learns that a request is done. */
export type Notification = (typeof NOTIFICATIONS)[number]

export const SUBMITTERS = ['blocks-irqs-off', 'blocks-irqs-on', 'sleeps', 'polls', 'goes-on'] as const
/** What the submitting task does until then. */
export type Submitter = (typeof SUBMITTERS)[number]

export interface Axes {
  readonly carrier: Carrier
  readonly service: Service
  readonly notification: Notification
  readonly submitter: Submitter
}

/** Reasons by (notification, submitter) that hold for every carrier; null is legal. */
const PAIRS: Record<Notification, Record<Submitter, string | null>> = {
  return: {
    'blocks-irqs-off': null,
    'blocks-irqs-on': null,
    sleeps: 'the vCPU itself is in the host until the call returns: there is nothing left to sleep',
    polls: 'when the call returns it is done: there is nothing to poll',
    'goes-on': 'a return value is there only for a caller that waits for it',
  },
  polled: {
    'blocks-irqs-off': null,
    'blocks-irqs-on': 'the same as polls: polling with irqs on',
    sleeps: 'nothing would wake the sleeper',
    polls: null,
    'goes-on': 'nobody would look: the pages would stay in flight until the next submission',
  },
  interrupt: {
    'blocks-irqs-off': 'the interrupt cannot be delivered while irqs are off: deadlock',
    'blocks-irqs-on': null,
    sleeps: null,
    polls: 'a poller does not need the interrupt',
    'goes-on': null,
  },
}

/** Why this combination is not an interface; null when it is. */
export function illegal(axes: Axes): string | null {
  if (axes.carrier === 'virtqueue' && axes.notification === 'return') {
    return 'a kick is a write and returns nothing: the used ring has to be looked at'
  }
  if (axes.carrier === 'hardware-log' && axes.notification !== 'return') {
    return 'the instruction that filled the log is over when the host has read it: nothing else answers'
  }
  return PAIRS[axes.notification][axes.submitter]
}

/** All combinations, legal and not, in a fixed order. */
export function allAxes(): Axes[] {
  const all: Axes[] = []
  for (const carrier of CARRIERS) {
    for (const service of SERVICES) {
      for (const notification of NOTIFICATIONS) {
        for (const submitter of SUBMITTERS) all.push({ carrier, service, notification, submitter })
      }
    }
  }
  return all
}

export const legalAxes = (): Axes[] => allAxes().filter((axes) => illegal(axes) === null)

/** `virtqueue, thread, interrupt, sleeps` */
export const axesName = (axes: Axes): string => `${axes.carrier}, ${axes.service}, ${axes.notification}, ${axes.submitter}`

/** The documentation's table: one line per (carrier, notification, submitter); the service is always free. */
export function legalityTable(): string {
  const lines = ['| carrier | notification | submitter | legal |', '|---|---|---|---|']
  for (const axes of allAxes()) {
    if (axes.service !== 'inline') continue
    lines.push(`| ${axes.carrier} | ${axes.notification} | ${axes.submitter} | ${illegal(axes) ?? 'yes'} |`)
  }
  return lines.join('\n')
}
