/** A run is recorded without being changed, each side of it replays alone, and what is changed on one side is found where it first matters. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TapEvent } from '@hintlab/protocol'
import { afterAll, describe, expect, test } from 'vitest'
import { COMPARED, PRESETS } from '../interfaces.ts'
import { lintFile } from '../lint/lint-file.ts'
import { parseRunOptions } from '../options.ts'
import { readConversation } from '../recording/read-conversation.ts'
import { runPhases } from '../run.ts'
import { phasesSchema } from '../workload/phase-schema.ts'
import { eventText, kindOf } from './event-text.ts'
import { loadRecording } from './load-recording.ts'
import { recordedRunOf } from './recorded-run.ts'
import { replayGuest } from './replay-guest.ts'
import type { ReplayOptions } from './replay-guest.ts'
import { replayHost } from './replay-host.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-conversation-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ASYNC = 'buffer, virtqueue, async'

const phases = phasesSchema.parse([
  { seconds: 1, run: [{ do: 'burst', size: '16 MiB', order: 9, 'over-ms': 100, 'hold-ms': 200, 'pause-ms': 100, times: 2, tasks: 2 }] },
  { seconds: 0.5, run: [{ do: 'churn', size: '8 MiB', tasks: 2, 'per-second': 500 }] },
])

/** Records a small run of an interface; a file of its own for each. */
function record(name: string, start: 'fresh' | 'aged'): { file: string; same: boolean } {
  const file = join(folder, `${name}-${start}.bin`.replaceAll(' ', '_'))
  const options = parseRunOptions({ guest: { memory: 2 ** 26, vcpus: 2 }, start, workload: { 'settle-s': 2.5 } })
  const face = [...COMPARED, ...PRESETS].find((row) => row.name === name)?.interface ?? null
  const run = { name, options, interface: face, phases }
  const plain = runPhases(run)
  return { file, same: runPhases({ ...run, record: { file, load: { kind: 'phases', phases } } }).eventHash === plain.eventHash }
}

const HYPERCALL_PRESETS = ['hypercall-thp', 'hypercall-thp, polls']

describe.each([...COMPARED.map(({ name }) => name), ...HYPERCALL_PRESETS])('%s', (name) => {
  test.each(name === ASYNC || name === COMPARED[1].name ? (['fresh', 'aged'] as const) : (['fresh'] as const))('%s: the recorded run is the same run, and both sides replay it alone', async (start) => {
    const { file, same } = record(name, start)
    expect(same).toBe(true)
    const recording = await loadRecording(file)
    for (const { side, events, alike, divergence } of [replayGuest(recording), replayHost(recording)]) {
      expect({ side, alike, divergence }).toEqual({ side, alike: events, divergence: null })
    }
    expect(lintFile(file).findings.filter(({ verdict }) => verdict === 'must-violation')).toEqual([])
  })
})

/** The recording with one event changed or left out. */
async function altered(file: string, at: (event: TapEvent, index: number) => boolean, change: (event: TapEvent) => TapEvent): Promise<ReplayOptions> {
  const recording = await loadRecording(file)
  const { header, events } = recording.conversation
  const index = events.findIndex(at)
  expect(index).toBeGreaterThan(0)
  return { ...recording, conversation: { header, events: events.map((event, i) => (i === index ? change(event) : event)) } }
}

test('a changed recording is found where it was changed', async () => {
  const { file } = record(ASYNC, 'fresh')
  const { events } = readConversation(file)
  const third = events.filter((event) => kindOf(event) === 'chain')[2]
  const is = (event: TapEvent): boolean => event.sequence === third.sequence
  const guest = replayGuest(await altered(file, is, (event) => ({ ...event, payload: Uint8Array.of(8, 1) })))
  expect(guest.divergence).toMatchObject({ step: third.sequence, what: 'the guest does something else' })
  const later = replayGuest(await altered(file, is, (event) => ({ ...event, timeNs: (event.timeNs ?? 0) + 1 })))
  expect(later.divergence).toMatchObject({ step: third.sequence, what: 'the guest does it at another time' })

  const answer = events.filter((event) => kindOf(event) === 'used')[1]
  const lies = await altered(file, (event) => event.sequence === answer.sequence, (event) => ({ ...event, payload: Uint8Array.of(8, 3) }))
  expect(replayHost(lies).divergence).toMatchObject({ step: answer.sequence, what: 'the host does something else' })

  const exit = events.findIndex((event) => event.exit?.reason === 1)
  const elsewhere = await altered(file, (_, i) => i === exit, (event) => ({ ...event, exit: { ...event.exit, target: 1 } }))
  expect(replayGuest(elsewhere).divergence?.what).toMatch(/leaves the guest in another way|did something that this one did not/)
})

test('a changed side is found at its first different event, with its state', async () => {
  const { file } = record(ASYNC, 'fresh')
  const small = replayHost(await loadRecording(file, ['host.ignore-below-order=10']))
  expect(small.divergence).toMatchObject({ what: 'the host does something else at another time', state: { device: { ignored: 1, requests: 3 }, 'recorded guest': { eventsDone: 4 } } })
  expect(small.divergence?.recorded).toContain('discard')
  expect(small.divergence?.replayed).toContain('ignored 1')
  expect(replayHost(await loadRecording(file, ['host.inhibited=true'])).divergence?.replayed).toContain('inhibited')
  const early = replayGuest(await loadRecording(file, ['async-buffer.flush-ms=500']))
  expect(early.divergence?.replayed).toContain('chain')
  expect(Object.keys(early.divergence?.state ?? {})).toEqual(['kernel', 'zones', 'policy', 'port', 'recorded host', 'recorded ring'])
  const eager = await loadRecording(file)
  const hint = { isolate: true, putbackAfterCompletion: false, sameOrder: true }
  expect(replayGuest({ ...eager, safeguards: { hint } }).divergence).not.toBeNull()
})

test('what cannot be replayed is a sentence', async () => {
  const { file } = record(ASYNC, 'fresh')
  const of = async (setting: string) => loadRecording(file, [setting])
  const [shared, swap, lazy] = [await of('host.cpus=1'), await of('host.swap=64MiB'), await of('host.discard=free')]
  expect(() => replayGuest(shared)).toThrow('host.cpus: found vCPUs that share host CPUs: who runs is not in the recording; accepted for a replay is a run without')
  expect(() => replayHost(shared)).toThrow('share host CPUs')
  expect(() => replayHost(swap)).toThrow('host.swap: found a host that takes pages by their age, and what a guest touches is not in the recording')
  expect(() => replayHost(lazy)).toThrow('host.discard: found free')
  expect(() => recordedRunOf('x', {})).toThrow('x: found a recording without a scenario, as of a live peer; accepted is a recording of hintlab run')
  expect(() => recordedRunOf('x', { scenario: '{' })).toThrow('x: found a scenario that cannot be read')
  const { header } = readConversation(file)
  const changed = (from: string, to: string) => recordedRunOf('x', { ...header, scenario: header.scenario?.replace(from, to) ?? '' })
  expect(() => changed('"carrier":"', '"carrier":"no-')).toThrow('x: found a scenario that cannot be read (interface.axes.carrier: ')
  const own = { conversation: readConversation(file), run: changed('"policy":"async-buffer"', '"policy":"mine"') }
  expect(() => replayGuest(own)).toThrow('interface: found the policy mine; accepted here are page-reporting, async-buffer')
})

test('events as text', () => {
  const { file } = record(ASYNC, 'fresh')
  const { events } = readConversation(file)
  expect(events.slice(0, 8).map(eventText).join('\n')).toMatchInlineSnapshot(`
    "       0     0.000000000  cpu2  queueSetup      queue 0 size 16 at 0x1000000 0x1000100 0x1000128
           1     0.000000000  cpu2  queueState      queue 0 enabled
           2     0.000000080  cpu0  chain           queue 0 head 0: read 14 at 0x10001b0, write 28 at 0x10007d0  report of 3 blocks, run 0: 0x0/10 0x400/10 0x800/10
           3     0.000000080  cpu0  kick            queue 0
           4     0.000001160  cpu0  exit            kick target 0x0 result 0, 900 ns in the host
           5     0.000005586  cpu0  chain           queue 0 head 2: read 36 at 0x10007f0, write 28 at 0x1000e10  report of 10 blocks, run 0: 0x1800/10 0x1c00/10 0x2000/10 0x2400/10 0x2800/10 0x2c00/10 0x3000/10 0x3400/10 and 2 more
           6     0.000005926  cpu0  chain           queue 0 head 4: read 9 at 0x1000e30, write 28 at 0x1001450  report of 1 blocks, run 0: 0x1200/9
           7     0.000006220  cpu2  memory          discard 0x0 length 0x400000"
  `)
  expect(eventText({})).toContain('unknown')
})
