/**
 * `hintlab check`: random schedules of the smallest guest that can lose data, for each interface of `compare`. With every safeguard it must find nothing;
 * `--without F1` shows what that safeguard prevents, with the steps that lead to it.
 */
import { buildFourPages, chooseInterfaces, InputError, NAMED_INTERFACES, policyPart, randomSchedules, SAFEGUARD_NAMES } from '@hintlab/lab'
import type { Finding, NamedInterface, SafeguardName } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import { wholeNumber } from './run-flags.ts'

export interface CheckFlags {
  readonly schedules: string
  readonly seed: string
  readonly interfaces?: string
  readonly all?: boolean
  readonly without?: readonly string[]
  readonly audit?: boolean
}

const SCHEDULES_MAX = 1_000_000_000
const SEED_MAX = 0xffff_ffff

/** Returns 0 when every interface is clean, 1 at the first finding. */
export function checkCommand(flags: CheckFlags): number {
  const schedules = wholeNumber('--schedules', flags.schedules, 1, SCHEDULES_MAX)
  const seed = wholeNumber('--seed', flags.seed, 0, SEED_MAX)
  const without = (flags.without ?? []).map(safeguard)
  const rows = chosenRows(flags.interfaces, flags.all ?? false)
  const progress = makeProgress(process.stderr)
  const off = without.length === 0 ? 'every safeguard on' : `without ${without.join(', ')}`
  process.stdout.write(`2 vCPUs, 4 pages, ${off}, seed ${seed}\n`)
  for (const { name, interface: face } of rows) {
    const foreign = without.filter((rule) => !policyPart(face!.policy).safeguards.includes(rule))
    if (foreign.length > 0) {
      process.stdout.write(`${name.padEnd(30)} does not rest on ${foreign.join(', ')}\n`)
      continue
    }
    const result = randomSchedules(buildFourPages(face, without), {
      schedules,
      seed,
      audit: flags.audit ?? false,
      onProgress: (done) => progress.show(done, schedules, name),
    })
    progress.clear()
    const steps = `${result.steps} steps, hash ${result.hash}`
    process.stdout.write(`${name.padEnd(30)} ${result.finding === null ? `clean in ${result.schedules} schedules` : result.finding.kind}  (${steps})\n`)
    if (result.finding !== null) {
      process.stdout.write(describe(result.finding))
      return 1
    }
  }
  return 0
}

function describe({ schedule, texts, trail }: Finding): string {
  return [`schedule ${schedule}:`, ...trail, ...texts.map((text) => `  ${text}`), ''].join('\n')
}

function chosenRows(filter: string | undefined, all: boolean): readonly NamedInterface[] {
  const { rows, unknown } = chooseInterfaces(filter === undefined ? [] : [filter], all)
  if (unknown.length === 0) return rows.filter((row) => row.interface !== null)
  const names = NAMED_INTERFACES.filter((row) => row.interface !== null).map(({ name }) => name)
  throw new InputError(`--interfaces: found ${filter}; accepted is a part of one of: ${names.join(' | ')}`)
}

function safeguard(name: string): SafeguardName {
  const known = SAFEGUARD_NAMES.find((n) => n === name)
  if (known === undefined) throw new InputError(`--without: found ${name}; accepted: ${SAFEGUARD_NAMES.join(', ')}`)
  return known
}
