import { NoteWorker } from '@hintlab/guest'
import { MIB } from '@hintlab/kit'
import { expect, test } from 'vitest'
import type { Interface } from '../machine.ts'
import { InputError, parseRunOptions } from '../options.ts'
import { recordAndReplay } from '../recording/record-and-replay.ts'
import { runPhases } from '../run.ts'
import { parsePhases } from '../workload/phase-schema.ts'
import { ownPolicy } from './own-policy.ts'
import type { Settings } from './policy-part.ts'

const policy = ownPolicy({
  name: 'sample',
  settings: { order: 9, 'rest-ms': 50, keep: false },
  guest: (parts, { order, 'rest-ms': rest }) => new NoteWorker(parts, { label: 'sample', order, restNs: rest * 1e6 }),
  host: ({ keep }) => ({ keeps: () => keep }),
})

const face = (settings?: Settings): Interface => ({
  policy,
  axes: { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' },
  ...(settings === undefined ? {} : { settings }),
})

const options = parseRunOptions({ guest: { memory: 64 * MIB, vcpus: 1 }, start: 'fresh', workload: { 'settle-s': 1 } })
const phases = parsePhases([{ seconds: 1, run: [{ do: 'burst', size: '16 MiB', order: 9, 'over-ms': 10, 'hold-ms': 10, times: 1 }] }])
const run = (settings?: Settings) => runPhases({ name: 'own', options, interface: face(settings), phases })

test('both halves get the defaults, and what an interface sets over them', () => {
  expect(run().memory.returned).toBeGreaterThanOrEqual(16 * MIB)
  expect(run({ keep: true }).memory.returned).toBe(0)
  expect(run({ 'rest-ms': 5000 }).cost.messages).toBe(0)
})

test('a setting that is none, or of another type, is named with what is accepted', () => {
  expect(() => run({ 'keep-it': true })).toThrow(new InputError('sample: keep-it: found no such setting; accepted is order, rest-ms, keep'))
  expect(() => run({ keep: 1 })).toThrow(new InputError('sample: keep: found 1; accepted is a boolean'))
})

test('a recorded run has no findings, and each side alone does what it did; a host of another setting does not', async () => {
  const { findings, guestAlone, hostAlone } = await recordAndReplay({ name: 'own', options, interface: face(), phases })
  expect(findings).toEqual([])
  for (const { events, alike, divergence } of [guestAlone(), hostAlone()]) {
    expect(events).toBeGreaterThan(0)
    expect([alike, divergence]).toEqual([events, null])
  }
  expect(hostAlone(face({ keep: true })).divergence).not.toBeNull()
})
