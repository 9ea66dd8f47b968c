/**
 * `hintlab lint FILE`: the rules of the specification over a recorded conversation.
 *
 *   must-violation  rule 18  device  3 times  2.7.8: The used length is 0 where nothing was written
 *     step 124: used length 4 of a buffer into which the device writes nothing
 */
import { lintFile, ruleOf } from '@hintlab/lab'
import type { LintFileResult, LintFinding } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import { wrap } from './text.ts'

const WIDTH = 118
/** Findings of a rule that are printed one by one. */
const SHOWN = 3

export interface LintFlags {
  readonly json?: boolean
  readonly peer?: readonly string[]
  readonly numbering?: string
}

/** Returns 1 when a side has broken a MUST, 0 otherwise. */
export function lintCommand(file: string, flags: LintFlags): number {
  const bar = makeProgress(process.stderr)
  const progress = (done: number, all: number): void => (all > 0 ? bar.show(done, all, 'checked') : undefined)
  const result = lintFile(file, { peers: flags.peer ?? [], numbering: flags.numbering ?? '', progress })
  bar.clear()
  process.stdout.write(flags.json === true ? `${JSON.stringify(result, null, 2)}\n` : renderLint(result))
  return result.findings.some(({ verdict }) => verdict === 'must-violation') ? 1 : 0
}

/** The findings grouped by rule, in the order of their first. */
export function renderLint({ file, events, found, findings }: LintFileResult): string {
  const groups = new Map<string, LintFinding[]>()
  for (const finding of findings) {
    const key = [finding.rule, finding.actor, finding.verdict, finding.name].join(' ')
    groups.set(key, [...(groups.get(key) ?? []), finding])
  }
  const count = (verdict: LintFinding['verdict']): number => findings.filter((finding) => finding.verdict === verdict).length
  const counts = (['must-violation', 'should-warning', 'spec-ambiguity', 'peer-divergence'] as const).map((verdict) => `${verdict} ${count(verdict)}`)
  const kept = found > findings.length ? ` (the first ${findings.length} of ${found} findings)` : ''
  return [...[...groups.values()].flatMap(groupLines), `${file}: ${events} events; ${counts.join(', ')}${kept}`, ''].join('\n')
}

function groupLines(findings: readonly LintFinding[]): string[] {
  const [{ rule, actor, verdict, name }] = findings
  const { section, title } = ruleOf(rule)
  const side = actor === 'D' ? 'driver' : 'device'
  const named = name === undefined ? verdict : `${verdict} (${name})`
  const times = `${findings.length} time${findings.length > 1 ? 's' : ''}`
  const head = `${named}  rule ${rule}  ${side}  ${times}  ${section}: ${title}`
  const steps = findings.slice(0, SHOWN).flatMap(({ step, text }) => wrap(`  step ${step}: ${text}`, WIDTH, '    '))
  return [...wrap(head, WIDTH, '  '), ...steps, ...(findings.length > SHOWN ? [`  and ${findings.length - SHOWN} more`] : []), '']
}
