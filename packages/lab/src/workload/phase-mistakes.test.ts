/** Mistakes that people make in the phases of a scenario: each is one line with the place, what was found and what is accepted. */
import { expect, test } from 'vitest'
import { InputError } from '../options.ts'
import { parseScenario } from '../scenario/scenario.ts'
import { scenarioFromText } from '../scenario/scenario-file.ts'

function mistakesOf(phases: string, settings: readonly string[] = []): string {
  const text = `hintlab: 1\nworkload:\n  phases:\n    ${phases}\n`
  try {
    parseScenario(scenarioFromText(text, 'x.yaml'), settings)
    return 'accepted'
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as InputError).message
  }
}

test.each([
  ['a unit behind the number', '- { seconds: 5s }', 'x.yaml:4: workload.phases.0.seconds: found "5s"; accepted is a number of seconds'],
  ['another one', '- { seconds: 1, run: [{ do: burst, size: 1M, hold-ms: 1s }] }',
    'x.yaml:4: workload.phases.0.run.0.hold-ms: found "1s"; accepted is a number of milliseconds'],
  ['a rate for a size', '- { seconds: 1, run: [{ do: burst, size: 64 MB/s }] }',
    'x.yaml:4: workload.phases.0.run.0.size: found "64 MB/s"; accepted is a number of bytes or a size such as 512M'],
  ['a phase without an end', '- { run: [{ do: idle }] }', 'x.yaml:4: workload.phases.0.seconds: found nothing; accepted is a number of seconds'],
  ['a negative time', '- { seconds: -1 }', 'x.yaml:4: workload.phases.0.seconds: found -1; accepted is a number from 0.001'],
  ['a misspelt key', '- { seconds: 1, run: [{ do: memhog, size: 1M, pause: 5 }] }',
    'x.yaml:4: workload.phases.0.run.0: found the unknown setting pause; accepted are do, tasks, work-ns, mobility, size, order, access, nth, pause-ms, loops'],
  ['a generator that does not exist', '- { seconds: 1, run: [{ do: brust, size: 1M }] }',
    'x.yaml:4: workload.phases.0.run.0.do: found "brust"; accepted is one of burst, memhog, churn, fault-storm, idle'],
  ['one generator instead of a list', '- { seconds: 1, run: { do: idle } }', 'x.yaml:4: workload.phases.0.run: found {"do":"idle"}; accepted is a list'],
  ['phases that overlap', '- { begin: 1, seconds: 1 }',
    'x.yaml:4: workload.phases.0: found the unknown setting begin; accepted are name, seconds, run'],
  ['no orders', '- { seconds: 1, run: [{ do: churn, size: 4M, orders: [] }] }',
    'x.yaml:4: workload.phases.0.run.0.orders: found []; accepted is a list with at least 1 in it'],
  ['a churn without room for its blocks', '- { seconds: 1, run: [{ do: churn, size: 1M }] }',
    'x.yaml:4: workload.phases.0.run.0.size: found 1048576; accepted is at least 2097152, a block of order 9 as orders has it'],
  ['every nth without saying so', '- { seconds: 1, run: [{ do: burst, size: 1M, nth: 3 }] }',
    'x.yaml:4: workload.phases.0.run.0.nth: found 3 with access sequential; accepted is access every-nth with it'],
  ['a share in per cent', '- { seconds: 1, run: [{ do: burst, size: 1M, keep: 50% }] }',
    'x.yaml:4: workload.phases.0.run.0.keep: found "50%"; accepted is a number'],
  ['no phases at all', '', 'x.yaml:3: workload.phases: found nothing; accepted is a list of phases, or workload.trace in its place'],
])('%s', (_, phases, message) => {
  expect(mistakesOf(phases)).toBe(message)
})

test('a setting names an element that is there, or the one behind it', () => {
  const one = '- { seconds: 1 }'
  const elements = (path: string): string => `--set workload.phases.${path}.seconds=3: found workload.phases.${path}; accepted is an element from 0 to 1, the last of which is new`
  for (const path of ['2', 'x', '-1']) expect(mistakesOf(one, [`workload.phases.${path}.seconds=3`])).toBe(elements(path))
  for (const path of ['0', '1']) expect(mistakesOf(one, [`workload.phases.${path}.seconds=3`])).toBe('accepted')
})

test('null is no mistake where a trace takes the place of the phases', () => {
  expect(mistakesOf('- { seconds: 1 }', ['workload.phases=null', 'workload.trace=bundled'])).toBe('accepted')
})
