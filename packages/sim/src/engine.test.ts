import { describe, expect, it } from 'vitest'
import { makeMeasure } from './testing/index.ts'

const draws = (random: { u32: () => number }, n: number): number[] => Array.from({ length: n }, () => random.u32())

describe('random streams', () => {
  it('are the same for the same name and seed, and differ in either', () => {
    const first = draws(makeMeasure({ seed: 1 }).stream('device'), 5)
    expect(draws(makeMeasure({ seed: 1 }).stream('device'), 5)).toEqual(first)
    expect(draws(makeMeasure({ seed: 2 }).stream('device'), 5)).not.toEqual(first)
    expect(draws(makeMeasure({ seed: 1 }).stream('workload'), 5)).not.toEqual(first)
  })

  it('do not shift each other: a new consumer changes nobody', () => {
    const alone = draws(makeMeasure().stream('workload'), 20)
    const engine = makeMeasure()
    const workload = engine.stream('workload')
    const mixed = Array.from({ length: 20 }, (_, i) => {
      draws(engine.stream(`newcomer ${i % 3}`), i)
      return workload.u32()
    })
    expect(mixed).toEqual(alone)
  })

  it('are one per name, and start over with the engine', () => {
    const engine = makeMeasure()
    engine.cols.seal()
    const random = engine.stream('device')
    const first = draws(random, 3)
    expect(engine.stream('device')).toBe(random)
    expect(draws(random, 3)).not.toEqual(first)
    engine.reset()
    expect(draws(engine.stream('device'), 3)).toEqual(first)
  })
})
