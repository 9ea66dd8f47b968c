/**
 * Whole machines drawn from a seed: interface, orders, sizes, costs, host, start; then vCPUs that allocate, write, read back and free for a while, with a
 * balloon whose target jumps. No data may be lost on the way, and afterwards everything must come to rest: no page away, every counter true.
 */
import { MIB, MS, Prng, SECOND } from '@hintlab/kit'
import { ALL_SAFEGUARDS, NONE } from '@hintlab/guest'
import { checkMachine, COMPARED } from '@hintlab/lab'
import type { MachineSafeguards } from '@hintlab/lab'
import { access, allocate, checkTranslations, makeMachine, QUEUE_SLEEPS, release, sleepUntil } from '@hintlab/lab/testing'
import type { MachineFixture } from '@hintlab/lab/testing'
import type { Task } from '@hintlab/sim'
import { TaskState } from '@hintlab/sim'
import { expect, test } from 'vitest'

const SEEDS = 24
const OPERATIONS = 150

interface Swarm extends MachineFixture {
  description: string
  workloads: Task[]
}

function drawMachine(seed: number, safeguards: Partial<MachineSafeguards> = {}): Swarm {
  const random = new Prng(seed)
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]
  const { name, interface: face } = pick(COMPARED.slice(1))
  const vcpus = 1 + random.below(3)
  const order = pick([0, 0, 2, 9])
  const aged = random.below(2) === 0
  const settings = {
    seed,
    start: aged ? 'aged' : 'fresh',
    aged: { used: 0.1 * random.below(4), fragmented: 0.25 * random.below(5), huge: 0.5 * random.below(3) },
    host: {
      thp: pick(['always', 'always', 'never']),
      // A fresh guest may be larger than its host.
      memory: aged ? null : pick([null, 64 * MIB]),
      'ignore-below-order': pick([0, 0, 0, 1]),
    },
    reporting: { order, capacity: pick([1, 4, 32]), 'delay-ms': pick([0, 0.1, 2]), 'budget-divisor': pick([1, 16]) },
    'async-buffer': {
      order, entries: pick([1, 8, 64, 256]), slots: pick([1, 2, 8]), 'when-full': pick(['drop', 'spill', 'wait']),
      'flush-ms': pick([0, 0.5, 2]), sweep: random.below(2) === 0,
    },
  }
  const costs = { deviceEntry: pick([50, 5000]), deviceWake: pick([2000, 200_000]), hintEntry: pick([20, 2000]), madvise: pick([300, 30_000]) }
  const fixture = makeMachine({
    interface: face,
    settings,
    costs,
    guest: { memory: 96 * MIB, vcpus, 'min-free-kbytes': pick([null, 0, 2048]) },
    ...(random.below(2) === 0 ? { balloon: QUEUE_SLEEPS } : {}),
    safeguards,
  })
  const workloads = Array.from({ length: vcpus }, (_, cpu) => fixture.script(cpu, (task) => workload(fixture, task, cpu)))
  return { ...fixture, workloads, description: `seed ${seed}: ${name}, ${JSON.stringify({ ...settings, costs })}` }
}

/** Up to eight pages of a block, spread over it. */
const someOf = (order: number): number[] => Array.from({ length: Math.min(2 ** order, 8) }, (_, i) => i * Math.max(1, 2 ** order / 8))

/** Begins with some large blocks, up to all memory; then holds a random set of blocks. */
function* workload({ engine, machine }: MachineFixture, task: Task, cpu: number) {
  const random = engine.stream(`workload ${cpu}`)
  const held: { pfn: number; order: number }[] = []
  const large = random.below(24)
  for (let i = 0; i < OPERATIONS; i++) {
    const what = i < large ? 0 : random.below(8)
    if (what < 4) {
      const order = i < large ? 10 : random.below(4) === 0 ? random.below(11) : random.below(2)
      const pfn = yield* allocate(machine, task, cpu, order)
      if (pfn === NONE) continue
      held.push({ pfn, order })
      for (const p of someOf(order)) yield* access(machine, task, cpu, pfn + p, true)
    } else if (what === 4 && held.length > 0) {
      const { pfn, order } = held[random.below(held.length)]
      yield* access(machine, task, cpu, pfn + random.below(2 ** order), false)
    } else if (what < 7 && held.length > 0) {
      const { pfn } = held.splice(random.below(held.length), 1)[0]
      yield* access(machine, task, cpu, pfn, false)
      yield* release(machine, task, cpu, pfn)
    } else {
      if (random.below(4) === 0) machine.balloon?.setTarget(random.below(4096))
      yield* sleepUntil(task, engine.localNow(task) + random.below(300_000))
    }
  }
  for (const { pfn, order } of held) {
    for (const p of someOf(order)) yield* access(machine, task, cpu, pfn + p, false)
    yield* release(machine, task, cpu, pfn)
  }
}

function runSwarm(swarm: Swarm): void {
  const { engine, machine, workloads } = swarm
  for (let t = 1; t <= 20; t++) {
    engine.run(t * 5 * MS)
    engine.check()
    machine.transport?.port.check()
  }
  engine.run(60 * SECOND)
  machine.balloon?.setTarget(0)
  engine.run(120 * SECOND)
  engine.check()
  checkMachine(machine)
  checkTranslations(machine)
  expect(machine.ghost.violations, swarm.description).toEqual([])
  expect(workloads.map(({ state }) => state), swarm.description).toEqual(workloads.map(() => TaskState.DONE))
  expect(machine.policy!.pagesAway, swarm.description).toBe(0)
  if (machine.balloon !== null) expect(machine.balloon.actual, swarm.description).toBe(0)
}

test(`${SEEDS} machines lose nothing and come to rest`, () => {
  const seen = { hinted: 0, oom: 0, oomWaits: 0, hostOutOfMemory: 0, splits: 0, retries: 0, stale: 0 }
  for (let seed = 0; seed < SEEDS; seed++) {
    const swarm = drawMachine(seed)
    runSwarm(swarm)
    const { kernel, vm, policy } = swarm.machine
    seen.hinted += policy!.records.counter('hintedBlocks')
    seen.oomWaits += policy!.records.counter('oomWaits')
    seen.stale += policy!.records.counter('stale')
    seen.oom += kernel.counter('oom')
    seen.hostOutOfMemory += vm.counter('outOfMemory')
    seen.splits += vm.counter('splits')
    seen.retries += vm.counter('retries')
  }
  // The swarm has been where it hurts.
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0)
})

test('the same seed twice is the same run', () => {
  const hashes = [7, 7, 8].map((seed) => {
    const swarm = drawMachine(seed)
    swarm.engine.run(200 * MS)
    return `${swarm.engine.eventHash} ${swarm.engine.cols.hash()}`
  })
  expect(hashes[0]).toBe(hashes[1])
  expect(hashes[0]).not.toBe(hashes[2])
})

test('the swarm finds lost data when blocks are not isolated, or put back too early', () => {
  for (const off of [{ isolate: false }, { putbackAfterCompletion: false }]) {
    let found = 0
    for (let seed = 0; seed < SEEDS && found === 0; seed++) {
      const swarm = drawMachine(seed, { hint: { ...ALL_SAFEGUARDS, ...off } })
      swarm.engine.run(200 * MS)
      found = swarm.machine.ghost.violations.filter(({ rule }) => rule === 'V1').length
    }
    expect(found, JSON.stringify(off)).toBeGreaterThan(0)
  }
})
