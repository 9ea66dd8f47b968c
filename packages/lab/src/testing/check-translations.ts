/** The slow truth about translations: every SPTE and every TLB entry names the frame that the host's page table gives (N1, N2). */
import { assert, gfn as asGfn } from '@hintlab/kit'
import type { Machine } from '../machine.ts'

/** Asserts; returns how many translations it saw. Between two steps of a discard a TLB may be behind its EPT, never behind the frames. */
export function checkTranslations({ kernel, vm }: Machine): number {
  let seen = 0
  for (const { start, end } of kernel.mm.layout.ram) {
    for (let g = start; g < end; g++) {
      const frame = vm.frameOf(asGfn(g))
      if (vm.ept.walk(asGfn(g)) >= 0) {
        assert(vm.ept.hfn === frame, 'an SPTE maps the frame that the host gave')
        seen++
      }
      for (const tlb of vm.tlbs) {
        if (tlb.lookup(asGfn(g)) < 0) continue
        assert(tlb.hfn === frame, 'a TLB entry maps the frame that the host gave')
        seen++
      }
    }
  }
  return seen
}
