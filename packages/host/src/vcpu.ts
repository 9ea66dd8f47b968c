/**
 * The host's side of a vCPU: what runs between an exit and the next entry. A doorbell (kick or hypercall) is served here, in the vCPU's own time, or handed
 * to the device's thread; that choice is the host's alone.
 */
import { assert, gfn as asGfn } from '@hintlab/kit'
import { ExitReason } from '@hintlab/protocol'
import type { RequestSource } from '@hintlab/protocol'
import { Cause, Kind, point, TaskKind } from '@hintlab/sim'
import type { Costs, Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { HintDevice } from './device.ts'
import type { Vm } from './vm.ts'

const AT_EXIT = point(Kind.RUN, 'exit: in the host')
const AT_HELD = point(Kind.WAIT, 'exit: vCPU held until the answer')
const AT_ENTRY = point(Kind.RETURN, 'exit: back to the guest')

/** A device behind a doorbell number, and who does its work. */
export interface Doorbell {
  readonly device: HintDevice
  readonly service: 'inline' | 'thread'
  /** The queue behind this number, of a device that has several. */
  readonly source?: RequestSource<Task>
}

/** A notification register behind a doorbell number: the write is passed on, and the vCPU goes on at once (ioeventfd). */
export interface NotifyRegister {
  readonly written: () => void
}

/** Adds the exit task of one vCPU. `doorbells[n]` answers to target n. */
export function addExitTask(engine: Engine, cpu: Cpu, vm: Vm, doorbells: readonly (Doorbell | NotifyRegister)[]): Task {
  return engine.addTask(`${cpu.name} exit`, cpu, (task) => exitBody(task, engine.costs, vm, doorbells), { kind: TaskKind.EXIT })
}

function* exitBody(task: Task, costs: Costs, vm: Vm, doorbells: readonly (Doorbell | NotifyRegister)[]): Generator<Point, void, void> {
  for (;;) {
    const guest = task.trappedBy
    assert(guest !== null, 'an exit has a guest task behind it')
    if (guest.trapReason === ExitReason.EPT_VIOLATION) yield* vm.fault(task, asGfn(guest.trapTarget))
    else yield* ring(task, costs, guest, doorbells)
    yield AT_ENTRY
  }
}

function* ring(task: Task, costs: Costs, guest: Task, doorbells: readonly (Doorbell | NotifyRegister)[]): Generator<Point, void, void> {
  const bell: Doorbell | NotifyRegister | undefined = doorbells[guest.trapTarget]
  const arg = guest.trapArg
  if (guest.trapReason === ExitReason.HYPERCALL) task.charge(costs.hypercall, Cause.EXIT)
  else if (bell !== undefined && ('written' in bell || bell.service === 'thread')) task.charge(costs.kick, Cause.KICK)
  else task.charge(costs.exitUser, Cause.EXIT) // without ioeventfd the VMM thread itself handles the write
  yield AT_EXIT
  guest.trapResult = bell === undefined ? -1 : 0
  if (bell === undefined) return // no such device: the guest's mistake, and its to notice
  if ('written' in bell) return bell.written()
  const { device, service, source = device.source } = bell
  source.rung(arg)
  if (service === 'inline') return yield* device.drain(task)
  device.wake()
  if (!source.holdsCaller) return
  while (!source.answered(arg)) {
    device.answered.wait(task)
    yield AT_HELD
  }
}
