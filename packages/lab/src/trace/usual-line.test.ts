import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseText, traceLine } from '../testing/trace-text.ts'
import { bundledTracePath } from './bundled.ts'
import { FTRACE } from './trace-parser.ts'

const GENERAL = { ...FTRACE, usual: null }

/** Parses with and without the shortcut; both must give the same. Returns how many lines the shortcut has read. */
function compare(text: string | Buffer): number {
  const quick = parseText(text, [], { reportedMax: Number.MAX_SAFE_INTEGER })
  const general = parseText(text, [], { reportedMax: Number.MAX_SAFE_INTEGER, dialect: GENERAL })
  expect(quick.events.finish()).toEqual(general.events.finish())
  expect(quick.malformed).toEqual(general.malformed)
  expect(quick.counts).toEqual(general.counts)
  expect(general.usualLines).toBe(0)
  return quick.usualLines
}

const HEAD = '    redis-server-2757    [001] ..s1.  3767.099643: '
const ALLOC = `${HEAD}mm_page_alloc: page=0000000000000000 pfn=0x155744 order=0 migratetype=1 gfp_flags=GFP_KERNEL`
const FREE = `${HEAD}mm_page_free: page=0000000000000000 pfn=0x155744 order=0`

test('the shortcut reads the usual lines, once their mask is known', () => {
  expect(compare(`${FREE}\n${ALLOC}\n${ALLOC}\n${FREE}\r\n`)).toBe(3)
})

test('with any one byte of a usual line changed, removed or doubled, the result is that of the general way', () => {
  const lines: string[] = []
  for (const line of [ALLOC, FREE]) {
    for (let at = 0; at < line.length; at++) {
      for (const by of ['', ' ', '0', '9', '[', '(', 'x', ':', '.', line[at].repeat(2)]) {
        lines.push(line.slice(0, at) + by + line.slice(at + 1))
      }
    }
  }
  const usual = compare(`${ALLOC}\n${lines.join('\n')}\n`)
  // Most changes within task, flags, pointer and digits leave the line usual; the test would be empty otherwise.
  expect(usual).toBeGreaterThan(500)
})

// A fixed seed: whether any of the lines is usual must not be left to chance.
test('on generated lines the result is that of the general way', () => {
  let usual = 0
  fc.assert(fc.property(fc.array(traceLine, { minLength: 1, maxLength: 30 }), (lines) => {
    usual += compare(`${lines.join('\n')}\n`)
  }), { numRuns: 100, seed: 1 })
  expect(usual).toBeGreaterThan(0)
})

test('of the first megabyte of the bundled recording all events but the first of each mask are usual', () => {
  const text = gunzipSync(readFileSync(bundledTracePath())).subarray(0, 1_000_000)
  const masks = new Set(text.toString('latin1').match(/gfp_flags=\S+(?=\n)/g))
  const events = text.toString('latin1').split('\n').slice(0, -1).filter((line) => !line.startsWith('#')).length
  expect(compare(text.subarray(0, text.lastIndexOf(10) + 1))).toBe(events - masks.size)
})
