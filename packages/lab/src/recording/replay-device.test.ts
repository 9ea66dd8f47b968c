/** A recorded Linux driver's bytes against the device of this repository. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { replayDriver } from './replay-device.ts'

const WIRE = fileURLToPath(new URL('../../../../traces/conversations/wire-full.jsonl.gz', import.meta.url))

test('the device writes the used elements that the recorded device wrote, and interrupts when it did', () => {
  expect(replayDriver(WIRE)).toMatchInlineSnapshot(`
    {
      "calls": 233,
      "callsAlike": 233,
      "chains": 236,
      "differences": [],
      "pagesReported": 340480,
      "pagesTaken": 340480,
      "used": 234,
      "usedAlike": 234,
    }
  `)
})

test('a recording that claims something else differs there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-replay-'))
  const file = join(folder, 'wire.jsonl')
  const text = gunzipSync(readFileSync(WIRE)).toString('utf8')
  const changed = text.replace(/("ev":"used","q":4,.*"len":)0/, '$14096').replace(/("ev":"call","q":0,.*"sent":)true/, '$1false')
    .replace(/("ev":"used","q":1,.*"used_pos":)0/, '$19')
  writeFileSync(file, changed)
  const { differences, used, usedAlike, calls, callsAlike } = replayDriver(file)
  rmSync(folder, { recursive: true })
  expect([used - usedAlike, calls - callsAlike]).toEqual([2, 1])
  expect(differences).toMatchInlineSnapshot(`
    [
      "step 100: used element 0 of queue 4 is 0/0, recorded 0/4096",
      "step 138: queue 0 interrupts, unlike the recorded device",
      "step 240: used element 9 of queue 1 is missing, recorded 0/0",
    ]
  `)
})
