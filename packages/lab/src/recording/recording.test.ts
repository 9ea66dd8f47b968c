/** Recordings: what a recorder writes is what a reader reads, joined pieces are one recording, and a bad file is a sentence. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { messages } from '@hintlab/protocol'
import { afterAll, expect, test } from 'vitest'
import { lintFile } from '../lint/lint-file.ts'
import { Linter } from '../lint/linter.ts'
import { conversation } from '../lint/testing/conversation.ts'
import { readConversation } from './read-conversation.ts'
import { FileSink, MemorySink, Recorder, TapFan } from './recorder.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-recording-'))
afterAll(() => rmSync(folder, { recursive: true }))

const path = (name: string): string => join(folder, name)
const written = (name: string, content: Uint8Array | string): string => {
  writeFileSync(path(name), content)
  return path(name)
}

const isSet = (field: unknown): boolean => field !== null && field !== undefined

/** 600 events: more than two pieces. */
const events = Array.from({ length: 600 }, (_, i) => ({ kick: { queue: i % 5 } }))

test('what was recorded is read back, in a file and in memory', () => {
  const sink = new FileSink(path('a.bin'))
  const memory = new MemorySink()
  let clock = 0
  const header = { numbering: 'fixed', device: 'qemu', regions: [{ gpa: 0, length: 4096 }] }
  const taps = [sink.write, memory.write].map((write) => new Recorder({ header, now: () => clock, sink: write }))
  const fan = new TapFan(...taps)
  for (const event of events) {
    clock += 10
    fan.event(event)
  }
  for (const tap of taps) tap.flush()
  sink.close()
  const read = readConversation(path('a.bin'))
  expect(read.header).toMatchObject({ version: 1, numbering: 'fixed', device: 'qemu' })
  expect(read.events.map(({ sequence, timeNs, kick }) => [sequence, timeNs, kick?.queue])).toEqual(events.map(({ kick }, i) => [i, (i + 1) * 10, kick.queue]))
  expect(readConversation(written('b.bin', memory.bytes())).events.length).toBe(600)
  expect(readConversation(written('c.gz', gzipSync(memory.bytes()))).events.length).toBe(600)
  expect(messages.Conversation.decode(memory.bytes()).events).toHaveLength(600)
})

test('a recorded conversation has the findings of the live one', () => {
  const memory = new MemorySink()
  const recorder = new Recorder({ sink: memory.write })
  const linter = new Linter()
  const tap = new TapFan(recorder, linter)
  for (const event of conversation().init().inflate([1, 2]).discard(1).guestReads(2).configRead(8, 1, 1).close().events) tap.event(event)
  recorder.flush()
  const { findings } = lintFile(written('d.bin', memory.bytes()))
  expect(findings).toEqual(linter.finish())
  expect(findings.map(({ rule }) => rule)).toEqual([17, 11, 5])
})

test('bad files are sentences', () => {
  const memory = new MemorySink()
  const recorder = new Recorder({ sink: memory.write })
  for (const event of events.slice(0, 3)) recorder.event(event)
  recorder.flush()
  const whole = memory.bytes()
  const fault = (name: string, content: Uint8Array | string): string => {
    try {
      readConversation(written(name, content))
      return 'read'
    } catch (error) {
      return (error as Error).message.replace(path(''), '').replace(/; accepted is .*/, '')
    }
  }
  const huge = Uint8Array.from([...whole, 0x32, 0xff, 0xff, 0xff, 0xff, 0x0f])
  expect([
    fault('empty', ''),
    fault('cut', whole.slice(0, -3)),
    fault('cut tag', Uint8Array.from([...whole, 0x32])),
    fault('text', 'hello there'),
    fault('elf', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)),
    fault('version', messages.Conversation.encode({ version: 7 }).finish()),
    fault('later version', Uint8Array.from([...whole, ...messages.Conversation.encode({ version: 9 }).finish()])),
    fault('event', Uint8Array.from([...whole, 0x32, 2, 0x22, 9])),
    fault('foreign behind', Uint8Array.from([...whole, ...Buffer.from('hello there, and more of it')])),
    fault('huge', huge),
    fault('json', '{"seq": 1, "t": 0, "ev": "kick", "q": 0}\n{"seq": 2}\n'),
    fault('jsontext', '{"seq": 1'),
    fault('gz', Uint8Array.from([0x1f, 0x8b, 8, 0, 0])),
    fault('gz of text', gzipSync('hello there')),
    fault('gz of nothing', gzipSync('')),
  ]).toMatchInlineSnapshot(`
    [
      "/empty: found an empty file",
      "/cut: byte 14: found a record that is cut off by the end of the file",
      "/cut tag: byte 22: found a record that is cut off by the end of the file",
      "/text: byte 0: found no conversation (it begins with 68656c6c)",
      "/elf: byte 0: found no conversation (it begins with 7f454c46)",
      "/version: byte 0: found version 7, where 1 is read",
      "/later version: byte 0: found version 9, where 1 is read",
      "/event: byte 22: found an event that cannot be decoded (index out of range)",
      "/foreign behind: byte 24: found what is no record of a conversation",
      "/huge: byte 22: found a record of 4294967295 bytes, where at most 16777216 are read",
      "/json:2: found a line without seq, t or ev",
      "/jsontext:1: found text that is no JSON",
      "/gz: found unexpected end of file",
      "/gz of text: byte 0: found no conversation (it begins with 68656c6c)",
      "/gz of nothing: found an empty file",
    ]
  `)
  expect(() => readConversation(path('none'))).toThrow('none: found no such file; accepted is a conversation')
  expect(() => readConversation(folder)).toThrow('found a directory')
  expect(() => lintFile(path('a.bin'), { peers: ['nobody'] })).toThrow('--peer: found nobody; accepted are cloud-hypervisor, ')
})

/** A real Linux driver through every queue; traces/README.md says where from. */
const WIRE = fileURLToPath(new URL('../../../../traces/conversations/wire-full.jsonl.gz', import.meta.url))

test('the real driver of the bundled recording breaks no rule', () => {
  const { header, events: wire } = readConversation(WIRE)
  const counts = new Map<string, number>()
  for (const event of wire) {
    const kind = Object.keys(event).find((key) => !['sequence', 'timeNs', 'payload'].includes(key)) ?? ''
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  expect(Object.fromEntries(counts)).toMatchInlineSnapshot(`
    {
      "accepted": 2,
      "chain": 236,
      "config": 5,
      "configAccess": 63,
      "interrupt": 47,
      "kick": 243,
      "offered": 2,
      "queueSetup": 10,
      "queueState": 20,
      "used": 234,
      "vhostUser": 319,
    }
  `)
  expect(header.regions?.map(({ gpa, length }) => [gpa, length])).toEqual([[0, 2 ** 30]])
  expect(lintFile(WIRE)).toMatchObject({ found: 0, findings: [] })
})

test('the same recording with one thing changed is caught', () => {
  const { header, events: wire } = readConversation(WIRE)
  const findings = (change: (event: messages.Event.$Properties, index: number) => messages.Event.$Properties | null): number[] => {
    const linter = new Linter()
    linter.begin({ regions: [{ gpa: 0, length: 2 ** 30 }], numbering: header.numbering ?? '' })
    for (const [i, event] of wire.entries()) {
      const changed = change(event, i)
      if (changed !== null) linter.event(changed)
    }
    return [...new Set(linter.finish().map(({ rule }) => rule))].sort((a, b) => a - b)
  }
  const firstOf = (queue: number, kind: 'chain' | 'used'): number => wire.findIndex((event) => event[kind]?.queue === queue)
  expect(findings((event) => event)).toEqual([])
  expect(findings((event) => (event.used?.queue === 4 ? { ...event, used: { ...event.used, len: 4096 } } : event))).toEqual([18])
  expect(findings((event, i) => (i === firstOf(0, 'chain') ? null : event))).toEqual([15])
  expect(findings((event, i) => (i === firstOf(3, 'chain') ? null : event))).toEqual([28])
  expect(findings((event, i) => (i === firstOf(0, 'used') ? { ...event, used: { queue: 0, head: 9, len: 0 } } : event))).toEqual([15, 61])
  expect(findings((event) => (event.configAccess?.write === true ? null : event))).toEqual([16])
  expect(findings((event) => (event.config?.freePageHintCmdId === 1 ? null : isSet(event.configAccess) ? null : event))).toContain(16)
  expect(findings((event) => (isSet(event.queueState) ? null : event))).toEqual([113])
})
