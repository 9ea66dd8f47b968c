/**
 * The hypercall of the "unused page hints" RFC (Alexander Duyck, 4 February 2019; KVM_HC_UNUSED_PAGE_HINT): one call for each freed block of 2 MiB and more, in
 * the free path, and for each block that reaches 2 MiB by merging, with the zone lock dropped. About 3000 calls for 6 GiB in its own example.
 */
import { HypercallThp } from '@hintlab/guest'
import { mustWait, notOnLog } from './policy-part.ts'
import type { PolicyPart } from './policy-part.ts'

/** Calls of one vCPU at once: the task that polls can be displaced by one that frees too. */
const CALLS_PER_VCPU = 2

export const hypercallThp: PolicyPart = {
  name: 'hypercall-thp',
  origin: 'unused page hints RFC, 4 February 2019',
  idea: 'one hypercall for each block of 2 MiB as it is freed, and for each that merging forms, before anybody can allocate it',
  group: 'hypercall-thp',
  captures: true,
  safeguards: ['F1', 'F2'],
  refuses: (axes) => notOnLog(axes) ?? mustWait(axes),
  queues: ({ guest }) => [{ entriesMax: 1, slots: CALLS_PER_VCPU * guest.vcpus }],
  build: ({ engine, kernel, ports: [port], vcpus, run: { 'hypercall-thp': { order, hook } }, safeguards }) => {
    const policy = new HypercallThp(engine, kernel, port, vcpus, { order: Math.min(order, kernel.mm.core.maxOrder), hook, safeguards })
    return { policy, client: policy, hooks: policy }
  },
  // Pages are freed one by one: only at order 1 does one merge into a block of the order.
  tiny: ({ hook }) => ({ order: hook === 'merge' ? 1 : 0 }),
  needsMerges: ({ hook }) => hook === 'merge',
}
