/** The VM of a recorded guest: its memory as it said it has, none of which the host has backed. Nothing is measured on it. */
import { HostFrames, HostMm, Vm } from '@hintlab/host'
import { gfn, MIB, PAGE_SIZE, PAGEBLOCK_PAGES, vpn } from '@hintlab/kit'
import type { HostWitness } from '@hintlab/protocol'
import type { Measure } from '@hintlab/sim'

const NOBODY: HostWitness = { zeroed: () => {}, discarding: () => {}, residentChanged: () => {} }

export function recordedVm(engine: Measure, regions: readonly { readonly gpa: number; readonly length: number }[]): Vm {
  const { cols } = engine
  const pages = Math.max(MIB, ...regions.map(({ gpa, length }) => gpa + length)) / PAGE_SIZE
  const mm = new HostMm(cols, new HostFrames(cols, PAGEBLOCK_PAGES * 8), { firstVpn: vpn(0), pages })
  const vm = new Vm(engine, mm, { vcpus: [engine.addCpu('vcpu0', { halts: true })], witness: NOBODY })
  for (const { gpa, length } of regions) {
    mm.addVma({ start: vpn(gpa / PAGE_SIZE), pages: length / PAGE_SIZE, thp: 'never' })
    vm.slots.add({ firstGfn: gfn(gpa / PAGE_SIZE), firstVpn: vpn(gpa / PAGE_SIZE), pages: length / PAGE_SIZE })
  }
  return vm
}
