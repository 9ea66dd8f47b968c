/** Writes docs/conformance.md; `pnpm gen` runs it, and coverage.test.ts compares. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { conformanceText } from '../coverage.ts'
import { BROKEN } from './broken.ts'

export const CONFORMANCE_FILE = fileURLToPath(new URL('../../../../../docs/conformance.md', import.meta.url))

export const presentText = (): string => conformanceText((rule) => BROKEN[rule] !== undefined)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(CONFORMANCE_FILE), { recursive: true })
  writeFileSync(CONFORMANCE_FILE, presentText())
}
