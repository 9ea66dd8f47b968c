/**
 * The host of a recording: everything that the recorded host did to the guest, at the time at which it did it, and nothing of its own.
 *
 *     vCPU traps     -> the next recorded stay of this CPU: the same reason, target and times? Then as long as recorded, with its result
 *     a page is touched -> a fault when the next recorded stay of this CPU is one for this page, left at this very time
 *     the guest asks whether to kick -> yes when the next recorded kick of this queue is due now
 *     recorded answers, interrupts, wishes and lost time -> from a task of the host's CPU, at their times
 *     recorded looks and writes -> does this guest show and write the same?
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { FAULT } from '@hintlab/host'
import { ExitReason } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { MemoryKind } from '../lint/seen.ts'
import type { Machine } from '../machine.ts'
import { LookAt } from '../presets/side-channel.ts'
import { Diverged } from './divergence.ts'
import { comesTo } from './comes-to.ts'
import { kindOf } from './event-text.ts'
import type { GuestOnlyMeasure } from './guest-only-measure.ts'
import { RecordedQueue } from './recorded-queue.ts'

const AT_WISHED = point(Kind.RUN, 'recorded host: configuration changed')

/** Stays among which a fault is looked for: who asks for an exit may lose its CPU to others, which are in the host before it. */
const FAULTS_AHEAD = 8

/** What the host did outside of a stay of a vCPU. */
const HOST_DID = new Set(['used', 'interrupt', 'hypercallReturn', 'cpuTime', 'look'])

const isAnswer = (event: TapEvent): boolean => kindOf(event) === 'used' || kindOf(event) === 'hypercallReturn'

export const isGuestWrite = ({ memory }: TapEvent): boolean => memory?.kind === MemoryKind.GUEST_WRITE

export class RecordedHost {
  private readonly engine: GuestOnlyMeasure
  private readonly machine: Machine
  /** By vCPU: its recorded stays, and how many of them have been. */
  private readonly stays: TapEvent[][]
  private readonly stayed: number[]
  private readonly queues: ReadonlyMap<number, RecordedQueue>
  private readonly doings: readonly TapEvent[]
  private did = 0
  private readonly wishes: readonly TapEvent[]
  private readonly writes: readonly TapEvent[]
  private written = 0

  constructor(engine: GuestOnlyMeasure, machine: Machine, events: readonly TapEvent[]) {
    this.engine = engine
    this.machine = machine
    this.stays = machine.vcpus.map((_, vcpu) => events.filter((event) => kindOf(event) === 'exit' && (event.cpu ?? 0) === vcpu))
    this.stayed = machine.vcpus.map(() => 0)
    this.doings = events.filter((event) => HOST_DID.has(kindOf(event) ?? ''))
    this.wishes = events.filter((event) => kindOf(event) === 'config')
    this.writes = events.filter(isGuestWrite)
    this.queues = new Map(machine.queues.map((queue) => [queue.number, new RecordedQueue(engine, machine.memory, queue, events)]))
    machine.vm.translate = (vcpu, gfn, write) => {
      if (write) this.writesPage(gfn)
      return this.faults(vcpu, gfn) ? FAULT : gfn
    }
  }

  /** Recorded stays that have begun, and writes that have been. */
  get done(): number {
    return this.stayed.reduce((sum, n) => sum + n, this.written)
  }

  /** For a report: how far the recorded host has got. */
  get state(): Record<string, number> {
    const open = [...this.queues.values()].reduce((sum, queue) => sum + queue.open, 0)
    return { stays: this.stayed.reduce((sum, n) => sum + n, 0), doings: this.did, requestsOpen: open }
  }

  /** The first recorded stay or write that was to be by now and has not been. */
  missed(): TapEvent | null {
    const { now } = this.engine
    const stays = this.stays.flatMap((of, vcpu) => of.slice(this.stayed[vcpu], this.stayed[vcpu] + 1)).filter(({ exit }) => (exit?.enteredNs ?? 0) < now)
    const writes = this.writes.slice(this.written, this.written + 1).filter(({ timeNs }) => (timeNs ?? 0) < now)
    return [...stays, ...writes].sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0))[0] ?? null
  }

  /** A vCPU is in the host. */
  stay(task: Task): void {
    const guest = task.trappedBy!
    const vcpu = this.machine.vcpus.indexOf(task.cpu)
    const event = this.stays[vcpu][this.stayed[vcpu]] ?? null
    const { trapReason: reason, trapTarget: target, trapArg: arg } = guest
    const leftNs = this.engine.leftAt(guest)
    const what = `${REASONS[reason] ?? reason} of 0x${target.toString(16)}, argument 0x${arg.toString(16)}`
    const here = `${what}, left at ${leftNs} ns, in the host at ${this.engine.now} ns`
    if (event === null) throw new Diverged(`vCPU ${vcpu} leaves the guest, where the recording has no further exit`, null, here)
    const exit = event.exit ?? {}
    const same = (exit.reason ?? 0) === reason && (exit.target ?? 0) === target && (exit.arg ?? 0) === arg
    if (!same || (exit.enteredNs ?? 0) !== this.engine.now || (exit.leftNs ?? 0) !== leftNs) {
      throw new Diverged(`vCPU ${vcpu} leaves the guest in another way or at another time`, event, here)
    }
    this.stayed[vcpu]++
    if (reason === ExitReason.HYPERCALL) this.queues.get(target)?.called(arg)
    guest.trapResult = exit.result ?? 0
    task.charge(exit.busyNs ?? 0, Cause.EXIT)
  }

  /** Does what the host did, in its order. */
  *body(task: Task): Generator<Point, void, void> {
    while (this.did < this.doings.length) {
      const event = this.doings[this.did]
      yield* comesTo(this.engine, task, event.timeNs ?? 0, () => this.isTurn(event))
      // An answer at the end of a stay may have been given there.
      if (this.doings[this.did] === event) this.does(task, this.doings[this.did++])
    }
  }

  /** Whether the guest has done what it did before, at the same nanosecond. */
  private isTurn({ otherSteps }: TapEvent): boolean {
    return this.engine.guestSteps >= (otherSteps ?? 0)
  }

  /** Answers that were given before the end of a stay are there when the guest goes on. */
  answerDue(task: Task): void {
    const vcpu = this.machine.vcpus.indexOf(task.cpu)
    const end = this.stays[vcpu][this.stayed[vcpu] - 1]?.sequence ?? 0
    for (;;) {
      const next = this.doings[this.did]
      const due = next !== undefined && isAnswer(next) && (next.timeNs ?? 0) <= this.engine.now && (next.sequence ?? 0) < end
      if (!due) return
      this.did++
      this.does(task, next)
    }
  }

  private does(task: Task, event: TapEvent): void {
    const { cpuTime, look } = event
    if (cpuTime) this.machine.vcpus[event.cpu ?? 0]?.current?.charge(cpuTime.lostNs ?? 0, Cause.TLB_FLUSH)
    else if (look) this.looks(event)
    else this.queueOf(event).does(task, event)
  }

  private queueOf(event: TapEvent): RecordedQueue {
    const { used, interrupt, hypercallReturn } = event
    const number = used?.queue ?? interrupt?.queue ?? 0
    const queue = this.queues.get(number)
    const call = hypercallReturn ? [...this.queues.values()].find((one) => one.hasCalled(hypercallReturn.a0 ?? 0)) : queue
    if (call !== undefined) return call
    throw new Diverged('the recorded host answers a request that this guest has not sent', event, null)
  }

  /** Changes the configuration when the host did; the guest hears of it a little later. A task of its own: the delay is its own time. */
  *wishBody(task: Task): Generator<Point, void, void> {
    const { side } = this.machine
    for (const event of this.wishes) {
      yield* comesTo(this.engine, task, event.timeNs ?? 0, () => this.isTurn(event))
      if (side === null) throw new Diverged('the recorded host changes a configuration that this guest does not have', event, null)
      task.charge(event.delayNs ?? 0, Cause.DEVICE)
      side.guest.heed({ numPages: event.config?.numPages ?? 0, commandId: event.config?.freePageHintCmdId ?? 0 })
      yield AT_WISHED
    }
  }

  private looks(event: TapEvent): void {
    const { what, gpa, value } = event.look ?? {}
    const shown = this.machine.side?.guest.show(what ?? LookAt.UNSPECIFIED, (gpa ?? 0) / PAGE_SIZE) ?? 0
    if (shown === (value ?? 0)) return
    throw new Diverged('the guest shows something else than the recorded host saw', event, `${shown}`, `look.value: recorded ${value ?? 0}, here ${shown}`)
  }

  private faults(vcpu: number, gfn: number): boolean {
    const from = this.stayed[vcpu]
    return this.stays[vcpu].slice(from, from + FAULTS_AHEAD).some(({ exit }) => {
      return exit?.reason === ExitReason.EPT_VIOLATION && (exit.target ?? 0) === gfn && (exit.leftNs ?? 0) === this.engine.now
    })
  }

  private writesPage(gfn: number): void {
    const next = this.writes[this.written]
    if (next !== undefined && (next.timeNs ?? 0) === this.engine.now && (next.memory?.gpa ?? 0) === gfn * PAGE_SIZE) this.written++
  }
}

const REASONS: Readonly<Record<number, string>> = {
  [ExitReason.EPT_VIOLATION]: 'EPT violation', [ExitReason.KICK]: 'kick', [ExitReason.HYPERCALL]: 'hypercall',
}
