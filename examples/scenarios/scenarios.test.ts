/** Every scenario of this folder, shortened: it loads, runs, loses no data; and its README knows it. */
import { readFileSync } from 'node:fs'
import {
  hasGuests, identityOf, makeWorkPool, parseHostScenario, parseScenario, readScenarioFile, readScenarioTrace, resultOf, runHostScenario, scenarioNames, workOf,
} from '@hintlab/lab'
import { expect, test } from 'vitest'

const SHORT = ['workload.duration-s=0.4', 'workload.settle-s=0.5']
const names = scenarioNames()
/** Those of several guests on one host run in another way. */
const shared = names.filter((name) => hasGuests(readScenarioFile(name)))
const alone = names.filter((name) => !shared.includes(name))

test('there is a scenario for each generator, and the README lists them all', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  for (const name of names) expect(readme).toContain(`[${name}](${name}.yaml)`)
  const used = alone.flatMap((name) => parseScenario(readScenarioFile(name)).phases ?? []).flatMap(({ run }) => run.map((spec) => spec.do))
  expect([...new Set(used)].sort()).toEqual(['burst', 'churn', 'fault-storm', 'idle', 'memhog'])
})

test.each(alone)('%s runs', async (name) => {
  const scenario = parseScenario(readScenarioFile(name), SHORT)
  const trace = await readScenarioTrace(scenario)
  const pool = makeWorkPool(trace === null ? [] : [trace.events], 1)
  const [run] = await pool.runAll([workOf(scenario, 0)], () => {})
  const { metrics } = resultOf(identityOf(scenario, trace), run)
  expect([metrics['violations'], metrics['oom'], metrics['host_oom']]).toEqual([0, 0, 0])
  expect(run.virtualSeconds).toBeGreaterThan(0.8)
  if (name === 'page-fault-thp') expect([metrics['thp_faults']! > 100, metrics['thp_fallbacks']]).toEqual([true, 0])
})

test.each(shared)('%s runs, and the host has to swap', (name) => {
  const { violations, swapWritten, guests } = runHostScenario(parseHostScenario(readScenarioFile(name)))
  expect(violations).toBe(0)
  expect(swapWritten).toBeGreaterThan(0)
  // Who hints has nothing of the host in the end; who does not keeps what it has touched, here or in swap.
  expect(guests.map(({ interfaceName, residentEnd }) => [interfaceName, residentEnd > 0])).toEqual([
    ['page-reporting', false], ['no hinting', true], ['no hinting', true],
  ])
})
