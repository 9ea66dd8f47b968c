/**
 * A writer of initramfs images: the "newc" format of cpio, which the kernel unpacks into its first file system.
 *
 *   | header: "070701" + 13 numbers of 8 hex digits | name, 0 | pad to 4 | data | pad to 4 |  next entry ...  TRAILER!!!
 *
 * C1  The bytes depend on nothing but the entries: time 0, owner root, inode numbers in the order given. Equal entries give equal images.
 * C2  The kernel makes entries in order, so a folder stands before what lies in it; a name is relative and appears once.
 */
import { assert } from '@hintlab/kit'

export type Entry =
  | { kind: 'folder'; name: string; mode?: number }
  | { kind: 'file'; name: string; data: Uint8Array | string; mode?: number }
  | { kind: 'link'; name: string; target: string }
  | { kind: 'device'; name: string; type: 'char' | 'block'; major: number; minor: number; mode?: number }

const FOLDER = 0o040000
const FILE = 0o100000
const LINK = 0o120000
const CHAR = 0o020000
const BLOCK = 0o060000

const NO_BYTES = new Uint8Array(0)
const encoder = new TextEncoder()

/** The image as the kernel takes it, uncompressed. Modes are permission bits; if not said, 755 for a folder, 644 a file, 600 a device. */
export function cpio(entries: readonly Entry[]): Uint8Array {
  const made = new Set<string>()
  const parts: Uint8Array[] = []
  let inode = 1
  for (const entry of entries) {
    const { name } = entry
    assert(name !== '' && !name.startsWith('/') && !name.split('/').includes('..'), 'an entry has a relative name')
    assert(!made.has(name), 'a name appears once')
    made.add(name)
    parts.push(...encode({ ...describe(entry), name, inode: inode++ }))
  }
  parts.push(...encode({ name: 'TRAILER!!!', inode: 0, mode: 0, links: 1, data: NO_BYTES, major: 0, minor: 0 }))
  return new Uint8Array(Buffer.concat(parts))
}

interface Record {
  name: string
  inode: number
  /** Type and permissions, as in st_mode. */
  mode: number
  links: number
  data: Uint8Array
  major: number
  minor: number
}

function describe(entry: Entry): Pick<Record, 'mode' | 'links' | 'data' | 'major' | 'minor'> {
  const plain = { links: 1, data: NO_BYTES, major: 0, minor: 0 }
  switch (entry.kind) {
    case 'folder':
      return { ...plain, mode: FOLDER | (entry.mode ?? 0o755), links: 2 }
    case 'file': {
      const data = typeof entry.data === 'string' ? encoder.encode(entry.data) : entry.data
      return { ...plain, mode: FILE | (entry.mode ?? 0o644), data }
    }
    case 'link':
      return { ...plain, mode: LINK | 0o777, data: encoder.encode(entry.target) }
    case 'device': {
      const type = entry.type === 'char' ? CHAR : BLOCK
      return { ...plain, mode: type | (entry.mode ?? 0o600), major: entry.major, minor: entry.minor }
    }
  }
}

function encode({ name, inode, mode, links, data, major, minor }: Record): Uint8Array[] {
  const nameBytes = encoder.encode(`${name}\0`)
  // ino, mode, uid, gid, nlink, mtime, filesize, device of the file, device that the file is, namesize, checksum (unused in newc).
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor, nameBytes.length, 0]
  const header = encoder.encode(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, nameBytes, padding(header.length + nameBytes.length), data, padding(data.length)]
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3)
}
