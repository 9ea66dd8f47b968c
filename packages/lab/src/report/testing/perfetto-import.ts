/**
 * What the importer of the Perfetto UI makes of a file in Chrome's JSON format: its rules, written down from its sources and followed event by event. A file
 * that it reads whole, without a word of complaint, has no `problems`. From google/perfetto, src/trace_processor: importers/json (which fields an event needs,
 * how times are read), sorter/trace_sorter.h (order of equal times), importers/common/slice_tracker.cc (nesting), flow_tracker.cc (what arrows bind to) and
 * track_compressor.cc (which tracks async slices get).
 *
 *     text --JSON--> events --time, then longer slices before shorter ones, then the rest in file order--> stack per track --> slices, flows, counters
 */

/** How a version of the importer turns microseconds into nanoseconds. */
export const TIME_READERS: Readonly<Record<string, (us: number) => number>> = {
  cutOff: (us) => Math.trunc(us * 1000),
  rounded: (us) => Math.round(us * 1000),
  /** Before and after the point by themselves, as text. */
  inTwoParts: (us) => {
    const [whole, fraction = '0'] = String(us).split('.')
    return Number(whole) * 1000 + Math.trunc(Number(`0.${fraction}`) * 1000)
  },
}

export interface ImportedSlice {
  readonly track: string
  readonly name: string
  readonly fromNs: number
  /** null while it has not ended. */
  toNs: number | null
  readonly depth: number
  readonly args: Readonly<Record<string, unknown>>
}

export interface Imported {
  readonly processes: Map<number, string>
  /** By thread number. */
  readonly threads: Map<number, { readonly pid: number; name: string }>
  readonly slices: ImportedSlice[]
  /** From slice to slice. */
  readonly flows: { readonly from: ImportedSlice; readonly to: ImportedSlice }[]
  readonly counters: Map<string, number[]>
  /** What would be dropped, cut, or counted as an error. */
  readonly problems: string[]
}

/** An event as it stands in the file; nothing of it is taken for granted. */
type Raw = Readonly<Record<string, unknown>>

interface Event extends Raw {
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly name: string
  readonly cat: string
  readonly at: number
  readonly long: number
  readonly args: Readonly<Record<string, unknown>>
}

/** A track of async slices: whose it is now, and how deep. */
interface AsyncTrack {
  readonly key: string
  cookie: string
  nested: number
}

const PHASES = 'MXCstfbei'
const UINT32 = 2 ** 32

/** Reads a whole file. */
export function importPerfetto(text: string, readTime: (us: number) => number): Imported {
  const importer = new Importer()
  const file = JSON.parse(text) as Raw
  if ('displayTimeUnit' in file) importer.problem('displayTimeUnit: once changed how times were read')
  const { traceEvents } = file
  if (!Array.isArray(traceEvents)) return importer.result()
  const events = (traceEvents as Raw[]).flatMap((raw) => importer.check(raw, readTime) ?? [])
  const order = events.map((event, i) => ({ event, i, key: event.ph === 'X' ? -event.long : 1 }))
  order.sort((a, b) => a.event.at - b.event.at || a.key - b.key || a.i - b.i)
  for (const { event } of order) importer.take(event)
  return importer.result()
}

class Importer {
  private readonly imported: Imported = { processes: new Map(), threads: new Map(), slices: [], flows: [], counters: new Map(), problems: [] }
  /** Open slices of each track, the outermost first; one that has ended stays until the next one begins. */
  private readonly stacks = new Map<string, ImportedSlice[]>()
  /** By id of the flow: the slice that its next arrow begins at. */
  private readonly sources = new Map<string, ImportedSlice>()
  private readonly outermostNames = new Map<string, string>()
  private readonly asyncTracks = new Map<string, AsyncTrack[]>()

  problem(text: string): void {
    this.imported.problems.push(text)
  }

  /** The event with its defaults, or null when the importer does not take it. */
  check(raw: Raw, readTime: (us: number) => number): Event | null {
    const { ph, pid, tid = pid, name, cat = '', ts, dur = 0, args = {} } = raw
    const told = JSON.stringify(raw)
    if (typeof ph !== 'string' || !PHASES.includes(ph)) return this.drop(`unknown kind: ${told}`)
    if (typeof name !== 'string' || name === '' || typeof cat !== 'string' || typeof args !== 'object' || args === null) return this.drop(`no name: ${told}`)
    for (const n of [pid, tid]) if (!Number.isInteger(n) || (n as number) < 1 || (n as number) >= UINT32) return this.drop(`process or thread: ${told}`)
    if (ph !== 'M' && !isTime(ts)) return this.drop(`no time: ${told}`)
    if (ph === 'X' && !(isTime(dur) && 'dur' in raw)) return this.drop(`no duration: ${told}`)
    const [at, long] = [ph === 'M' ? 0 : readTime(ts as number), readTime(dur as number)]
    return { ...raw, ph, pid: pid as number, tid: tid as number, name, cat, at, long, args: args as Event['args'] }
  }

  take(event: Event): void {
    const { ph, pid, tid } = event
    const known = this.imported.threads.get(tid)
    if (known === undefined) this.imported.threads.set(tid, { pid, name: '' })
    else if (known.pid !== pid) this.problem(`thread ${tid} is in process ${known.pid} and in process ${pid}`)
    if (ph === 'M') return this.name(event)
    if (ph === 'C') return this.count(event)
    if (ph === 'b' || ph === 'e') return this.async(event)
    if (ph === 'X') return this.begin(`thread ${tid}`, event, event.long)
    if (ph === 'i') return this.instant(event)
    this.arrow(event)
  }

  result(): Imported {
    const { slices, problems } = this.imported
    for (const { name, track, toNs } of slices) if (toNs === null) problems.push(`never ended: ${name} on ${track}`)
    return this.imported
  }

  private drop(text: string): null {
    this.problem(text)
    return null
  }

  private name({ name, pid, tid, args }: Event): void {
    if (name === 'process_name') this.imported.processes.set(pid, String(args['name']))
    else if (name === 'thread_name') this.imported.threads.get(tid)!.name = String(args['name'])
    else if (!name.endsWith('_sort_index') || !Number.isInteger(args['sort_index'])) this.problem(`unknown metadata: ${name}`)
  }

  private count({ name, pid, args }: Event): void {
    for (const [key, value] of Object.entries(args)) {
      if (typeof value !== 'number') this.problem(`counter ${name}: ${JSON.stringify(value)}`)
      const track = `${pid} ${name} ${key}`
      this.imported.counters.set(track, [...(this.imported.counters.get(track) ?? []), Number(value)])
    }
  }

  private instant(event: Event): void {
    const scope = event['s'] ?? 't'
    if (scope !== 't' && scope !== 'p' && scope !== 'g') return this.problem(`scope of an instant: ${JSON.stringify(scope)}`)
    this.begin({ t: `thread ${event.tid}`, p: `process ${event.pid}`, g: 'global' }[scope], event, 0)
  }

  /** Puts a slice on a track; null as duration when its end is still to come. Nothing when it would cross the end of another. */
  private begin(track: string, { name, at, args }: Event, long: number | null): void {
    const stack = this.close(track, at, long)
    if (stack === null) return this.problem(`dropped, because it crosses another slice: ${name} at ${at} ns on ${track}`)
    const slice: ImportedSlice = { track, name, fromNs: at, toNs: long === null ? null : at + long, depth: stack.length, args }
    stack.push(slice)
    this.imported.slices.push(slice)
  }

  /** Takes away what is over when a slice begins: instants only make room for what is later or has a length. Null when the new one crosses an end. */
  private close(track: string, at: number, long: number | null): ImportedSlice[] | null {
    let stack = this.stacks.get(track)
    if (stack === undefined) this.stacks.set(track, (stack = []))
    for (let i = stack.length - 1; i >= 0; i--) {
      const { fromNs, toNs } = stack[i]
      if (toNs === null) continue
      if (toNs < at || (toNs === at && !(fromNs === toNs && long === 0))) stack.splice(i)
      else if (long !== null && at < toNs && at + long > toNs) return null
    }
    return stack
  }

  /** Begin or end of an async slice. */
  private async(event: Event): void {
    const { ph, pid, cat, name, at } = event
    const local = (event['id2'] as { local?: unknown } | undefined)?.local
    if (typeof local !== 'string') return this.problem(`in no process, because it has no id2.local: ${name}`)
    const track = this.asyncTrack(`${pid} ${cat} ${local}`, pid, name, ph === 'b' ? 1 : -1)
    if (ph === 'b') return this.begin(track, event, null)
    const open = this.stacks.get(track)?.findLast((slice) => slice.toNs === null && slice.name === name)
    if (open === undefined) return this.problem(`ended without a begin: ${name} at ${at} ns`)
    open.toNs = at
    const stack = this.stacks.get(track)!
    if (stack.at(-1) === open) stack.pop()
  }

  /** A track that belongs to this id, or a free one, among those of the name that the id had first. */
  private asyncTrack(cookie: string, pid: number, name: string, change: 1 | -1): string {
    const outermost = this.outermostNames.get(cookie) ?? name
    this.outermostNames.set(cookie, outermost)
    const tracks = this.asyncTracks.get(`${pid} ${outermost}`) ?? []
    this.asyncTracks.set(`${pid} ${outermost}`, tracks)
    let track = tracks.find((one) => one.cookie === cookie) ?? tracks.find(({ nested }) => nested === 0)
    if (track === undefined) tracks.push((track = { key: `async ${pid} ${outermost} ${tracks.length}`, cookie, nested: 0 }))
    track.cookie = cookie
    track.nested = Math.max(0, track.nested + change)
    return track.key
  }

  /** An arrow begins or ends at whatever slice began last on its thread. */
  private arrow({ ph, tid, cat, name, id, bp, at }: Event): void {
    const hex = typeof id === 'string' ? Number.parseInt(id, 16) : id
    if (typeof hex !== 'number' || !Number.isSafeInteger(hex)) return this.problem(`id of an arrow: ${String(id)}`)
    const slice = this.stacks.get(`thread ${tid}`)?.at(-1)
    if (slice === undefined) return this.problem(`no slice for an arrow at ${at} ns on thread ${tid}`)
    if (ph === 'f' && bp !== 'e') return this.problem(`binds to the next slice, whatever that is: ${String(id)}`)
    const flow = `${hex} ${cat} ${name}`
    const source = this.sources.get(flow)
    if (ph === 's' && source !== undefined) return this.problem(`begins twice: arrow ${String(id)}`)
    if (ph !== 's' && source === undefined) return this.problem(`has no begin: arrow ${String(id)}`)
    if (source !== undefined) this.imported.flows.push(source.fromNs > slice.fromNs ? { from: slice, to: source } : { from: source, to: slice })
    if (ph !== 'f') this.sources.set(flow, slice)
  }
}

const isTime = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0
