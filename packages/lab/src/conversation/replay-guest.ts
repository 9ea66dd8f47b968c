/**
 * The guest of a recorded run alone: its kernel, hint policy and driver, built again from the header, against the host of the recording
 * (recorded-host.ts). What it does is compared, event by event, with what the recorded guest did: contents, words of the ring, vCPU and time.
 *
 *     header.scenario --> guest + workload --chain, kick, hypercall--> the same as recorded?
 *                                  ^
 *     recorded stays in the host, answers, interrupts
 *
 *   G1  The host's package is built and never runs: no request is served, no page is backed, no cost of the host is charged by it.
 *   G2  A guest that is the recorded one does everything at the recorded nanosecond. The first thing that differs ends the replay.
 *
 * vCPUs that share host CPUs cannot be replayed: who runs there is the host's doing, and is not in the recording.
 */
import { Columns } from '@hintlab/kit'
import { HINT_COUNTERS, KERNEL_COUNTERS, ZoneField } from '@hintlab/guest'
import type { TapEvent } from '@hintlab/protocol'
import { PORT_COUNTERS } from '@hintlab/transport'
import { buildMachine } from '../machine.ts'
import type { Interface, Machine, MachineOptions } from '../machine.ts'
import { costsOf, InputError, settleNs } from '../options.ts'
import { planReplay } from '../replay-plan.ts'
import { Replay } from '../replay.ts'
import type { Conversation } from '../recording/read-conversation.ts'
import { runToEnd } from '../run.ts'
import type { TraceEvents } from '../trace/events.ts'
import { PhaseWorkload } from '../workload/phase-workload.ts'
import type { Workload } from '../workload/workload.ts'
import { Diverged, divergenceOf } from './divergence.ts'
import type { ReplayDivergence, ReplayResult } from './divergence.ts'
import { kindOf } from './event-text.ts'
import { GuestEvents } from './guest-events.ts'
import { GuestOnlyMeasure } from './guest-only-measure.ts'
import { assertSameQueues } from './recorded-queues.ts'
import { refuseSharedCpus } from './recorded-run.ts'
import type { RecordedRun } from './recorded-run.ts'
import { isGuestWrite, RecordedHost } from './recorded-host.ts'

export interface ReplayOptions {
  readonly conversation: Conversation
  /** What was run (recordedRunOf), or that with something changed, to see from where on it matters. */
  readonly run: RecordedRun
  /** Of a run that replayed a trace. */
  readonly trace?: TraceEvents | null
  /** Instead of the recorded interface: one that is not made of data. */
  readonly interface?: Interface
  readonly safeguards?: NonNullable<MachineOptions['safeguards']>
  /** Told now and then how many of the recorded events have been done. */
  readonly progress?: (done: number, all: number) => void
}

/** Runs the guest alone until the first difference or the end of its run. Throws InputError for a recording that cannot be replayed. */
export function replayGuest({ conversation: { events }, run, ...given }: ReplayOptions): ReplayResult {
  const { trace = null, interface: face = run.interface, safeguards = {}, progress } = given
  const { options } = run
  refuseSharedCpus(run)
  const engine = new GuestOnlyMeasure(new Columns(), costsOf(options), options.seed)
  // What the host would hold is not known here, so there is nothing for a ghost to check.
  const machine = buildMachine(engine, { run: { ...options, ghost: false }, interface: face, safeguards }, () => '')
  const host = new RecordedHost(engine, machine, events)
  const did = new GuestEvents(engine, machine, events)
  const stays = events.filter((event) => kindOf(event) === 'exit' || isGuestWrite(event)).length
  const workload = workloadOf(machine, run, trace)
  engine.addHost(machine.hostCpus[machine.hostCpus.length - 1], host)
  const divergence = firstDivergence(engine, machine, [host, did], () => {
    assertSameQueues(machine, events)
    runToEnd(engine, workload, settleNs(options), (until) => {
      engine.run(until)
      const missed = firstMissed([host, did])
      if (missed !== null) throw notDone(missed)
      progress?.(did.alike + host.done, did.count + stays)
    })
    did.end()
  })
  return { side: 'guest', events: did.count + stays, alike: did.alike + host.done, divergence }
}

interface Awaiting {
  missed(): TapEvent | null
}

/** The earliest in the recording of what should have been by now. */
function firstMissed(sides: readonly Awaiting[]): TapEvent | null {
  let first: TapEvent | null = null
  for (const side of sides) {
    const missed = side.missed()
    if (missed !== null && (first === null || (missed.sequence ?? 0) < (first.sequence ?? 0))) first = missed
  }
  return first
}

const notDone = (missed: TapEvent): Diverged => new Diverged('the recorded guest did something that this one did not', missed, null)

/** Runs until the end or the first difference. What was left out before it comes before it. */
function firstDivergence(engine: GuestOnlyMeasure, machine: Machine, sides: readonly Awaiting[], run: () => void): ReplayDivergence | null {
  try {
    run()
    return null
  } catch (error) {
    if (!(error instanceof Diverged)) throw error
    const missed = firstMissed(sides)
    const earlier = missed !== null && (missed.sequence ?? 0) < (error.recorded?.sequence ?? Infinity)
    return divergenceOf(earlier ? notDone(missed) : error, engine.now, { ...guestState(machine), 'recorded host': engine.host?.state ?? {} })
  }
}

/** The workload of a recorded run on a machine. */
export function workloadOf(machine: Machine, { load, options }: RecordedRun, trace: TraceEvents | null): Workload {
  if (load.kind === 'phases') return new PhaseWorkload(machine, load.phases)
  if (trace === null) throw new InputError('found a recording of a run that replayed a trace; accepted is the trace beside it')
  return new Replay(machine, planReplay(trace, options.guest.vcpus), { idleGapNs: options.workload['idle-gap-ms'] * 1e6 })
}

function guestState({ kernel, policy, queues }: Machine): ReplayDivergence['state'] {
  const state: Record<string, Record<string, number | string>> = {
    kernel: Object.fromEntries(KERNEL_COUNTERS.map((name) => [name, kernel.counter(name)])),
    zones: Object.fromEntries(kernel.mm.zones.map((zone) => [zone.name, `${zone.fields[ZoneField.FREE]} pages free`])),
  }
  if (policy !== null) {
    state['policy'] = { pagesAway: policy.pagesAway, ...Object.fromEntries(HINT_COUNTERS.map((name) => [name, policy.records.counter(name)])) }
  }
  for (const { number, transport: { port } } of queues) {
    const counts = Object.fromEntries(PORT_COUNTERS.map((name) => [name, port.counter(name)]))
    state[queues.length === 1 ? 'port' : `port ${number}`] = { inFlight: port.inFlight, ...counts }
  }
  return state
}
