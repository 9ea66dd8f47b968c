import { expect, it } from 'vitest'
import { DEVICES, parseRunOptions } from '@hintlab/lab'
import { Feature, featureSet } from '@hintlab/protocol'
import { rehearse } from './rehearsal.ts'

it('inflates on a packed and on a split ring, and knows a device that waits for its other queues', () => {
  const run = parseRunOptions({})
  const common = { run, statsIntervalNs: 0, discardHints: false }
  expect(rehearse({ ...common, personality: DEVICES.hintlab, offers: DEVICES.hintlab.offered })).toBe(40)
  expect(rehearse({ ...common, personality: DEVICES.hintlab, offers: featureSet(Feature.VERSION_1) })).toBe(40)
  expect(rehearse({ ...common, personality: DEVICES.firecracker, offers: DEVICES.firecracker.offered })).toBe(0)
})
