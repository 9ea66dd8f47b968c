/**
 * Records a run of a modelled machine. Each event is taken where it begins, so that a replay of one side finds there what the other did to it:
 *
 *     guest's end   chain made available, kick, hypercall                         --+
 *     host's end    used element, interrupt, answer to a hypercall                --+--> recorder
 *     vCPU          stay in the host, time that the host took                     --+
 *     VM            pages whose contents the host drops                           --+
 *
 * The run is the same with and without. Times are those of the steps in which things were done.
 */
import { PAGE_SIZE } from '@hintlab/kit'
import type { Tap, TapEvent } from '@hintlab/protocol'
import { QueueTap } from '@hintlab/transport'
import type { Transport } from '@hintlab/transport'
import { MemoryKind, QueueChange } from '../lint/seen.ts'
import type { Machine } from '../machine.ts'
import type { ListeningMeasure } from './listening-engine.ts'

/** Numbers of the queues: hints, and the balloon behind them. */
export const HINT_QUEUE = 0
const BALLOON_QUEUE = 1

/** Listens to a machine on this engine, before it has run. Whoever owns the tap adds the sequence. */
export function listenToMachine(engine: ListeningMeasure, machine: Machine, tap: Tap): void {
  const numbers = cpuNumbers(machine)
  const tell = (event: TapEvent, cpu = engine.stepCpu): void => tap.event({ timeNs: engine.now, cpu: numbers[cpu] ?? 0, ...event })
  if (machine.transport !== null) listenToTransport(machine.transport, HINT_QUEUE, machine, tell)
  if (machine.balloonTransport !== null) listenToTransport(machine.balloonTransport, BALLOON_QUEUE, machine, tell)
  engine.listener = {
    returns: ({ cpu, reason, target, arg, leftNs, enteredNs, busyNs, result }) => {
      tell({ exit: { reason, target, arg, leftNs, enteredNs, busyNs, result } }, cpu)
    },
    loses: (cpu, lostNs) => tell({ cpuTime: { lostNs } }, cpu),
  }
  listenToDiscards(machine, tell)
}

/** By CPU of the engine: virtual CPUs from 0 on, those of the host behind them. */
function cpuNumbers({ vcpus, hostCpus }: Machine): number[] {
  const numbers: number[] = []
  for (const [number, { id }] of [...vcpus, ...hostCpus].entries()) numbers[id] = number
  return numbers
}

type Tell = (event: TapEvent) => void

function listenToTransport({ guestWire, hostWire, place }: Transport, queue: number, { memory }: Machine, tell: Tell): void {
  if (place !== null) {
    const { size, descGpa, availGpa, usedGpa } = place
    tell({ queueSetup: { queue, size, descGpa, availGpa, usedGpa } })
    tell({ queueState: { queue, change: QueueChange.ENABLED } })
  }
  const options = place === null ? { queue, calls: true } : { queue, place }
  const only = (...kinds: (keyof TapEvent)[]): Tap => ({ event: (event) => (kinds.some((kind) => event[kind] !== undefined) ? tell(event) : undefined) })
  guestWire.tap = new QueueTap(only('chain', 'kick', 'hypercall'), memory, options)
  hostWire.tap = new QueueTap(only('used', 'interrupt', 'hypercallReturn'), memory, options)
}

/** The ghost hears of each range just before it is dropped. */
function listenToDiscards({ ghost }: Machine, tell: Tell): void {
  const discarding = ghost.discarding.bind(ghost)
  ghost.discarding = (gfn: number, count: number): void => {
    tell({ memory: { kind: MemoryKind.DISCARD, gpa: gfn * PAGE_SIZE, length: count * PAGE_SIZE } })
    discarding(gfn, count)
  }
}
