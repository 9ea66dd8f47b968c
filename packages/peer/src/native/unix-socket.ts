/** Unix stream sockets by path: listening, accepting, connecting. Whatever is wrong with the path is a sentence. */
import { lstatSync, unlinkSync } from 'node:fs'
import { closeFd, NO_FD } from './file-descriptor.ts'
import { libc, Sock } from './libc.ts'
import { Errno, SystemError } from './system-error.ts'

/** sizeof(sun_path), less the 0 at its end. */
const PATH_BYTES_MAX = 107
const STREAM = Sock.STREAM | Sock.CLOEXEC

/**
 * A listening socket at `path`, non-blocking. A socket that nobody listens on any more is replaced; anything else that is there is left alone and is an
 * error.
 */
export function listenAt(path: string, backlog: number): number {
  removeStale(path)
  const { bind, listen, errno } = libc()
  const address = addressOf(path)
  const fd = openSocket(Sock.NONBLOCK)
  if (bind(fd, address, address.length) < 0 || listen(fd, backlog) < 0) {
    const failed = errno()
    closeFd(fd)
    throw new SystemError(`cannot listen at ${path}`, failed)
  }
  return fd
}

/** A connection that waits, non-blocking and close-on-exec, or NO_FD. */
export function acceptFrom(listener: number): number {
  const fd = libc().accept4(listener, null, null, Sock.NONBLOCK | Sock.CLOEXEC)
  return fd < 0 ? NO_FD : fd
}

/** Connects; the socket itself blocks. */
export function connectTo(path: string): number {
  const { connect, errno } = libc()
  const address = addressOf(path)
  const fd = openSocket(0)
  if (connect(fd, address, address.length) < 0) {
    const failed = errno()
    closeFd(fd)
    throw new SystemError(`cannot connect to ${path}`, failed)
  }
  return fd
}

/** Two sockets connected to each other. */
export function socketPair(): [number, number] {
  const pair = Buffer.alloc(128)
  if (libc().socketpair(Sock.UNIX, STREAM, 0, pair) < 0) throw new SystemError('socketpair', libc().errno())
  return [pair.readInt32LE(0), pair.readInt32LE(4)]
}

function openSocket(flags: number): number {
  const fd = libc().socket(Sock.UNIX, STREAM | flags, 0)
  if (fd < 0) throw new SystemError('socket', libc().errno())
  return fd
}

function removeStale(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return
  if (!stat.isSocket()) throw new SystemError(`${path} exists and is not a socket`)
  if (isHeard(path)) throw new SystemError(`${path}: somebody listens there already`)
  unlinkSync(path)
}

/** Whether anybody listens there. Only a refusal says that nobody does. */
function isHeard(path: string): boolean {
  const address = addressOf(path)
  const fd = openSocket(Sock.NONBLOCK)
  const refused = libc().connect(fd, address, address.length) < 0 && libc().errno() === Errno.CONNREFUSED
  closeFd(fd)
  return !refused
}

/** struct sockaddr_un. */
function addressOf(path: string): Uint8Array {
  const bytes = Buffer.from(path)
  if (bytes.length > PATH_BYTES_MAX) throw new SystemError(`a socket path has at most ${PATH_BYTES_MAX} bytes, this one ${bytes.length}: ${path}`)
  if (bytes.length === 0 || bytes.includes(0)) throw new SystemError('a socket path is not empty and contains no zero byte')
  const address = Buffer.alloc(2 + PATH_BYTES_MAX + 1)
  address.writeUInt16LE(Sock.UNIX)
  address.set(bytes, 2)
  return address
}
