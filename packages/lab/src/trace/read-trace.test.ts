import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { naiveTrace } from '../testing/naive-trace.ts'
import { parseText } from '../testing/trace-text.ts'
import { benchParse } from './bench-parse.ts'
import { bundledTracePath } from './bundled.ts'
import { readTrace } from './read-trace.ts'
import type { ReadProgress, ReadTraceOptions } from './read-trace.ts'
import type { TraceSource } from './open-input.ts'
import { TraceError } from './trace-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-trace-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** A stream that gives `size` bytes at a time. */
async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The message of the TraceError, with the temporary folder left out. */
async function errorOf(source: TraceSource, options?: ReadTraceOptions): Promise<string> {
  const error: unknown = await readTrace(source, options).then(() => 'no error', (reason: unknown) => reason)
  expect(error).toBeInstanceOf(TraceError)
  return (error as TraceError).message.replaceAll(`${folder}/`, '')
}

const redisText = gunzipSync(readFileSync(bundledTracePath()))
/** Comments and the first 20,000 lines. */
const headText = redisText.subarray(0, redisText.toString('latin1', 0, 4_000_000).split('\n').slice(0, 20_000).join('\n').length + 1)
const smallText = headText.subarray(0, headText.indexOf(10, 6_000) + 1)

test('the bundled recording has what its README says', async () => {
  const { events, summary } = await readTrace(bundledTracePath())
  const { file, ...rest } = summary
  expect(file).toBe(bundledTracePath())
  expect(rest).toMatchInlineSnapshot(`
    {
      "allocs": 222443,
      "allocsOverLive": 0,
      "cpuMax": 1,
      "cpus": 2,
      "dialect": "ftrace",
      "durationNs": 11380160000,
      "endPages": 4469,
      "events": 440656,
      "failedAllocs": 0,
      "frees": 218213,
      "freesOfPart": 0,
      "freesWithoutAlloc": 170,
      "lines": 440668,
      "lost": 0,
      "lostMarks": 0,
      "malformed": [],
      "malformedLines": 0,
      "otherEvents": 0,
      "otherLines": 0,
      "outOfOrder": 0,
      "peakBlocksByOrder": [
        119212,
        30,
        7,
        112,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
      ],
      "peakPages": 120027,
      "sha256": "89535f97b55646461e9c3b3bcd053fe606ce0cd4c20198f77401b5b7535bfbda",
      "textBytes": 63569962,
    }
  `)
  expect([events.length, events.timeNs[0], events.timeNs.at(-1)]).toEqual([440_656, 0, rest.durationNs])
  expect(new Set(events.order), 'orders').toEqual(new Set([0, 1, 2, 3]))
  expect(new Set(events.migratetype), 'migratetypes').toEqual(new Set([0, 1, 2]))
  const readme = readFileSync(new URL('../../../../traces/README.md', import.meta.url), 'utf8')
  const numbers = [rest.lines, rest.textBytes, rest.allocs, rest.frees, rest.peakPages, rest.endPages]
  for (const n of numbers) expect(readme).toContain(String(n).replaceAll(/\B(?=(\d{3})+$)/g, ','))
  expect(readme).toContain(rest.sha256)
})

test('the parser agrees with the naive twin on the first 20,000 lines of the bundled recording', () => {
  const { events, malformed } = naiveTrace(headText.toString('latin1'))
  const columns = parseText(headText).events.finish()
  expect([columns.length, malformed.length]).toEqual([events.length, 0])
  const names = ['timeNs', 'cpu', 'kind', 'pfn', 'order', 'migratetype', 'zone', 'flags'] as const
  for (const [column, name] of names.entries()) expect(Array.from(columns[name]), name).toEqual(events.map((event) => event[column]))
})

test('plain, gzip, several gzip members and a stream in pieces give the same trace', async () => {
  const half = smallText.indexOf(10, 3_000) - 7
  const members = Buffer.concat([gzipSync(smallText.subarray(0, half)), gzipSync(smallText.subarray(half))])
  const { summary: { file: _, ...expected }, events } = await readTrace(fileOf('plain.gz', smallText))
  const sources: TraceSource[] = [fileOf('packed.txt', gzipSync(smallText)), fileOf('members.gz', members)]
  for (const size of [1, 2, 7, 1000]) {
    sources.push({ name: '<stdin>', stream: pieces(smallText, size) }, { name: '<stdin>', stream: pieces(members, size) })
  }
  for (const source of sources) {
    const { summary: { file, ...summary }, events: again } = await readTrace(source)
    expect(file).toBe(typeof source === 'string' ? source : '<stdin>')
    expect(summary).toEqual(expected)
    expect(again).toEqual(events)
  }
})

test('input that cannot be used is an error that says what was found and what is accepted', async () => {
  const header = '# tracer: nop\n#\n'
  const inputs: [string, string | Buffer][] = [
    ['empty', ''],
    ['empty.gz', gzipSync('')],
    ['only-comments', header],
    ['only-others', `${header}  a-1 [000] ..... 1.000000: sched_switch: x\nmm_page_free: page=0\n`],
    ['zeros', Buffer.alloc(5000)],
    ['random', Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 89 + 7) % 251 || 1))],
    ['perf.data', 'PERFILE2 and more'],
    ['packed.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3])],
    ['twice.gz', gzipSync(gzipSync(smallText))],
    ['utf16', Buffer.from('\ufeff# tracer', 'utf16le')],
    ['one-byte', Buffer.from([0x1f])],
  ]
  const messages = [await errorOf(join(folder, 'nowhere')), await errorOf(folder).then((text) => text.replace(folder, 'folder'))]
  for (const [name, content] of inputs) messages.push(await errorOf(fileOf(name, content)))
  expect(messages.join('\n')).toMatchInlineSnapshot(`
    "nowhere: found no such file, accepted text of ftrace, trace-cmd report or perf script, plain or gzip, or - for standard input
    folder: found a directory, accepted text of ftrace, trace-cmd report or perf script, plain or gzip, or - for standard input
    empty: found an empty file, accepted text of ftrace, trace-cmd report or perf script, plain or gzip, or - for standard input
    empty.gz: found an empty file, accepted text of ftrace, trace-cmd report or perf script, plain or gzip, or - for standard input
    only-comments: found no event in 2 lines (0 events of other kinds, 0 malformed), accepted lines such as "task-1 [000] ..... 1.000000: mm_page_free: page=0 pfn=0x1 order=0"
    only-others: found no event in 4 lines (1 events of other kinds, 1 malformed; line 4: no readable cpu), accepted lines such as "task-1 [000] ..... 1.000000: mm_page_free: page=0 pfn=0x1 order=0"
    zeros: found binary data, accepted ftrace text, plain or gzip
    random: found binary data, accepted ftrace text, plain or gzip
    perf.data: found a perf.data file, accepted the text that perf script prints of it
    packed.zst: found zstd data, accepted ftrace text, plain or gzip
    twice.gz: found gzip data inside gzip, accepted ftrace text, packed once
    utf16: found UTF-16 text, accepted ftrace text in UTF-8
    one-byte: found binary data, accepted ftrace text, plain or gzip"
  `)
})

test('a gzip file that breaks is an error with the line where it broke, although events came before', async () => {
  const packed = gzipSync(headText)
  const cut = await errorOf(fileOf('cut.gz', packed.subarray(0, packed.length - 5000)))
  const flipped = Buffer.from(packed)
  flipped[packed.length - 6] ^= 0xff
  expect(cut.replaceAll(/\d{4,}/g, 'N')).toMatchInlineSnapshot(`"cut.gz:N: found gzip data that breaks after line N (unexpected end of file), accepted a complete gzip file"`)
  expect(await errorOf(fileOf('flipped.gz', flipped))).toMatchInlineSnapshot(`"flipped.gz:17406: found gzip data that breaks after line 17405 (incorrect data check), accepted a complete gzip file"`)
  const tail = Buffer.concat([gzipSync(smallText), Buffer.from('garbage')])
  expect(await errorOf(fileOf('tail.gz', tail))).toContain('gzip data that breaks after line')
})

test('strict stops at the first malformed line; otherwise it is in the summary', async () => {
  const path = fileOf('bad', `${smallText.toString()}  a-1 [000] ..... 3767.200000: mm_page_free: page=0 pfn=0x1 order=12\n`)
  expect(await errorOf(path, { strict: true })).toMatchInlineSnapshot(`"bad:50: found no readable order in "a-1 [000] ..... 3767.200000: mm_page_free: page=0 pfn=0x1 order=12", accepted an order from order=0 to order=10"`)
  const { summary } = await readTrace(path)
  expect([summary.malformedLines, summary.malformed]).toMatchInlineSnapshot(`
    [
      1,
      [
        {
          "line": 50,
          "reason": "no readable order",
          "text": "a-1 [000] ..... 3767.200000: mm_page_free: page=0 pfn=0x1 order=12",
        },
      ],
    ]
  `)
  expect((await readTrace(path, { maxReported: 0 })).summary.malformed).toEqual([])
})

test('the input is closed also when the reader gives up early', async () => {
  const bad = Buffer.concat([Buffer.from('mm_page_free: bad\n'), smallText])
  for (const [bytes, options] of [[bad, { strict: true }], [gzipSync(bad), { strict: true }], [Buffer.alloc(9000), {}]] as const) {
    let closed = false
    const stream = async function* (): AsyncGenerator<Buffer> {
      try {
        for (;;) yield* pieces(bytes, 600)
      } finally {
        closed = true
      }
    }
    await errorOf({ name: 'endless', stream: stream() }, options)
    await expect.poll(() => closed).toBe(true)
  }
})

test('progress counts the bytes of the file, to its end', async () => {
  const seen: ReadProgress[] = []
  const packed = gzipSync(headText)
  await readTrace(fileOf('progress', packed), { onProgress: (progress) => seen.push(progress) })
  expect(seen.length).toBeGreaterThan(1)
  expect(seen.at(-1)).toEqual({ bytesRead: packed.length, bytesTotal: packed.length, events: 19_988 })
})

test('an error of the caller in onProgress is not taken for a fault of the file', async () => {
  const path = fileOf('bug', smallText)
  await expect(readTrace(path, { onProgress: () => { throw new RangeError('a bug') } })).rejects.toThrow(RangeError)
})

test('the bench reads the file once to check it, then times each run by the clock that it is given', async () => {
  let clock = 0
  const { events, runsMs, nsPerEvent } = await benchParse(fileOf('bench', headText), () => (clock += 5), 2)
  expect({ events, runsMs, nsPerEvent: Math.round(nsPerEvent) }).toEqual({ events: 19_988, runsMs: [5, 5], nsPerEvent: 250 })
})
