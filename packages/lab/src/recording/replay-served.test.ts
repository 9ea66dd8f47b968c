/** Recordings of real Linux guests, made with `serve --record`: our device gives back what the recorded one gave back. traces/README.md says where from. */
import { fileURLToPath } from 'node:url'
import type { TapEvent } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { readConversation } from './read-conversation.ts'
import { replayServed } from './replay-served.ts'

const recording = (name: string) => readConversation(fileURLToPath(new URL(`../../../../traces/conversations/${name}`, import.meta.url)))

test.each(['serve-packed.bin', 'serve-split.bin', 'wire-full.jsonl.gz'])('%s', (name) => {
  const { events, alike, divergence } = replayServed(recording(name))
  expect(divergence).toBeNull()
  expect(alike).toBe(events)
  expect(events).toBeGreaterThan(25)
})

test.each(['serve-packed.bin', 'serve-split.bin'])('%s with one thing changed', (name) => {
  const { header, events } = recording(name)
  const at = (is: (event: TapEvent) => boolean, change: (event: TapEvent) => TapEvent | null) => {
    const first = events.findIndex(is)
    expect(first).toBeGreaterThan(0)
    const changed = events.flatMap((event, i) => (i === first ? change(event) ?? [] : [event]))
    return { sequence: events[first].sequence, ...replayServed({ header, events: changed }).divergence }
  }
  const length = at(({ used }) => Boolean(used), (event) => ({ ...event, used: { ...event.used, len: 44 } }))
  expect(length.step).toBe(length.sequence)
  expect(Object.keys(length.state ?? {})).toEqual(expect.arrayContaining(['device', 'recorded guest']))
  const head = at(({ used }) => Boolean(used), (event) => ({ ...event, used: { ...event.used, head: 99 } }))
  expect(head.step).toBe(head.sequence)
  const silent = at(({ interrupt }) => Boolean(interrupt && interrupt.config !== true), () => null)
  expect(silent.step).toBeGreaterThan(silent.sequence ?? 0)
  const lost = at(({ chain }) => Boolean(chain), () => null)
  expect(lost.step).toBeGreaterThan(lost.sequence ?? 0)
})
