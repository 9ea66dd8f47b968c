/**
 * Collaborative memory management on s390 (arch/s390/mm/page-states.c, KVM's handling of ESSA): the guest says of each page of 4 KiB that it is unused or
 * stable, the hardware logs up to 511 of them, and the vCPU exits when the log is full. So a free is no exit, although every free is told.
 */
import { EssaLog } from '@hintlab/guest'
import type { PolicyPart } from './policy-part.ts'
import { LookAt, SideChannel } from './side-channel.ts'

export const essaLog: PolicyPart = {
  name: 'essa-log',
  origin: 's390, arch/s390/mm/page-states.c and the ESSA instruction',
  idea: 'an instruction per page of 4 KiB at free and allocation; the hardware logs, and the vCPU exits when 511 pages are in the log',
  group: 'essa-log',
  captures: false,
  safeguards: ['F1'],
  refuses: ({ carrier }) => (carrier === 'hardware-log' ? null : 'an instruction of the hardware fills its log, and nothing else'),
  queues: ({ 'essa-log': { entries }, guest }) => [{ entriesMax: entries, slots: 2 * guest.vcpus }],
  build: ({ engine, kernel, ports: [port], vcpus, run: { 'essa-log': { entries } }, safeguards }) => {
    const policy = new EssaLog(engine, kernel, port, vcpus, { entries, safeguards })
    const side = new SideChannel({ heed: () => {}, show: (_, pfn) => (policy.isUnused(pfn) ? 1 : 0) })
    return { policy, client: policy, hooks: policy, side }
  },
  hostSide: (built) => ({ stillUnused: (pfn) => built().side!.look(LookAt.PAGE_UNUSED, pfn) === 1 }),
  tiny: () => ({ entries: 1 }),
}
