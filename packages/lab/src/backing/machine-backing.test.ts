import { BACKINGS, DISCARDS, granuleOf } from '@hintlab/host'
import { MIB } from '@hintlab/kit'
import { expect, test } from 'vitest'
import { HogGuest, Turns } from '../hosts/hog-guest.ts'
import { runHost } from '../hosts/run-host.ts'
import { parseRunOptions } from '../options.ts'
import { REPORTING } from '../testing/machine-fixture.ts'

/** Bytes that the host gives a guest of 64 MiB at the end of a run in which it used 40 MiB and gave them back, in MiB. */
function residentMiB(backing: string, discard: string): number {
  const host = { memory: 128 * MIB, backing, discard }
  const run = parseRunOptions({ start: 'fresh', guest: { memory: 64 * MIB, vcpus: 1 }, reporting: { order: 9, capacity: 1 }, host })
  const result = runHost({
    host: run.host,
    guests: [{ name: 'guest', run, interface: REPORTING }],
    load: (machine, index) => {
      const plan = { bootBytes: 2 * MIB, hogBytes: 40 * MIB, hogOrder: 0, startsS: 'turns', holdS: 0, pauseS: 30 } as const
      return new HogGuest(machine, plan, new Turns(machine.engine), index)
    },
  })
  expect(result.violations).toBe(0)
  return Math.round((result.guests[0].residentEnd * 4096) / MIB)
}

test('the whole machine runs on each backing, and gives back what the backing lets it', () => {
  const rows = BACKINGS.filter((backing) => granuleOf(backing) <= 512).map((backing) => {
    return `${backing}: ${DISCARDS.map((discard) => `${discard} ${residentMiB(backing, discard)}`).join(', ')}`
  })
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "anon: dontneed 4, free 42, remove 42
    anon-64k: dontneed 4, free 42, remove 42
    shmem: dontneed 42, free 42, remove 4
    hugetlb-2m: dontneed 42, free 42, remove 4
    hugetlb-2m-private: dontneed 4, free 42, remove 42"
  `)
})
