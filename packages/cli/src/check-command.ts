/**
 * `hintlab check`: random schedules of the smallest guest that can lose data, for each interface of `compare`. With every safeguard it must find nothing;
 * `--without F1` shows what that safeguard prevents, with the steps that lead to it.
 */
import {
  applySetting, buildFourPages, chooseInterfaces, InputError, NAMED_INTERFACES, parseRunOptions, policyPart, randomSchedules, SAFEGUARD_NAMES, SEED_MAX,
} from '@hintlab/lab'
import type { Finding, NamedInterface, SafeguardName } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import { wholeNumber } from './run-flags.ts'

export interface CheckFlags {
  readonly schedules: string
  readonly seed: string
  readonly interfaces?: string
  readonly all?: boolean
  readonly without?: readonly string[]
  readonly set?: readonly string[]
  readonly audit?: boolean
}

const SCHEDULES_MAX = 1_000_000_000

/** Returns 0 when every interface is clean, 1 at the first finding. */
export function checkCommand(flags: CheckFlags): number {
  const schedules = wholeNumber('--schedules', flags.schedules, { max: SCHEDULES_MAX })
  const seed = wholeNumber('--seed', flags.seed, { min: 0, max: SEED_MAX })
  const without = (flags.without ?? []).map(safeguard)
  const settings = flags.set ?? []
  const rows = withSettings(chosenRows(flags.interfaces, flags.all ?? false), settings)
  const progress = makeProgress(process.stderr)
  const off = without.length === 0 ? 'every safeguard on' : `without ${without.join(', ')}`
  process.stdout.write(`${['2 vCPUs, 4 pages', off, ...settings, `seed ${seed}`].join(', ')}\n`)
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

/** The interfaces with other constants of their own. What the guest of four pages needs goes before them. */
function withSettings(rows: readonly NamedInterface[], settings: readonly string[]): readonly NamedInterface[] {
  const given: Record<string, unknown> = {}
  for (const setting of settings) applySetting(given, setting)
  parseRunOptions(given)
  const groups = rows.map(({ interface: face }) => policyPart(face!.policy).group)
  const foreign = Object.keys(given).find((key) => !groups.some((group) => group === key))
  if (foreign !== undefined) {
    const known = [...new Set(groups)].filter((group) => group !== null)
    throw new InputError(`--set: found ${foreign}; accepted are settings of the interfaces that are checked: ${known.join(', ')}`)
  }
  return rows.map((row, i) => {
    const own = groups[i] === null ? undefined : given[groups[i]]
    return own === undefined ? row : { ...row, interface: { ...row.interface!, settings: { ...row.interface!.settings, ...own } } }
  })
}

function safeguard(name: string): SafeguardName {
  const known = SAFEGUARD_NAMES.find((n) => n === name)
  if (known === undefined) throw new InputError(`--without: found ${name}; accepted: ${SAFEGUARD_NAMES.join(', ')}`)
  return known
}
