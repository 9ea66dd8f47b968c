/**
 * One message after the other out of a byte stream that a hostile peer cuts as it likes. Never reads beyond the end of a message, so descriptors that
 * arrive while one is put together are that message's: the kernel does not join bytes across them.
 *
 *   header (12) -> judged -> payload (size) -> judged -> `request`, `flags`, `payload`, `fds`
 */
import type { MessageSocket } from '../native/message-socket.ts'
import { closeAll } from '../native/file-descriptor.ts'
import { FDS_MAX } from '../native/message-socket.ts'
import { fdsFault, HEADER_BYTES, headerFault, PAYLOAD_BYTES_MAX } from './requests.ts'

/** What `next` found. */
export const Read = { MESSAGE: 1, NOTHING: 0, CLOSED: -1, MALFORMED: -2 } as const
export type Read = (typeof Read)[keyof typeof Read]

export class MessageReader {
  request = 0
  flags = 0
  size = 0
  /** Descriptors of the message. Whoever takes one removes it; what is left is closed by `done`. */
  readonly fds: number[] = []
  /** Why the last message was MALFORMED. */
  fault = ''
  private readonly socket: MessageSocket
  private readonly bytes = Buffer.alloc(HEADER_BYTES + PAYLOAD_BYTES_MAX)
  private have = 0

  constructor(socket: MessageSocket) {
    this.socket = socket
  }

  /** Reads on. After MESSAGE the fields describe it until `done`. */
  next(): Read {
    for (;;) {
      const want = this.have < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + this.size
      if (this.have === want && this.have >= HEADER_BYTES && this.complete()) return this.judged()
      const got = this.socket.receive(this.bytes, this.have, want - this.have, this.fds)
      if (got <= 0) return got === -1 ? Read.NOTHING : Read.CLOSED
      if (this.socket.truncated || this.fds.length > FDS_MAX) return this.malformed('with too many descriptors')
      this.have += got
      if (this.have < want) continue
      if (want === HEADER_BYTES && !this.parseHeader()) return Read.MALFORMED
      if (this.complete()) return this.judged()
    }
  }

  /** The payload, borrowed until `done`. */
  get payload(): Buffer {
    return this.bytes.subarray(HEADER_BYTES, HEADER_BYTES + this.size)
  }

  /** The only descriptor of the message, now the caller's; -1 when there is none. */
  takeFd(): number {
    return this.fds.pop() ?? -1
  }

  /** The message is dealt with: closes what nobody took. */
  done(): void {
    closeAll(this.fds.splice(0))
    this.have = 0
    this.size = 0
  }

  private complete(): boolean {
    return this.have === HEADER_BYTES + this.size
  }

  private parseHeader(): boolean {
    this.request = this.bytes.readUInt32LE(0)
    this.flags = this.bytes.readUInt32LE(4)
    const size = this.bytes.readUInt32LE(8)
    const fault = headerFault(this.request, this.flags, size)
    if (fault === null) this.size = size
    else this.malformed(fault)
    return fault === null
  }

  private judged(): Read {
    const fault = fdsFault(this.request, this.fds.length)
    return fault === null ? Read.MESSAGE : this.malformed(fault)
  }

  private malformed(fault: string): Read {
    this.fault = fault
    return Read.MALFORMED
  }
}
