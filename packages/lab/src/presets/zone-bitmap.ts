/**
 * Guest free page hinting v10 (Nitesh Narayan Lal, June 2019; v11 and v12 moved it to mm/): a bitmap per zone of free blocks of 2 MiB, after the merge, and a
 * worker that reports 16 at a time. Measured by its author on 15 GiB without swap: 5 guests of 5 GiB instead of 2.
 */
import { ZoneBitmap } from '@hintlab/guest'
import { mustWait, notOnLog } from './policy-part.ts'
import type { PolicyPart } from './policy-part.ts'

export const zoneBitmap: PolicyPart = {
  name: 'zone-bitmap',
  origin: 'Guest Free Page Hinting v10 to v12, June to August 2019',
  idea: 'a bit per freed block of 2 MiB, after the merge; at 16 bits of a zone a worker isolates and reports 16 blocks at a time',
  group: 'zone-bitmap',
  captures: true,
  safeguards: ['F1', 'F2'],
  refuses: (axes) => notOnLog(axes) ?? mustWait(axes),
  queues: ({ 'zone-bitmap': { capacity } }) => [{ entriesMax: capacity, slots: 1 }],
  build: ({ engine, kernel, ports: [port], vcpus, run: { 'zone-bitmap': bitmap, hinting }, safeguards }) => {
    const policy = new ZoneBitmap(engine, kernel, port, vcpus, {
      capacity: bitmap.capacity,
      threshold: bitmap.threshold,
      order: Math.min(bitmap.order, kernel.mm.core.maxOrder),
      requestMemory: hinting['request-memory'],
      defragment: hinting.defragment,
      safeguards,
    })
    return { policy, client: policy }
  },
  tiny: () => ({ order: 0, capacity: 2, threshold: 1 }),
}
