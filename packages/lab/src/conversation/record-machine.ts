/**
 * Records a run of a modelled machine. Each event is taken where it begins, so that a replay of one side finds there what the other did to it:
 *
 *     guest's end   chain made available, kick, hypercall                         --+
 *     host's end    used element, interrupt, answer to a hypercall                --+--> recorder
 *     vCPU          stay in the host, time that the host took, pages written      --+
 *     VM            pages whose contents the host drops                           --+
 *     side channel  what the host writes to the configuration, what it looks at   --+
 *
 * The run is the same with and without. Times are those of the steps in which things were done. Pages that the guest writes are told only while the host
 * migrates it, and once after each change of the configuration: that is when a migration begins a round.
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { HintCommand, messages, QueueRole } from '@hintlab/protocol'
import type { Tap, TapEvent } from '@hintlab/protocol'
import { QueueTap } from '@hintlab/transport'
import { MemoryKind, QueueChange } from '../lint/seen.ts'
import type { Machine, MachineQueue } from '../machine.ts'
import type { ListeningMeasure, StayListener } from './listening-engine.ts'

/** Listens to a machine on this engine, before it has run. Whoever owns the tap adds the sequence. */
export function listenToMachine(engine: ListeningMeasure, machine: Machine, tap: Tap): void {
  for (const queue of machine.queues) for (const event of queueEvents(queue)) tap.event({ timeNs: 0, cpu: cpuNumbers(machine)[0], ...event })
  const tell = listenToHost(engine, machine, (event) => tap.event(event))
  const guestTells: Tell = (event) => tell({ otherSteps: engine.hostSteps, ...event })
  for (const queue of machine.queues) queue.transport.guestWire.tap = tapOf(queue, machine, GUEST_SAYS, guestTells)
  listenToWrites(machine, guestTells)
}

/** An engine that says which CPU takes a step, and what passes between vCPUs and host. */
export interface ListenedEngine {
  readonly now: number
  readonly stepCpu: number
  readonly effectNs: number
  readonly guestSteps: number
  listener: StayListener | null
}

/** Listens to the host's side alone: answers, stays, discards, wishes and looks. Returns what adds time and CPU to an event. */
export function listenToHost(engine: ListenedEngine, machine: Machine, told: (event: TapEvent) => void): Tell {
  const numbers = cpuNumbers(machine)
  const tell: Tell = (event, cpu = engine.stepCpu) => told({ timeNs: engine.now, cpu: numbers[cpu] ?? 0, otherSteps: engine.guestSteps, ...event })
  for (const queue of machine.queues) queue.transport.hostWire.tap = tapOf(queue, machine, HOST_SAYS, tell)
  engine.listener = {
    returns: ({ cpu, ...exit }) => tell({ exit }, cpu),
    loses: (cpu, lostNs) => tell({ cpuTime: { lostNs } }, cpu),
  }
  listenToDiscards(machine, tell)
  listenToSide(engine, machine, tell)
  return tell
}

/** By CPU of the engine: virtual CPUs from 0 on, those of the host behind them. */
export function cpuNumbers({ vcpus, hostCpus }: Machine): number[] {
  const numbers: number[] = []
  for (const [number, { id }] of [...vcpus, ...hostCpus].entries()) numbers[id] = number
  return numbers
}

type Tell = (event: TapEvent, cpu?: number) => void

const Role = messages.QueueRole
const ROLES = {
  [QueueRole.INFLATE]: Role.INFLATE, [QueueRole.DEFLATE]: Role.DEFLATE, [QueueRole.STATS]: Role.STATS, [QueueRole.FREE_PAGE]: Role.FREE_PAGE,
  [QueueRole.REPORTING]: Role.REPORTING,
} as const

/** What a queue of a machine is for, as a recording says it: messages say themselves what they ask for. */
export function recordedRole({ role, wire }: MachineQueue): messages.QueueRole {
  if (wire === 'native') return ROLES[role]
  return role === QueueRole.STATS ? Role.STATS_MESSAGES : Role.REQUESTS
}

/** A tap for one end of a queue, which passes on events of these kinds. */
export function tapOf(queue: MachineQueue, { memory }: Machine, kinds: ReadonlySet<string>, tell: Tell): QueueTap {
  const { number, transport: { place } } = queue
  const role = recordedRole(queue)
  const tap: Tap = {
    event: (event) => {
      for (const kind in event) if (kinds.has(kind)) return tell({ ...event, role })
    },
  }
  return new QueueTap(tap, memory, place === null ? { queue: number, calls: true } : { queue: number, place })
}

/** What each end of a queue says. */
export const GUEST_SAYS: ReadonlySet<string> = new Set(['chain', 'kick', 'hypercall'])
export const HOST_SAYS: ReadonlySet<string> = new Set(['used', 'interrupt', 'hypercallReturn'])

/** How a queue is set up, before anything else. Hypercalls have none. */
export function queueEvents(queue: MachineQueue): TapEvent[] {
  const { number, transport: { place } } = queue
  if (place === null) return []
  const { size, descGpa, availGpa, usedGpa } = place
  const role = recordedRole(queue)
  return [{ queueSetup: { queue: number, size, descGpa, availGpa, usedGpa }, role }, { queueState: { queue: number, change: QueueChange.ENABLED }, role }]
}

/** The ghost hears of each range just before it is dropped. */
function listenToDiscards({ ghost }: Machine, tell: Tell): void {
  const discarding = ghost.discarding.bind(ghost)
  ghost.discarding = (gfn: number, count: number): void => {
    tell(discardEvent(gfn, count))
    discarding(gfn, count)
  }
}

export const discardEvent = (gfn: number, count: number): TapEvent => ({
  memory: { kind: MemoryKind.DISCARD, gpa: gfn * PAGE_SIZE, length: count * PAGE_SIZE },
})

/** What the host wishes, when the guest hears of it, and what it looks at. */
function listenToSide(engine: ListenedEngine, { side }: Machine, tell: Tell): void {
  if (side === null) return
  side.listener = {
    told: ({ numPages, commandId }) => tell({ delayNs: engine.effectNs - engine.now, config: { numPages, freePageHintCmdId: commandId } }),
    looked: (what, pfn, value) => tell({ look: { what, gpa: pfn * PAGE_SIZE, value } }),
  }
}

/** While a migration goes on, the first write to each page since the last wish. */
function listenToWrites({ side, vm, kernel }: Machine, tell: Tell): void {
  const { dirtyLog } = vm
  if (side === null || side.listener === null || dirtyLog === null) return
  const told = new Uint8Array(kernel.mm.layout.pages)
  let migrating = false
  const { listener } = side
  side.listener = {
    ...listener,
    told: (wish) => {
      listener.told(wish)
      migrating = wish.commandId !== HintCommand.DONE
      told.fill(0)
    },
  }
  vm.dirtyLog = (gfn) => {
    if (migrating && told[gfn] === 0) {
      told[gfn] = 1
      tell({ memory: { kind: MemoryKind.GUEST_WRITE, gpa: gfn * PAGE_SIZE, length: PAGE_SIZE } })
    }
    dirtyLog(gfn)
  }
}
