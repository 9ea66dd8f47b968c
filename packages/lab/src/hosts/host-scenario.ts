/**
 * A scenario with `guests:`: several guests on one host, each a scenario of its own. What the file says outside of `guests` holds for all of them; what a guest
 * says lies over it, group by group; the host is one for all.
 *
 *     host: { memory: 512 MiB, swap: 1 GiB }        guests: [ { interface: page-reporting, count: 3 }, { guest: { memory: 1 GiB } } ]
 *     guest: { memory: 256 MiB }                          |
 *     workload: { phases: [...] }     --laid under-->     scenario of guest 0, 1, 2, 3 --> runHost
 */
import { z } from 'zod'
import { applySetting, InputError } from '../options.ts'
import type { RunOptions } from '../options.ts'
import type { RunResult } from '../result.ts'
import { parseScenario } from '../scenario/scenario.ts'
import type { RunScenario } from '../scenario/scenario.ts'
import type { ScenarioFile } from '../scenario/scenario-file.ts'
import { PhaseWorkload } from '../workload/phase-workload.ts'
import type { Phase } from '../workload/phase-schema.ts'
import { runHost } from './run-host.ts'
import type { HostRunResult } from './run-host.ts'

const GUESTS_MAX = 64
/** What a guest cannot have for itself. */
const SHARED = ['hintlab', 'description', 'seed', 'start', 'host', 'cost', 'ghost', 'guests']

const entrySchema = z.looseObject({ name: z.string().min(1).max(100).optional(), count: z.int().min(1).max(GUESTS_MAX).optional() })

/** A guest's part, with a number where the name is shared; phases make its load. */
export interface HostGuest {
  readonly name: string
  readonly scenario: RunScenario & { readonly phases: readonly Phase[] }
}

export interface HostScenario {
  readonly name: string
  readonly description: string
  readonly guests: readonly HostGuest[]
}

/** Plain data: what `hintlab run --json` prints of it. */
export interface HostScenarioResult extends Omit<HostRunResult<PhaseWorkload>, 'guests'> {
  readonly name: string
  readonly seed: number
  readonly guests: readonly {
    readonly name: string
    readonly interfaceName: string
    /** Pages of 4 KiB. */
    readonly swappedOut: number
    readonly swappedIn: number
    readonly residentEnd: number
    readonly run: RunResult
  }[]
}

export const hasGuests = ({ input }: ScenarioFile): boolean => 'guests' in input

/** Validates a file with `guests`, and settings over it; throws InputError. */
export function parseHostScenario(file: ScenarioFile, settings: readonly string[] = []): HostScenario {
  const input = structuredClone(file.input)
  for (const setting of settings) applySetting(input, setting)
  const { guests: entries, ...common } = input
  if (!Array.isArray(entries) || entries.length === 0) throw mistake(file, [], `found ${textOf(entries)}; accepted is a list of guests`)
  const guests = entries.flatMap((entry: unknown, index) => guestsOf(file, common, entry, index))
  if (guests.length > GUESTS_MAX) throw mistake(file, [], `found ${guests.length} guests; accepted are up to ${GUESTS_MAX}`)
  const { name, description, options } = guests[0].scenario
  if (options.host.memory === null) throw mistake(file, [], 'found no host.memory; accepted is a size: guests share a host that can be short of memory')
  const broken = brokenTogether(guests, options.host)
  if (broken !== null) throw mistake(file, [], broken)
  return { name: typeof common['name'] === 'string' ? common['name'] : name, description, guests: numbered(guests) }
}

/** Pools of huge pages and pinned memory are there for all of each guest: together they fit, or the last guest would not start. */
function brokenTogether(guests: readonly HostGuest[], { memory, backing, 'assigned-device': device }: RunOptions['host']): string | null {
  const all = guests.reduce((sum, { scenario }) => sum + scenario.options.guest.memory, 0)
  if ((device === 'none' && !backing.startsWith('hugetlb')) || all <= memory!) return null
  const why = device === 'none' ? `host.backing=${backing} has pools` : `host.assigned-device=${device} pins`
  return `found ${all} bytes of guest memory together; accepted are up to host.memory (${memory}), which ${why}`
}

/** Runs to the end of the last guest's phases. */
export function runHostScenario({ name, guests }: HostScenario): HostScenarioResult {
  const { options } = guests[0].scenario
  const result = runHost({
    host: options.host,
    guests: guests.map(({ name: guest, scenario }) => ({ name: guest, run: scenario.options, interface: scenario.interface })),
    load: (machine, index) => new PhaseWorkload(machine, guests[index].scenario.phases),
  })
  return {
    ...result,
    name,
    seed: options.seed,
    guests: result.guests.map(({ result: run, swappedOut, swappedIn, residentEnd }, i) => {
      return { name: guests[i].name, interfaceName: guests[i].scenario.interfaceName, swappedOut, swappedIn, residentEnd, run }
    }),
  }
}

function guestsOf(file: ScenarioFile, common: Record<string, unknown>, entry: unknown, index: number): HostGuest[] {
  const parsed = entrySchema.safeParse(entry)
  if (!parsed.success) {
    const [{ path }] = parsed.error.issues
    const found = path.length === 0 ? textOf(entry) : `${path.join('.')} ${textOf((entry as Record<string, unknown>)[String(path[0])])}`
    throw mistake(file, [index], `found ${found}; accepted is a group with name, count (1 to ${GUESTS_MAX}) and settings of a scenario`)
  }
  const { name, count = 1, ...own } = parsed.data
  const shared = SHARED.find((key) => key in own)
  if (shared !== undefined) throw mistake(file, [index, shared], 'found a setting that all guests share; accepted is that it stands outside of guests')
  const input: Record<string, unknown> = { start: 'fresh', ...common }
  for (const [key, value] of Object.entries(own)) input[key] = isGroup(value) && isGroup(input[key]) ? { ...input[key], ...value } : value
  const lineOf = (path: readonly PropertyKey[]): number => file.lineOf(path[0] !== undefined && path[0] in own ? ['guests', index, ...path] : path)
  const scenario = parseScenario({ name: file.name, input, lineOf })
  const { phases, options } = scenario
  if (phases === null) throw mistake(file, [index], 'found no workload.phases; accepted are phases, of this guest or outside of guests')
  if (options.start !== 'fresh') throw mistake(file, [], `found start: ${options.start}; accepted is fresh: an aged guest has touched all of its memory`)
  return Array.from({ length: count }, () => ({ name: name ?? scenario.interfaceName, scenario: { ...scenario, phases } }))
}

/** Guests of one name are told apart by a number. */
function numbered(guests: readonly HostGuest[]): HostGuest[] {
  const seen = new Map<string, number>()
  return guests.map(({ name, scenario }) => {
    const number = (seen.get(name) ?? 0) + 1
    seen.set(name, number)
    return { name: guests.filter((guest) => guest.name === name).length === 1 ? name : `${name} ${number}`, scenario }
  })
}

const isGroup = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string => (value === null || value === undefined ? 'nothing' : isGroup(value) ? 'a group' : JSON.stringify(value))

function mistake(file: ScenarioFile, path: readonly (string | number)[], text: string): InputError {
  const at = ['guests', ...path]
  const line = file.lineOf(at)
  return new InputError(`${line === 0 ? file.name : `${file.name}:${line}`}: ${at.join('.')}: ${text}`)
}
