/**
 * The asynchronous proposal of the hinting thread (David Hildenbrand and Michael S. Tsirkin, 2019): each vCPU collects 256 or 512 freed blocks; a full buffer
 * is taken out of the allocator and sent, the vCPU goes on, an interrupt brings the blocks back, and a guest that is out of memory waits for what is in flight.
 */
import { AsyncBuffer } from '@hintlab/guest'
import { ns } from '@hintlab/kit'
import { notOnLog } from './policy-part.ts'
import type { PolicyPart } from './policy-part.ts'

export const asyncBuffer: PolicyPart = {
  name: 'async-buffer',
  origin: 'proposal in the thread on hinting v8, February 2019',
  idea: 'each vCPU collects 256 or 512 freed blocks, sends a full buffer and goes on; the completion puts the blocks back',
  group: 'async-buffer',
  captures: true,
  safeguards: ['F1', 'F2'],
  refuses: notOnLog,
  queues: ({ 'async-buffer': { entries, slots } }) => [{ entriesMax: entries, slots }],
  build: ({ engine, kernel, ports: [port], vcpus, run: { 'async-buffer': buffer, hinting }, safeguards }) => {
    const policy = new AsyncBuffer(engine, kernel, port, vcpus, {
      entries: buffer.entries,
      order: Math.min(buffer.order, kernel.mm.core.maxOrder),
      whenFull: buffer['when-full'],
      flushNs: ns(Math.round(buffer['flush-ms'] * 1e6)),
      sweep: buffer.sweep,
      requestMemory: hinting['request-memory'],
      defragment: hinting.defragment,
      safeguards,
    })
    return { policy, client: policy }
  },
  tiny: () => ({ order: 0, entries: 2, slots: 2, 'flush-ms': 1 }),
}
