/** The new interface does what the tutorial says, and the tutorial says what the new interface does. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { check, compare, record } from './main.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8')
const tutorial = read('docs/tutorial.md')

/** Fenced blocks of the tutorial with what stands in the comment before them. */
const blocks = [...tutorial.matchAll(/<!-- (from|output of|part of) (\S+) -->\n```\w*\n([\s\S]*?)\n```/g)].map(([, kind, source, text]) => ({ kind, source, text }))

test('what it prints is what the tutorial shows', async () => {
  const outputs: Record<string, string[]> = { compare: compare(), record: await record(), check: check() }
  const shown = blocks.filter(({ kind }) => kind === 'output of')
  expect(shown.map(({ source }) => source)).toEqual(['compare', 'check', 'record'])
  for (const { source, text } of shown) expect({ source, text }).toEqual({ source, text: outputs[source].join('\n') })
})

test('every block of code in the tutorial is taken from a file', () => {
  for (const { kind, source, text } of blocks.filter((block) => block.kind !== 'output of')) {
    const [path, region = ''] = source.split('#')
    const whole = read(path)
    if (kind === 'part of') expect(whole).toContain(text)
    else expect({ source, text }).toEqual({ source, text: regionOf(whole, region) })
  }
  const fences = tutorial.match(/^```(ts|proto|diff)$/gm) ?? []
  expect(fences.length).toBe(blocks.filter(({ kind }) => kind !== 'output of').length)
})

test('every region of the example is shown', () => {
  for (const file of ['rich-hints.ts', 'main.ts']) {
    const path = `examples/006-new-interface/${file}`
    const regions = [...read(path).matchAll(/#region (\w+)/g)].map(([, name]) => `${path}#${name}`)
    expect(blocks.map(({ source }) => source)).toEqual(expect.arrayContaining(regions))
  }
})

function regionOf(text: string, name: string): string {
  const lines = text.split('\n')
  const begin = lines.findIndex((line) => line.trim() === `// #region ${name}`)
  const length = lines.slice(begin).findIndex((line) => line.trim() === '// #endregion')
  return lines.slice(begin + 1, begin + length).join('\n')
}
