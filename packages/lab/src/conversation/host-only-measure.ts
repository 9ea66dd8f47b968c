/** Builds and runs a machine without its guest: no thread of a vCPU runs and no interrupt arrives; each vCPU does what it did in the recording. */
import { TaskKind } from '@hintlab/sim'
import type { Cpu, Point, Task, TaskBody, TaskOptions } from '@hintlab/sim'
import { ListeningMeasure } from './listening-engine.ts'

function* ends(): Generator<Point, void, void> {}

export class HostOnlyMeasure extends ListeningMeasure {
  override addTask(name: string, cpu: Cpu, body: TaskBody, options: TaskOptions = {}): Task {
    const guests = cpu.halts && options.kind !== TaskKind.EXIT
    return super.addTask(name, cpu, guests ? ends : body, options)
  }

  /** A handler of the guest would take time of its vCPU, which the recording has already. */
  override raise(): void {}

  /** When the guest's task asked for the exit that it is about to make. */
  setLeft(task: Task, leftNs: number): void {
    this.leftAt[task.id] = leftNs
  }

  /** What the recorded guest does on a vCPU; or, without one, what it writes into memory. */
  addGuest(cpu: Cpu | null, body: TaskBody): void {
    super.addTask('recorded guest', cpu ?? this.addCpu('recorded guest', { halts: true }), body)
  }
}
