/** The aged start: the same seed gives the same guest, the profile is met, and the host backs everything; a fresh start touches nothing. */
import { gfn, GIB, MIB, pagesIn } from '@hintlab/kit'
import { ZoneField, ZoneKind } from '@hintlab/guest'
import { checkMachine } from '@hintlab/lab'
import type { Machine } from '@hintlab/lab'
import { makeMachine } from '@hintlab/lab/testing'
import { PageOwner } from '@hintlab/protocol'
import { describe, expect, test } from 'vitest'

const MEMORY = 512 * MIB
const blocksIn = (memory: number): number => memory / (2 * MIB)

const aged = (profile: Record<string, number>, seed = 1, memory = MEMORY): Machine =>
  makeMachine({ guest: { memory, vcpus: 2 }, settings: { seed, start: 'aged', aged: profile } }).machine

interface Profile {
  used: number
  fragmented: number
  free: number
  keptMin: number
  keptMax: number
}

/** Shares of pageblocks in use, holding a few pages in use, and free; and the most and fewest pages in use of the second kind. */
function profileOf({ ghost, kernel }: Machine): Profile {
  const blocks = kernel.mm.layout.pages / 512
  let used = 0
  let free = 0
  const kept: number[] = []
  for (let block = 0; block < blocks; block++) {
    let inUse = 0
    for (let p = block * 512; p < (block + 1) * 512; p++) if (ghost.ownerOf(p) === PageOwner.ALLOCATED) inUse++
    if (inUse === 512) used++
    else if (inUse === 0) free++
    else kept.push(inUse)
  }
  return {
    used: used / blocks,
    fragmented: kept.length / (blocks - used),
    free: free / blocks,
    keptMin: Math.min(...kept),
    keptMax: Math.max(...kept),
  }
}

/** What a program's allocation may take of each zone. */
const zonesOf = ({ kernel }: Machine) => kernel.mm.zones.map(({ name, fields }) => {
  const [free, low, reserve] = [fields[ZoneField.FREE], fields[ZoneField.LOW], fields[ZoneField.RESERVE + ZoneKind.NORMAL]]
  return { name, pages: fields[ZoneField.MANAGED], free, low, reserve, spare: free - low - reserve }
})

describe('aged', () => {
  test.each([
    { used: 0.1, fragmented: 0.2, huge: 0.9 },
    { used: 0.4, fragmented: 0.7, huge: 0.5 },
  ])('meets its profile within a few percent: %o', (profile) => {
    // Each pageblock is drawn on its own: a larger guest comes closer.
    const machine = aged(profile, 1, GIB)
    const { used, fragmented, keptMin, keptMax } = profileOf(machine)
    expect(Math.abs(used - profile.used)).toBeLessThan(0.05)
    expect(Math.abs(fragmented - profile.fragmented)).toBeLessThan(0.06)
    expect(Math.abs(machine.vm.mm.huge / blocksIn(GIB) - profile.huge)).toBeLessThan(0.05)
    expect([keptMin >= 1, keptMax <= 8]).toEqual([true, true])
    checkMachine(machine)
  })

  test('meets the extremes exactly', () => {
    const free = aged({ used: 0, fragmented: 0, huge: 1 })
    expect([free.kernel.mm.freePages(), free.vm.mm.huge]).toEqual([pagesIn(MEMORY), blocksIn(MEMORY)])
    const full = aged({ used: 1, fragmented: 0, huge: 0 })
    expect(full.vm.mm.huge).toBe(0)
    for (const { spare } of zonesOf(full)) expect([spare >= 0, spare < 512]).toEqual([true, true])
  })

  test('leaves each zone what the watermarks and lowmem_reserve_ratio keep there, and no more than a pageblock beyond it', () => {
    const { machine } = makeMachine({ guest: { memory: 3.5 * GIB }, settings: { start: 'aged', ghost: false, aged: { used: 1, fragmented: 0, huge: 1 } } })
    const zones = zonesOf(machine)
    for (const { spare } of zones) expect(spare).toBeGreaterThanOrEqual(0)
    expect(zones.map(({ name, pages, low, reserve, free }) => `${name} of ${pages}: low ${low}, reserve ${reserve}, free ${free}`)).toMatchInlineSnapshot(`
      [
        "DMA of 4096: low 12, reserve 3568, free 3584",
        "DMA32 of 782336: low 2414, reserve 512, free 3072",
        "Normal of 131072: low 404, reserve 0, free 512",
      ]
    `)
    const { mm } = machine.kernel
    expect(mm.isBelowLow(mm.nextAttempt(0, 9, ZoneKind.NORMAL, 0))).toBe(true)
  })

  test('a few pages in use here and there do not go below it either', () => {
    const machine = aged({ used: 0.97, fragmented: 1, huge: 0.5 })
    const zones = zonesOf(machine)
    for (const { spare } of zones) expect(spare).toBeGreaterThanOrEqual(0)
    expect(profileOf(machine).free).toBeLessThan(0.05)
  })

  test('backs every page, and maps it, so that no first touch faults', () => {
    const machine = aged({ used: 0.2, fragmented: 0.5, huge: 0.6 })
    const { vm, ghost } = machine
    expect(vm.residentPages).toBe(pagesIn(MEMORY))
    expect([vm.ept.small + 512 * vm.ept.large, vm.mm.small + 512 * vm.mm.huge]).toEqual([pagesIn(MEMORY), pagesIn(MEMORY)])
    for (let p = 0; p < pagesIn(MEMORY); p += 97) expect(vm.translate(0, gfn(p), true)).toBe(vm.frameOf(gfn(p)))
    expect([ghost.residentMax, ghost.discardedPages]).toEqual([pagesIn(MEMORY), 0])
  })

  test('writes what stays in use, so that losing it is noticed', () => {
    const { vm, ghost } = aged({ used: 0.2, fragmented: 0.5, huge: 0.6 })
    let inUse = 0
    for (let p = 0; p < pagesIn(MEMORY); p++) {
      if (ghost.ownerOf(p) !== PageOwner.ALLOCATED) continue
      inUse++
      ghost.verify(p, vm.frameOf(gfn(p)))
    }
    expect(ghost.violations).toEqual([])
    // The host loses one: the ghost knows.
    const first = Array.from({ length: pagesIn(MEMORY) }, (_, p) => p).find((p) => ghost.ownerOf(p) === PageOwner.ALLOCATED)!
    ghost.verify(first, -1)
    expect(inUse).toBeGreaterThan(20_000)
    expect(ghost.violationCount).toBe(1)
  })

  test('is the same guest for the same seed, in every column, and another one for another seed', () => {
    const memory = 256 * MIB
    const profile = { used: 0.2, fragmented: 0.4, huge: 0.5 }
    const hash = (seed: number): number => aged(profile, seed, memory).engine.cols.hash()
    expect(hash(5)).toBe(hash(5))
    expect(hash(6)).not.toBe(hash(5))
  })
})

test('a fresh start touches nothing, and takes nothing from the host', () => {
  const { machine } = makeMachine({ guest: { memory: MEMORY } })
  expect([machine.vm.residentPages, machine.kernel.mm.freePages(), machine.frames.small, machine.frames.huge]).toEqual([0, pagesIn(MEMORY), 0, 0])
  expect(profileOf(machine)).toMatchObject({ used: 0, free: 1 })
})
