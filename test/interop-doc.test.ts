/** The interoperability matrix in the documents is the one that the model gives. */
import { readFileSync } from 'node:fs'
import { interopMatrix, renderInterop } from '@hintlab/lab'
import { expect, test } from 'vitest'

test('docs/peers.md shows the matrix of today', () => {
  const text = readFileSync(new URL('../docs/peers.md', import.meta.url), 'utf8')
  const shown = /<!-- INTEROP -->\n```text\n([^`]*)```/.exec(text)?.[1]
  expect(shown).toBe(`${renderInterop(interopMatrix())}\n`)
})
