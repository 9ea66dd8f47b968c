/**
 * Where a guest's memory may lie. User-mode Linux keeps it in an unlinked file and maps that executable, so the file system must have room
 * and must not be mounted noexec, as /dev/shm is in some containers (and often is small there).
 */
import { readFileSync, realpathSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** The first folder that can hold `bytes` of guest memory: shared memory, else the folder for temporary files. Null when none can. */
export function memoryFolder(bytes: number, candidates: readonly string[] = ['/dev/shm', tmpdir(), '/var/tmp']): string | null {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  return candidates.find((folder) => hasRoom(folder, bytes) && mayExecute(realpathSync(folder), mounts)) ?? null
}

function hasRoom(folder: string, bytes: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= bytes
  } catch {
    return false
  }
}

/** True when `folder` lies on a mount without noexec. `mounts` is /proc/self/mountinfo; of two mounts on one folder the later counts. */
export function mayExecute(folder: string, mounts: string): boolean {
  let best = ''
  let options = ''
  for (const line of mounts.split('\n')) {
    // ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS ...
    const fields = line.split(' ')
    if (fields.length < 6) continue
    const point = fields[4].replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    const inside = folder === point || folder.startsWith(point === '/' ? '/' : `${point}/`)
    if (!inside || point.length < best.length) continue
    best = point
    options = fields[5]
  }
  return !options.split(',').includes('noexec')
}
