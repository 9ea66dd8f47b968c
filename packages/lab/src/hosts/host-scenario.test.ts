import { expect, test } from 'vitest'
import { InputError } from '../options.ts'
import { parseScenario } from '../scenario/scenario.ts'
import { scenarioFromText } from '../scenario/scenario-file.ts'
import { hasGuests, parseHostScenario, runHostScenario } from './host-scenario.ts'

const COMMON = `hintlab: 1
host: { memory: 64 MiB, swap: 64 MiB }
guest: { memory: 64 MiB, vcpus: 1 }
workload: { phases: [ { seconds: 1, run: [ { do: memhog, size: 32 MiB, loops: 1 } ] } ] }
`
const file = (guests: string, common = COMMON) => scenarioFromText(`${common}guests:${guests}`, 'some.yaml')
const mistake = (guests: string, common = COMMON, settings: string[] = []): string => {
  try {
    parseHostScenario(file(guests, common), settings)
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  return 'none'
}

test('a guest is what the file says of all, and over it what the list says of this one', () => {
  const { guests } = parseHostScenario(file(`
  - { interface: page-reporting, count: 2 }
  - { name: large, guest: { memory: 128 MiB } }
`), ['guests.1.guest.vcpus=2', 'seed=7'])
  expect(guests.map(({ name, scenario: { interfaceName, options } }) => [name, interfaceName, options.guest.memory / 2 ** 20, options.guest.vcpus, options.seed])).toEqual([
    ['page-reporting 1', 'page-reporting', 64, 1, 7], ['page-reporting 2', 'page-reporting', 64, 1, 7], ['large', guests[2].scenario.interfaceName, 128, 2, 7],
  ])
})

test('a mistake names the line, the guest and what is accepted', () => {
  const noPhases = COMMON.replace(/workload.*\n/, '')
  expect([
    mistake(' 3\n'), mistake('\n'), mistake(' []\n'), mistake('\n  - 3\n'), mistake('\n  - { count: 0 }\n'), mistake('\n  - {}\n  - { count: 64 }\n'),
    mistake('\n  - {}\n  - { host: { memory: 1 GiB } }\n'), mistake('\n  - {}\n  - { interface: nonsense }\n').split(';')[0],
    mistake('\n  - {}\n  - guest: { memry: 1 }\n').split(';')[0], mistake('\n  - {}\n', noPhases), mistake('\n  - {}\n', `${COMMON}start: aged\n`),
    mistake('\n  - {}\n', COMMON.replace(/host.*\n/, '')),
  ].join('\n')).toMatchInlineSnapshot(`
    "some.yaml:5: guests: found 3; accepted is a list of guests
    some.yaml:5: guests: found nothing; accepted is a list of guests
    some.yaml:5: guests: found []; accepted is a list of guests
    some.yaml:6: guests.0: found 3; accepted is a group with name, count (1 to 64) and settings of a scenario
    some.yaml:6: guests.0: found count 0; accepted is a group with name, count (1 to 64) and settings of a scenario
    some.yaml:5: guests: found 65 guests; accepted are up to 64
    some.yaml:7: guests.1.host: found a setting that all guests share; accepted is that it stands outside of guests
    some.yaml:7: interface.preset: found "nonsense"
    some.yaml:7: guest: found the unknown setting memry
    some.yaml:5: guests.0: found no workload.phases; accepted are phases, of this guest or outside of guests
    some.yaml:6: guests: found start: aged; accepted is fresh: an aged guest has touched all of its memory
    some.yaml:4: guests: found no host.memory; accepted is a size: guests share a host that can be short of memory"
  `)
})

test('guests whose memory cannot be shared out fit together, or are refused before the host is built', () => {
  const host = (settings: string): string => COMMON.replace(/host: .*\n/, `host: { memory: 512 MiB, ${settings} }\n`)
  const three = '\n  - { count: 3, guest: { memory: 256 MiB } }\n'
  expect([mistake(three, host('backing: hugetlb-2m')), mistake(three, host('assigned-device: unpin'))].join('\n')).toMatchInlineSnapshot(`
    "some.yaml:5: guests: found 805306368 bytes of guest memory together; accepted are up to host.memory (536870912), which host.backing=hugetlb-2m has pools
    some.yaml:5: guests: found 805306368 bytes of guest memory together; accepted are up to host.memory (536870912), which host.assigned-device=unpin pins"
  `)
  expect(() => parseHostScenario(file(three.replace('3', '2'), host('backing: hugetlb-2m')))).not.toThrow()
})

test('what takes one guest says so', () => {
  expect(hasGuests(file(' []\n'))).toBe(true)
  expect(() => parseScenario(file(' []\n'))).toThrow(new InputError('some.yaml:5: guests: found several guests; accepted is one, but for hintlab run'))
})

test('guests share the host: it swaps for them, nobody loses data, and the same file gives the same run', () => {
  const scenario = parseHostScenario(file('\n  - { interface: page-reporting }\n  - { interface: no hinting, count: 2 }\n'))
  const result = runHostScenario(scenario)
  expect(result.violations).toBe(0)
  expect(result.swapWritten).toBeGreaterThan(0)
  expect(result.guests.map(({ name }) => name)).toEqual(['page-reporting', 'no hinting 1', 'no hinting 2'])
  expect(JSON.stringify(runHostScenario(scenario))).toBe(JSON.stringify(result))
})
