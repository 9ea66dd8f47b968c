/**
 * The host of a recorded run alone: VM, device, its threads and the device's end of the transport, built again from the header, with the recorded guest in
 * the place of its own (recorded-guest.ts). What it does is compared, event by event, with what the recorded host did.
 *
 *     recorded chains, hypercalls, exits, writes --> host --discard, answer, interrupt, return, wish--> the same as recorded?
 *
 *   H1  The guest's package is built and never runs: no allocator, no policy, no workload, no interrupt handler.
 *   H2  A host that is the recorded one does everything at the recorded nanosecond. The first thing that differs ends the replay.
 *
 * Not replayed: vCPUs that share host CPUs, because who runs is not in the recording; hosts that take pages by their age, because what a guest touches is not.
 */
import { Columns, SECOND } from '@hintlab/kit'
import { DEVICE_COUNTERS, VM_COUNTERS } from '@hintlab/host'
import type { TapEvent } from '@hintlab/protocol'
import { buildMachine } from '../machine.ts'
import type { Machine } from '../machine.ts'
import { costsOf, InputError } from '../options.ts'
import { Diverged, divergenceOf } from './divergence.ts'
import type { ReplayDivergence, ReplayResult } from './divergence.ts'
import { HostEvents } from './host-events.ts'
import { HostOnlyMeasure } from './host-only-measure.ts'
import { listenToHost } from './record-machine.ts'
import { RecordedGuest } from './recorded-guest.ts'
import { assertSameQueues } from './recorded-queues.ts'
import { refuseSharedCpus } from './recorded-run.ts'
import type { RecordedRun } from './recorded-run.ts'
import type { ReplayOptions } from './replay-guest.ts'

/** Runs the host alone until the first difference or the end of the recording. Throws InputError for a recording that cannot be replayed. */
export function replayHost({ conversation: { events }, run, interface: face = run.interface, safeguards = {}, progress }: ReplayOptions): ReplayResult {
  const { options } = run
  refuseSharedCpus(run)
  refuseAgeing(run)
  const engine = new HostOnlyMeasure(new Columns(), costsOf(options), options.seed)
  const machine = buildMachine(engine, { run: options, interface: face, safeguards }, () => '')
  const did = new HostEvents(events)
  const guest = new RecordedGuest(engine, machine, events)
  listenToHost(engine, machine, (event) => guest.answered(did.event(event)))
  let divergence: ReplayDivergence | null = null
  try {
    assertSameQueues(machine, events)
    play(engine, guest, did, events, progress)
  } catch (error) {
    if (!(error instanceof Diverged)) throw error
    divergence = divergenceOf(error, engine.now, { ...hostState(machine), 'recorded guest': guest.state })
  }
  return { side: 'host', events: did.count, alike: did.alike, divergence }
}

/** Which pages a host takes by their age depends on which the guest touched, and a touch that needs no host is no event. */
function refuseAgeing({ options: { host } }: RecordedRun): void {
  if (host.swap === 0 && host.discard !== 'free') return
  const found = host.swap === 0 ? 'host.discard: found free, by which reclaim takes pages' : 'host.swap: found a host that takes pages by their age'
  throw new InputError(`${found}, and what a guest touches is not in the recording; accepted for a replay of the host is a run without, or --guest`)
}

/** Runs to the end of the recording, and looks every now and then whether the host has left something out. */
function play(engine: HostOnlyMeasure, guest: RecordedGuest, did: HostEvents, events: readonly TapEvent[], progress: ReplayOptions['progress']): void {
  const endNs = events.reduce((end, { timeNs }) => Math.max(end, timeNs ?? 0), 0)
  guest.begin()
  while (engine.now < endNs) {
    engine.run(Math.min(endNs, engine.now + SECOND))
    did.assertDone(engine.now)
    progress?.(did.alike + guest.fed, did.count + guest.all)
  }
  did.assertDone(endNs + 1)
}

function hostState({ vm, queues, device, balloonDevice }: Machine): ReplayDivergence['state'] {
  const state: Record<string, Record<string, number | string>> = {
    vm: { residentPages: vm.residentPages, hugePages: vm.mm.huge, ...Object.fromEntries(VM_COUNTERS.map((name) => [name, vm.counter(name)])) },
  }
  for (const [name, of] of [['device', device], ['balloon device', balloonDevice]] as const) {
    if (of !== null) state[name] = Object.fromEntries(DEVICE_COUNTERS.map((counter) => [counter, of.counter(counter)]))
  }
  for (const { number, transport: { source } } of queues) {
    const { unreadable, unanswerable, interrupts, stale } = source
    state[queues.length === 1 ? 'device port' : `device port ${number}`] = { unreadable, unanswerable, interrupts, stale }
  }
  return state
}
