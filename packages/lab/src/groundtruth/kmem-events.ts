/**
 * All allocator events of a recording as columns, with those that the replay of a workload has no use for: which pages went from the buddy to the per-CPU
 * lists and back.
 *
 *   task-pid [cpu] flags seconds.micros: event: page=0 pfn=0x29e7 order=0 migratetype=1 percpu_refill=1
 */
const US_NS = 1000
const US_PER_S = 1_000_000

/** Values of the `kind` column. */
export const KmemKind = { ALLOC: 0, FREE: 1, TAKE: 2, DRAIN: 3 } as const

export interface KmemEvents {
  readonly length: number
  readonly atNs: Float64Array
  readonly cpu: Uint8Array
  readonly kind: Uint8Array
  readonly pfn: Uint32Array
  readonly order: Uint8Array
  /** The free's is 0: the event does not say it. */
  readonly migratetype: Uint8Array
  /** Of a TAKE and a FREE: 1 when the page went to a per-CPU list, 0 when to the caller or the buddy. A free's is found by direct-frees.ts. */
  readonly toPcp: Uint8Array
}

const HEAD = /\[(\d+)\] \S+ +(\d+)\.(\d{6}): mm_page_(alloc|free|alloc_zone_locked|pcpu_drain): /
const FIELDS = /page=\S+ pfn=0x([0-9a-f]+) order=(\d+)(?: migratetype=(\d+))?(?: percpu_refill=(\d))?/
const LINE = new RegExp(HEAD.source + FIELDS.source)
const KINDS: Record<string, number> = { alloc: KmemKind.ALLOC, free: KmemKind.FREE, alloc_zone_locked: KmemKind.TAKE, pcpu_drain: KmemKind.DRAIN }

/** Reads the text of a `trace` file; lines of other events are passed over. */
export function readKmemEvents(text: string): KmemEvents {
  const lines = text.split('\n')
  const n = lines.length
  const atNs = new Float64Array(n)
  const cpu = new Uint8Array(n)
  const kind = new Uint8Array(n)
  const pfn = new Uint32Array(n)
  const order = new Uint8Array(n)
  const migratetype = new Uint8Array(n)
  const toPcp = new Uint8Array(n)
  let length = 0
  for (const line of lines) {
    const match = LINE.exec(line)
    if (match === null) continue
    cpu[length] = Number(match[1])
    atNs[length] = (Number(match[2]) * US_PER_S + Number(match[3])) * US_NS
    kind[length] = KINDS[match[4]]
    pfn[length] = Number.parseInt(match[5], 16)
    order[length] = Number(match[6])
    migratetype[length] = Number(match[7] ?? 0)
    toPcp[length] = Number(match[8] ?? 0)
    length++
  }
  return { length, atNs, cpu, kind, pfn, order, migratetype, toPcp }
}
