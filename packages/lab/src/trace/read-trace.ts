/**
 * Reads one recording: input -> text -> columns -> summary. The text is never in memory as a whole.
 *
 * Input that cannot be used is a TraceError: nothing there, nothing in it, no text, or a gzip file that breaks (the events before the break
 * are not used in silence). Single lines that cannot be read are counted and shown, or with `strict` the first is a TraceError too.
 */
import { createHash } from 'node:crypto'
import type { TraceEvents } from './events.ts'
import { ACCEPTED_INPUT, describe, openInput, unpacked, withHead } from './open-input.ts'
import type { TraceInput, TraceSource } from './open-input.ts'
import { DIALECT_BYTES, dialectOf } from './dialects.ts'
import { sniff, SNIFF_BYTES } from './sniff.ts'
import { TraceError } from './trace-error.ts'
import { TraceParser } from './trace-parser.ts'
import type { Dialect, LineCounts, MalformedLine } from './trace-parser.ts'
import { traceStats } from './trace-stats.ts'
import type { TraceStats } from './trace-stats.ts'

const REPORTED_MAX_DEFAULT = 20

export interface ReadProgress {
  /** Bytes of the file read so far (packed, if it is), and its size, or 0 when that is not known. */
  bytesRead: number
  bytesTotal: number
  events: number
}

export interface ReadTraceOptions {
  /** Stop with a TraceError at the first malformed line. Default false. */
  strict?: boolean
  /** Called after each chunk of text, about a megabyte. */
  onProgress?: (progress: ReadProgress) => void
  /** How many malformed lines the summary shows; all are counted. Default 20. */
  maxReported?: number
}

export interface TraceSummary extends TraceStats, Omit<LineCounts, 'malformed'> {
  file: string
  /** Whose text it is. */
  dialect: Dialect['name']
  events: number
  /** Bytes of text, unpacked. */
  textBytes: number
  malformedLines: number
  /** The first of the malformed lines, at most `maxReported`. */
  malformed: MalformedLine[]
  /** SHA-256 of the unpacked text in hexadecimal: names the workload whatever it was packed with. */
  sha256: string
}

export interface Trace {
  events: TraceEvents
  summary: TraceSummary
}

/** Reads a recording from a path, `-` or a named stream. Rejects with a TraceError when it cannot be used. */
export async function readTrace(source: TraceSource, options: ReadTraceOptions = {}): Promise<Trace> {
  const input = await openInput(source)
  const { file } = input
  const { parser, dialect, textBytes, sha256 } = await parseAll(input, options)
  if (textBytes === 0) throw new TraceError({ file, line: 0, found: 'an empty file', accepted: ACCEPTED_INPUT })
  if (parser.events.length === 0) throw noEvent(file, parser)
  const events = parser.events.finish()
  const { malformed: malformedLines, ...counts } = parser.counts
  const summary = {
    file, dialect, events: events.length, textBytes, sha256, ...traceStats(events), ...counts, malformedLines, malformed: parser.malformed,
  }
  return { events, summary }
}

interface Parsed {
  parser: TraceParser
  dialect: Dialect['name']
  textBytes: number
  sha256: string
}

async function parseAll(input: TraceInput, { strict, maxReported, onProgress }: ReadTraceOptions): Promise<Parsed> {
  const { file } = input
  const hash = createHash('sha256')
  const progress = { bytesRead: 0, bytesTotal: input.bytesTotal, events: 0 }
  let linesRead = 0
  let textBytes = 0
  try {
    const { head, rest } = await withHead(unpacked(counted(input.chunks, progress)), DIALECT_BYTES)
    const other = sniff(head.subarray(0, SNIFF_BYTES))
    const dialect = dialectOf(head)
    const parser = new TraceParser({ file, dialect, strict: strict ?? false, reportedMax: maxReported ?? REPORTED_MAX_DEFAULT })
    for await (const chunk of rest) {
      // Thrown from within the loop, which then closes the input: a generator that was never started would not.
      if (other !== null) throw new TraceError({ file, line: 0, ...other })
      hash.update(chunk)
      textBytes += chunk.length
      parser.feed(chunk)
      linesRead = parser.counts.lines
      progress.events = parser.events.length
      onProgress?.({ ...progress })
    }
    parser.end()
    return { parser, dialect: dialect.name, textBytes, sha256: hash.digest('hex') }
  } catch (error) {
    throw asTraceError(error, file, linesRead)
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, progress: { bytesRead: number }): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    progress.bytesRead += chunk.length
    yield chunk
  }
}

/** Faults of the file system and of zlib are the input's; anything else is a bug and stays what it is. */
function asTraceError(error: unknown, file: string, linesRead: number): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (error instanceof TraceError || code === '') return error
  if (!code.startsWith('Z_')) return new TraceError({ file, line: 0, found: describe(error), accepted: ACCEPTED_INPUT })
  const found = `gzip data that breaks after line ${linesRead} (${describe(error)})`
  return new TraceError({ file, line: linesRead + 1, found, accepted: 'a complete gzip file' })
}

function noEvent(file: string, parser: TraceParser): TraceError {
  const { lines, malformed, otherEvents } = parser.counts
  const first = parser.malformed[0]
  const why = first === undefined ? '' : `; line ${first.line}: ${first.reason}`
  return new TraceError({
    file,
    line: 0,
    found: `no event in ${lines} lines (${otherEvents} events of other kinds, ${malformed} malformed${why})`,
    accepted: 'lines such as "task-1 [000] ..... 1.000000: mm_page_free: page=0 pfn=0x1 order=0"',
  })
}
