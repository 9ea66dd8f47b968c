import { expect, test } from 'vitest'
import { InputError } from '../options.ts'
import { judge, parseAssertion } from './assertion.ts'
import { METRIC_NAMES, METRICS } from './metrics.ts'

const values = { p99_free: 61_200, resident_end: 3 * 2 ** 30, footprint: 98.5, messages: 0, p50_return: null, returned_rate: 2 ** 20, virtual_time: 70 }
const line = (text: string): string => judge(parseAssertion(text), values).line

function mistake(text: string): string {
  try {
    parseAssertion(text)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  return 'accepted'
}

test('a metric, a comparison, a number with its unit', () => {
  expect([
    'p99_free<50us', 'p99_free < 61.2us', 'p99_free<=61.2 us', 'p99_free>0.06ms', 'p99_free<1e9ns', 'resident_end<=3GiB', 'resident_end<3G', 'resident_end==3072MiB',
    'footprint<100GiB*s', 'messages==0', 'messages!=0', 'messages<1k', 'returned_rate>=1MiB/s', 'virtual_time<60s', 'p50_return<1s', 'p50_return>0',
  ].map(line).join('\n')).toMatchInlineSnapshot(`
    "p99_free<50us: NOT MET, found 61.2 us
    p99_free < 61.2us: NOT MET, found 61.2 us
    p99_free<=61.2 us: met, found 61.2 us
    p99_free>0.06ms: met, found 61.2 us
    p99_free<1e9ns: met, found 61.2 us
    resident_end<=3GiB: met, found 3 GiB
    resident_end<3G: NOT MET, found 3 GiB
    resident_end==3072MiB: met, found 3 GiB
    footprint<100GiB*s: met, found 98.5 GiB*s
    messages==0: met, found 0
    messages!=0: NOT MET, found 0
    messages<1k: met, found 0
    returned_rate>=1MiB/s: met, found 1 MiB/s
    virtual_time<60s: NOT MET, found 70 s
    p50_return<1s: NOT MET, found no value: nothing of this kind happened
    p50_return>0: NOT MET, found no value: nothing of this kind happened"
  `)
})

test('a mistake says what is accepted', () => {
  const known = METRIC_NAMES.join(', ')
  expect(['p99_free<50', 'p99_free<50MiB', 'messages<5us', 'p99<5us', 'p99_free', '5us>p99_free', 'p99_free=5us', 'p99_free<-5us', '']
    .map((text) => mistake(text).replace(known, 'METRICS')).join('\n')).toMatchInlineSnapshot(`
      "--assert "p99_free<50": found no unit after 50; accepted are ns, us, ms, s
      --assert "p99_free<50MiB": found the unit MiB after 50; accepted are ns, us, ms, s
      --assert "messages<5us": found the unit us after 5; accepted are k, M
      --assert "p99<5us": found the unknown metric p99; accepted are METRICS
      --assert "p99_free": found no such form; accepted is METRIC OP NUMBER UNIT with one of <= >= == != < >, such as p99_free<50us
      --assert "5us>p99_free": found no such form; accepted is METRIC OP NUMBER UNIT with one of <= >= == != < >, such as p99_free<50us
      --assert "p99_free=5us": found no such form; accepted is METRIC OP NUMBER UNIT with one of <= >= == != < >, such as p99_free<50us
      --assert "p99_free<-5us": found no such form; accepted is METRIC OP NUMBER UNIT with one of <= >= == != < >, such as p99_free<50us
      --assert "": found no such form; accepted is METRIC OP NUMBER UNIT with one of <= >= == != < >, such as p99_free<50us"
    `)
})

test('names are unique, and fit where they are printed', () => {
  expect(new Set(METRIC_NAMES).size).toBe(METRICS.length)
  for (const name of METRIC_NAMES) expect(name).toMatch(/^[a-z][a-z0-9_]{2,15}$/)
})
