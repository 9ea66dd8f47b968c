/** Every rule that the checker checks has a wrong peer that is caught by exactly that rule. */
import { expect, test } from 'vitest'
import { CHECKS, END_CHECKS } from './all-checks.ts'
import { Linter } from './linter.ts'
import { RULES } from './rules/rules.ts'
import { BROKEN } from './testing/broken.ts'
import type { Example } from './testing/example.ts'

const checked = RULES.filter(({ how }) => how.by === 'trace')
/** Memory in which every address of the examples lies, but one that is wrong on purpose. */
const REGIONS = [{ gpa: 0, length: 0x1000_0000 }, { gpa: 0x4000_0000, length: 0x4000_0000 }]

function rulesBroken({ build }: Example): string[] {
  const linter = new Linter()
  linter.begin({ regions: REGIONS })
  for (const event of build().events) linter.event(event)
  return [...new Set(linter.finish().map(({ rule, actor }) => `${rule} ${actor}`))]
}

test.each(checked.map((rule) => [rule.number, rule] as const))('rule %i', (number, rule) => {
  const examples = BROKEN[number] ?? []
  expect(examples.length, `rule ${number} has a wrong peer`).toBeGreaterThan(0)
  for (const [i, example] of examples.entries()) {
    const rules = rulesBroken(example)
    expect(rules, `example ${i}`).toContain(`${number} ${example.actor}`)
    expect(new Set(rules.map((text) => Number.parseInt(text, 10))), `example ${i}`).toEqual(new Set([number, ...(example.also ?? [])]))
    expect(rule.actors).toContain(example.actor)
  }
})

test('a rule that binds both sides has a wrong peer on each', () => {
  const missing = checked.flatMap(({ number, actors }) => 
    actors.filter((actor) => !(BROKEN[number] ?? []).some((example) => example.actor === actor)).map((actor) => `${number} ${actor}`))
  expect(missing).toEqual([])
})

test('rules marked as checked are those that have a check', () => {
  const numbers = [...new Set([...CHECKS, ...END_CHECKS].map(({ rule }) => rule))].sort((a, b) => a - b)
  expect(numbers).toEqual(checked.map(({ number }) => number))
  expect(Object.keys(BROKEN).map(Number)).toEqual(numbers)
})
