/**
 * What guest and host learn of each other beside requests: the host changes its configuration space, and looks at something of the guest's that no message
 * brings. A recording listens here, and a replay stands in for the side that is missing.
 *
 *     host --tell(wish)--> listener --> guest.heed        host <--look(what, pfn)-- listener <-- guest.show | stand-in
 */
import { messages } from '@hintlab/protocol'

export const LookAt = messages.HostLook.What
export type LookAt = messages.HostLook.What

/** The host's fields of the configuration space (balloon-config.ts). */
export interface HostWish {
  readonly numPages: number
  readonly commandId: number
}

export interface SideListener {
  told(wish: HostWish): void
  looked(what: LookAt, pfn: number, value: number): void
}

/** The guest's end. */
export interface SideGuest {
  /** The configuration has changed, and says this now. */
  heed(wish: HostWish): void
  show(what: LookAt, pfn: number): number
}

export class SideChannel {
  listener: SideListener | null = null
  /** Answers looks where there is no guest. */
  standIn: SideGuest['show'] | null = null
  readonly guest: SideGuest

  constructor(guest: SideGuest) {
    this.guest = guest
  }

  tell(wish: Partial<HostWish>): void {
    const whole = { numPages: 0, commandId: 0, ...wish }
    this.listener?.told(whole)
    this.guest.heed(whole)
  }

  /** What the guest has to show, now. A page is named by its number; 0 where none is meant. */
  look(what: LookAt, pfn = 0): number {
    const value = this.standIn === null ? this.guest.show(what, pfn) : this.standIn(what, pfn)
    this.listener?.looked(what, pfn, value)
    return value
  }
}
