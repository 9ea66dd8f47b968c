/** The one place where tests build an allocator: booted, small, without watermarks unless asked. */
import { Columns } from '@hintlab/kit'
import { checked, singleZoneLayout, ZoneKind } from '../mm/layout.ts'
import type { Layout } from '../mm/layout.ts'
import { PageAllocator } from '../mm/page-allocator.ts'
import type { AllocatorOptions } from '../mm/page-allocator.ts'
import { OwnerRecorder } from './owner-recorder.ts'

export interface TestAllocator {
  mm: PageAllocator
  cols: Columns
  owners: OwnerRecorder
}

export function makeAllocator(layout: Layout = singleZoneLayout(64), options: Partial<AllocatorOptions> = {}): TestAllocator {
  const cols = new Columns()
  const mm = new PageAllocator(cols, layout, { cpus: 1, minFreeKbytes: 0, ...options })
  const owners = new OwnerRecorder(layout.pages)
  mm.observer = owners
  mm.freeAll()
  return { mm, cols, owners }
}

/** One NORMAL zone of `pages` pages whose pageblocks are smaller than its largest blocks, as on x86, but small enough to look at. */
export function smallBlocksLayout(pages: number, maxOrder: number, pageblockOrder: number): Layout {
  const all = { start: 0, end: pages }
  return checked({ pages, ram: [all], zones: [{ kind: ZoneKind.NORMAL, ...all }], maxOrder, pageblockOrder })
}

/** Non-empty free lists as text: `type order: pfn pfn ...`, first to last. */
export function renderFreeLists({ mm }: TestAllocator, zone = 0): string {
  const lines = []
  for (let type = 0; type < 6; type++) {
    for (let order = 0; order <= mm.core.maxOrder; order++) {
      const pfns = []
      for (let p = mm.lists.first(mm.zones[zone], type, order); p >= 0; p = mm.lists.after(p)) {
        pfns.push(mm.lists.isReported(p) ? `${p}R` : `${p}`)
      }
      if (pfns.length > 0) lines.push(`${TYPE_NAMES[type]} ${order}: ${pfns.join(' ')}`)
    }
  }
  return lines.join('\n')
}

const TYPE_NAMES = ['unmovable', 'movable', 'reclaimable', 'highatomic', 'cma', 'isolate']
