import { InputError } from '@hintlab/lab'
import { expect, test } from 'vitest'
import { runOptionsOf, wholeNumber } from './run-flags.ts'
import type { RunFlags } from './run-flags.ts'

function mistakesOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  return 'none'
}

test('each flag sets what it says', () => {
  const flags: RunFlags = { seed: '5', guestMemory: '512M', vcpus: '4', order: '3', batch: '64', start: 'fresh', settle: '2.5', set: ['host.thp=never', 'cost.kick=1500'] }
  const options = runOptionsOf(flags)
  expect([options.seed, options.guest.memory, options.guest.vcpus, options.start, options.workload['settle-s']]).toEqual([5, 2 ** 29, 4, 'fresh', 2.5])
  expect([options.reporting.order, options['async-buffer'].order, options.reporting.capacity, options['async-buffer'].entries]).toEqual([3, 3, 64, 64])
  expect([options.host.thp, options.cost.kick]).toEqual(['never', 1500])
})

test('--set wins over a flag, and no flag is the default', () => {
  expect(runOptionsOf({ order: '3', set: ['reporting.order=5'] }).reporting.order).toBe(5)
  expect(runOptionsOf({})).toEqual(runOptionsOf({ set: [] }))
  expect(runOptionsOf({}).seed).toBe(1)
})

test('all mistakes are told at once, each in one line that names the flag or the setting', () => {
  const flags: RunFlags = {
    seed: '1.5', guestMemory: '4X', vcpus: 'many', order: '11', batch: '', start: 'old', settle: '-1',
    set: ['reporting.delay=3', 'no-equals', '__proto__.polluted=1', 'seed.x=1', 'host.memory=3', 'cost.kick=1.5'],
  }
  expect(mistakesOf(() => runOptionsOf(flags))).toMatchInlineSnapshot(`
    "--guest-memory: found "4X"; accepted is a size such as 512M, 4G or a number of bytes
    --set no-equals: found no "=", accepted is path=value
    --set __proto__.polluted=1: __proto__.polluted is not the path of a setting
    --set seed.x=1: seed is a value, not a group
    --seed: found 1.5; accepted is a whole number
    --vcpus: found "many"; accepted is a number
    host.memory: found 3; accepted is a number from 67108864 (64 MiB)
    host.memory: found 3; accepted is a multiple of 2097152 (2 MiB)
    --start: found "old"; accepted is one of fresh, aged
    --batch: found ""; accepted is a number
    --order: found 11; accepted is a number up to 10
    reporting: found the unknown setting delay; accepted are delay-ms, capacity, order, budget-divisor
    --settle: found -1; accepted is a number from 0
    cost.kick: found 1.5; accepted is a whole number"
  `)
  expect(({} as Record<string, unknown>)['polluted']).toBe(undefined)
  expect(mistakesOf(() => runOptionsOf({ guestMemory: '3M' }))).toMatchInlineSnapshot(`
    "--guest-memory: found 3145728; accepted is a number from 67108864 (64 MiB)
    --guest-memory: found 3145728; accepted is a multiple of 4194304 (4 MiB)"
  `)
})

test('whole numbers, in digits alone', () => {
  expect(wholeNumber('--seeds', '3', { max: 10 })).toBe(3)
  expect(wholeNumber('--seed', '0', { min: 0, max: 10 })).toBe(0)
  for (const text of ['0', '11', '1.5', 'x', '', ' ', '1e1', '0x5', '+5', ' 5']) {
    expect(mistakesOf(() => wholeNumber('--seeds', text, { max: 10 }))).toBe(`--seeds: found ${JSON.stringify(text)}; accepted is a whole number from 1 to 10`)
  }
})
