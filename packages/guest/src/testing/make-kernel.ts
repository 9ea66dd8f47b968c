/** A guest kernel on a measuring engine, booted, with one vCPU per CPU of its allocator: for tests of what runs in tasks. */
import { Columns } from '@hintlab/kit'
import { makeCosts, Measure } from '@hintlab/sim'
import type { CostName, Cpu, Task } from '@hintlab/sim'
import { GuestKernel } from '../kernel.ts'
import { singleZoneLayout } from '../mm/layout.ts'
import type { Layout } from '../mm/layout.ts'
import { PageAllocator } from '../mm/page-allocator.ts'
import type { AllocatorOptions } from '../mm/page-allocator.ts'

export interface TestKernel {
  readonly engine: Measure
  readonly kernel: GuestKernel
  readonly mm: PageAllocator
  readonly vcpus: readonly Cpu[]
  /** Adds a task on the first vCPU and runs it until `seconds` have passed; what the body left unfinished is an error. */
  readonly run: (body: (task: Task) => Generator<number, void, void>, seconds?: number) => void
}

export interface TestKernelOptions extends Partial<AllocatorOptions> {
  readonly layout?: Layout
  readonly costs?: Partial<Record<CostName, number>>
}

export function makeKernel({ layout = singleZoneLayout(4096), costs = {}, ...options }: TestKernelOptions = {}): TestKernel {
  const engine = new Measure(new Columns(), makeCosts(costs), 1)
  const mm = new PageAllocator(engine.cols, layout, { cpus: 1, ...options })
  mm.freeAll()
  const vcpus = Array.from({ length: mm.cpus }, (_, i) => engine.addCpu(`vcpu${i}`))
  const run: TestKernel['run'] = (body, seconds = 10) => {
    let done = false
    engine.addTask('test', vcpus[0], function* (task) {
      yield* body(task)
      done = true
    })
    engine.run(engine.now + seconds * 1e9)
    if (!done) throw new Error('the body of the test has not ended')
    engine.check()
  }
  return { engine, kernel: new GuestKernel(engine, mm), mm, vcpus, run }
}
