/**
 * The random scheduler, the seed of the explorer: runs one scenario under many schedules, each drawn from its own seed, and stops at the first that breaks a
 * rule. A schedule is named by its number and the seed, and runs again from them.
 *
 *   a violation    the ghost saw lost data, a discarded page that is owned, an impossible move
 *   a hang         nothing can run and a workload has not finished (or the step limit was reached)
 *   a lost request   nothing can run and a request was never answered (safeguard F6)
 *   an undeclared change   with `audit`: a step changed a shared object that is not in its footprint
 */
import { assert, hashString, Prng } from '@hintlab/kit'
import { TaskState } from '@hintlab/sim'
import type { Violation } from '../ghost.ts'
import { checkMachine } from '../machine.ts'
import type { FourPages } from './four-pages.ts'

const STEPS_MAX = 5000
const ALL_RULES: readonly Violation['rule'][] = ['V1', 'V2', 'V3', 'V4']

export interface RandomSchedulesOptions {
  readonly schedules: number
  readonly seed: number
  /** Compare all columns before and after each step with its footprint: slow. */
  readonly audit?: boolean
  /** Rules of the ghost that end a run; default all. Without V2 a run goes on until the guest reads what it did not write. */
  readonly rules?: readonly Violation['rule'][]
  readonly onProgress?: (done: number) => void
}

export interface Finding {
  readonly schedule: number
  readonly kind: 'violation' | 'hang' | 'lost request' | 'undeclared change'
  readonly texts: readonly string[]
  /** The steps up to the finding, one line each. */
  readonly trail: readonly string[]
}

export interface RandomSchedulesResult {
  readonly schedules: number
  readonly steps: number
  readonly stepsMax: number
  /** Hash over the number of steps of every schedule: equal for equal (code, scenario, seed). */
  readonly hash: string
  readonly finding: Finding | null
}

/** Thrown inside a run to end it at the step that broke a rule. */
class Stop extends Error {}

export function randomSchedules(scenario: FourPages, options: RandomSchedulesOptions): RandomSchedulesResult {
  const { engine, machine } = scenario
  const random = new Prng(0)
  let steps = 0
  let stepsMax = 0
  let hash = 0x811c9dc5
  for (let schedule = 0; schedule < options.schedules; schedule++) {
    random.seed(hashString(`${options.seed}/${schedule}`))
    engine.reset()
    machine.ghost.reset()
    const finding = runOne(scenario, random, schedule, options)
    steps += engine.steps
    stepsMax = Math.max(stepsMax, engine.steps)
    hash = Math.imul(hash ^ engine.steps, 0x01000193)
    if (finding !== null) return { schedules: schedule + 1, steps, stepsMax, hash: hex(hash), finding }
    if ((schedule & 0xfff) === 0) options.onProgress?.(schedule)
  }
  return { schedules: options.schedules, steps, stepsMax, hash: hex(hash), finding: null }
}

const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0')

function runOne(scenario: FourPages, random: Prng, schedule: number, options: RandomSchedulesOptions): Finding | null {
  const { engine, machine } = scenario
  const { audit = false, rules = ALL_RULES } = options
  const { cols } = engine
  const found = (kind: Finding['kind'], texts: readonly string[]): Finding => ({ schedule, kind, texts, trail: engine.describeTrail() })
  cols.footprint.recording = audit
  if (audit) cols.remember()
  let undeclared: string[] = []
  const afterStep = (): void => {
    if (machine.ghost.violations.some(({ rule }) => rules.includes(rule))) throw new Stop()
    if (!audit) return
    undeclared = cols.changedOutside()
    if (undeclared.length > 0) throw new Stop()
    cols.remember()
  }
  try {
    const idle = engine.run((count) => random.below(count), STEPS_MAX, afterStep)
    if (!idle || !finished(scenario)) return found('hang', [idle ? 'no task can run, and a workload has not finished' : `no end after ${STEPS_MAX} steps`])
    if (machine.transport !== null && machine.transport.port.inFlight > 0) return found('lost request', ['a request is in flight, and nobody will answer it'])
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    if (undeclared.length > 0) return found('undeclared change', undeclared)
    return found('violation', machine.ghost.violations.map(describeViolation))
  } finally {
    cols.footprint.recording = false
  }
  if (schedule % 64 === 0) checkMachine(machine)
  return null
}

function finished({ engine }: FourPages): boolean {
  const workloads = engine.tasks.filter((task) => task.name.startsWith('workload'))
  assert(workloads.length > 0, 'the scenario has workloads')
  return workloads.every((task) => task.state === TaskState.DONE)
}

const describeViolation = ({ rule, at, text }: Violation): string => `${rule} at ${at}: ${text}`
