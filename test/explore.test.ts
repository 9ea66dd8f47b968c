/**
 * Two vCPUs, four pages, a hint policy: which schedules lose data? With its safeguards none of the random ones does; without F1 (isolate before reporting) or F2
 * (put back only after the completion) one is found within seconds, with the steps that lead to it.
 */
import { describe, expect, it } from 'vitest'
import { buildFourPages, COMPARED, randomSchedules } from '@hintlab/lab'
import type { Interface } from '@hintlab/lab'

const interfaces = COMPARED.filter((row) => row.interface !== null)
const linux = COMPARED.find((row) => row.name === 'reporting, virtqueue, sleeps')!.interface
const thread = COMPARED.find((row) => row.name === 'buffer, virtqueue, async')!.interface

describe('with every safeguard', () => {
  it('is clean in 100,000 schedules of free page reporting on a virtqueue', () => {
    const { finding, schedules, stepsMax } = randomSchedules(buildFourPages(linux), { schedules: 100_000, seed: 1 })
    expect(finding).toBeNull()
    expect(schedules).toBe(100_000)
    // The schedules really differ in what they do.
    expect(stepsMax).toBeGreaterThan(100)
  })

  it.each(interfaces)('is clean in 1,000 schedules: $name', ({ interface: face }) => {
    expect(randomSchedules(buildFourPages(face), { schedules: 1000, seed: 2 }).finding).toBeNull()
  })

  it.each(interfaces)('declares every change in its footprint: $name', ({ interface: face }) => {
    expect(randomSchedules(buildFourPages(face), { schedules: 50, seed: 3, audit: true }).finding).toBeNull()
  })
})

describe('without one', () => {
  it.each(interfaces)('finds the discarded page and the lost data: $name', ({ interface: face }) => {
    for (const safeguard of ['F1', 'F2'] as const) {
      const scenario = buildFourPages(face, [safeguard])
      const discarded = randomSchedules(scenario, { schedules: 20_000, seed: 1 })
      expect(discarded.finding?.kind, `${safeguard}, any rule`).toBe('violation')
      expect(discarded.finding?.texts[0]).toContain('V2')
      const lost = randomSchedules(scenario, { schedules: 40_000, seed: 1, rules: ['V1'] })
      expect(lost.finding?.texts.at(-1), `${safeguard}, data`).toContain('the guest reads zeroes')
    }
  })

  it('prints the steps of the shortest story it found', () => {
    const { finding } = shortest(thread, 'F2')
    expect(finding.texts).toMatchInlineSnapshot(`
      [
        "V2 at step 63: the host discards page p0x0, which the guest owns (allocated)",
      ]
    `)
    expect(finding.trail.slice(-12).join('\n')).toMatchInlineSnapshot(`
      "  52  vcpu0    kworker async_buffer   put back: zone lock
        53  vcpu1    vcpu1 exit             exit: in the host
        54  host0    hint device            device: wait for a kick
        55  vcpu0    kworker async_buffer   put back: blocks in the buddy, zone unlock
        56  vcpu1    workload 1             port: kick
        57  vcpu0    workload 0             workload: page written
        58  vcpu0    workload 0             workload: page read back
        59  host0    hint device            device: wait until nobody else serves
        60  vcpu0    workload 0             free: zone lock
        61  vcpu0    workload 0             free: pages in the buddy, zone unlock
        62  vcpu0    workload 0             alloc: zone lock
        63  host0    hint device            device: request taken"
    `)
  })
})

describe('a schedule', () => {
  it('is the same for the same seed', () => {
    const run = (seed: number): string => randomSchedules(buildFourPages(thread), { schedules: 200, seed }).hash
    expect(run(5)).toBe(run(5))
    expect(run(5)).not.toBe(run(6))
  })

  it('finds a hang when the device never gets its kick', () => {
    const scenario = buildFourPages(linux)
    // Nobody wakes the device thread: the worker waits for ever, and out of memory nobody frees.
    scenario.machine.device!.wake = () => {}
    const { finding } = randomSchedules(scenario, { schedules: 50, seed: 1 })
    expect(finding?.kind).toBe('lost request')
  })
})

function shortest(face: Interface, safeguard: 'F1' | 'F2') {
  const found = [1, 2, 3, 4, 5].map((seed) => randomSchedules(buildFourPages(face, [safeguard]), { schedules: 5000, seed }).finding!)
  found.sort((a, b) => a.trail.length - b.trail.length)
  return { finding: found[0] }
}
