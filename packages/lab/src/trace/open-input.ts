/**
 * From a file name to chunks of text: opens it, looks at its first bytes, and unpacks gzip. What a file is, its content says, not its name.
 *
 *   file or stdin -> chunks -> (1f 8b? gunzip, any number of members) -> chunks of text
 */
import { constants, createReadStream } from 'node:fs'
import type { Stats } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { TraceError } from './trace-error.ts'

export const ACCEPTED_INPUT = 'text of ftrace, trace-cmd report or perf script, plain or gzip, or - for standard input'

/** Large chunks: a trace inflates to 24 times its size, and every chunk costs a round through the event loop. */
const READ_BYTES = 256 * 1024
const INFLATE_BYTES = 1024 * 1024

/** Where bytes come from: a path, `-` for standard input, or a stream with a name for messages. */
export type TraceSource = string | { name: string; stream: AsyncIterable<Buffer> }

export interface TraceInput {
  /** Name for messages. */
  file: string
  /** Bytes as stored, so of a gzip file the packed ones; 0 when not known before the end. */
  bytesTotal: number
  chunks: AsyncIterable<Buffer>
}

/** Opens a source. A path that cannot be read is a TraceError here; later faults throw while the chunks are iterated. */
export async function openInput(source: TraceSource): Promise<TraceInput> {
  if (typeof source !== 'string') return { file: source.name, bytesTotal: 0, chunks: source.stream }
  if (source === '-') return { file: '<stdin>', bytesTotal: 0, chunks: process.stdin }
  const info = await statOrFail(source)
  if (info.isDirectory()) throw new TraceError({ file: source, line: 0, found: 'a directory', accepted: ACCEPTED_INPUT })
  const chunks = createReadStream(source, { highWaterMark: READ_BYTES })
  return { file: source, bytesTotal: info.isFile() ? info.size : 0, chunks }
}

async function statOrFail(path: string): Promise<Stats> {
  try {
    const info = await stat(path)
    await access(path, constants.R_OK)
    return info
  } catch (error) {
    throw new TraceError({ file: path, line: 0, found: describe(error), accepted: ACCEPTED_INPUT })
  }
}

/** A fault of the file system or of zlib in a few words. */
export function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EACCES') return 'a file that may not be read'
  return message
}

/** The text: the chunks themselves, or what they unpack to when they begin as gzip does. */
export async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { head, rest } = await withHead(chunks, 2)
  if (head.length < 2 || head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* rest
    return
  }
  const gunzip = createGunzip({ chunkSize: INFLATE_BYTES })
  // The callback has nothing to do: a fault of either stream reaches the reader below as an exception.
  pipeline(Readable.from(rest), gunzip, () => {})
  yield* gunzip as AsyncIterable<Buffer>
}

/** Reads until `size` bytes are there or the input ends. `rest` begins with them again. */
export async function withHead(chunks: AsyncIterable<Buffer>, size: number): Promise<{ head: Buffer; rest: AsyncGenerator<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let length = 0
  while (length < size) {
    const next = await iterator.next()
    if (next.done === true) break
    first.push(next.value)
    length += next.value.length
  }
  return { head: Buffer.concat(first).subarray(0, size), rest: resume(first, iterator) }
}

async function* resume(first: Buffer[], iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* first
    for (;;) {
      const next = await iterator.next()
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}
