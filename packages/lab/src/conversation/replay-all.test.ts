/**
 * Every interface on every carrier that it can stand on is replayed on both sides, and breaks no rule of the specification. HINTLAB_LONG=1 takes every
 * combination of axes.
 */
import { axesName } from '@hintlab/transport'
import { afterAll, expect, test } from 'vitest'
import type { NamedInterface } from '../interfaces.ts'
import { policyName } from '../presets/policy-parts.ts'
import { lintFile } from '../lint/lint-file.ts'
import { kindOf } from './event-text.ts'
import { replayGuest } from './replay-guest.ts'
import { replayHost } from './replay-host.ts'
import { EVERY_INTERFACE, SmallRecordings } from './testing/record-small.ts'

const recordings = new SmallRecordings()
afterAll(() => recordings.dispose())

/** One combination of axes for each policy and carrier: where there is a choice, that with a thread of the host, and an interrupt. */
function onePerCarrier(): NamedInterface[] {
  const chosen = new Map<string, NamedInterface>()
  for (const row of EVERY_INTERFACE) {
    const { axes } = row.interface!
    const key = `${policyName(row.interface)} ${axes.carrier}`
    const before = chosen.get(key)?.interface?.axes
    const rank = (of: typeof axes): string => axesName({ ...of, submitter: 'polls' })
    if (before === undefined || rank(axes).includes('thread, interrupt') || !rank(before).includes('thread')) chosen.set(key, row)
  }
  return [...chosen.values()]
}

test.each(process.env['HINTLAB_LONG'] === '1' ? EVERY_INTERFACE : onePerCarrier())('$name', async ({ name, interface: face }) => {
  const recording = await recordings.record(name, face)
  const { events } = recording.conversation
  const requests = events.filter((event) => kindOf(event) === 'chain' || kindOf(event) === 'hypercall').length
  const replays = [replayGuest(recording), replayHost(recording)]
  expect(replays.map(({ alike, events: all, divergence }) => ({ alike: alike === all, divergence }))).toEqual([{ alike: true, divergence: null }, { alike: true, divergence: null }])
  expect(requests).toBeGreaterThan(2)
  expect(lintFile(recording.file).findings).toEqual([])
})
