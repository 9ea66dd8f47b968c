import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseBigJson } from './big-json.ts'

/** JSON as QEMU writes it: integers of any length as digits. */
function write(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value).map(([key, part]) => `${JSON.stringify(key)} : ${write(part)}`).join(', ')}}`
}

const isLong = (n: bigint): boolean => !Number.isSafeInteger(Number(n))
const word = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u0000', '\u000012345678901234567890', '"12345678901234567890"', '\\'))
const values = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, word, fc.boolean(), fc.constant(null), fc.integer(), fc.bigInt().filter(isLong), tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(word.filter((key) => key !== '__proto__'), tie('value'), { maxKeys: 4, noNullPrototype: true }),
})).value

it('keeps every integer, and every string as it is', () => {
  fc.assert(fc.property(values, (value) => {
    expect(parseBigJson(write(value))).toEqual(value)
  }))
})

it('a statistic that is not set stays 2^64 - 1', () => {
  expect(parseBigJson('{"stat-swap-in": 18446744073709551615, "last-update": 0, "x": -1.5e3}')).toEqual({
    'stat-swap-in': 18446744073709551615n,
    'last-update': 0,
    x: -1500,
  })
  expect(parseBigJson('[9007199254740991, 9007199254740992, 9]')).toEqual([2 ** 53 - 1, 2n ** 53n, 9])
  expect(() => parseBigJson('{"a": }')).toThrow(SyntaxError)
})
