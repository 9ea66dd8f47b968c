/** Gives a guest the parts of memory management that its options ask for. A guest without any is the same, bit for bit, as one before they existed. */
import { PAGEBLOCK_PAGES } from '@hintlab/kit'
import { Compaction, FileIo, GuestKhugepaged, GuestThp, PageCache, Reclaim } from '@hintlab/guest'
import type { GuestKernel, GuestKhugepagedOptions } from '@hintlab/guest'
import type { Vm } from '@hintlab/host'
import type { Cpu, Engine } from '@hintlab/sim'
import { KEPT_PER_BLOCK } from '../aging.ts'
import type { Ghost } from '../ghost.ts'
import type { RunOptions } from '../options.ts'
import { AgedPages } from './aged-pages.ts'
import { addFileUsers } from './file-user.ts'
import type { FileCounts } from './file-user.ts'
import { filePages } from './memory-options.ts'
import { VmAccess } from './vm-access.ts'

/** The page cache and its users; null in a guest without. */
export interface GuestFiles {
  readonly io: FileIo
  readonly counts: FileCounts
}

export interface GuestMemoryParts {
  readonly engine: Engine
  /** Machine.prefix. */
  readonly prefix: string
  readonly kernel: GuestKernel
  readonly vm: Vm
  readonly ghost: Ghost
  readonly vcpus: readonly Cpu[]
  readonly run: RunOptions
}

export interface GuestMemory {
  readonly files: GuestFiles | null
  /** Where an aged guest's pages go that compaction may move. */
  readonly aged: AgedPages | null
}

/** Called before the guest is aged. Its daemons run on the last vCPU. */
export function addGuestMemory({ engine, prefix, kernel, vm, ghost, vcpus, run }: GuestMemoryParts): GuestMemory {
  const { guest } = run
  const last = vcpus.length - 1
  if (guest['page-cache'] > 0 || guest.compaction !== 'off' || guest.khugepaged) kernel.access = new VmAccess(vm, run.ghost ? ghost : null)
  if (guest['thp-defrag'] !== 'off') kernel.thp = new GuestThp(engine, kernel, guest['thp-defrag'])
  if (guest.compaction !== 'off') kernel.compaction = new Compaction(engine, kernel, vcpus[last], last, { proactive: guest.compaction === 'proactive' })
  if (guest.khugepaged) kernel.khugepaged = new GuestKhugepaged(engine, kernel, vcpus[last], last, khugepagedOptions(run.khugepaged))
  const keptMax = KEPT_PER_BLOCK * Math.ceil(kernel.mm.layout.pages / PAGEBLOCK_PAGES)
  const aged = kernel.compaction === null || run.start === 'fresh' ? null : new AgedPages(engine.cols, kernel, keptMax)
  return { files: guest['page-cache'] === 0 ? null : addFiles({ engine, prefix, kernel, vm, ghost, vcpus, run }, last), aged }
}

function khugepagedOptions(settings: RunOptions['khugepaged']): GuestKhugepagedOptions {
  return {
    pagesToScan: settings['pages-to-scan'], scanSleepMs: settings['scan-sleep-ms'], allocSleepMs: settings['alloc-sleep-ms'],
    noneMax: settings['max-ptes-none'], defrag: settings.defrag,
  }
}

function addFiles({ engine, prefix, kernel, vcpus, run }: GuestMemoryParts, cpu: number): GuestFiles {
  const pages = filePages(run.guest['page-cache'], run.guest.memory)
  const cache = new PageCache(engine.cols, kernel.mm.mappings, pages)
  const reclaim = new Reclaim(engine, kernel, cache, vcpus[cpu], cpu)
  kernel.reclaim = reclaim
  const io = new FileIo(engine, kernel, reclaim)
  return { io, counts: addFileUsers(engine, vcpus, io, { pages, prefix, files: run.files }) }
}
