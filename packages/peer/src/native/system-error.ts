/**
 * What the operating system refuses while something is being set up: a socket path in use, koffi missing, a libc that is not glibc. Thrown at start-up
 * only; whatever a peer can cause later is a value.
 */
import { constants } from 'node:os'

export class SystemError extends Error {
  override readonly name = 'SystemError'
  /** 0 when the error did not come from a system call. */
  readonly errno: number

  constructor(message: string, errno = 0) {
    super(errno === 0 ? message : `${message}: ${errnoName(errno)}`)
    this.errno = errno
  }
}

/** `ENOENT` for 2. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]))

/** Numbers of the errors that the program tells apart. */
export const Errno = { INTR: constants.errno.EINTR, AGAIN: constants.errno.EAGAIN, CONNREFUSED: constants.errno.ECONNREFUSED } as const
