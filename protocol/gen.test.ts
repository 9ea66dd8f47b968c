import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { generate, GENERATED, PROTO_FILES } from './gen.ts'

it('the committed files are what the .proto files give (else run `pnpm gen`)', () => {
  const { js, dts } = generate()
  expect(js === readFileSync(GENERATED.js, 'utf8'), 'messages.js is fresh').toBe(true)
  expect(dts === readFileSync(GENERATED.dts, 'utf8'), 'messages.d.ts is fresh').toBe(true)
})

it('no field is a 64-bit integer', () => {
  const sources = PROTO_FILES.map((name) => readFileSync(join(dirname(fileURLToPath(import.meta.url)), name), 'utf8'))
  expect(sources.join('\n')).not.toMatch(/^\s*(repeated |optional )?s?(u?int|fixed)64 /m)
  expect(readFileSync(GENERATED.dts, 'utf8')).not.toContain('Long')
})
