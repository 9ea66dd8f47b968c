/** Looks for a QEMU that emulates x86-64, and tells its version; or says why there is none and how to install one. */
import { spawnSync } from 'node:child_process'

export const QEMU_BINARY = 'qemu-system-x86_64'

const INSTALL = 'apt-get install --no-install-recommends qemu-system-x86'

export interface FoundQemu {
  /** As given: a path, or a name that the system looks up. */
  readonly binary: string
  /** As QEMU prints it, for example 7.2.22. */
  readonly version: string
}

export type QemuSearch = { found: FoundQemu } | { missing: string }

/** Asks `binary` for its version. One that is not there, does not start or is no QEMU gives a sentence with the reason and what installs one. */
export function findQemu(binary: string = QEMU_BINARY): QemuSearch {
  if (process.platform !== 'linux') return { missing: 'a device of QEMU is driven through the named pipes and shared memory of Linux' }
  const { error, status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8', timeout: 10_000 })
  if (error !== undefined) return missing((error as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no ${binary}` : error.message)
  const version = /^QEMU emulator version (\d+(?:\.\d+)*)/.exec(stdout)
  return status === 0 && version !== null ? { found: { binary, version: version[1] } } : missing(`${binary} is no QEMU emulator`)
}

function missing(reason: string): QemuSearch {
  return { missing: `${reason}. Install it with: ${INSTALL}` }
}
