/**
 * A scenario: everything that a run is made of, in one validated object. It is the options of a run (options.ts) with an interface and a workload.
 *
 *     file --parseDocument--> document --settings (--set path=value)--> input --schema--> scenario
 *
 *   S1 what a file can say, a setting can say, and the other way round: both end in the same input
 *   S2 a mistake is one line: file and line or the setting, path, what was found, what is accepted
 */
import { basename } from 'node:path'
import { z } from 'zod'
import { canonicalHash } from '../canonical.ts'
import type { Interface } from '../machine.ts'
import { applySetting, brokenRule, InputError, runOptionsSchema, workloadGroup } from '../options.ts'
import type { RunOptions } from '../options.ts'
import { mistakesOf } from '../schema-mistakes.ts'
import type { Mistake } from '../schema-mistakes.ts'
import { brokenPhases, phasesSchema } from '../workload/phase-schema.ts'
import type { Phase } from '../workload/phase-schema.ts'
import { chooseInterface, interfaceSchema } from './interface-choice.ts'
import type { ScenarioFile } from './scenario-file.ts'

/** Version of the format. */
export const SCENARIO_FORMAT = 1

const path = z.string().min(1).max(4096)

export const scenarioSchema = z.strictObject({
  hintlab: z.literal(SCENARIO_FORMAT),
  /** Empty: the name of the file. */
  name: z.string().max(100).default(''),
  description: z.string().max(10_000).default(''),
  ...runOptionsSchema.shape,
  interface: interfaceSchema.prefault({}),
  workload: workloadGroup.extend({
    /** Files from the scenario's folder, one replayed after the other; `bundled` is the recording that comes with hintlab. */
    trace: z.union([path, z.array(path).min(1).max(100)], { error: 'the path of a trace, a list of paths, or bundled' }).nullable().default(null),
    /** Instead of a trace. */
    phases: phasesSchema.nullable().default(null),
    /** The rest of the trace or of the phases is cut off; null is all of it. */
    'duration-s': z.number().min(0.001).max(1e6).nullable().default(null),
  }).prefault({}),
})

type Parsed = z.infer<typeof scenarioSchema>

export interface RunScenario {
  readonly name: string
  readonly description: string
  readonly options: RunOptions
  readonly interfaceName: string
  readonly interface: Interface
  /** Paths, relative to where the user stands or absolute; empty when phases make the load. */
  readonly traces: readonly string[]
  readonly phases: readonly Phase[] | null
  /** Seconds, or null for all. */
  readonly durationS: number | null
}

export const BUNDLED = 'bundled'

/** Validates a file with settings over it; throws InputError. */
export function parseScenario(file: ScenarioFile, settings: readonly string[] = []): RunScenario {
  const guestsAt = `${file.name}:${file.lineOf(['guests'])}: guests`
  if ('guests' in file.input) throw new InputError(`${guestsAt}: found several guests; accepted is one, but for hintlab run`)
  const input = structuredClone(file.input)
  const set: { path: string[]; text: string }[] = []
  const lines: string[] = []
  for (const text of settings) {
    try {
      if (text.startsWith('interface.')) openInterface(input)
      applySetting(input, text)
      set.push({ path: text.slice(0, text.indexOf('=')).split('.'), text })
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      lines.push(error.message)
    }
  }
  openInterface(input)
  const parsed = scenarioSchema.safeParse(input)
  const found = parsed.success
    ? [...rulesBroken(parsed.data), ...emptyPhases(input, parsed.data)]
    : mistakesOf(scenarioSchema, parsed.error.issues, input, 'scenario')
  lines.push(...found.map((mistake) => `${whereIs(mistake, file, set)}: ${mistake.name}: ${mistake.text}`))
  if (!parsed.success || lines.length > 0) throw new InputError(lines.join('\n'))
  return toScenario(parsed.data, file.name)
}

/** Twelve hexadecimal digits that name the run apart from its seed: settings, interface, phases, and the text of its traces. */
export function scenarioRunHash(scenario: RunScenario, traceSha256: readonly string[]): string {
  const { options, interface: face, phases, durationS } = scenario
  const { seed: _, ...settings } = options
  return canonicalHash({ scenario: settings, interface: face, phases, durationS, trace: traceSha256 })
}

/** `interface: NAME` is short for its preset. */
function openInterface(input: Record<string, unknown>): void {
  const named = input['interface']
  if (typeof named === 'string') input['interface'] = { preset: named }
}

/** `phases:` with nothing behind it reads as null, and would replay the bundled trace. Who means it (`--set workload.phases=null`) names a trace. */
function emptyPhases(input: Record<string, unknown>, { workload }: Parsed): Mistake[] {
  const given = input['workload'] as Record<string, unknown> | undefined
  if (given?.['phases'] !== null || workload.trace !== null) return []
  const path = ['workload', 'phases']
  return [{ path, name: path.join('.'), text: 'found nothing; accepted is a list of phases, or workload.trace in its place' }]
}

/** Rules between settings. */
function rulesBroken(parsed: Parsed): Mistake[] {
  const mistakes: Mistake[] = []
  const add = (at: readonly string[], text: string): unknown => mistakes.push({ path: at, name: at.join('.'), text })
  const choice = chooseInterface(parsed.interface)
  if ('mistake' in choice) add(['interface'], choice.mistake)
  const { trace, phases } = parsed.workload
  if (trace !== null && phases !== null) add(['workload', 'phases'], 'found phases beside a trace; accepted is one of the two')
  for (const { path: at, text } of brokenPhases(phases ?? [])) add(['workload', 'phases', ...at], text)
  const rule = brokenRule(optionsOf(parsed))
  if (rule !== null) add(rule.slice(0, rule.indexOf(':')).split('.'), rule.slice(rule.indexOf(':') + 2))
  return mistakes
}

function whereIs(mistake: Mistake, file: ScenarioFile, set: readonly { path: readonly string[]; text: string }[]): string {
  const at = mistake.path.map(String)
  const setting = set.findLast(({ path }) => path.every((key, i) => i >= at.length || at[i] === key))
  if (setting !== undefined) return `--set ${setting.text}`
  const line = file.lineOf(mistake.path)
  return line === 0 ? file.name : `${file.name}:${line}`
}

function optionsOf({ hintlab: _h, name: _n, description: _d, interface: _i, workload, ...options }: Parsed): RunOptions {
  const { trace: _t, phases: _p, 'duration-s': _s, ...common } = workload
  return { ...options, workload: common }
}

function toScenario(parsed: Parsed, fileName: string): RunScenario {
  const choice = chooseInterface(parsed.interface)
  if ('mistake' in choice) throw new InputError(`interface: ${choice.mistake}`)
  const { trace, phases, 'duration-s': durationS } = parsed.workload
  return {
    name: parsed.name === '' ? basename(fileName).replace(/\.ya?ml$/, '') : parsed.name,
    description: parsed.description,
    options: optionsOf(parsed),
    interfaceName: choice.name,
    interface: choice.interface,
    traces: phases === null ? [trace ?? BUNDLED].flat() : [],
    phases: phases === null ? null : cutPhases(phases, durationS),
    durationS,
  }
}

/** Phases up to `durationS`. */
function cutPhases(phases: readonly Phase[], durationS: number | null): Phase[] {
  let left = durationS ?? Number.POSITIVE_INFINITY
  const cut: Phase[] = []
  for (const phase of phases) {
    if (left <= 0) break
    cut.push({ ...phase, seconds: Math.min(phase.seconds, left) })
    left -= phase.seconds
  }
  return cut
}
