/** docs/conformance.md is what the rules say, and the suites that it names are there. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ruleOf, RULES } from './rules/rules.ts'
import { CONFORMANCE_FILE, presentText } from './testing/write-conformance.ts'

test('the committed table is the present one (else run `pnpm gen`)', () => {
  expect(readFileSync(CONFORMANCE_FILE, 'utf8') === presentText(), 'docs/conformance.md is fresh').toBe(true)
})

test('every suite that is named exists', () => {
  const files = RULES.flatMap(({ how }) => ('file' in how ? [how.file] : []))
  expect(files.filter((file) => !existsSync(fileURLToPath(new URL(`../../../../${file}`, import.meta.url))))).toEqual([])
})

test('how many rules are checked, and how', () => {
  const by = new Map<string, number>()
  for (const { how } of RULES) by.set(how.by, (by.get(how.by) ?? 0) + 1)
  expect(Object.fromEntries(by)).toMatchInlineSnapshot(`
    {
      "exploration": 5,
      "not checked": 24,
      "suite": 8,
      "trace": 84,
    }
  `)
  expect(ruleOf(18).title).toBe('The used length is 0 where nothing was written')
})
