/** A recording with one thing changed, left out or moved in time is found out by the side whose doing it was, at that event, with the state of both sides. */
import type { TapEvent } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kindOf } from './event-text.ts'
import { replayGuest } from './replay-guest.ts'
import { isGuestWrite } from './recorded-host.ts'
import { replayHost } from './replay-host.ts'
import { OWN_WORDS } from './same-event.ts'
import { EVERY_INTERFACE, SmallRecordings } from './testing/record-small.ts'
import type { SmallRecording } from './testing/record-small.ts'

const recordings = new SmallRecordings()
const recorded: SmallRecording[] = []
afterAll(() => recordings.dispose())

const NAMES = [
  'async-buffer on virtqueue, thread, interrupt, goes-on', 'page-reporting on hypercall, inline, return, blocks-irqs-on',
  'balloon on virtqueue, thread, interrupt, sleeps', 'free-page-hint on virtqueue, thread, interrupt, goes-on', 'essa-log on hardware-log, inline, return, blocks-irqs-off',
]

beforeAll(async () => {
  for (const name of NAMES) recorded.push(await recordings.record(name, EVERY_INTERFACE.find((row) => row.name === name)!.interface))
}, 60_000)

type Side = 'guest' | 'host'
type Leaf = { readonly path: readonly (string | number)[]; readonly value: number | Uint8Array }

/** What orders events, or says of whom they are, and what stands for absent. */
const SKIPPED = new Set(['timeNs', 'sequence', 'otherSteps', 'enteredSteps', 'role', 'kind', 'cpu', 'delayNs', 'reason', 'commandId'])

function leavesOf(value: unknown, path: (string | number)[] = []): Leaf[] {
  if (typeof value === 'number' || value instanceof Uint8Array) return value instanceof Uint8Array && value.length === 0 ? [] : [{ path, value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => (SKIPPED.has(name) ? [] : leavesOf(inner, [...path, Array.isArray(value) ? Number(name) : name])))
}

function withLeaf<T>(value: T, [head, ...rest]: readonly (string | number)[], next: number | Uint8Array): T {
  if (head === undefined) return next as T
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string | number, unknown>
  copy[head] = withLeaf(copy[head], rest, next)
  return copy as T
}

const GUEST_KINDS = new Set(['chain', 'kick', 'hypercall'])
const EXIT_GUEST = new Set(['target', 'arg', 'leftNs', 'enteredNs'])

/** Whose doing a field of an event is. */
function doerOf(event: TapEvent, path: readonly (string | number)[]): Side {
  const [first, second] = path
  if (first === 'words') return (OWN_WORDS.guest as readonly string[]).includes(String(second)) ? 'guest' : 'host'
  const kind = kindOf(event) ?? ''
  if (kind === 'exit') return EXIT_GUEST.has(String(second)) ? 'guest' : 'host'
  if (kind === 'look') return second === 'value' ? 'guest' : 'host'
  return GUEST_KINDS.has(kind) || isGuestWrite(event) ? 'guest' : 'host'
}

const replay = (side: Side, recording: SmallRecording, events: readonly TapEvent[]) =>
  (side === 'guest' ? replayGuest : replayHost)({ ...recording, conversation: { ...recording.conversation, events } })

const changed = ({ value }: Leaf, at: number): number | Uint8Array => {
  if (typeof value === 'number') return value + 1
  const bytes = Uint8Array.from(value)
  bytes[at % bytes.length] ^= 1
  return bytes
}

/** Events that either side did by itself, with their places. */
const doings = (events: readonly TapEvent[]) => events.flatMap((event, i) => (['queueSetup', 'queueState'].includes(kindOf(event) ?? '') ? [] : [{ event, i }]))

const anyDoing = fc.record({ which: fc.nat({ max: NAMES.length - 1 }), kind: fc.nat(), at: fc.nat(), leaf: fc.nat() })

/** Kinds first: a recording has many exits and few requests. */
function pick({ which, kind, at }: { which: number; kind: number; at: number }): { recording: SmallRecording; event: TapEvent; i: number } {
  const recording = recorded[which]
  const all = doings(recording.conversation.events)
  const kinds = [...new Set(all.map(({ event }) => kindOf(event)))]
  const of = all.filter(({ event }) => kindOf(event) === kinds[kind % kinds.length])
  return { recording, ...of[at % of.length] }
}

/** Whether a step is none before this event: -1 is behind the last. A stay ends with its event, and what others notice of it begins with its exit. */
function isFrom(step: number, event: TapEvent, { conversation: { events } }: SmallRecording): boolean {
  const { exit } = event
  const first = exit ? events.find(({ timeNs }) => (timeNs ?? 0) >= (exit.leftNs ?? 0)) : event
  return step === -1 || step >= (first?.sequence ?? 0)
}

test('one field of one event', () => {
  fc.assert(fc.property(anyDoing, (choice) => {
    const { recording, event, i } = pick(choice)
    const leaves = leavesOf(event)
    fc.pre(leaves.length > 0)
    const leaf = leaves[choice.leaf % leaves.length]
    // Which of the pages that are touched in one step is not mapped is the host's; a guest faults on the one as on the other.
    fc.pre(event.exit?.reason !== 1 || leaf.path[1] !== 'target')
    const side = doerOf(event, leaf.path)
    const { divergence } = replay(side, recording, recording.conversation.events.with(i, withLeaf(event, leaf.path, changed(leaf, choice.at))))
    expect(divergence, `${side}: ${leaf.path.join('.')} of ${JSON.stringify(event)}`).not.toBeNull()
    expect(Object.keys(divergence!.state)).toEqual(expect.arrayContaining([side === 'guest' ? 'recorded host' : 'recorded guest']))
    if (kindOf(event) === 'exit' && side === 'guest') expect(isFrom(divergence!.step, event, recording)).toBe(true)
    else expect(divergence!.step).toBe(event.sequence)
  }), { numRuns: 40, seed: 4 })
}, 60_000)

test('one event at another time', () => {
  fc.assert(fc.property(anyDoing, fc.integer({ min: 1, max: 5000 }), (choice, ns) => {
    const { recording, event, i } = pick(choice)
    const side = doerOf(event, ['timeNs'])
    const { divergence } = replay(side, recording, recording.conversation.events.with(i, { ...event, timeNs: (event.timeNs ?? 0) + ns }))
    expect(divergence?.step, `${side}: ${JSON.stringify(event)}`).toBe(event.sequence)
  }), { numRuns: 25, seed: 4 })
}, 60_000)

test('one event left out', () => {
  fc.assert(fc.property(anyDoing, (choice) => {
    const { recording, event, i } = pick(choice)
    fc.pre(!isGuestWrite(event))
    const side = doerOf(event, ['timeNs'])
    const { divergence } = replay(side, recording, recording.conversation.events.toSpliced(i, 1))
    expect(divergence, `${side}: ${JSON.stringify(event)}`).not.toBeNull()
    expect(isFrom(divergence!.step, event, recording)).toBe(true)
  }), { numRuns: 25, seed: 4 })
}, 60_000)
