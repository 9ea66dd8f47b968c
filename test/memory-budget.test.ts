/**
 * What a machine costs the lab, in bytes per 4 KiB page. The design's budgets: guest side 12, host side 16 for a page that was ever touched, the ghost 9 more.
 * Counted per page of the guest's address map: its arrays are indexed by page frame number, so the hole below 4 GiB is in them too.
 */
import { GIB, gfn, MIB, pagesIn } from '@hintlab/kit'
import type { Machine } from '@hintlab/lab'
import { makeMachine } from '@hintlab/lab/testing'
import { expect, test } from 'vitest'

const GHOST = /^ghost/
const HOST = /^(host|ept|tlb|memslots|notifier|vm)/

interface Budget {
  guest: number
  host: number
  ghost: number
}

function bytesPerPage({ engine, kernel }: Machine): Budget {
  const { pages } = kernel.mm.layout
  const budget = { guest: 0, host: 0, ghost: 0 }
  for (const [label, bytes] of engine.cols.bytesByLabel()) {
    if (GHOST.test(label)) budget.ghost += bytes / pages
    else if (HOST.test(label)) budget.host += bytes / pages
    else budget.guest += bytes / pages
  }
  return budget
}

const render = ({ guest, host, ghost }: Budget): string => `guest ${guest.toFixed(2)}, host ${host.toFixed(2)}, ghost ${ghost.toFixed(2)}`

test('a fresh guest of 64 GiB stays within the budgets', () => {
  const { machine } = makeMachine({ guest: { memory: 64 * GIB, vcpus: 4 } })
  const budget = bytesPerPage(machine)
  expect(budget.guest).toBeLessThanOrEqual(12)
  expect(budget.host).toBeLessThanOrEqual(16)
  expect(budget.ghost).toBeLessThanOrEqual(9)
  expect(render(budget)).toMatchInlineSnapshot(`"guest 10.00, host 5.11, ghost 8.96"`)
})

/** Backs and maps all of a guest. */
function touched(huge: boolean): Budget {
  const memory = 1 * GIB
  const { machine } = makeMachine({ guest: { memory } })
  for (let p = 0; p < pagesIn(memory); p += 512) machine.vm.prefault(gfn(p), huge)
  expect(machine.vm.residentPages).toBe(pagesIn(memory))
  return bytesPerPage(machine)
}

test('a guest that was touched in 4 KiB pages stays within the budgets', () => {
  const budget = touched(false)
  expect(budget.guest).toBeLessThanOrEqual(12)
  expect(budget.host).toBeLessThanOrEqual(16)
  // At 1 GiB the 64 MiB of host memory beyond the guest's own show in the ghost.
  expect(render(budget)).toMatchInlineSnapshot(`"guest 10.01, host 15.19, ghost 9.27"`)
})

test('a guest that was touched in huge pages needs no tables of pages', () => {
  expect(render(touched(true))).toMatchInlineSnapshot(`"guest 10.01, host 6.18, ghost 9.27"`)
})

test('a page cache costs 13 bytes a page of the files, and a guest page nothing', () => {
  const guestBytes = (guest: Record<string, unknown>): number => {
    const { machine } = makeMachine({ guest: { memory: 1 * GIB, ...guest } })
    return bytesPerPage(machine).guest * machine.kernel.mm.layout.pages
  }
  const files = guestBytes({ 'page-cache': 0.5 }) - guestBytes({})
  expect((files / pagesIn(GIB / 2)).toFixed(2)).toBe('13.00')
})

test('every column is counted on one side', () => {
  const { machine } = makeMachine({ guest: { memory: 64 * MIB } })
  const sideOf = (label: string): string => (GHOST.test(label) ? 'ghost' : HOST.test(label) ? 'host' : 'guest')
  expect([...machine.engine.cols.bytesByLabel().keys()].map((label) => `${sideOf(label)}: ${label}`).sort()).toMatchInlineSnapshot(`
    [
      "ghost: ghost",
      "guest: freeEvents",
      "guest: guestPage",
      "guest: kernel",
      "guest: pageblock",
      "guest: pcp",
      "guest: zone",
      "host: ept",
      "host: host frames",
      "host: host mm",
      "host: memslots",
      "host: notifier",
      "host: tlb",
      "host: vm",
    ]
  `)
})
