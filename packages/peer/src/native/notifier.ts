/**
 * Eventfds and what peers use in their place (UML: one end of a socketpair): 8 bytes say "look". A signal is never worth waiting for: who has not read the
 * one before will look anyway.
 */
import { EventFd, libc, MsgFlag } from './libc.ts'
import { fdKind } from './file-descriptor.ts'
import { Errno, SystemError } from './system-error.ts'

const ONE = Buffer.alloc(128)
ONE.writeUInt8(1)
const SIGNAL_BYTES = 8
const DRAINED = Buffer.alloc(128)

/** A new eventfd that never waits. */
export function makeEventFd(): number {
  const { eventfd, errno } = libc()
  const fd = eventfd(0, EventFd.NONBLOCK | EventFd.CLOEXEC)
  if (fd < 0) throw new SystemError('eventfd', errno())
  return fd
}

/** Whether a peer's descriptor may serve as a notifier: one whose reads and writes end. */
export function canNotify(fd: number): boolean {
  const kind = fdKind(fd)
  return kind === 'anonymous' || kind === 'socket' || kind === 'pipe'
}

/** `full` counts as heard: the other side has unread signals. */
export type SignalResult = 'sent' | 'full' | 'failed'

/** Signals a non-blocking descriptor once, as exactly 8 bytes. */
export function signalFd(fd: number): SignalResult {
  const { send, write, errno } = libc()
  // A socket is told apart by the call itself, whose flag no peer can take away.
  const sent = send(fd, ONE, SIGNAL_BYTES, MsgFlag.DONTWAIT | MsgFlag.NOSIGNAL)
  if (sent === SIGNAL_BYTES) return 'sent'
  if (errno() === Errno.AGAIN) return 'full'
  if (write(fd, ONE, SIGNAL_BYTES) === SIGNAL_BYTES) return 'sent'
  return errno() === Errno.AGAIN ? 'full' : 'failed'
}

/** Takes what was signalled: true when there was something, false when not, null when this descriptor will never say anything again. */
export function drainFd(fd: number): boolean | null {
  const { read, errno } = libc()
  const got = read(fd, DRAINED, DRAINED.length)
  if (got > 0) return true
  if (got < 0 && (errno() === Errno.AGAIN || errno() === Errno.INTR)) return false
  return null
}
