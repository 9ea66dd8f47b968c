import { expect, test } from 'vitest'
import { InputError } from '../options.ts'
import { scenarioFromText } from './scenario-file.ts'
import { parseScenario, scenarioRunHash } from './scenario.ts'
import type { RunScenario } from './scenario.ts'

const parse = (text: string, ...settings: string[]): RunScenario => parseScenario(scenarioFromText(text, 'x.yaml', 'folder'), settings)

function mistakes(text: string, ...settings: string[]): string {
  try {
    parse(text, ...settings)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as InputError).message
  }
  return 'accepted'
}

test('an empty scenario is the bundled trace under what Linux does', () => {
  const { name, options, interfaceName, interface: face, traces, phases } = parse('hintlab: 1')
  expect([name, options.guest.memory, interfaceName, face?.policy, traces, phases]).toEqual([
    'x', 2 ** 32, 'reporting, virtqueue, sleeps', 'page-reporting', ['bundled'], null,
  ])
})

test('a mistake names file and line, path, what was found and what is accepted', () => {
  const text = `hintlab: 1
guest:
  memory: 4 GB and more
  vcpus: 0
strat: aged
interface: carrier pigeon
workload:
  settle-s: -1
  phases:
    - seconds: 5
      run:
        - { do: burst, size: 10, order: 9 }
        - do: memhog
          sise: 4 MiB
        - { do: wait }
    - second: 5
cost:
  kick: 1.5
`
  expect(mistakes(text)).toMatchInlineSnapshot(`
    "x.yaml:3: guest.memory: found "4 GB and more"; accepted is a number of bytes or a size such as 512M
    x.yaml:4: guest.vcpus: found 0; accepted is a number from 1
    x.yaml:8: workload.settle-s: found -1; accepted is a number from 0
    x.yaml:12: workload.phases.0.run.0.size: found 10; accepted is a number from 4096
    x.yaml:12: workload.phases.0.run.0.size: found 10; accepted is a multiple of 4096
    x.yaml:13: workload.phases.0.run.1.size: found nothing; accepted is a number of bytes or a size such as 512M
    x.yaml:14: workload.phases.0.run.1: found the unknown setting sise; accepted are do, tasks, work-ns, mobility, size, order, access, nth, pause-ms, loops
    x.yaml:15: workload.phases.0.run.2.do: found "wait"; accepted is one of burst, memhog, churn, fault-storm, idle
    x.yaml:16: workload.phases.1.seconds: found nothing; accepted is a number of seconds
    x.yaml:16: workload.phases.1: found the unknown setting second; accepted are name, seconds, run
    x.yaml:18: cost.kick: found 1.5; accepted is a whole number
    x.yaml:6: interface.preset: found "carrier pigeon"; accepted is one of "no hinting", "reporting, hypercall", "reporting, virtqueue, polls", "reporting, virtqueue, sleeps", "buffer, hypercall", "buffer, virtqueue, sleeps", "buffer, hypercall, async", "buffer, virtqueue, async", "balloon", "essa-log", "free-page-hint", "free-page-hint, until DONE", "migration without hints", "hypercall-thp, free path", "hypercall-thp", "hypercall-thp, polls", "percpu-array", "async-buffer 256", "async-buffer 512", "zone-bitmap", "page-reporting"
    x.yaml:5: scenario: found the unknown setting strat; accepted are hintlab, name, description, seed, guest, host, start, aged, reporting, async-buffer, hinting, percpu-array, zone-bitmap, hypercall-thp, essa-log, balloon, free-page-hint, files, khugepaged, workload, ghost, cost, interface"
  `)
})

test('what is no YAML, and what is no scenario', () => {
  expect([
    mistakes('hintlab: 1\nguest: {vcpus: 2\nseed: 3'), mistakes('a: 1\na: 2'), mistakes('- 1'), mistakes(''), mistakes('guest: {}'), mistakes('hintlab: 2'),
    mistakes('hintlab: 1\nworkload: {trace: a, phases: [{seconds: 1}]}'), mistakes('hintlab: 1\nguest: {memory: 1 GiB}\nhost:\n  memory: 512 MiB'),
    mistakes('hintlab: 1\nworkload:\n  trace: [1]'), mistakes('hintlab: 1\n__proto__: {seed: 5}'),
  ].join('\n')).toMatchInlineSnapshot(`
    "x.yaml:3: found Flow map in block collection must be sufficiently indented and end with a }; accepted is YAML
    x.yaml:2: found Map keys must be unique; accepted is YAML
    x.yaml:1: found no settings; accepted is a group such as "hintlab: 1" and what else the run is made of
    x.yaml:1: found no settings; accepted is a group such as "hintlab: 1" and what else the run is made of
    x.yaml: hintlab: found nothing; accepted is 1
    x.yaml:1: hintlab: found 2; accepted is 1
    x.yaml:2: workload.phases: found phases beside a trace; accepted is one of the two
    x.yaml:4: host.memory: found 536870912; accepted is at least guest.memory (1073741824) for a guest that starts aged, which has touched all of it
    x.yaml:3: workload.trace: found [1]; accepted is the path of a trace, a list of paths, or bundled
    x.yaml:2: scenario: found the unknown setting __proto__; accepted are hintlab, name, description, seed, guest, host, start, aged, reporting, async-buffer, hinting, percpu-array, zone-bitmap, hypercall-thp, essa-log, balloon, free-page-hint, files, khugepaged, workload, ghost, cost, interface"
  `)
})

test('a mistake in a setting names the setting', () => {
  const text = 'hintlab: 1\nguest:\n  vcpus: 2\n'
  expect(mistakes(text, 'guest.vcpus=0', 'reporting.delay=3', 'start', 'interface.service=slow', 'seed.x=1')).toMatchInlineSnapshot(`
    "--set start: found no "=", accepted is path=value
    --set seed.x=1: seed: found {"x":1}; accepted is a number
    --set guest.vcpus=0: guest.vcpus: found 0; accepted is a number from 1
    --set reporting.delay=3: reporting: found the unknown setting delay; accepted are delay-ms, capacity, order, budget-divisor
    --set interface.service=slow: interface.service: found "slow"; accepted is one of inline, thread"
  `)
})

test('what a file says, settings say too', () => {
  const file = parse(`hintlab: 1
seed: 7
guest: { memory: 1 GiB, vcpus: 4 }
interface: { preset: 'buffer, virtqueue, async', carrier: hypercall }
workload:
  phases: [{ seconds: 1.5, run: [{ do: churn, size: 8 MiB, orders: [0, 9] }] }, { seconds: 2 }]
cost: { kick: 1000 }
`)
  const settings = parse(
    'hintlab: 1', 'seed=7', 'guest.memory=1G', 'guest.vcpus=4', 'interface=buffer, virtqueue, async', 'interface.carrier=hypercall',
    'workload.phases=[{"seconds":1.5,"run":[{"do":"churn","size":"8M","orders":[0,0]}]},{"seconds":2}]', 'workload.phases.0.run.0.orders.1=9', 'cost.kick=1000',
  )
  expect(settings).toEqual(file)
  expect(file.interface).toEqual({ policy: 'async-buffer', axes: { carrier: 'hypercall', service: 'thread', notification: 'interrupt', submitter: 'goes-on' } })
})

test('an interface by preset, by axes over it, or by hand; what is none is told', () => {
  const face = (text: string): unknown => parse(`hintlab: 1\ninterface: ${text}`).interface
  expect(face('no hinting')).toBe(null)
  expect(face('{ service: inline }')).toMatchObject({ policy: 'page-reporting', axes: { carrier: 'virtqueue', service: 'inline' } })
  expect(face('{ policy: async-buffer, carrier: hypercall, service: inline, notification: return, submitter: blocks-irqs-off }')).toEqual({
    policy: 'async-buffer', axes: { carrier: 'hypercall', service: 'inline', notification: 'return', submitter: 'blocks-irqs-off' },
  })
  expect([
    mistakes('hintlab: 1\ninterface: { preset: no hinting, carrier: hypercall }'),
    mistakes('hintlab: 1\ninterface: { notification: return }'),
  ].join('\n')).toMatchInlineSnapshot(`
    "x.yaml:2: interface: found no policy, service, notification, submitter; accepted is a preset that hints, or a policy with all of carrier, service, notification, submitter
    x.yaml:2: interface: found page-reporting, virtqueue, thread, return, sleeps, which is no interface: a kick is a write and returns nothing: the used ring has to be looked at; accepted are the combinations of the table in ARCHITECTURE.md"
  `)
})

test('traces are named from the folder of the file, and from where the user stands in a setting', () => {
  expect(parse('hintlab: 1\nworkload: { trace: a.gz }').traces).toEqual(['folder/a.gz'])
  expect(parse('hintlab: 1\nworkload: { trace: [a.gz, ../b.txt, bundled] }').traces).toEqual(['folder/a.gz', 'b.txt', 'bundled'])
  expect(parse('hintlab: 1\nworkload: { trace: a.gz }', 'workload.trace=b.gz').traces).toEqual(['b.gz'])
})

test('the duration cuts phases off', () => {
  const seconds = (cut: string): number[] => (parse(`hintlab: 1\nworkload: { phases: [{ seconds: 2 }, { seconds: 3 }], duration-s: ${cut} }`).phases ?? []).map((p) => p.seconds)
  expect([seconds('null'), seconds('10'), seconds('4'), seconds('2'), seconds('0.5')]).toEqual([[2, 3], [2, 3], [2, 2], [2], [0.5]])
})

test('the hash names the run but not its seed, name or words', () => {
  const hash = (...settings: string[]): string => scenarioRunHash(parse('hintlab: 1', ...settings), ['abc'])
  expect(hash()).toMatch(/^[0-9a-f]{12}$/)
  expect([hash('seed=5'), hash('name=other'), hash('description=words')]).toEqual([hash(), hash(), hash()])
  const others = [hash('guest.vcpus=3'), hash('interface=no hinting'), hash('cost.kick=1'), hash('workload.phases=[{"seconds":1}]'), hash('workload.duration-s=1')]
  expect(new Set([hash(), ...others]).size).toBe(6)
})
