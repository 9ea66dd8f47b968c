/**
 * Looks for what a real Linux guest needs on this machine: a kernel that runs as a program (user-mode Linux), its balloon driver, and a
 * busybox that needs no libraries. Debian's packages hold all three; they also work unpacked into any folder whose `usr/bin` is in PATH.
 *
 * No second way to run one is looked for: the QEMU of Debian 12 has no generic vhost-user device, so it cannot be given our balloon.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export interface UmlPaths {
  /** The kernel, an executable. */
  kernel: string
  /** As `uname -r` says in the guest. */
  release: string
  /** virtio_balloon.ko, of the same release. */
  balloonModule: string
  /** A statically linked busybox. */
  busybox: string
}

/** The paths, or one sentence: why there is no guest here, and the command that changes it. */
export type UmlSearch = { found: UmlPaths; missing: null } | { found: null; missing: string }

const INSTALL = 'apt-get install user-mode-linux busybox-static'
const DRIVER = 'kernel/drivers/virtio/virtio_balloon.ko'

/** Looks in the folders of `path` (as PATH), then in /usr/bin and /bin. */
export function findUml({ path = process.env['PATH'] ?? '' }: { path?: string } = {}): UmlSearch {
  if (process.platform !== 'linux' || process.arch !== 'x64') return missing('user-mode Linux runs on x86-64 Linux only')
  const folders = [...path.split(delimiter), '/usr/bin', '/bin'].filter((folder) => folder !== '')
  const kernel = folders.map((folder) => join(folder, 'linux.uml')).find(isExecutable)
  if (kernel === undefined) return missing('there is no linux.uml in PATH')
  const release = spawnSync(kernel, ['--version'], { encoding: 'utf8' }).stdout?.trim()
  if (!release) return missing(`${kernel} does not run`)
  // Beside the kernel, so that an unpacked package is used as a whole.
  const balloonModule = join(dirname(realpathSync(kernel)), '../lib/uml/modules', release, DRIVER)
  if (!existsSync(balloonModule)) return missing(`there is no ${balloonModule}`)
  const busybox = folders.map((folder) => join(folder, 'busybox')).find((file) => isExecutable(file) && isStatic(readFileSync(file)))
  if (busybox === undefined) return missing('there is no statically linked busybox in PATH')
  return { found: { kernel, release, balloonModule, busybox }, missing: null }
}

function missing(reason: string): UmlSearch {
  return { found: null, missing: `${reason}. Install it with: ${INSTALL}` }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const PT_INTERP = 3

/** True for a 64-bit little-endian ELF program that asks for no dynamic loader: it runs alone in an empty file system. */
export function isStatic(elf: Buffer): boolean {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) return false
  const headers = Number(elf.readBigUInt64LE(32))
  const size = elf.readUInt16LE(54)
  const count = elf.readUInt16LE(56)
  if (headers + size * count > elf.length) return false
  for (let i = 0; i < count; i++) {
    if (elf.readUInt32LE(headers + i * size) === PT_INTERP) return false
  }
  return true
}
