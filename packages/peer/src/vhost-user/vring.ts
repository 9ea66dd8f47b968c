/**
 * One ring as the front-end has described it, and its descriptors. States of the specification ("Ring states"):
 *
 *   stopped ----- kick -----> started, disabled <--- SET_VRING_ENABLE ---> started, enabled
 *      ^                                                                        |
 *      +------------------------- GET_VRING_BASE -------------------------------+
 *
 * `running` is enabled and ready to be kicked: the device has the ring. A disabled ring's kick stays unread in its descriptor, so it is not lost.
 *
 * V1  Each descriptor is closed exactly once: when it is replaced, when the ring is stopped, when the connection ends.
 */
import { closeFd, NO_FD } from '../native/file-descriptor.ts'

/** Bases of a queue that has never been used, split and packed. Another one says that the ring was in use before. */
const FRESH_BASES = [0, 0x8000_8000]

export class Vring {
  size = 0
  /** User addresses; meaningless until `addressed`. */
  descUser = 0
  availUser = 0
  usedUser = 0
  addressed = false
  base = 0
  enabled = false
  running = false
  /**
   * The ring was in use before this connection or before it was disabled, and the kick for what lies in it may be read already: it is served as soon as
   * it runs, without another one.
   */
  resumes = false
  /** Kicked in band while it could not run. */
  pending = false
  /** SET_VRING_KICK came. Linux as UML sends none where kicks come in band. */
  kickable = false
  /** GET_VRING_BASE came, and nothing since that begins the ring anew. */
  stopped = false
  kick = NO_FD
  call = NO_FD
  error = NO_FD

  setBase(base: number): void {
    this.base = base
    this.resumes = !FRESH_BASES.includes(base)
  }

  /** Everything is known that a running ring needs. `inBand`: it may be kicked without a descriptor. */
  isReady(inBand: boolean): boolean {
    return this.enabled && this.addressed && !this.stopped && this.size > 0 && (this.kickable || inBand)
  }

  setKick(fd: number, kickable: boolean): void {
    closeFd(this.kick)
    this.kick = fd
    this.kickable = kickable
  }

  setCall(fd: number): void {
    closeFd(this.call)
    this.call = fd
  }

  setError(fd: number): void {
    closeFd(this.error)
    this.error = fd
  }

  /** GET_VRING_BASE: forgets how to be kicked and whom to call. */
  stop(): void {
    this.stopped = true
    this.resumes = false
    this.pending = false
    this.setKick(NO_FD, false)
    this.setCall(NO_FD)
  }

  close(): void {
    this.stop()
    this.setError(NO_FD)
  }
}
