import { expect, test } from 'vitest'
import { twoTransports } from './two-transports.ts'

test('two transports under one load', () => {
  expect(twoTransports().join('\n')).toMatchInlineSnapshot(`
    "buffer, hypercall        380 MiB returned, 601 us of vCPU time for hints, worst free 1 us, 0 violations
    buffer, virtqueue, async 382 MiB returned, 28 us of vCPU time for hints, worst free 1 us, 0 violations"
  `)
})
