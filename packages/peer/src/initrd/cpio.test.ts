import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cpio } from './cpio.ts'
import type { Entry } from './cpio.ts'

const ENTRIES: Entry[] = [
  { kind: 'folder', name: 'bin' },
  { kind: 'file', name: 'bin/tool', data: new Uint8Array([1, 2, 3, 4, 5]), mode: 0o755 },
  { kind: 'link', name: 'bin/other', target: 'tool' },
  { kind: 'folder', name: 'tmp', mode: 0o1777 },
  { kind: 'file', name: 'tmp/note', data: 'grüße\n' },
]
const DEVICE: Entry = { kind: 'device', name: 'console', type: 'char', major: 5, minor: 1 }

describe('cpio', () => {
  it('gives equal bytes for equal entries, in units of four', () => {
    const image = cpio([...ENTRIES, DEVICE])
    expect(cpio([...ENTRIES, DEVICE])).toEqual(image)
    expect(image.length % 4).toBe(0)
  })

  it('writes the header that the kernel reads', () => {
    expect(fields(cpio([DEVICE]))).toMatchInlineSnapshot(`
      "070701
      00000001
      00002180
      00000000
      00000000
      00000001
      00000000
      00000000
      00000000
      00000000
      00000005
      00000001
      00000008
      00000000
      console"
    `)
  })

  it('refuses names that are absolute, leave the root, or come twice', () => {
    expect(() => cpio([{ kind: 'folder', name: '/etc' }])).toThrow('relative')
    expect(() => cpio([{ kind: 'folder', name: 'a/../../b' }])).toThrow('relative')
    expect(() => cpio([{ kind: 'folder', name: 'a' }, { kind: 'folder', name: 'a' }])).toThrow('once')
  })

  const reader = [['cpio'], ['busybox', 'cpio']].find(([command, ...args]) => spawnSync(command, [...args, '--help']).error === undefined)

  it.skipIf(reader === undefined)('is unpacked by an independent reader to the same files', () => {
    const [command, ...args] = reader!
    const folder = mkdtempSync(join(tmpdir(), 'hintlab-cpio-'))
    try {
      execFileSync(command, [...args, '-i'], { cwd: folder, input: cpio(ENTRIES), stdio: 'pipe' })
      expect(readFileSync(join(folder, 'bin/other'))).toEqual(Buffer.from([1, 2, 3, 4, 5]))
      expect(readFileSync(join(folder, 'tmp/note'), 'utf8')).toBe('grüße\n')
      const names = ENTRIES.map((entry) => entry.name)
      const modes = execFileSync('stat', ['-c', '%A %n', ...names], { cwd: folder, encoding: 'utf8' })
      expect(modes).toMatchInlineSnapshot(`
        "drwxr-xr-x bin
        -rwxr-xr-x bin/tool
        lrwxrwxrwx bin/other
        drwxrwxrwt tmp
        -rw-r--r-- tmp/note
        "
      `)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** The first entry's header, a field a line, and its name. */
function fields(image: Uint8Array): string {
  const text = Buffer.from(image).toString('latin1')
  const numbers = Array.from({ length: 13 }, (_, i) => text.slice(6 + 8 * i, 14 + 8 * i))
  return [text.slice(0, 6), ...numbers, text.slice(110, text.indexOf('\0', 110))].join('\n')
}
