/**
 * Free page reporting as merged in Linux 5.7 (Alexander Duyck, mm/page_reporting.c): a worker walks the free lists 2 s after a block of 2 MiB became free,
 * and reports 32 blocks at a time through virtio-balloon, about a sixteenth of a list per pass.
 */
import { PageReporting } from '@hintlab/guest'
import { ns } from '@hintlab/kit'
import { mustWait, notOnLog } from './policy-part.ts'
import type { PolicyPart } from './policy-part.ts'

export const pageReporting: PolicyPart = {
  name: 'page-reporting',
  origin: 'Linux 5.7 and later, mm/page_reporting.c',
  idea: 'a worker walks the free lists 2 s after a block became free and reports 32 blocks of 2 MiB at a time',
  group: 'reporting',
  captures: false,
  safeguards: ['F1', 'F2'],
  refuses: (axes) => notOnLog(axes) ?? mustWait(axes),
  queues: ({ reporting }) => [{ entriesMax: reporting.capacity, slots: 1 }],
  build: ({ engine, kernel, ports: [port], vcpus, run: { reporting, hinting }, safeguards }) => {
    const policy = new PageReporting(engine, kernel, port, vcpus, {
      delayNs: ns(Math.round(reporting['delay-ms'] * 1e6)),
      capacity: reporting.capacity,
      order: Math.min(reporting.order, kernel.mm.core.maxOrder),
      budgetDivisor: reporting['budget-divisor'],
      requestMemory: hinting['request-memory'],
      defragment: hinting.defragment,
      safeguards,
    })
    return { policy, client: policy }
  },
  tiny: () => ({ order: 0, capacity: 2, 'delay-ms': 0 }),
}
