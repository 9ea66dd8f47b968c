/**
 * docs/backing.md: what each kind of host memory does with each way to discard it, as the model does it. Every cell is a run (try-backing.ts): the guest writes
 * all of 2 MiB, a range is discarded, the guest reads it again, and the words of the cell follow from the counters and from what it read.
 */
import { ASSIGNED_MODES, BACKINGS, DISCARDS, isHugetlb } from '@hintlab/host'
import type { AssignedMode, Backing, Discard } from '@hintlab/host'
import { TriedBacking } from './try-backing.ts'

const HUGE = 512
const GIGA = 512 * HUGE
const TAG = 7

/** Rows: the memory, and what of it is discarded. */
export interface TruthRow {
  readonly memory: string
  readonly range: string
  readonly cells: Readonly<Record<Discard, string>>
}

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)
const text = (n: number, what: string): string => (n === 0 ? '' : `${what} ${n}`)

/** One cell: `count` pages from `first` on are discarded of a guest that wrote to the pages around. */
export function tryCell(backing: Backing, thp: 'always' | 'never', discard: Discard, [first, count]: readonly [number, number]): string {
  const pages = backing.startsWith('hugetlb-1g') ? GIGA : HUGE
  const tried = new TriedBacking({ backing, thp, discard, pages })
  // Of a page of 1 GiB a few are enough: they come together.
  const touched = pages === HUGE ? range(0, HUGE) : [0, 1, first, first + count - 1, pages - 1]
  tried.write(touched, TAG)
  const before = { free: tried.frames.free, pool: tried.pool?.free ?? 0, resident: tried.vm.residentPages }
  tried.discard([first, count])
  const { vm, frames } = tried
  const parts = [
    text(frames.free - before.free, 'frees'),
    text(((tried.pool?.free ?? 0) - before.pool) * (tried.pool?.pageFrames ?? 0), 'to the pool'),
    text(vm.counter('lazy'), 'marks'),
    text(vm.counter('kept'), 'unmaps, keeps'),
    text(vm.counter('zeroed'), 'keeps, zeroed'),
    text(vm.counter('refusedBacking') + vm.counter('refusedPartial'), 'refused, keeps'),
    vm.counter('splits') > 0 ? 'splits the huge page' : '',
  ].filter((part) => part !== '')
  if (vm.counter('lazy') > 0) {
    tried.squeeze()
    parts.push(`${before.resident - vm.residentPages} go when the host is short`)
  }
  const inside = touched.filter((page) => page >= first && page < first + count)
  const read = new Set(tried.read(inside))
  tried.check()
  return `${parts.join(', ')}; reads ${read.size === 1 && read.has(TAG) ? 'old data' : read.size === 1 && read.has(0) ? 'zeroes' : 'a mixture'}`
}

function rangesOf(backing: Backing): readonly (readonly [string, readonly [number, number]])[] {
  if (backing.startsWith('hugetlb-1g')) return [['1 GiB', [0, GIGA]], ['2 MiB', [0, HUGE]]]
  if (backing === 'anon-64k') return [['64 KiB', [16, 16]], ['4 KiB', [16, 1]]]
  return [['2 MiB', [0, HUGE]], ['4 KiB', [5, 1]]]
}

/** Huge pages of the page cache and of anonymous memory are a matter of policy; a pool has its own. */
const thpOf = (backing: Backing): readonly ('always' | 'never')[] => (isHugetlb(backing) || backing === 'anon-64k' ? ['never'] : ['always', 'never'])

export function truthTable(): TruthRow[] {
  return BACKINGS.flatMap((backing) => thpOf(backing).flatMap((thp) => rangesOf(backing).map(([name, pages]) => ({
    memory: thp === 'always' ? `${backing}, THP` : backing,
    range: name,
    cells: Object.fromEntries(DISCARDS.map((discard) => [discard, tryCell(backing, thp, discard, pages)])) as Record<Discard, string>,
  }))))
}

const page = (n: number): readonly [number, number] => [n, 1]

/** A balloon of a guest with pages of 4 KiB on a host with pages of 64 KiB: what goes of the guest pages that it takes. */
export function subPageRows(): { how: string; freed: number }[] {
  const inflate = (how: string, ...requests: readonly (readonly (readonly [number, number])[])[]): { how: string; freed: number } => {
    const tried = new TriedBacking({ backing: 'anon-64k', thp: 'never', discard: 'dontneed', pages: HUGE })
    tried.write(range(0, HUGE), TAG)
    const before = tried.frames.free
    for (const request of requests) tried.discard(...request)
    tried.check()
    return { how, freed: tried.frames.free - before }
  }
  return [
    inflate('16 pages of one host page, in order', range(32, 16).map(page)),
    inflate('the same, backwards', range(32, 16).toReversed().map(page)),
    inflate('15 of them', range(32, 15).map(page)),
    inflate('32 pages of two host pages, in turns', range(0, 32).map((i) => page(32 + (i >> 1) + (i & 1) * 16))),
    inflate('16 pages of one host page, 8 in each of two requests', range(32, 8).map(page), range(40, 8).map(page)),
    inflate('a block of 16 pages, reported', [[32, 16]]),
    inflate('a block of 32 pages at an odd place, reported', [[40, 32]]),
  ]
}

const SIZES = { 1: '4 KiB', 2: '2 MiB', 3: '1 GiB' } as const

/** How large the SPTE is that a touch makes, of memory that lies alike in guest and host. */
export function sizeRows(): { memory: string; touch: string; logged: string; holed: string }[] {
  return BACKINGS.flatMap((backing) => thpOf(backing).map((thp) => {
    const pages = backing.startsWith('hugetlb-1g') ? GIGA : HUGE
    const discard = backing === 'shmem' || backing === 'hugetlb-2m' || backing === 'hugetlb-1g' ? 'remove' : 'dontneed'
    const tried = (): TriedBacking => new TriedBacking({ backing, thp, discard, pages })
    const plain = tried()
    plain.write([3], TAG)
    const touch = SIZES[plain.leafAt(3)!]
    const logging = tried()
    logging.vm.logsWrites = true
    logging.write([3], TAG)
    plain.discard([5, 1])
    const stays = plain.leafAt(3) !== null
    plain.write([3], TAG)
    const holed = `${SIZES[plain.leafAt(3)!]}${stays ? ', which was there all the time' : ''}`
    plain.check()
    return { memory: thp === 'always' ? `${backing}, THP` : backing, touch, logged: SIZES[logging.leafAt(3)!], holed }
  }))
}

export interface AssignedRow {
  readonly mode: AssignedMode
  readonly freed: number
  /** Whether the device could write after the discard, before the guest touched the page again; and after. */
  readonly between: string
  readonly after: string
  readonly lost: number
}

/** A device that writes to a page which was discarded and which the guest uses again. */
export function assignedRows(): AssignedRow[] {
  return ASSIGNED_MODES.map((mode) => {
    const tried = new TriedBacking({ backing: 'anon', thp: 'always', discard: 'dontneed', pages: HUGE, assigned: mode })
    tried.write(range(0, HUGE), TAG)
    const before = tried.frames.free
    tried.discard([0, HUGE])
    const freed = tried.frames.free - before
    const between = tried.deviceWrites(3, 11) ? 'reaches memory' : 'IOMMU fault'
    tried.write([3], 12)
    const arrived = tried.deviceWrites(3, 13)
    const seen = tried.read([3])[0] === 13
    tried.check()
    const lost = tried.frames.frames - tried.frames.free - tried.vm.residentPages
    return { mode, freed, between, after: !arrived ? 'IOMMU fault' : seen ? 'the guest reads it' : 'lost: the guest reads its own', lost }
  })
}

/** What khugepaged does to a range of 2 MiB of which pages were discarded one by one. */
export function collapseRows(): { discarded: number; noneMax: number; resident: number; huge: boolean }[] {
  return [[1, 511], [256, 511], [510, 511], [256, 0], [1, 0]].map(([discarded, noneMax]) => {
    const tried = new TriedBacking({ backing: 'anon', thp: 'always', discard: 'dontneed', pages: HUGE, khugepaged: { noneMax } })
    tried.write(range(0, HUGE), TAG)
    tried.discard(...range(0, discarded).map((page) => [page, 1] as const))
    tried.write([HUGE - 1], TAG)
    tried.wait()
    tried.check()
    return { discarded, noneMax, resident: tried.vm.residentPages, huge: tried.vm.mm.huge === 1 }
  })
}
