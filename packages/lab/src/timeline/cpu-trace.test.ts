/** Holds of a lock as they come from the engine: one after the other, whoever took the lock in the middle of a step. */
import { CAUSES } from '@hintlab/sim'
import type { Cpu, SpinLock, Task } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { CpuTraceRecorder } from './cpu-trace.ts'

test('two tasks that take a lock in the middle of their steps do not hold it at once', () => {
  const lock = { name: 'zone lock', holder: null as Task | null, acquired: 0 }
  const recorder = new CpuTraceRecorder([lock as unknown as SpinLock])
  const tasks = [0, 1].map((id) => ({ id, name: `task ${id}`, account: new Float64Array(CAUSES) }) as unknown as Task)
  const cpus = [0, 1].map((id) => ({ id, name: `cpu${id}`, exitTask: null }) as unknown as Cpu)
  const booked = (n: number, acquired: number, from: number, to: number): void => {
    Object.assign(lock, { holder: tasks[n], acquired })
    recorder.booked(cpus[n], tasks[n], from, to - from)
  }
  booked(0, 1, 0, 100)
  booked(1, 2, 60, 150)
  booked(1, 2, 150, 170)
  booked(0, 3, 120, 165)
  booked(0, 3, 165, 200)
  const { holds } = recorder.result(cpus, tasks, [])
  const rows = [...holds.from].map((from, i) => [holds.task[i], from, holds.to[i]])
  expect(rows).toEqual([[0, 0, 100], [1, 100, 170], [0, 170, 200]])
})
