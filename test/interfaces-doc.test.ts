/** docs/interfaces.md against the presets. */
import { readFileSync } from 'node:fs'
import { interfacesText } from '@hintlab/lab'
import { expect, test } from 'vitest'

test('docs/interfaces.md says what the presets are today', () => {
  expect(readFileSync(new URL('../docs/interfaces.md', import.meta.url), 'utf8')).toBe(interfacesText())
})
