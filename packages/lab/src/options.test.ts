import { expect, test } from 'vitest'
import { applySetting, InputError, parseRunOptions } from './options.ts'

/** The message of the InputError that `input` gives. */
function mistake(input: unknown): string {
  try {
    parseRunOptions(input)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as InputError).message
  }
  return 'accepted'
}

test('defaults fill what is not given', () => {
  const { seed, start, reporting, workload } = parseRunOptions({})
  expect({ seed, start, reporting, workload }).toMatchInlineSnapshot(`
    {
      "reporting": {
        "budget-divisor": 16,
        "capacity": 32,
        "delay-ms": 2000,
        "order": 9,
      },
      "seed": 1,
      "start": "aged",
      "workload": {
        "idle-gap-ms": 4,
        "settle-s": 60,
      },
    }
  `)
})

test('a mistake is one line: the path, what was found, what is accepted', () => {
  expect([
    mistake({ guest: { vcpus: 0 } }),
    mistake({ start: 'stale' }),
    mistake({ reporting: { order: 11, capacity: 'many' } }),
    mistake({ guset: {} }),
    mistake({ host: { memory: 2 ** 31 } }),
    mistake({ host: { memory: 2 ** 31 }, start: 'fresh' }),
  ]).toMatchInlineSnapshot(`
    [
      "guest.vcpus: found 0; accepted is a number from 1",
      "start: found "stale"; accepted is one of fresh, aged",
      "reporting.capacity: found "many"; accepted is a number
    reporting.order: found 11; accepted is a number up to 10",
      "options: found the unknown setting guset; accepted are seed, guest, host, start, aged, reporting, async-buffer, hinting, percpu-array, zone-bitmap, hypercall-thp, essa-log, balloon, free-page-hint, files, khugepaged, workload, ghost, cost",
      "host.memory: found 2147483648; accepted is at least guest.memory (4294967296) for a guest that starts aged, which has touched all of it",
      "accepted",
    ]
  `)
})

test('a setting is a path and a value', () => {
  const input: Record<string, unknown> = {}
  for (const setting of ['reporting.delay-ms=100', 'async-buffer.when-full=drop', 'ghost=false']) applySetting(input, setting)
  expect(input).toEqual({ reporting: { 'delay-ms': 100 }, 'async-buffer': { 'when-full': 'drop' }, ghost: false })
  expect(() => applySetting(input, 'reporting')).toThrow('found no "="')
  expect(() => applySetting(input, 'ghost.level=3')).toThrow('is a value, not a group')
})
