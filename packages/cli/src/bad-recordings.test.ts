/** What `decode`, `lint` and `replay` say of files that are no recordings: the file, the place, what was found and what is accepted; exit code 2. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { captureCli } from './testing/capture.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-bad-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SERVED = fileURLToPath(new URL('../../../traces/conversations/serve-split.bin', import.meta.url))
const served = readFileSync(SERVED)

const BAD: readonly [string, Uint8Array | string, string][] = [
  ['empty', '', 'found an empty file; accepted is a conversation'],
  ['text', 'mm_page_alloc: page=1', 'byte 0: found no conversation (it begins with 6d6d5f70); accepted is'],
  ['cut', served.subarray(0, served.length - 5), 'found a record that is cut off by the end of the file; accepted is'],
  ['foreign', Buffer.concat([served, Buffer.from('\x7fELF and so on, and on')]), `byte ${served.length}: found what is no record of a conversation; accepted is`],
  ['huge', Buffer.concat([served, Buffer.from([0x32, 0xff, 0xff, 0xff, 0xff, 0x7f])]), `byte ${served.length}: found a record of 34359738367 bytes, where at most 16777216 are read`],
  ['version', Uint8Array.of(8, 2), 'byte 0: found version 2, where 1 is read; accepted is'],
  ['event', Buffer.concat([served, Uint8Array.of(0x32, 2, 0x22, 9)]), `byte ${served.length}: found an event that cannot be decoded`],
]

describe.each(BAD)('%s', (name, content, found) => {
  const file = join(folder, `${name}.bin`)
  test.each([['decode', file], ['decode', file, '--json'], ['lint', file], ['replay', file, '--host']])('%s', async (...args) => {
    writeFileSync(file, content)
    const { code, stderr } = await captureCli(args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(found) as string])
    expect(stderr.startsWith(`hintlab: ${file}: `)).toBe(true)
    expect(stderr.trimEnd().split('\n').length).toBe(1)
  })
})

test('a folder, and a file that is not there', async () => {
  expect((await captureCli(['decode', folder])).stderr).toContain('found a directory; accepted is')
  expect((await captureCli(['lint', join(folder, 'none')])).stderr).toContain('found no such file; accepted is')
})

test('a FIFO is read as a file is', async () => {
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const writer = spawn('sh', ['-c', `cat "${SERVED}" > "${fifo}"`], { stdio: 'ignore' })
  const [fromFifo, fromFile] = [await captureCli(['decode', fifo]), await captureCli(['decode', SERVED])]
  writer.unref()
  expect([fromFifo.code, fromFifo.stdout]).toEqual([0, fromFile.stdout])
})

test('a recording of a real guest: its host can be replayed, and why its guest cannot', async () => {
  const host = await captureCli(['replay', SERVED, '--host'])
  expect([host.code, host.stderr]).toEqual([0, ''])
  expect(host.stdout).toMatch(/^host: (\d+) of \1 recorded events done alike\n$/)
  const [guest, set] = [await captureCli(['replay', SERVED, '--guest']), await captureCli(['replay', SERVED, '--host', '--set', 'seed=2'])]
  expect([guest.code, guest.stderr]).toEqual([2, expect.stringContaining('whose guest was a real kernel; accepted for --guest is a recording of hintlab run') as string])
  expect([set.code, set.stderr]).toEqual([2, expect.stringContaining('no scenario for --set to change') as string])
})
