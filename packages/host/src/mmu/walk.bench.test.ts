import { expect, test } from 'vitest'
import { benchWalk } from './walk.bench.ts'

test('the bench finds every page and divides its time by the rounds', () => {
  let clock = 0
  expect(benchWalk(() => (clock += 1000), 1024, 100)).toEqual({ walkInOrderNs: 10, walkAnyOrderNs: 10, walkLargeNs: 10, tlbHitNs: 10 })
})
