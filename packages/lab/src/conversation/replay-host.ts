/**
 * The host of a recorded run alone: VM, device and the device's end of the transport, built again from the header, fed with what the recorded guest did. Each
 * request goes through the ring or the call as it did, one after the other, and the host runs until it is idle:
 *
 *     recorded chain, hypercall --> request --> device --> discards, answer: the same as recorded?
 *     recorded EPT violation   --> fault    --> the same result?
 *
 *   H1  The guest's package is built and never runs: no allocator, no policy, no workload.
 *   H2  What is compared is what the host did, not when: how long it took depends on what the vCPUs were doing meanwhile, and they do nothing here.
 */
import { Columns, PAGE_SIZE } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { DEVICE_COUNTERS, VM_COUNTERS } from '@hintlab/host'
import { BATCH_ENTRIES_MAX, decodeBatch, ExitReason, FULL, makeBatch } from '@hintlab/protocol'
import type { HintClient, Tap, TapEvent } from '@hintlab/protocol'
import { Kind, Measure, point, TaskKind, WaitQueue } from '@hintlab/sim'
import type { Cpu, Point, Task, TaskBody, TaskOptions } from '@hintlab/sim'
import { QueueTap } from '@hintlab/transport'
import type { Transport } from '@hintlab/transport'
import { MemoryKind } from '../lint/seen.ts'
import { buildMachine } from '../machine.ts'
import type { Machine } from '../machine.ts'
import { costsOf } from '../options.ts'
import { Diverged, divergenceOf } from './divergence.ts'
import type { ReplayDivergence, ReplayResult } from './divergence.ts'
import { contentsText, eventText, kindOf } from './event-text.ts'
import { HINT_QUEUE } from './record-machine.ts'
import { refuseEntangled } from './replay-guest.ts'
import type { ReplayOptions } from './replay-guest.ts'

const AT_TOUCH = point(Kind.TRAP, 'recorded guest: touch a page')
const AT_ANSWER = point(Kind.WAIT, 'recorded guest: wait for the answer')

/** What the host did with requests. */
const HOST_DID = new Set(['memory', 'used', 'hypercallReturn'])
/** What the guest did to the host. */
const GUEST_DID = new Set(['chain', 'hypercall', 'exit'])
/** Virtual time for one request or fault, ns. More than the largest takes. */
const STEP_NS = 1e10

/** Builds machines without a guest: no thread of a vCPU runs. Interrupt handlers and exit tasks stay. */
class HostOnlyMeasure extends Measure {
  override addTask(name: string, cpu: Cpu, body: TaskBody, options: TaskOptions = {}): Task {
    const guests = cpu.halts && (options.kind ?? TaskKind.THREAD) === TaskKind.THREAD
    return super.addTask(name, cpu, guests ? ends : body, options)
  }

  addGuest(cpu: Cpu, body: TaskBody): void {
    super.addTask('recorded guest', cpu, body)
  }
}

function* ends(): Generator<Point, void, void> {}

export function replayHost({ conversation: { events }, run, interface: face = run.interface, safeguards = {} }: ReplayOptions): ReplayResult {
  const { options } = run
  refuseEntangled(face, 'guest')
  const engine = new HostOnlyMeasure(new Columns(), costsOf(options), options.seed)
  const machine = buildMachine(engine, { run: options, interface: face, safeguards }, () => '')
  machine.kernel.policy = null
  const did = new HostEvents(events.filter(isHosts))
  listen(machine, did)
  const guest = new RecordedGuest(engine, machine, events.filter((event) => GUEST_DID.has(kindOf(event) ?? '')))
  engine.addGuest(machine.vcpus[0], (task) => guest.body(task))
  let divergence: ReplayDivergence | null = null
  try {
    while (!guest.finished) {
      const before = guest.step
      engine.run(engine.now + STEP_NS)
      if (guest.step === before && !guest.finished) throw new Diverged('the host does not answer', did.next, null)
    }
    did.end()
  } catch (error) {
    if (!(error instanceof Diverged)) throw error
    divergence = divergenceOf(error, engine.now, { ...hostState(machine), 'recorded guest': { eventsDone: guest.step, requests: guest.requests } })
  }
  return { side: 'host', events: did.count, alike: did.alike, divergence }
}

/** Discards of the guest's requests, and answers. */
const isHosts = (event: TapEvent): boolean => {
  const kind = kindOf(event)
  return HOST_DID.has(kind ?? '') && (kind !== 'memory' || event.memory?.kind === MemoryKind.DISCARD)
}

function listen({ transport, memory, ghost }: Machine, did: HostEvents): void {
  ghost.discarding = (gfn: number, count: number): void => {
    did.event({ memory: { kind: MemoryKind.DISCARD, gpa: gfn * PAGE_SIZE, length: count * PAGE_SIZE } })
  }
  if (transport !== null) transport.hostWire.tap = new QueueTap(did, memory, { queue: HINT_QUEUE, calls: transport.place === null })
}

/** Compares what the host does with what it did. */
class HostEvents implements Tap {
  alike = 0
  private readonly recorded: readonly TapEvent[]

  constructor(recorded: readonly TapEvent[]) {
    this.recorded = recorded
  }

  get count(): number {
    return this.recorded.length
  }

  get next(): TapEvent | null {
    return this.recorded[this.alike] ?? null
  }

  event(event: TapEvent): void {
    if (!HOST_DID.has(kindOf(event) ?? '')) return
    const recorded = this.next
    if (recorded === null) throw new Diverged('the host goes on where the recorded one had no more to do', null, eventText(event))
    if (nameless(recorded) !== nameless(event)) throw new Diverged('the host does something else', recorded, eventText(event))
    this.alike++
  }

  end(): void {
    if (this.next !== null) throw new Diverged('the requests have ended, and the recorded host went on', this.next, null)
  }
}

/** What an event says, without the names of slots: with one request at a time they are others. */
const nameless = (event: TapEvent): string => contentsText(event).replace(/ head \d+| argument 0x[0-9a-f]+/, '')

/** The guest of a recording: its requests and faults in their order. */
class RecordedGuest implements HintClient<Task> {
  /** Events that are done. */
  step = 0
  requests = 0
  finished = false
  private readonly machine: Machine
  private readonly events: readonly TapEvent[]
  private readonly batch = makeBatch(BATCH_ENTRIES_MAX)
  private readonly completed: WaitQueue
  private readonly done = new Set<number>()

  constructor(engine: Measure, machine: Machine, events: readonly TapEvent[]) {
    this.machine = machine
    this.events = events
    this.completed = new WaitQueue(engine, 'recorded guest answered')
    machine.transport?.port.setClient(this)
  }

  complete(slot: Slot): void {
    this.done.add(slot)
    this.completed.wakeAll()
  }

  *bottomHalf(): Generator<Point, void, void> {}

  *body(task: Task): Generator<Point, void, void> {
    for (const event of this.events) {
      const { exit } = event
      if (exit === undefined || exit === null) yield* this.send(task, event)
      else if (exit.reason === ExitReason.EPT_VIOLATION) {
        task.trap(ExitReason.EPT_VIOLATION, exit.target ?? 0)
        yield AT_TOUCH
        if (task.trapResult !== (exit.result ?? 0)) throw new Diverged('the fault ends in another way', event, `result ${task.trapResult}`)
      }
      this.step++
    }
    this.finished = true
  }

  private *send(task: Task, event: TapEvent): Generator<Point, void, void> {
    const { transport } = this.machine
    const { payload } = event
    if (transport === null) throw new Diverged('the recorded guest asks a host that has no device', event, null)
    if (payload === null || payload === undefined || !decodeBatch(payload, this.batch)) throw new Diverged('the recorded request is no message', event, null)
    this.requests++
    const slot = this.submit(transport, event)
    yield* transport.port.finish(task, slot)
    while (!this.done.has(slot)) {
      this.completed.wait(task)
      yield AT_ANSWER
    }
    this.done.delete(slot)
    transport.port.release(slot)
  }

  private submit({ port }: Transport, event: TapEvent): Slot {
    const fits = this.batch.count <= port.entriesMax
    const slot = fits ? port.submit(this.batch) : FULL
    if (slot !== FULL) return slot
    throw new Diverged(fits ? 'the transport has no room for the request' : 'the request has more entries than this device takes', event, null)
  }
}

function hostState({ vm, device, transport }: Machine): ReplayDivergence['state'] {
  const state: Record<string, Record<string, number | string>> = {
    vm: { residentPages: vm.residentPages, hugePages: vm.mm.huge, ...Object.fromEntries(VM_COUNTERS.map((name) => [name, vm.counter(name)])) },
  }
  if (device !== null) state['device'] = Object.fromEntries(DEVICE_COUNTERS.map((name) => [name, device.counter(name)]))
  if (transport !== null) {
    const { unreadable, unanswerable, interrupts, stale } = transport.source
    state['device port'] = { unreadable, unanswerable, interrupts, stale }
  }
  return state
}
