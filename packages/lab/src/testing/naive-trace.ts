/** The reader of traces as a few regular expressions over whole lines: what `TraceParser` must do, slowly. */
import { EVENT_ALLOC, EVENT_FREE } from '../trace/events.ts'
import { classifyGfp, gfpFlags, gfpMigratetype, GFP_UNKNOWN, gfpZone, ZONE_NORMAL } from '../trace/gfp.ts'

/** timeNs, cpu, kind, pfn, order, migratetype, zone, flags: the columns of one event. */
export type NaiveEvent = [number, number, number, number, number, number, number, number]

export interface NaiveTrace {
  events: NaiveEvent[]
  malformed: string[]
  otherEvents: number
  otherLines: number
  failedAllocs: number
  lost: number
  outOfOrder: number
}

const HEAD = /\[(\d+)\] +(?:[^ \d][^ ]* +)?(\d+)\.(\d{6,9}): +(?:(?:kmem:)?mm_page_(alloc|free):|(?:[\w.]+(?=[: ]))|(?:[\w.]*$))/
const LOST = /^CPU:\d+ \[LOST (?:(\d+) )?EVENTS\]/
const OURS = /mm_page_(?:alloc|free):/
const NUMBER = /^(?:0x[0-9a-fA-F]+|\d+)$/

/** Reads text that ends with a line feed. */
export function naiveTrace(text: string): NaiveTrace {
  const trace: NaiveTrace = { events: [], malformed: [], otherEvents: 0, otherLines: 0, failedAllocs: 0, lost: 0, outOfOrder: 0 }
  const previous = new Map<number, number>()
  let base: bigint | null = null
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '')
    const reject = (reason: string) => trace.malformed.push(`${i + 1}: ${reason}`)
    if (line.trim() === '' || line.startsWith('#')) continue
    const lost = LOST.exec(line)
    const head = HEAD.exec(line)
    if (lost !== null) trace.lost += Number(lost[1] ?? 1)
    else if (head === null && OURS.test(line)) reject(/\[\d+\] /.test(line) ? 'no readable time' : 'no readable cpu')
    else if (head === null) trace.otherLines++
    else if (head[4] === undefined) trace.otherEvents++
    else {
      const body = naiveBody(line.slice(head.index + head[0].length), head[4] === 'alloc')
      const cpu = Number(head[1])
      const ns = BigInt(head[2]) * 1_000_000_000n + BigInt(head[3].padEnd(9, '0'))
      const since = Number(ns - (base ?? ns))
      if (cpu > 0xffff) reject('no readable cpu')
      else if (typeof body === 'string') reject(body)
      else if (body === null) trace.failedAllocs++
      else if (Math.abs(since) >= 2 ** 52) reject('no readable time')
      else {
        base ??= ns
        const timeNs = Math.max(since, previous.get(cpu) ?? since)
        if (timeNs !== since) trace.outOfOrder++
        previous.set(cpu, timeNs)
        trace.events.push([timeNs, cpu, head[4] === 'alloc' ? EVENT_ALLOC : EVENT_FREE, ...body])
      }
    }
  }
  const earliest = trace.events.reduce((least, event) => Math.min(least, event[0]), 0)
  for (const event of trace.events) event[0] -= earliest
  return trace
}

/** pfn, order, migratetype, zone, flags; null for a failed allocation; a reason. */
function naiveBody(body: string, isAlloc: boolean): [number, number, number, number, number] | null | string {
  const field = (name: string): string | undefined => [...body.matchAll(new RegExp(`(?<![^ ])${name}=([^ ]*)`, 'g'))].at(-1)?.[1]
  const number = (name: string): number => (NUMBER.test(field(name) ?? '') ? Number(field(name)) : Number.NaN)
  const pfn = number('pfn')
  const order = number('order')
  const failed = isAlloc && (/(?<![^ ])page= *\((?:null|nil)\)/.test(body) || pfn === 2 ** 64)
  if (!failed && !(pfn < 2 ** 32)) return 'no readable pfn'
  if (!(order <= 10)) return 'no readable order'
  if (!isAlloc) return [pfn, order, 0, ZONE_NORMAL, 0]
  const mask = field('gfp_flags') ?? ''
  const gfp = mask === '' ? GFP_UNKNOWN : classifyGfp(mask)
  const migratetype = field('migratetype') === undefined ? gfpMigratetype(gfp) : number('migratetype')
  if (!(migratetype <= 255)) return 'no readable migratetype'
  return failed ? null : [pfn, order, migratetype, gfpZone(gfp), gfpFlags(gfp)]
}
