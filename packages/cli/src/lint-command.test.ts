/** `hintlab lint` as a user runs it, and what it prints of peers that are wrong. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { LintFileResult } from '@hintlab/lab'
import { expect, test } from 'vitest'
import { renderLint } from './lint-command.ts'
import { runHintlab } from './testing/run-hintlab.ts'

const at = { cwd: tmpdir() }
const WIRE = fileURLToPath(new URL('../../../traces/conversations/wire-full.jsonl.gz', import.meta.url))

test('the bundled conversation of a real driver has no findings', async () => {
  const { code, stdout, stderr } = await runHintlab(['lint', WIRE, '--peer', 'linux'], at)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/wire-full\.jsonl\.gz: 1181 events; must-violation 0, should-warning 0, spec-ambiguity 0, peer-divergence 0\n$/)
})

test('a device that breaks a MUST gives exit code 1, and one that is known for it 0', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-lint-'))
  const text = gunzipSync(readFileSync(WIRE)).toString('utf8').replaceAll(/("ev":"used","q":4,.*"len":)0/g, '$14194304')
  writeFileSync(join(folder, 'sum.jsonl'), text)
  const wrong = await runHintlab(['lint', 'sum.jsonl'], { cwd: folder })
  const known = await runHintlab(['lint', 'sum.jsonl', '--peer', 'cloud-hypervisor', '--json'], { cwd: folder })
  rmSync(folder, { recursive: true })
  expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('must-violation  rule 18  device  12 times')])
  const { findings } = JSON.parse(known.stdout) as LintFileResult
  expect([known.code, findings.length, findings[0]]).toEqual([0, 12, expect.objectContaining({ verdict: 'peer-divergence', name: 'cloud-hypervisor', step: 100 })])
})

test('what cannot be read is bad input', async () => {
  const { code, stderr } = await runHintlab(['lint', 'absent.bin'], at)
  expect([code, stderr]).toEqual([2, expect.stringContaining('hintlab: absent.bin: found no such file; accepted is a conversation as `hintlab run`, `compare` or `serve` records it')])
})

test('findings are grouped by rule, with the first steps of each', () => {
  const used = (step: number) => ({ rule: 18, actor: 'V' as const, verdict: 'must-violation' as const, step, text: 'used length 4 of a buffer into which the device writes nothing' })
  const result: LintFileResult = {
    file: 'x.bin',
    events: 99,
    found: 5,
    findings: [used(4), used(8), used(12), used(16), { rule: 23, actor: 'D', verdict: 'spec-ambiguity', name: '6-vs-10', step: 20, text: 'a statistics buffer of 12 bytes' }],
  }
  expect(renderLint(result)).toMatchInlineSnapshot(`
    "must-violation  rule 18  device  4 times  2.7.8: The used length is 0 where nothing was written
    step 4: used length 4 of a buffer into which the device writes nothing
    step 8: used length 4 of a buffer into which the device writes nothing
    step 12: used length 4 of a buffer into which the device writes nothing
      and 1 more

    spec-ambiguity (6-vs-10)  rule 23  driver  1 time  5.5.6.3.1: The size of a statistics buffer is a multiple of the
      entry size
    step 20: a statistics buffer of 12 bytes

    x.bin: 99 events; must-violation 4, should-warning 0, spec-ambiguity 1, peer-divergence 0
    "
  `)
})
