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
  expect(mistakes(text)).toMatchInlineSnapshot()
})

test('what is no YAML, and what is no scenario', () => {
  expect([
    mistakes('hintlab: 1\nguest: {vcpus: 2\nseed: 3'), mistakes('a: 1\na: 2'), mistakes('- 1'), mistakes(''), mistakes('guest: {}'), mistakes('hintlab: 2'),
    mistakes('hintlab: 1\nworkload: {trace: a, phases: [{seconds: 1}]}'), mistakes('hintlab: 1\nguest: {memory: 1 GiB}\nhost:\n  memory: 512 MiB'),
    mistakes('hintlab: 1\nworkload:\n  trace: [1]'), mistakes('hintlab: 1\n__proto__: {seed: 5}'),
  ].join('\n')).toMatchInlineSnapshot()
})

test('a mistake in a setting names the setting', () => {
  const text = 'hintlab: 1\nguest:\n  vcpus: 2\n'
  expect(mistakes(text, 'guest.vcpus=0', 'reporting.delay=3', 'start', 'interface.service=slow', 'seed.x=1')).toMatchInlineSnapshot()
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
  ].join('\n')).toMatchInlineSnapshot()
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
