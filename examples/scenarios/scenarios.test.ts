/** Every scenario of this folder, shortened: it loads, runs, loses no data; and its README knows it. */
import { readFileSync } from 'node:fs'
import { identityOf, makeWorkPool, parseScenario, readScenarioFile, readScenarioTrace, resultOf, scenarioNames, workOf } from '@hintlab/lab'
import { expect, test } from 'vitest'

const SHORT = ['workload.duration-s=0.4', 'workload.settle-s=0.5']
const names = scenarioNames()

test('there is a scenario for each generator, and the README lists them all', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  for (const name of names) expect(readme).toContain(`[${name}](${name}.yaml)`)
  const used = names.flatMap((name) => parseScenario(readScenarioFile(name)).phases ?? []).flatMap(({ run }) => run.map((spec) => spec.do))
  expect([...new Set(used)].sort()).toEqual(['burst', 'churn', 'fault-storm', 'idle', 'memhog'])
})

test.each(names)('%s runs', async (name) => {
  const scenario = parseScenario(readScenarioFile(name), SHORT)
  const trace = await readScenarioTrace(scenario)
  const pool = makeWorkPool(trace === null ? [] : [trace.events], 1)
  const [run] = await pool.runAll([workOf(scenario, 0)], () => {})
  const { metrics } = resultOf(identityOf(scenario, trace), run)
  expect([metrics['violations'], metrics['oom'], metrics['host_oom']]).toEqual([0, 0, 0])
  expect(run.virtualSeconds).toBeGreaterThan(0.8)
})
