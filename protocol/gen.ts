/**
 * Makes protocol/src/generated from the .proto files. `pnpm gen` writes the two files; gen.test.ts makes them again and compares, so the
 * committed text cannot fall behind its source.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** The message files, in reading order. */
export const PROTO_FILES = ['hint.proto', 'config.proto', 'ring.proto', 'virtio.proto', 'conversation.proto'] as const

/** Where the generated text is committed. */
export const GENERATED = { js: join(here, 'src/generated/messages.js'), dts: join(here, 'src/generated/messages.d.ts') } as const

/**
 * Only encode and decode are generated: nothing in the project verifies, converts or names types through protobufjs. `--alt-comment`
 * carries the comments of the .proto files into the declarations.
 */
const FLAGS = [
  '-t', 'static-module', '-w', 'esm', '-d', '-r', 'hintlab', '--alt-comment',
  '--no-create', '--no-verify', '--no-convert', '--no-delimited', '--no-typeurl',
] as const

/** The text of both files as the present .proto files give it. */
export function generate(): { js: string; dts: string } {
  const cli = join(dirname(createRequire(import.meta.url).resolve('protobufjs-cli/package.json')), 'bin/pbjs')
  const scratch = mkdtempSync(join(tmpdir(), 'hintlab-gen-'))
  try {
    const out = join(scratch, 'messages.js')
    const args = [cli, ...FLAGS, '-p', here, '-o', out, ...PROTO_FILES]
    execFileSync(process.execPath, args, { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
    return { js: readFileSync(out, 'utf8'), dts: withoutLong(readFileSync(join(scratch, 'messages.d.ts'), 'utf8')) }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/**
 * The declarations always import package `long`, which is not visible here and would turn a 64-bit field into `any` without a word. There
 * is no such field, so the import goes. gen.test.ts refuses a field that would need it.
 */
function withoutLong(dts: string): string {
  return dts.replace('import Long = require("long");\n', '')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { js, dts } = generate()
  mkdirSync(dirname(GENERATED.js), { recursive: true })
  writeFileSync(GENERATED.js, js)
  writeFileSync(GENERATED.dts, dts)
}
