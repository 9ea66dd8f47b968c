/** A build on as many host CPUs as it has vCPUs, so that the device thread shares one of them with a vCPU. */
import { Columns, SECOND } from '@hintlab/kit'
import { Measure } from '@hintlab/sim'
import { expect, it } from 'vitest'
import { PRESETS } from '../interfaces.ts'
import { buildMachine, checkMachine } from '../machine.ts'
import { costsOf, parseRunOptions } from '../options.ts'
import { CompileLoad } from './compile-load.ts'

const SECONDS = 3

/** Stopped for ever once: the device thread spun for mmu_lock, the holder of which it had displaced from its CPU (sharing.ts S1, S2). */
it('goes on while pages are reported one by one', () => {
  const run = parseRunOptions({
    guest: { memory: '128 MiB', vcpus: 2, 'min-free-kbytes': 1024, 'thp-defrag': 'madvise' },
    host: { cpus: 2 },
    aged: { used: 0.3, fragmented: 0.3, huge: 1 },
    reporting: { order: 0, 'delay-ms': 200, capacity: 4 },
    ghost: false,
    cost: { fault4k: 100_000, madvise: 20_000, exitKernel: 20_000 },
  })
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  const face = PRESETS.find(({ name }) => name === 'page-reporting')!.interface
  const machine = buildMachine(engine, { run, interface: face }, () => `${engine.now} ns`)
  const load = new CompileLoad(machine, {
    jobPagesMin: 512, jobPagesMax: 8192, huge: 0.3, workNs: 210_000, walkTax: 0.1, endNs: SECONDS * SECOND,
  })
  for (let second = 1; second <= SECONDS; second++) {
    const before = load.pagesDone
    engine.run(second * SECOND)
    engine.check()
    expect(load.pagesDone - before, `pages in second ${second}`).toBeGreaterThan(1000)
  }
  engine.run((SECONDS + 10) * SECOND)
  expect(load.finishedAt).toBeGreaterThan(0)
  checkMachine(machine)
})
