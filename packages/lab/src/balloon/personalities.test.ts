import { featureNames, NUMBERINGS, queueIndex, QueueRole } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { DEVICES, DRIVERS, unknownTraits } from './personalities.ts'

test('what nobody here knows of a device is said', () => {
  const rows = Object.entries(DEVICES).map(([name, traits]) => `${name}: ${unknownTraits(traits).join(', ') || 'nothing unknown'}`)
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "qemu: nothing unknown
    firecracker: misaligned, configSurvivesReset, hintIdMin
    cloud-hypervisor: misaligned, configSurvivesReset, unknownTags, hintIdMin
    hintlab: nothing unknown"
  `)
})

test('what devices offer of the balloon, and drivers take', () => {
  const balloon = (set: { low: number; high: number }): string => featureNames({ low: set.low & 0xffffff, high: 0 }).join(' ')
  const rows = [
    ...Object.entries(DEVICES).map(([name, { offered }]) => `device ${name}: ${balloon(offered)}`),
    ...Object.entries(DRIVERS).map(([name, { knows }]) => `driver ${name}: ${balloon(knows)}`),
  ]
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "device qemu: STATS_VQ DEFLATE_ON_OOM FREE_PAGE_HINT PAGE_POISON PAGE_REPORTING
    device firecracker: STATS_VQ DEFLATE_ON_OOM FREE_PAGE_HINT PAGE_REPORTING
    device cloud-hypervisor: DEFLATE_ON_OOM PAGE_REPORTING
    device hintlab: MUST_TELL_HOST STATS_VQ DEFLATE_ON_OOM FREE_PAGE_HINT PAGE_POISON PAGE_REPORTING
    driver linux: MUST_TELL_HOST STATS_VQ DEFLATE_ON_OOM FREE_PAGE_HINT PAGE_POISON PAGE_REPORTING
    driver linux-6.12: MUST_TELL_HOST STATS_VQ DEFLATE_ON_OOM FREE_PAGE_HINT PAGE_POISON PAGE_REPORTING
    driver hintlab: MUST_TELL_HOST STATS_VQ DEFLATE_ON_OOM FREE_PAGE_HINT PAGE_POISON PAGE_REPORTING"
  `)
})

test('the three numberings part where a driver declines the statistics of QEMU', () => {
  const { offered } = DEVICES.qemu
  const declined = { low: offered.low & ~2, high: offered.high }
  expect(NUMBERINGS.map((numbering) => `${numbering}: ${queueIndex(QueueRole.REPORTING, numbering, offered, declined)}`)).toEqual([
    'fixed: 4', 'dense-offered: 4', 'dense-negotiated: 3',
  ])
})
