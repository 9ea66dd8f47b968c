/** All rules of the conformance list, by number. */
import { assert } from '@hintlab/kit'
import { BALLOON_RULES } from './balloon-rules.ts'
import { DEVICE_RULES } from './device-rules.ts'
import { RING_RULES } from './ring-rules.ts'
import type { Rule } from './rule.ts'

/** In the order of numbers, without a gap: rule n stands at n - 1. */
export const RULES: readonly Rule[] = [...BALLOON_RULES, ...RING_RULES, ...DEVICE_RULES]
assert(RULES.every(({ number }, i) => number === i + 1), 'rules are numbered from 1 without a gap')

export function ruleOf(number: number): Rule {
  assert(number >= 1 && number <= RULES.length, 'a rule has a number of the list')
  return RULES[number - 1]
}
