/** Places are found out before, files are there whole or not at all, and trying leaves nothing behind. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkFile, checkFolder, unfinished, writeWhole } from './whole-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-whole-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)
writeFileSync(at('file'), 'old')
mkdirSync(at('folder'))

function told(action: () => void): string {
  try {
    action()
  } catch (error) {
    return (error as Error).message.replaceAll(folder, 'F')
  }
  return 'fine'
}

test('what can be written, and what not', () => {
  const files = ['file', 'new', 'folder', 'new/', 'none/new', 'file/new', ''].map((name) => told(() => checkFile('--csv', name === '' ? '' : at(name))))
  const folders = ['folder', 'none/new', 'file', 'file/new', ''].map((name) => told(() => checkFolder('--report', name === '' ? '' : at(name))))
  expect([...files, ...folders, told(() => checkFile('--csv', '/dev/null')), told(() => checkFile('--csv', '/proc/none')).slice(0, 26)]).toMatchInlineSnapshot(`
    [
      "fine",
      "fine",
      "--csv F/folder: found a folder; accepted is a file that can be written",
      "--csv F/new/: found a folder; accepted is a file that can be written",
      "--csv F/none/new: found no folder F/none; accepted is a file that can be written",
      "--csv F/file/new: found the file F/file where a folder must be; accepted is a file that can be written",
      "--csv : found no name; accepted is a file that can be written",
      "fine",
      "fine",
      "--report F/file: found a file; accepted is a folder that can be written",
      "--report F/file/new: found the file F/file where a folder must be; accepted is a folder that can be written",
      "--report : found no name; accepted is a folder that can be written",
      "fine",
      "--csv /proc/none: found EN",
    ]
  `)
  expect(readdirSync(folder).sort()).toEqual(['file', 'folder'])
})

test('a file gets its name when it is whole; what was there stays when it does not become so', () => {
  const pieces = Array.from({ length: 300 }, (_, i) => `${i},`.repeat(2000))
  writeWhole(at('file'), (write) => {
    for (const piece of pieces) write(piece)
    expect(readFileSync(at('file'), 'utf8')).toBe('old')
  })
  expect(readFileSync(at('file'), 'utf8')).toBe(pieces.join(''))
  expect(told(() => writeWhole(at('file'), (write) => {
    write('half')
    throw new Error('stopped')
  }))).toBe('stopped')
  expect(readFileSync(at('file'), 'utf8').length).toBe(pieces.join('').length)
  expect(readdirSync(folder).sort()).toEqual(['file', 'folder'])
})

test('a link stays a link, and a device is written as it is', () => {
  symlinkSync(at('file'), at('link'))
  writeWhole(at('link'), (write) => write('through'))
  expect(readFileSync(at('file'), 'utf8')).toBe('through')
  expect([existsSync(at('link')), unfinished('/dev/null')]).toEqual([true, '/dev/null'])
  writeWhole('/dev/null', (write) => write('x'))
  rmSync(at('link'))
})
