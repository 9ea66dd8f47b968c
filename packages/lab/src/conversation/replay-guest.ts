/**
 * The guest of a recorded run alone: its kernel, hint policy and driver, built again from the header, against the host of the recording
 * (recorded-host.ts). What it does is compared, event by event, with what the recorded guest did: contents, vCPU and time.
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
import type { Tap, TapEvent } from '@hintlab/protocol'
import { PORT_COUNTERS, QueueTap } from '@hintlab/transport'
import { buildMachine } from '../machine.ts'
import type { Interface, Machine, MachineOptions } from '../machine.ts'
import { costsOf, InputError, settleNs } from '../options.ts'
import { policyName, policyPart } from '../presets/policy-parts.ts'
import { planReplay } from '../replay-plan.ts'
import { Replay } from '../replay.ts'
import type { Conversation } from '../recording/read-conversation.ts'
import { runToEnd } from '../run.ts'
import type { TraceEvents } from '../trace/events.ts'
import { PhaseWorkload } from '../workload/phase-workload.ts'
import type { Workload } from '../workload/workload.ts'
import { Diverged, divergenceOf } from './divergence.ts'
import type { ReplayDivergence, ReplayResult } from './divergence.ts'
import { contentsText, eventText, kindOf } from './event-text.ts'
import { HINT_QUEUE } from './record-machine.ts'
import type { RecordedRun } from './recorded-run.ts'
import { GuestOnlyMeasure, RecordedHost } from './recorded-host.ts'

/** What the guest does by itself, besides leaving for the host. */
const GUEST_DID = new Set(['chain', 'kick', 'hypercall'])

export interface ReplayOptions {
  readonly conversation: Conversation
  /** What was run (recordedRunOf), or that with something changed, to see from where on it matters. */
  readonly run: RecordedRun
  /** Of a run that replayed a trace. */
  readonly trace?: TraceEvents | null
  /** Instead of the recorded interface: one that is not made of data. */
  readonly interface?: Interface
  readonly safeguards?: NonNullable<MachineOptions['safeguards']>
}

export function replayGuest({ conversation: { events }, run, trace = null, interface: face = run.interface, safeguards = {} }: ReplayOptions): ReplayResult {
  const { options } = run
  refuseEntangled(face, 'host')
  if (options.host.cpus !== null) throw new InputError('host.cpus: found vCPUs that share host CPUs; accepted for a replay of the guest is a run without')
  const engine = new GuestOnlyMeasure(new Columns(), costsOf(options), options.seed)
  // What the host would hold is not known here, so there is nothing for a ghost to check.
  const machine = buildMachine(engine, { run: { ...options, ghost: false }, interface: face, safeguards }, () => '')
  const host = new RecordedHost(engine, machine, events)
  const did = new GuestEvents(events, engine)
  listen(machine, did)
  const workload = workloadOf(machine, run, trace)
  engine.addHost(machine.hostCpus[machine.hostCpus.length - 1], host)
  const divergence = firstDivergence(engine, machine, () => {
    runToEnd(engine, workload, settleNs(options), (until) => {
      engine.run(until)
      const missed = host.missed()
      if (missed !== null) throw new Diverged('the recorded guest left for the host, and this one did not', missed, null)
    })
    did.end()
  })
  const recorded = events.filter((event) => GUEST_DID.has(kindOf(event) ?? '') || kindOf(event) === 'exit').length
  return { side: 'guest', events: recorded, alike: did.alike + Math.max(0, host.staysDone - (divergence === null ? 0 : 1)), divergence }
}

/** A recording stands in for `missing`, and cannot do so for every interface. */
export function refuseEntangled(face: Interface, missing: 'guest' | 'host'): void {
  if (face === null || policyPart(face.policy).entangled?.includes(missing) !== true) return
  const found = `${policyName(face)}, which depends on more of its ${missing} than a recording has`
  throw new InputError(`found ${found}; accepted is another interface, or the other side`)
}

/** Runs until the end or the first difference. */
function firstDivergence(engine: GuestOnlyMeasure, machine: Machine, run: () => void): ReplayDivergence | null {
  try {
    run()
    return null
  } catch (error) {
    if (!(error instanceof Diverged)) throw error
    return divergenceOf(error, engine.now, { ...guestState(machine), 'recorded host': engine.host?.state ?? {} })
  }
}

/** The workload of a recorded run on a machine. */
export function workloadOf(machine: Machine, { load, options }: RecordedRun, trace: TraceEvents | null): Workload {
  if (load.kind === 'phases') return new PhaseWorkload(machine, load.phases)
  if (trace === null) throw new InputError('found a recording of a run that replayed a trace; accepted is the trace beside it')
  return new Replay(machine, planReplay(trace, options.guest.vcpus), { idleGapNs: options.workload['idle-gap-ms'] * 1e6 })
}

function listen({ transport, memory }: Machine, tap: Tap): void {
  if (transport === null) return
  const { place, guestWire } = transport
  guestWire.tap = new QueueTap(tap, memory, place === null ? { queue: HINT_QUEUE, calls: true } : { queue: HINT_QUEUE, place })
}

/** Compares what the guest does with what it did. */
class GuestEvents implements Tap {
  alike = 0
  private readonly recorded: readonly TapEvent[]
  private readonly engine: GuestOnlyMeasure

  constructor(events: readonly TapEvent[], engine: GuestOnlyMeasure) {
    this.recorded = events.filter((event) => GUEST_DID.has(kindOf(event) ?? ''))
    this.engine = engine
  }

  event(event: TapEvent): void {
    if (!GUEST_DID.has(kindOf(event) ?? '')) return
    const recorded = this.recorded[this.alike] ?? null
    const mine: TapEvent = { ...event, timeNs: this.engine.now, cpu: recorded?.cpu ?? 0, sequence: recorded?.sequence ?? 0 }
    if (recorded === null) throw new Diverged('the guest goes on where the recorded one had no more to say', null, eventText(mine))
    const sameTime = (recorded.timeNs ?? 0) === this.engine.now
    if (!sameTime || contentsText(recorded) !== contentsText(event)) {
      throw new Diverged(sameTime ? 'the guest does something else' : 'the guest does it at another time, or something else', recorded, eventText(mine))
    }
    this.alike++
  }

  end(): void {
    const left = this.recorded[this.alike]
    if (left !== undefined) throw new Diverged('the guest has ended, and the recorded one went on', left, null)
  }
}

function guestState({ kernel, policy, transport }: Machine): ReplayDivergence['state'] {
  const state: Record<string, Record<string, number | string>> = {
    kernel: Object.fromEntries(KERNEL_COUNTERS.map((name) => [name, kernel.counter(name)])),
    zones: Object.fromEntries(kernel.mm.zones.map((zone) => [zone.name, `${zone.fields[ZoneField.FREE]} pages free`])),
  }
  if (policy !== null) {
    state['policy'] = { pagesAway: policy.pagesAway, ...Object.fromEntries(HINT_COUNTERS.map((name) => [name, policy.records.counter(name)])) }
  }
  if (transport !== null) {
    const { port } = transport
    state['port'] = { inFlight: port.inFlight, ...Object.fromEntries(PORT_COUNTERS.map((name) => [name, port.counter(name)])) }
  }
  return state
}
