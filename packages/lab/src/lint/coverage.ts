/** docs/conformance.md: which rule is checked, how, and by what test it is seen to work. Generated from the rule table by `pnpm gen`; a test compares. */
import { AMBIGUITIES } from './check.ts'
import { DIVERGENCES } from './divergences.ts'
import type { Rule } from './rules/rule.ts'
import { RULES } from './rules/rules.ts'

/** The test in which each rule's wrong peer is caught. */
const WRONG_PEERS = 'packages/lab/src/lint/wrong-peers.test.ts'

const PARTS = [
  { title: 'Balloon', first: 1, last: 48 },
  { title: 'Split rings', first: 49, last: 65 },
  { title: 'Packed rings', first: 66, last: 79 },
  { title: 'Devices and drivers in general', first: 80, last: 93 },
  { title: 'virtio-mmio', first: 94, last: 102 },
  { title: 'virtio-mem', first: 103, last: 109 },
  { title: 'vhost-user', first: 110, last: 121 },
] as const

const SIDES = { D: 'driver', V: 'device' } as const

const count = (by: Rule['how']['by']): number => RULES.filter(({ how }) => how.by === by).length

/** The whole text. `breaks` tells for which rules there are wrong peers. */
export function conformanceText(breaks: (rule: number) => boolean): string {
  return [
    '# Conformance',
    '',
    '`hintlab lint FILE` plays a recorded conversation between a driver and a device to the checker (`packages/lab/src/lint`), which is a tap like the',
    'recorder and listens to modelled and live conversations as well. This table is made from its rules by `pnpm gen`.',
    '',
    `Of ${RULES.length} rules, ${count('trace')} are checked in every conversation that shows what they speak of, each with a wrong peer that this rule`,
    `catches; ${count('suite')} by a suite of unusual peers, ${count('exploration')} by a test of the order of stores,`,
    `and ${count('not checked')} not at all, with the reason.`,
    '',
    'Rules about pages need an observer who sees pages: which the guest uses, which the device drops. A conversation without such events leaves these',
    'rules unchecked, and is never wrong for it. What should have come and did not is judged when the device is reset, its queues are stopped, or the',
    'recording ends; a recording that breaks off in the middle only gives warnings.',
    '',
    '| verdict | meaning |',
    '|---|---|',
    '| must-violation | a MUST of the specification is broken; the exit code is 1 |',
    '| should-warning | a SHOULD is not followed, or a recording breaks off before something that must come |',
    `| spec-ambiguity | the specification can be read in two ways: ${AMBIGUITIES.join(', ')} |`,
    '| peer-divergence | a violation that the peer named with `--peer` is known for |',
    '',
    ...PARTS.flatMap(({ title, first, last }) => [`## ${title}`, '', ...table(RULES.slice(first - 1, last), breaks), '']),
    '## Known divergences',
    '',
    '| peer | side | rule | what it does |',
    '|---|---|---|---|',
    ...DIVERGENCES.map(({ peer, actor, rule, what }) => `| ${peer} | ${SIDES[actor]} | ${rule} | ${what} |`),
    '',
  ].join('\n')
}

function table(rules: readonly Rule[], breaks: (rule: number) => boolean): string[] {
  const head = '| rule | side | level | section | what it says | how it is checked | test that breaks it |'
  return [head, '|---|---|---|---|---|---|---|', ...rules.map((rule) => row(rule, breaks))]
}

function row({ number, actors, level, section, title, how }: Rule, breaks: (rule: number) => boolean): string {
  const side = actors.map((actor) => SIDES[actor]).join(', ')
  const way = how.by === 'not checked' ? `not checked: ${how.why}` : how.by
  return `| ${number} | ${side} | ${level} | ${section} | ${title} | ${way} | ${testOf(number, how, breaks)} |`
}

function testOf(number: number, how: Rule['how'], breaks: (rule: number) => boolean): string {
  if (how.by === 'not checked') return '-'
  if (how.by !== 'trace') return `\`${how.file}\``
  return breaks(number) ? `\`${WRONG_PEERS}\` rule ${number}` : 'none'
}
