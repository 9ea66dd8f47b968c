/**
 * The channel on which the back-end asks: configuration changes, and calls in band. Linux as UML takes one interrupt for all that waits there and then
 * forgets the configuration change behind a call, so with calls in band one message is under way at a time, and the next waits for its answer:
 *
 *   ask -> waiting for the answer -> next            in band
 *   tell                                             otherwise
 */
import type { Tap } from '@hintlab/protocol'
import { closeAll, closeFd } from '../native/file-descriptor.ts'
import { MessageSocket } from '../native/message-socket.ts'
import type { PollSet } from '../native/poll-set.ts'
import { Ready } from '../native/poll-set.ts'
import { tapMessage } from './tap-message.ts'
import { BackRequest, FLAG_NEED_REPLY, HEADER_BYTES, U64_BYTES, VERSION, VRING_STATE_BYTES } from './requests.ts'

const ANSWER_BYTES = HEADER_BYTES + U64_BYTES

export class BackChannel {
  /** Calls go this way, so messages are answered and spaced. */
  inBand = false
  private socket: MessageSocket | null = null
  private config = false
  private readonly calls = new Set<number>()
  private readonly answer = Buffer.alloc(ANSWER_BYTES)
  private answered = ANSWER_BYTES
  private polled = -1
  private readonly tap: Tap | null

  constructor(tap: Tap | null) {
    this.tap = tap
  }

  /** Takes the front-end's socket, in place of the one before. */
  open(fd: number): void {
    this.close()
    this.socket = new MessageSocket(fd)
  }

  close(): void {
    if (this.socket !== null) closeFd(this.socket.fd)
    this.socket = null
    this.config = false
    this.calls.clear()
    this.answered = ANSWER_BYTES
  }

  /** False when there is no channel to say it on. */
  tellConfig(): boolean {
    this.config = true
    this.flush()
    return this.socket !== null
  }

  /** Calls a queue in band. */
  tellCall(queue: number): void {
    this.calls.add(queue)
    this.flush()
  }

  addTo(polls: PollSet): void {
    this.polled = this.socket !== null ? polls.add(this.socket.fd) : -1
  }

  /** Takes answers; whether there was anything. */
  serve(polls: PollSet): boolean {
    if (this.polled < 0 || this.socket === null || polls.ready(this.polled) === Ready.NO) return false
    const fds: number[] = []
    const want = this.answered < ANSWER_BYTES ? ANSWER_BYTES - this.answered : ANSWER_BYTES
    const got = this.socket.receive(this.answer, ANSWER_BYTES - want, want, fds)
    closeAll(fds)
    if (got > 0 && this.answered < ANSWER_BYTES) this.answered += got
    else if (got !== -1) this.close()
    if (this.answered === ANSWER_BYTES) this.flush()
    return true
  }

  private flush(): void {
    while (this.socket !== null && this.answered === ANSWER_BYTES) {
      const [queue] = this.calls
      if (queue !== undefined) {
        this.calls.delete(queue)
        const state = Buffer.alloc(VRING_STATE_BYTES)
        state.writeUInt32LE(queue, 0)
        this.say(BackRequest.VRING_CALL, state)
      } else if (this.config) {
        this.config = false
        this.say(BackRequest.CONFIG_CHANGE, Buffer.alloc(0))
      } else {
        return
      }
    }
  }

  private say(request: BackRequest, payload: Buffer): void {
    const flags = this.inBand ? VERSION | FLAG_NEED_REPLY : VERSION
    const message = Buffer.alloc(HEADER_BYTES + payload.length)
    message.writeUInt32LE(request, 0)
    message.writeUInt32LE(flags, 4)
    message.writeUInt32LE(payload.length, 8)
    message.set(payload, HEADER_BYTES)
    tapMessage(this.tap, { request, flags, payload, fds: 0, fromFrontEnd: false, backChannel: true })
    const sent = this.socket!.send(message)
    // A channel that takes nothing any more has been told already; half a message would make nonsense of the rest.
    if (sent !== message.length && sent !== -1) this.close()
    else if (sent > 0 && this.inBand) this.answered = 0
  }
}
