import { QueueRole } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { interopMatrix } from './interop.ts'
import type { InteropCell, RoleVerdict } from './interop.ts'
import { renderCell, renderInterop } from './render-interop.ts'

test('the matrix of drivers and devices, from runs', () => {
  expect(renderInterop(interopMatrix())).toMatchInlineSnapshot(`
    "driver                               | qemu                 | firecracker                                       | cloud-hypervisor   | hintlab
    linux, takes all                     | works                | works                                             | works              | works
    linux, declines STATS                | lost: hints, reports | hangs: inflation, deflation, reports; lost: hints | works              | init fails: set-up
    linux, declines STATS, no hints      | hangs: reports       | hangs: inflation, deflation, reports              | works              | init fails: set-up
    linux-6.12, takes all                | works                | hangs: statistics                                 | works              | works
    linux-6.12, declines STATS           | lost: hints, reports | hangs: inflation, deflation, reports; lost: hints | works              | init fails: set-up
    linux-6.12, declines STATS, no hints | hangs: reports       | hangs: inflation, deflation, reports              | works              | init fails: set-up
    hintlab, takes all                   | works                | works                                             | init fails: set-up | works
    hintlab, declines STATS              | works                | hangs: inflation, deflation, reports; lost: hints | init fails: set-up | works
    hintlab, declines STATS, no hints    | init fails: set-up   | init fails: set-up                                | init fails: set-up | works"
  `)
})

test('a cell says the worst first', () => {
  const cell = (verdicts: [QueueRole, RoleVerdict][], more: Partial<InteropCell> = {}): string =>
    renderCell({ driver: 'linux', device: 'qemu', variant: 'takes all', failed: null, corrupts: false, verdicts: new Map(verdicts), ...more })
  expect([
    cell([[QueueRole.INFLATE, 'works']]),
    cell([[QueueRole.REPORTING, 'lost'], [QueueRole.INFLATE, 'hangs'], [QueueRole.DEFLATE, 'hangs']], { corrupts: true }),
    cell([], { failed: 'refused' }),
  ]).toEqual(['works', 'corrupts memory; hangs: inflation, deflation; lost: reports', 'init fails: refused'])
})
