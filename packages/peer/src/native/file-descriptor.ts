/** File descriptors that came from somewhere else: each is closed exactly once, and none may make a later call wait. */
import { closeSync, fstatSync } from 'node:fs'
import { assert } from '@hintlab/kit'
import { Fcntl, libc } from './libc.ts'

/** No descriptor. */
export const NO_FD = -1

/** Closes a descriptor that its owner has not closed yet; NO_FD is none. What the file behind it thinks of that does not matter. */
export function closeFd(fd: number): void {
  if (fd === NO_FD) return
  try {
    closeSync(fd)
  } catch (error) {
    assert((error as NodeJS.ErrnoException).code !== 'EBADF', 'a descriptor is closed once')
  }
}

export function closeAll(fds: readonly number[]): void {
  for (const fd of fds) closeFd(fd)
}

/**
 * Makes reads and writes return instead of waiting. The flag belongs to the open file, which a peer may share; peers that are known set it themselves
 * (QEMU) or never come to where it matters (UML).
 */
export function setNonBlocking(fd: number): void {
  const { fcntl } = libc()
  const flags = fcntl(fd, Fcntl.GETFL, 0)
  if (flags >= 0) fcntl(fd, Fcntl.SETFL, flags | Fcntl.O_NONBLOCK)
}

/** What a descriptor can be used for here. */
export type FdKind = 'file' | 'socket' | 'pipe' | 'anonymous' | 'other'

const FORMAT = 0o17_0000
const FORMAT_REGULAR = 0o10_0000

/** 'anonymous' is what has no type in the file system: eventfds. */
export function fdKind(fd: number): FdKind {
  try {
    const stat = fstatSync(fd)
    if ((stat.mode & FORMAT) === FORMAT_REGULAR) return 'file'
    if (stat.isSocket()) return 'socket'
    if (stat.isFIFO()) return 'pipe'
    return (stat.mode & FORMAT) === 0 ? 'anonymous' : 'other'
  } catch {
    return 'other'
  }
}
