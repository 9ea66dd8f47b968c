/** The transport contract over every combination of axes that is an interface, and what happens with those that are none. */
import { Columns } from '@hintlab/kit'
import { ArenaMemory, QueueRole } from '@hintlab/protocol'
import { makeMeasure } from '@hintlab/sim/testing'
import { allAxes, axesName, connect, DriverMemory, illegal, legalAxes, legalityTable } from '@hintlab/transport'
import type { Axes } from '@hintlab/transport'
import { transportContract } from '@hintlab/transport/testing'
import { describe, expect, it } from 'vitest'

for (const axes of legalAxes()) transportContract(axesName(axes), axes)

// What travels and in which ring is another question than who waits how: a sample of each with each.
const SLEEPS: Axes = { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' }
const GOES_ON: Axes = { ...SLEEPS, service: 'inline', submitter: 'goes-on' }
const POLLS: Axes = { ...SLEEPS, notification: 'polled', submitter: 'polls' }
const REPORTING = { wire: 'native', role: QueueRole.REPORTING } as const
const INFLATE = { wire: 'native', role: QueueRole.INFLATE } as const

transportContract('native reports, sleeps', SLEEPS, REPORTING)
transportContract('native reports, polls', POLLS, { ...REPORTING, eventIdx: false })
transportContract('native reports, goes on, packed', GOES_ON, { ...REPORTING, packed: true })
transportContract('native reports, sleeps, indirect', SLEEPS, { ...REPORTING, indirect: true })
transportContract('native reports, goes on, packed, indirect, in order', GOES_ON, { ...REPORTING, packed: true, indirect: true, inOrder: true })
transportContract('native inflate, goes on', GOES_ON, INFLATE)
transportContract('native inflate, sleeps, in order', SLEEPS, { ...INFLATE, inOrder: true })
transportContract('messages, goes on, packed', GOES_ON, { packed: true })
transportContract('messages, polls, indirect', POLLS, { indirect: true })
transportContract('messages, sleeps, packed, indirect, in order', SLEEPS, { packed: true, indirect: true, inOrder: true, eventIdx: false })

describe('legality', () => {
  it('is what the documentation says', () => {
    expect(legalityTable()).toMatchInlineSnapshot(`
      "| carrier | notification | submitter | legal |
      |---|---|---|---|
      | hypercall | return | blocks-irqs-off | yes |
      | hypercall | return | blocks-irqs-on | yes |
      | hypercall | return | sleeps | the vCPU itself is in the host until the call returns: there is nothing left to sleep |
      | hypercall | return | polls | when the call returns it is done: there is nothing to poll |
      | hypercall | return | goes-on | a return value is there only for a caller that waits for it |
      | hypercall | polled | blocks-irqs-off | yes |
      | hypercall | polled | blocks-irqs-on | the same as polls: polling with irqs on |
      | hypercall | polled | sleeps | nothing would wake the sleeper |
      | hypercall | polled | polls | yes |
      | hypercall | polled | goes-on | nobody would look: the pages would stay in flight until the next submission |
      | hypercall | interrupt | blocks-irqs-off | the interrupt cannot be delivered while irqs are off: deadlock |
      | hypercall | interrupt | blocks-irqs-on | yes |
      | hypercall | interrupt | sleeps | yes |
      | hypercall | interrupt | polls | a poller does not need the interrupt |
      | hypercall | interrupt | goes-on | yes |
      | virtqueue | return | blocks-irqs-off | a kick is a write and returns nothing: the used ring has to be looked at |
      | virtqueue | return | blocks-irqs-on | a kick is a write and returns nothing: the used ring has to be looked at |
      | virtqueue | return | sleeps | a kick is a write and returns nothing: the used ring has to be looked at |
      | virtqueue | return | polls | a kick is a write and returns nothing: the used ring has to be looked at |
      | virtqueue | return | goes-on | a kick is a write and returns nothing: the used ring has to be looked at |
      | virtqueue | polled | blocks-irqs-off | yes |
      | virtqueue | polled | blocks-irqs-on | the same as polls: polling with irqs on |
      | virtqueue | polled | sleeps | nothing would wake the sleeper |
      | virtqueue | polled | polls | yes |
      | virtqueue | polled | goes-on | nobody would look: the pages would stay in flight until the next submission |
      | virtqueue | interrupt | blocks-irqs-off | the interrupt cannot be delivered while irqs are off: deadlock |
      | virtqueue | interrupt | blocks-irqs-on | yes |
      | virtqueue | interrupt | sleeps | yes |
      | virtqueue | interrupt | polls | a poller does not need the interrupt |
      | virtqueue | interrupt | goes-on | yes |
      | hardware-log | return | blocks-irqs-off | yes |
      | hardware-log | return | blocks-irqs-on | yes |
      | hardware-log | return | sleeps | the vCPU itself is in the host until the call returns: there is nothing left to sleep |
      | hardware-log | return | polls | when the call returns it is done: there is nothing to poll |
      | hardware-log | return | goes-on | a return value is there only for a caller that waits for it |
      | hardware-log | polled | blocks-irqs-off | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | polled | blocks-irqs-on | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | polled | sleeps | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | polled | polls | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | polled | goes-on | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | interrupt | blocks-irqs-off | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | interrupt | blocks-irqs-on | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | interrupt | sleeps | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | interrupt | polls | the instruction that filled the log is over when the host has read it: nothing else answers |
      | hardware-log | interrupt | goes-on | the instruction that filled the log is over when the host has read it: nothing else answers |"
    `)
  })

  it('does not depend on the service, which the guest cannot see', () => {
    for (const axes of allAxes()) expect(illegal({ ...axes, service: 'inline' })).toBe(illegal({ ...axes, service: 'thread' }))
    expect([allAxes().length, legalAxes().length]).toEqual([90, 28])
  })

  it.each(allAxes().filter((axes) => illegal(axes) !== null))('$carrier, $service, $notification, $submitter is refused with its reason', (axes) => {
    const engine = makeMeasure()
    const memory = new ArenaMemory(new Columns())
    const options = { label: 'hint', axes, entriesMax: 1, slots: 1, target: 0, irqCpu: engine.addCpu('vcpu0') }
    expect(() => connect(engine, memory, new DriverMemory(0, 0), options)).toThrow(`not an interface: ${illegal(axes)}`)
  })
})
