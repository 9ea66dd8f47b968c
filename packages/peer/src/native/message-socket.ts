/**
 * Bytes and file descriptors over one connected unix stream socket, without ever waiting. The `msghdr` that the kernel wants is laid out once, in a buffer
 * outside the JavaScript heap:
 *
 *   0        64      128            256
 *   | msghdr | iovec | control ...  | data (4096) |
 *
 * Descriptors arrive with the first byte they were sent with, are close-on-exec, and belong to whoever called `receive`.
 */
import { assert } from '@hintlab/kit'
import { libc, MsgFlag, Sock } from './libc.ts'
import { Errno } from './system-error.ts'

/** Descriptors of one message: VHOST_MEMORY_BASELINE_NREGIONS of the vhost-user protocol. */
export const FDS_MAX = 8
/** Bytes of one call. */
export const DATA_BYTES_MAX = 4096

/** Results of `receive` and `send` that are no number of bytes. */
export const CLOSED = 0
export const AGAIN = -1
export const BROKEN = -2

const MSG_IOV = 16
const MSG_IOV_COUNT = 24
const MSG_CONTROL = 32
const MSG_CONTROL_BYTES = 40
const MSG_FLAGS = 48
const IOVEC = 64
const IOVEC_BYTES = IOVEC + 8
const CONTROL = 128
const CMSG_LEVEL = 8
const CMSG_TYPE = 12
const CMSG_DATA = 16
const CONTROL_BYTES = CMSG_DATA + 4 * FDS_MAX
const DATA = 256

export class MessageSocket {
  readonly fd: number
  /** Descriptors of the last `receive` did not fit; the kernel has closed them. */
  truncated = false
  private readonly scratch = Buffer.alloc(DATA + DATA_BYTES_MAX)
  private readonly header: bigint

  constructor(fd: number) {
    this.fd = fd
    const { scratch } = this
    this.header = libc().address(scratch)
    scratch.writeBigUInt64LE(this.header + BigInt(IOVEC), MSG_IOV)
    scratch.writeBigUInt64LE(1n, MSG_IOV_COUNT)
    scratch.writeBigUInt64LE(this.header + BigInt(DATA), IOVEC)
  }

  /** Reads at most `length` bytes to `at`, and appends descriptors to `fds`: bytes, CLOSED, AGAIN or BROKEN. */
  receive(into: Uint8Array, at: number, length: number, fds: number[]): number {
    assert(length > 0 && length <= DATA_BYTES_MAX && at + length <= into.length, 'the bytes have room')
    const { scratch } = this
    this.prepare(length, CONTROL_BYTES)
    const got = libc().recvmsg(this.fd, this.header, MsgFlag.DONTWAIT | MsgFlag.CMSG_CLOEXEC)
    if (got < 0) return failure()
    this.truncated = (scratch.readUInt32LE(MSG_FLAGS) & MsgFlag.CTRUNC) !== 0
    this.takeFds(fds)
    into.set(scratch.subarray(DATA, DATA + got), at)
    return got
  }

  /** Sends bytes, with descriptors, which stay the caller's: the bytes taken, AGAIN or BROKEN. */
  send(bytes: Uint8Array, fds: readonly number[] = []): number {
    assert(bytes.length <= DATA_BYTES_MAX && fds.length <= FDS_MAX, 'the message has room')
    const { scratch } = this
    this.prepare(bytes.length, fds.length === 0 ? 0 : CMSG_DATA + 4 * fds.length)
    scratch.writeBigUInt64LE(BigInt(CMSG_DATA + 4 * fds.length), CONTROL)
    scratch.writeInt32LE(Sock.SOL_SOCKET, CONTROL + CMSG_LEVEL)
    scratch.writeInt32LE(Sock.SCM_RIGHTS, CONTROL + CMSG_TYPE)
    for (let i = 0; i < fds.length; i++) scratch.writeInt32LE(fds[i], CONTROL + CMSG_DATA + 4 * i)
    scratch.set(bytes, DATA)
    const sent = libc().sendmsg(this.fd, this.header, MsgFlag.DONTWAIT | MsgFlag.NOSIGNAL)
    return sent < 0 ? failure() : sent
  }

  private prepare(length: number, controlBytes: number): void {
    const { scratch } = this
    // sizeof(struct cmsghdr) is a multiple of 8 and so must the room be.
    const room = (controlBytes + 7) & ~7
    scratch.writeBigUInt64LE(controlBytes === 0 ? 0n : this.header + BigInt(CONTROL), MSG_CONTROL)
    scratch.writeBigUInt64LE(BigInt(room), MSG_CONTROL_BYTES)
    scratch.writeUInt32LE(0, MSG_FLAGS)
    scratch.writeBigUInt64LE(BigInt(length), IOVEC_BYTES)
  }

  private takeFds(fds: number[]): void {
    const { scratch } = this
    const total = Number(scratch.readBigUInt64LE(MSG_CONTROL_BYTES))
    for (let at = 0; at + CMSG_DATA <= total;) {
      const length = Number(scratch.readBigUInt64LE(CONTROL + at))
      const rights = scratch.readInt32LE(CONTROL + at + CMSG_LEVEL) === Sock.SOL_SOCKET
        && scratch.readInt32LE(CONTROL + at + CMSG_TYPE) === Sock.SCM_RIGHTS
      if (length < CMSG_DATA) return
      for (let data = CMSG_DATA; data + 4 <= length; data += 4) if (rights) fds.push(scratch.readInt32LE(CONTROL + at + data))
      at += (length + 7) & ~7
    }
  }
}

function failure(): typeof AGAIN | typeof BROKEN {
  const errno = libc().errno()
  return errno === Errno.AGAIN || errno === Errno.INTR ? AGAIN : BROKEN
}
