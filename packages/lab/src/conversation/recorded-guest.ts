/**
 * The guest of a recording: everything that the recorded guest did to the host, at the time at which it did it.
 *
 *     chain, hypercall     its bytes into memory before anything else happens at that time
 *     page written         the host's dirty log hears of it
 *     look                 what the host saw then
 *     stay in the host     each vCPU computes until it was in the host, and traps for the same reason
 *     time lost            a vCPU that lost time to a flush was running, the others were halted
 */
import { gfn as asGfn, PAGE_SIZE } from '@hintlab/kit'
import { QueueRole } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { Cause, Kind, point, TaskKind } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { HINT_MESSAGES, QueueTap, STATS_MESSAGES } from '@hintlab/transport'
import type { Machine, MachineQueue } from '../machine.ts'
import { DriverRing } from '../recording/driver-ring.ts'
import { comesTo } from './comes-to.ts'
import { Diverged } from './divergence.ts'
import { kindOf } from './event-text.ts'
import type { HostOnlyMeasure } from './host-only-measure.ts'
import { isGuestWrite } from './recorded-host.ts'
import { wordsDiffer } from './same-event.ts'

const AT_COMPUTED = point(Kind.RUN, 'recorded guest: compute until the next exit')
const AT_EXIT = point(Kind.TRAP, 'recorded guest: leave for the host')

const LENGTH_BYTES = 4
/** Where no ring says what a kick of it found. */
const NO_WORDS: TapEvent = {}

/** What is put into memory, or told, at its time. */
const isFed = (event: TapEvent): boolean => ['chain', 'kick', 'hypercall'].includes(kindOf(event) ?? '') || isGuestWrite(event)

export class RecordedGuest {
  /** Events that are done, and all. */
  fed = 0
  readonly all: number
  /** What is there before the host takes its first step. */
  private readonly atFirst: readonly TapEvent[]
  private readonly engine: HostOnlyMeasure
  private readonly machine: Machine
  private readonly rings = new Map<number, DriverRing>()
  private readonly queues: ReadonlyMap<number, MachineQueue>
  private readonly looks: readonly TapEvent[]
  private looked = 0
  private readonly lost: readonly TapEvent[][]

  constructor(engine: HostOnlyMeasure, machine: Machine, events: readonly TapEvent[]) {
    this.engine = engine
    this.machine = machine
    this.queues = new Map(machine.queues.map((queue) => [queue.number, queue]))
    for (const { number, transport: { place } } of machine.queues) {
      if (place === null) continue
      const heads = new Set(events.flatMap(({ chain }) => (chain && (chain.queue ?? 0) === number ? [chain.head ?? 0] : [])))
      this.rings.set(number, new DriverRing(machine.memory, { place, heads }))
    }
    this.looks = events.filter((event) => kindOf(event) === 'look')
    this.lost = machine.vcpus.map((_, vcpu) => events.filter((event) => kindOf(event) === 'cpuTime' && (event.cpu ?? 0) === vcpu).reverse())
    machine.vm.kickForFlush = (vcpu) => this.kicked(vcpu)
    if (machine.side !== null) machine.side.standIn = (what, pfn) => this.shows(what, pfn)
    machine.vcpus.forEach((cpu, vcpu) => {
      const stays = events.filter((event) => kindOf(event) === 'exit' && (event.cpu ?? 0) === vcpu)
      engine.addGuest(cpu, (task) => this.vcpuBody(task, stays))
    })
    const fed = events.filter(isFed)
    this.all = fed.length
    const first = fed.findIndex(({ timeNs, otherSteps }) => (timeNs ?? 0) > 0 || (otherSteps ?? 0) > 0)
    this.atFirst = first < 0 ? fed : fed.slice(0, first)
    engine.addGuest(null, (task) => this.body(task, fed.slice(this.atFirst.length)))
  }

  /** For a report: how far the recorded guest has got. */
  get state(): Record<string, number> {
    return { eventsDone: this.fed, looks: this.looked }
  }

  /** Before the engine runs. */
  begin(): void {
    for (const event of this.atFirst) this.feed(event)
  }

  private *body(task: Task, events: readonly TapEvent[]): Generator<Point, void, void> {
    for (const event of events) {
      yield* comesTo(this.engine, task, event.timeNs ?? 0, () => this.engine.hostSteps >= (event.otherSteps ?? 0))
      this.feed(event)
    }
  }

  /** Puts what the guest did into memory, or tells it. */
  private feed(event: TapEvent): void {
    this.fed++
    const { chain, hypercall, kick, memory } = event
    if (chain) this.feedChain(event, chain.queue ?? 0)
    else if (kick) this.compareWords(event, kick.queue ?? 0)
    else if (hypercall) this.feedCall(event)
    else if (memory) this.machine.vm.dirtyLog?.(asGfn((memory.gpa ?? 0) / PAGE_SIZE))
  }

  /** The host has answered, and looks next whether the guest wants to be told. */
  answered(recorded: TapEvent): void {
    const { used, words } = recorded
    const ring = used ? this.rings.get(used.queue ?? 0) : undefined
    ring?.answered(used?.head ?? 0)
    if (words) ring?.setWords(words)
  }

  private feedChain(event: TapEvent, number: number): void {
    const fed = this.rings.get(number)?.feed(event.chain ?? {}, event.payload) ?? false
    if (!fed) throw new Diverged('the recorded guest makes a chain available for which this host has no place', event, null)
    this.compareWords(event, number)
  }

  /** What the host has written into the ring by now is what the recorded guest found there. */
  private compareWords(event: TapEvent, number: number): void {
    const place = this.queues.get(number)?.transport.place ?? null
    if (place === null || !event.words) return
    let here = NO_WORDS
    new QueueTap({ event: (seen) => (here = seen) }, this.machine.memory, { queue: number, place }).kick()
    const field = wordsDiffer(event, here, 'host')
    if (field !== null) throw new Diverged('the recorded guest found something else in the ring', event, null, field)
  }

  /** Length, request, and a word that says that there is no answer yet (transport/hypercall-carrier.ts). */
  private feedCall(event: TapEvent): void {
    const { nr, a0: gpa } = event.hypercall ?? {}
    const queue = this.queues.get(nr ?? 0)
    const payload = event.payload ?? new Uint8Array(0)
    if (queue === undefined) throw new Diverged('the recorded guest calls a device that this host does not have', event, null)
    const requestBytes = (queue.role === QueueRole.STATS ? STATS_MESSAGES : HINT_MESSAGES).bytesMax(queue.entriesMax)
    const bytes = new Uint8Array(LENGTH_BYTES + requestBytes + LENGTH_BYTES)
    new DataView(bytes.buffer).setUint32(0, payload.length, true)
    bytes.set(payload.subarray(0, requestBytes), LENGTH_BYTES)
    if (!this.machine.memory.write(gpa ?? 0, bytes)) throw new Diverged('the recorded guest calls with an address that this guest does not have', event, null)
  }

  private *vcpuBody(task: Task, stays: readonly TapEvent[]): Generator<Point, void, void> {
    for (const event of stays) {
      const { reason, target, arg, leftNs, enteredNs, enteredSteps } = event.exit ?? {}
      const ns = (enteredNs ?? 0) - this.engine.now
      if (ns < 0) throw new Diverged('the recorded guest leaves again before this host has let it go on', event, null)
      task.charge(ns, Cause.WORK)
      yield AT_COMPUTED
      yield* comesTo(this.engine, task, enteredNs ?? 0, () => this.engine.hostSteps >= (enteredSteps ?? 0))
      task.trap(reason ?? 0, target ?? 0, arg ?? 0)
      this.engine.setLeft(task, leftNs ?? 0)
      yield AT_EXIT
    }
  }

  /** Whether a vCPU lost time to a flush now. One that is in the host pays for it there; what its guest paid is in the recording. */
  private kicked(vcpu: number): boolean {
    const lost = this.lost[vcpu]
    const next = lost[lost.length - 1]
    if (next === undefined || (next.timeNs ?? 0) !== this.engine.now) return false
    lost.pop()
    const cpu = this.machine.vcpus[vcpu]
    const { exitKernel } = this.engine.costs
    if (cpu.current?.kind === TaskKind.EXIT) cpu.current.charge(exitKernel, Cause.TLB_FLUSH)
    else this.engine.listener?.loses(cpu.id, exitKernel)
    return true
  }

  private shows(what: number, pfn: number): number {
    const event = this.looks[this.looked]
    if (event === undefined) throw new Diverged('the host looks at the guest, and the recorded one did not', null, `look ${what} at page 0x${pfn.toString(16)}`)
    this.looked++
    return event.look?.value ?? 0
  }
}

