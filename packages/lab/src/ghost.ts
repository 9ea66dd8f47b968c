/**
 * The ghost: for every guest page who owns it and what the guest wrote last, for every host frame what it holds. Contents are tags: each write has a
 * number of its own, so a page that reads as anything else than its last write is caught.
 *
 *     guest writes gfn through a translation to hfn      written[gfn] = content[hfn] = next tag
 *     host zeroes a frame                                content[hfn] = 0
 *     guest reads gfn through hfn                        content[hfn] must be written[gfn]
 *
 *   V1 a read returns what was last written        V2 the host discards no page that the guest owns
 *   V3 a page changes owner from the owner it has                V4 a migrated guest finds what it wrote
 *   T1 where `hasTags` of a 2 MiB region is 0, `written` is UNWRITTEN: such a region is not cleared again
 *   V6 a device that is assigned to the guest reaches the frame that the guest has
 *
 * 9 bytes a page. It belongs to neither side: guest and host only see the two observer interfaces of the protocol.
 */
import type { Columns } from '@hintlab/kit'
import { PAGE_OWNER_NAMES, PageOwner } from '@hintlab/protocol'
import type { HostWitness, PageObserver } from '@hintlab/protocol'
import { Histogram } from '@hintlab/sim'
import { FrameTags } from './frame-tags.ts'

/** A broken rule: where the run stood, and what happened. */
export interface Violation {
  readonly rule: 'V1' | 'V2' | 'V3' | 'V4' | 'V6'
  readonly at: string
  readonly text: string
}

/** The contents of a host's frames, among whose writers, `writers` in all, are this guest's vCPUs from `firstWriter` on. */
export interface SharedContents {
  readonly contents: FrameTags
  readonly firstWriter: number
  readonly writers: number
}

/** Violations kept with their text; all are counted. */
const VIOLATIONS_KEPT = 20
const REGION_SHIFT = 9
const REGION_PAGES = 1 << REGION_SHIFT

/** What the guest wrote is not known: nothing was written since the page was allocated. */
const UNWRITTEN = 0

/** Owners of the pages of a block of at least 4 pages, which is aligned, are read and written four at a time. */
const WORD_SHIFT = 2
const EACH_BYTE = 0x0101_0101

export class Ghost implements PageObserver, HostWitness {
  readonly violations: Violation[] = []
  violationCount = 0
  /** From the last free in a page's 2 MiB to its discard, once per discarded block, ns. */
  readonly returnLatency = new Histogram()
  /** Host pages times time, and what it was made from. */
  residentPages = 0
  residentMax = 0
  residentArea = 0
  discardedPages = 0
  private residentSince = 0
  private readonly cols: Columns
  private readonly pageObject: number
  private readonly frameObject: number
  private readonly owner: Uint8Array
  /** `owner`, in words of 2 ** WORD_SHIFT pages. */
  private readonly ownerWords: Uint32Array
  private readonly written: Uint32Array
  private readonly content: Uint32Array
  private readonly hasTags: Uint8Array
  private readonly tagsObject: number
  private readonly freedAt: Float64Array
  private readonly regionObject: number
  private readonly tagObject: number
  /** Per vCPU the last tag it wrote: congruent to its number, so that vCPUs share none. */
  private readonly tags: Uint32Array
  private readonly stride: number
  private readonly contents: FrameTags
  private readonly now: () => number
  private readonly where: () => string

  /** `host` is the number of its frames, or what several guests share of it. `now` is the virtual time, `where` says which step is running, for messages. */
  constructor(cols: Columns, vcpus: number, guestPages: number, host: number | SharedContents, now: () => number, where: () => string) {
    const shared = typeof host === 'number' ? null : host
    this.cols = cols
    this.now = now
    this.where = where
    this.pageObject = cols.objects('guest page', guestPages)
    const contents = typeof host === 'number' ? new FrameTags(cols, host) : host.contents
    this.contents = contents
    this.frameObject = contents.object
    this.content = contents.tag
    const regions = Math.ceil(guestPages / REGION_PAGES)
    this.owner = cols.u8('ghost.owner', guestPages, this.pageObject, 1)
    this.ownerWords = new Uint32Array(this.owner.buffer, 0, guestPages >> WORD_SHIFT)
    this.written = cols.u32('ghost.written', guestPages, this.pageObject, 1)
    this.tagsObject = cols.objects('tags of region', regions)
    this.hasTags = cols.u8('ghost.hasTags', regions, this.tagsObject, 1)
    this.regionObject = cols.objects('free time of region', regions)
    this.freedAt = cols.f64('ghost.freedAt', regions, this.regionObject, 1)
    this.tagObject = cols.objects('next tag of vcpu', vcpus)
    this.tags = cols.u32('ghost.tags', vcpus, this.tagObject, 1)
    this.stride = shared?.writers ?? vcpus
    for (let cpu = 0; cpu < vcpus; cpu++) this.tags[cpu] = (shared?.firstWriter ?? 0) + cpu
  }

  moved(pfn: number, order: number, from: PageOwner, to: PageOwner): void {
    const count = 1 << order
    if (this.cols.footprint.recording) this.cols.footprint.writeRange(this.pageObject + pfn, count)
    if (order < WORD_SHIFT) for (let p = pfn; p < pfn + count; p++) this.moveOne(p, from, to)
    else this.moveWords(pfn, count, from, to)
    if (to === PageOwner.ALLOCATED) this.forget(pfn, count)
    if (to !== PageOwner.FREE && to !== PageOwner.BALLOON) return
    this.cols.footprint.write(this.regionObject + (pfn >> REGION_SHIFT))
    this.freedAt[pfn >> REGION_SHIFT] = this.now()
  }

  zeroed(hfn: number, count: number): void {
    this.cols.footprint.writeRange(this.frameObject + hfn, count)
    if (count === 1) this.content[hfn] = 0
    else this.content.fill(0, hfn, hfn + count)
  }

  discarding(gfn: number, count: number): void {
    this.discardedPages += count
    this.returnLatency.add(this.now() - this.freedAt[gfn >> REGION_SHIFT])
    for (let p = gfn; p < gfn + count; p++) {
      this.cols.footprint.read(this.pageObject + p)
      const owned = this.owner[p] === PageOwner.ALLOCATED || this.owner[p] === PageOwner.PINNED
      if (owned) this.violate('V2', `the host discards page ${hex(p)}, which the guest owns (${this.nameOf(p)})`)
    }
  }

  residentChanged(pages: number): void {
    const now = this.now()
    this.residentArea += this.residentPages * (now - this.residentSince)
    this.residentSince = now
    this.residentPages = pages
    if (pages > this.residentMax) this.residentMax = pages
  }

  /** vCPU number `cpu` writes a page the guest owns, through a translation to `hfn`. */
  write(gfn: number, hfn: number, cpu: number): void {
    this.cols.footprint.write(this.pageObject + gfn)
    this.cols.footprint.write(this.frameObject + hfn)
    this.cols.footprint.write(this.tagObject + cpu)
    const tag = (this.tags[cpu] += this.stride)
    this.noteTags(gfn >> REGION_SHIFT)
    this.written[gfn] = tag
    this.content[hfn] = tag
  }

  /** As `write`, for `count` pages of one region in turn, which lie in as many frames from `hfn` on. */
  writeRange(gfn: number, hfn: number, count: number, cpu: number): void {
    const { footprint } = this.cols
    footprint.writeRange(this.pageObject + gfn, count)
    footprint.writeRange(this.frameObject + hfn, count)
    footprint.write(this.tagObject + cpu)
    this.noteTags(gfn >> REGION_SHIFT)
    let tag = this.tags[cpu]
    for (let i = 0; i < count; i++) this.written[gfn + i] = this.content[hfn + i] = tag += this.stride
    this.tags[cpu] = tag
  }

  /** The guest reads a page it owns, through a translation to `hfn`: V1. */
  read(gfn: number, hfn: number): void {
    this.cols.footprint.read(this.pageObject + gfn)
    this.cols.footprint.read(this.frameObject + hfn)
    if (this.written[gfn] === UNWRITTEN || this.content[hfn] === this.written[gfn]) return
    const found = this.content[hfn] === 0 ? 'zeroes' : `what was written as number ${this.content[hfn]}`
    this.violate('V1', `the guest reads ${found} from page ${hex(gfn)}, and wrote number ${this.written[gfn]}`)
  }

  /**
   * A device accesses a page that the guest owns, through the IOMMU's translation to `hfn`; `present` is the frame that the guest has, or -1. False when those
   * are two (V6): then the access goes nowhere.
   */
  deviceReaches(gfn: number, hfn: number, present: number): boolean {
    this.cols.footprint.read(this.pageObject + gfn)
    if (present === hfn) return true
    const has = present < 0 ? 'no frame' : `frame h0x${present.toString(16)}`
    this.violate('V6', `the device reaches frame h0x${hfn.toString(16)} for page ${hex(gfn)}, and the guest has ${has}`)
    return false
  }

  /** As `read`, for a page whose contents nobody may have dropped; `hfn` is -1 when the host has no frame for it: then it may be in swap slot `slot`. */
  verify(gfn: number, hfn: number, slot = -1): void {
    if (this.written[gfn] === UNWRITTEN) return
    if (hfn >= 0) return this.read(gfn, hfn)
    if (slot >= 0 && this.contents.inSlot(slot) === this.written[gfn]) return
    this.violate('V1', `the host has no frame for page ${hex(gfn)}, which the guest wrote as number ${this.written[gfn]}`)
  }

  /** The guest copies a page from one frame to another, through translations that it has. */
  copied(fromHfn: number, toHfn: number): void {
    this.contents.copied(fromHfn, toHfn)
  }

  /** From now on page `to` must read as page `from` did: V1 notices when nobody has copied it. */
  migrated(from: number, to: number): void {
    this.cols.footprint.read(this.pageObject + from)
    this.cols.footprint.write(this.pageObject + to)
    this.noteTags(to >> REGION_SHIFT)
    this.written[to] = this.written[from]
  }

  /** The guest goes on elsewhere, where `stale` pages do not have their last contents: V4. */
  arrived(stale: (gfn: number) => boolean): void {
    for (let p = 0; p < this.owner.length; p++) {
      this.cols.footprint.read(this.pageObject + p)
      if (this.owner[p] !== PageOwner.ALLOCATED || this.written[p] === UNWRITTEN || !stale(p)) continue
      this.violate('V4', `page ${hex(p)} was not sent after the guest wrote it as number ${this.written[p]}`)
    }
  }

  ownerOf(gfn: number): PageOwner {
    return this.owner[gfn] as PageOwner
  }

  /** Starts the measurements over, after ageing. */
  startMeasuring(residentPages: number): void {
    this.residentPages = this.residentMax = residentPages
    this.residentSince = this.now()
    this.residentArea = this.discardedPages = 0
  }

  /** Page-nanoseconds of host memory up to now. */
  footprint(): number {
    this.residentChanged(this.residentPages)
    return this.residentArea
  }

  reset(): void {
    this.violations.length = this.violationCount = 0
  }

  private moveOne(pfn: number, from: PageOwner, to: PageOwner): void {
    if (this.owner[pfn] !== from) this.violateOwner(pfn, from)
    this.owner[pfn] = to
  }

  private moveWords(pfn: number, count: number, from: PageOwner, to: PageOwner): void {
    const { ownerWords } = this
    const expected = from * EACH_BYTE
    const made = to * EACH_BYTE
    const end = (pfn + count) >> WORD_SHIFT
    for (let word = pfn >> WORD_SHIFT; word < end; word++) {
      if (ownerWords[word] !== expected) this.strayWord(word << WORD_SHIFT, from)
      ownerWords[word] = made
    }
  }

  private strayWord(first: number, from: PageOwner): void {
    for (let p = first; p < first + (1 << WORD_SHIFT); p++) if (this.owner[p] !== from) this.violateOwner(p, from)
  }

  /** What was written to the pages of a block is of no interest any more. A region without tags stays untouched: fresh memory is not even backed. */
  private forget(pfn: number, count: number): void {
    const { footprint } = this.cols
    for (let first = pfn; first < pfn + count; first += REGION_PAGES) {
      const region = first >> REGION_SHIFT
      if (footprint.recording) footprint.read(this.tagsObject + region)
      if (this.hasTags[region] === 0) continue
      const end = Math.min(pfn + count, first + REGION_PAGES)
      for (let p = first; p < end; p++) this.written[p] = UNWRITTEN
      if (count < REGION_PAGES) continue
      footprint.write(this.tagsObject + region)
      this.hasTags[region] = 0
    }
  }

  private noteTags(region: number): void {
    if (this.hasTags[region] !== 0) return
    this.cols.footprint.write(this.tagsObject + region)
    this.hasTags[region] = 1
  }

  private violateOwner(pfn: number, from: PageOwner): void {
    this.violate('V3', `page ${hex(pfn)} belongs to ${this.nameOf(pfn)}, and is moved as if ${PAGE_OWNER_NAMES[from]}`)
  }

  private violate(rule: Violation['rule'], text: string): void {
    this.violationCount++
    if (this.violations.length < VIOLATIONS_KEPT) this.violations.push({ rule, at: this.where(), text })
  }

  private nameOf(pfn: number): string {
    return PAGE_OWNER_NAMES[this.owner[pfn] as PageOwner]
  }
}

const hex = (n: number): string => `p0x${n.toString(16)}`
