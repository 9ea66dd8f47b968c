/**
 * Programs of the guest that read and write files, so that its page cache lives: one task per vCPU, accesses at a steady pace, the whole run long. An aged
 * guest begins with a cache that was filled before: as much of the files as leaves its zones above their low watermarks.
 */
import { gfn as asGfn, SECOND } from '@hintlab/kit'
import { FileResult, Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import type { FileIo, GuestKernel } from '@hintlab/guest'
import type { Vm } from '@hintlab/host'
import { Kind, point } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { Ghost } from '../ghost.ts'
import type { RunOptions } from '../options.ts'

const AT_PACE = point(Kind.SLEEP, 'file user: until its next access')
/** Accesses with a common pace: a task that is early by less than a millisecond goes on. */
const GRANULE_NS = 1e6
const UNIT = 1_000_000
/** skewed: four of five accesses go to a fifth of the pages. */
const PARTS = 5

/** What the accesses came to, by result, and the writes among them. */
export interface FileCounts {
  hits: number
  misses: number
  failed: number
  writes: number
}

export interface FileUsers {
  /** Of all files. */
  readonly pages: number
  /** Machine.prefix. */
  readonly prefix: string
  readonly files: RunOptions['files']
}

export function addFileUsers(engine: Engine, vcpus: readonly Cpu[], io: FileIo, { pages, prefix, files }: FileUsers): FileCounts {
  const counts = { hits: 0, misses: 0, failed: 0, writes: 0 }
  engine.addResettable({ reset: () => Object.assign(counts, { hits: 0, misses: 0, failed: 0, writes: 0 }) })
  if (files['accesses-per-second'] === 0) return counts
  vcpus.forEach((vcpu, cpu) => {
    const user = { cpu, name: `${prefix}file user ${cpu}`, io, pages, files, counts, perSecond: files['accesses-per-second'] / vcpus.length }
    engine.addTask(user.name, vcpu, (task) => body(engine, task, user))
  })
  return counts
}

interface User {
  readonly cpu: number
  /** Of its task and its random stream. */
  readonly name: string
  readonly io: FileIo
  readonly pages: number
  readonly files: RunOptions['files']
  readonly counts: FileCounts
  readonly perSecond: number
}

function* body(engine: Engine, task: Task, { cpu, name, io, pages, files, counts, perSecond }: User): Generator<Point, void, void> {
  const random = engine.stream(name)
  const start = engine.now
  for (let n = 0; ; n++) {
    const due = start + Math.floor((n * SECOND) / perSecond)
    if (due - engine.localNow(task) >= GRANULE_NS) {
      task.wakeAt = due
      yield AT_PACE
    }
    const file = choose(n, pages, files.access, (below) => random.below(below))
    const write = random.chance(Math.round(files['write-share'] * UNIT), UNIT)
    const result = write ? yield* io.write(task, cpu, file) : yield* io.read(task, cpu, file, files['read-ahead'])
    if (write) counts.writes++
    if (result === FileResult.HIT) counts.hits++
    else if (result === FileResult.MISS) counts.misses++
    else counts.failed++
  }
}

function choose(n: number, pages: number, access: RunOptions['files']['access'], below: (n: number) => number): number {
  if (access === 'sequential') return n % pages
  const hot = Math.ceil(pages / PARTS)
  return access === 'skewed' && below(PARTS) > 0 ? below(hot) : below(pages)
}

/** Fills the cache of a guest that has been up for a while; its host backs all of it. Pages cached. */
export function fillCache({ mm, reclaim }: GuestKernel, vm: Vm, ghost: Ghost): number {
  if (reclaim === null) return 0
  const { cache } = reclaim
  const isLow = (): boolean => mm.isBelowLow(mm.nextAttempt(0, 0, ZoneKind.NORMAL, 0))
  let file = 0
  for (; file < cache.filePages && !isLow(); file++) {
    const pfn = mm.allocSlow(0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
    if (pfn === NONE) break
    cache.insert(file, pfn)
    cache.unlock(file)
    ghost.write(pfn, vm.frameOf(asGfn(pfn)), 0)
  }
  return file
}
