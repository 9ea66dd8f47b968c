/** The documents against the code: what they link to exists, what they name is accepted, what they show runs. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { COMPARED } from '@hintlab/lab'
import { costsHash, makeCosts } from '@hintlab/sim'
import { legalAxes, legalityTable } from '@hintlab/transport'
import { expect, test } from 'vitest'
import { anchorsOf, brokenLinks, brokenPaths, snippetsOf, unknownFlags, unknownScripts } from './docs.ts'
import { filesBelow, readRepoFile, ROOT } from './files.ts'

const documents = filesBelow('', ['.md'])
const readme = readRepoFile('README.md')
const architecture = readRepoFile('ARCHITECTURE.md')
const exists = (path: string): boolean => existsSync(ROOT + path)
const read = (path: string): string | null => {
  if (!exists(path)) return null
  return statSync(ROOT + path).isFile() ? readFileSync(ROOT + path, 'utf8') : ''
}

/** Runs a TypeScript file as a user would, and returns what it prints. */
const run = (...args: string[]): string => execFileSync(process.execPath, ['--import', 'tsx', ...args], { cwd: ROOT, encoding: 'utf8' })

test('links lead somewhere', () => {
  expect(documents.flatMap((file) => brokenLinks(file, read))).toEqual([])
  const text = '# A heading\n[a](README.md) [b](none.md) [c](#a-heading) [d](#other) [e](README.md#none) [f](https://example.org/x)'
  expect(brokenLinks({ path: 'X.md', text }, read)).toEqual([
    'X.md: none.md does not exist', 'X.md: #other names no heading', 'X.md: README.md#none names no heading',
  ])
  expect(anchorsOf("# The port, and its axes\n```sh\n# a comment\n```\n## D6: three")).toEqual(['the-port-and-its-axes', 'd6-three'])
})

test('files that are named exist', () => {
  expect(documents.flatMap((file) => brokenPaths(file, exists))).toEqual([])
  expect(brokenPaths({ path: 'X.md', text: '`packages/kit/src/bits.ts` and `packages/kit/src/none.ts`' }, exists)).toHaveLength(1)
})

test('commands and options that are named are there', () => {
  const { scripts } = JSON.parse(readRepoFile('package.json').text) as { scripts: Record<string, string> }
  const help = run('packages/cli/src/main.ts', 'compare', '--help')
  expect(documents.flatMap((file) => unknownScripts(file, Object.keys(scripts)))).toEqual([])
  expect(documents.flatMap((file) => unknownFlags(file, help))).toEqual([])
  expect(unknownScripts({ path: 'X.md', text: 'pnpm test, pnpm@12 -s hintlab, pnpm deploy' }, Object.keys(scripts))).toEqual(['X.md: pnpm deploy is no script'])
  expect(unknownFlags({ path: 'X.md', text: 'hintlab compare --seed 1 --sed 2 --set guest.vcpus=0' }, help)).toEqual([
    'X.md: --sed is no option', 'X.md: --set guest.vcpus=0 is not accepted',
  ])
})

test('the table of axes is the one of the code', () => {
  expect(architecture.text).toContain(legalityTable())
  expect(architecture.text).toContain(`${legalAxes().length} are legal`)
})

test('the output in the README has the rows and the costs of today', () => {
  const output = /<!-- OUTPUT: .* -->\n```text\n([\s\S]*?)```/.exec(readme.text)?.[1] ?? ''
  for (const { name } of COMPARED) expect(output).toContain(`\n${name} `)
  expect(output).toContain(`costs ${costsHash(makeCosts())}`)
})

test('TypeScript in the README runs and prints what it says', () => {
  const snippets = snippetsOf(readme.text)
  expect(snippets.length).toBeGreaterThan(0)
  const cache = `${ROOT}node_modules/.cache/`
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(`${cache}snippets-`)
  try {
    for (const [i, { code, output }] of snippets.entries()) {
      writeFileSync(`${folder}/${i}.mts`, code)
      expect(run(`${folder}/${i}.mts`)).toBe(output)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  expect(snippetsOf('```ts\na()\n```\n\n```text\n1\n```\n```ts\nb()\n```\ntext')).toEqual([{ code: 'a()\n', output: '1\n' }, { code: 'b()\n', output: null }])
})
