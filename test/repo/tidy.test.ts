/** The rules of tidy.ts over the whole repository, and for each a piece of text that breaks it. */
import { expect, test } from 'vitest'
import { filesBelow, typescriptFiles } from './files.ts'
import type { RepoFile } from './files.ts'
import { codeOnly } from './source-text.ts'
import { badExports, bannedWords, machinePaths, noHeader, tooLong, tooWide, unfinished } from './tidy.ts'

const sources = typescriptFiles()
const everything = filesBelow('', ['.ts', '.md', '.proto', '.json', '.yaml', '.mjs', '.ci/run'])
const model = (text: string): RepoFile => ({ path: 'packages/kit/src/x.ts', text })
const lab = (text: string): RepoFile => ({ path: 'packages/lab/src/x.ts', text })

test('nothing is left unfinished', () => {
  expect(everything.flatMap(unfinished)).toEqual([])
  const word = ['TO', 'DO'].join('')
  expect(unfinished(lab(`a()\nb() // ${word} later`))).toEqual([`packages/lab/src/x.ts:2: ${word} is left`])
})

test('no path of one machine is written down', () => {
  expect(everything.flatMap(machinePaths)).toEqual([])
  expect(machinePaths(lab(`read('${['', 'home', 'me', 'x'].join('/')}')`))).toHaveLength(1)
  expect(machinePaths(lab('see /sys/kernel/tracing, and test/tmp/x'))).toEqual([])
})

test('lines fit on a screen', () => {
  expect([...sources, ...filesBelow('', ['.md', '.proto'])].flatMap(tooWide)).toEqual([])
  expect(tooWide(lab('x'.repeat(161)))).toEqual(['packages/lab/src/x.ts:1: 161 columns, at most 160'])
})

test('files fit in a head', () => {
  expect(sources.flatMap(tooLong)).toEqual([])
  expect(tooLong(lab('a()\n'.repeat(401) + '\n// no line of code\n'))).toEqual(['packages/lab/src/x.ts: 401 lines of code, at most 400'])
})

test('the model knows no clock, no chance and no outside but its own', () => {
  expect(sources.flatMap(bannedWords)).toEqual([])
  for (const word of ['new Date()', 'performance.now()', 'Math.random()', 'setTimeout(f, 1)', 'process.exit()', 'async () => 1', 'await f()']) {
    expect(bannedWords(model(word))).toHaveLength(1)
    expect(bannedWords(lab(word))).toEqual([])
  }
  expect(bannedWords(lab('Math.pow(2, 3) + n.toLocaleString()\nMath.sin(1)'))).toHaveLength(2)
  expect(bannedWords(model("const processes = 1 // Date\nconst context = 'process'"))).toEqual([])
})

test('exports have names and are listed', () => {
  expect(sources.filter(({ path }) => path !== 'vitest.config.ts').flatMap(badExports)).toEqual([])
  expect(badExports(lab('export default f'))).toHaveLength(1)
  expect(badExports(lab("export * from './y.ts'"))).toHaveLength(1)
})

test('every source file says first what it is', () => {
  expect(sources.flatMap(noHeader)).toEqual([])
  expect(noHeader(model("import { a } from './a.ts'"))).toHaveLength(1)
})

test('codeOnly leaves code and takes out the rest', () => {
  const text = "a / b /* c */ 'd' `e ${f('g')} h`, /[/'i]/.test(j) // k"
  expect(codeOnly(text)).toBe("a / b         ' ' `  ${f(' ')}  `, /     /.test(j)     ")
  expect(codeOnly("'it\\'s' + x")).toBe("'     ' + x")
  for (const file of sources) expect(codeOnly(file.text).length).toBe(file.text.length)
})
