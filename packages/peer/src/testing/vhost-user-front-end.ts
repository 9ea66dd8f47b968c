/**
 * The other side of a vhost-user connection, for tests: a VMM with guest memory in memfds and a driver whose rings lie in it. Everything happens when it is
 * called; `pump` stands for the time in which the back-end gets to work.
 *
 *   guest memory   gpa 0x10_0000 .. (user address + 0x7f00_0000_0000)    one region of a file that begins a page later
 */
import { openSync } from 'node:fs'
import { PAGE_SIZE } from '@hintlab/kit'
import type { FeatureSet } from '@hintlab/protocol'
import type { QueuePlace } from '@hintlab/transport'
import { ForeignMemory } from '../foreign-memory.ts'
import type { ForeignRegion } from '../foreign-memory.ts'
import { closeAll, closeFd, NO_FD, setNonBlocking } from '../native/file-descriptor.ts'
import { makeMemfd } from '../native/memfd.ts'
import { MessageSocket } from '../native/message-socket.ts'
import { drainFd, makeEventFd, signalFd } from '../native/notifier.ts'
import { connectTo, socketPair } from '../native/unix-socket.ts'
import {
  CONFIG_HEADER_BYTES, FLAG_NEED_REPLY, FLAG_REPLY, HEADER_BYTES, MEM_REGION_BYTES, MEM_TABLE_HEADER_BYTES, PROTOCOL_FEATURES_BIT, Request, VERSION,
  VRING_NO_FD,
} from '../vhost-user/requests.ts'

export const GUEST_GPA = 0x10_0000
export const GUEST_BYTES = 0x8_0000
const USER_OFFSET = 0x7f00_0000_0000

export interface Message {
  readonly request: number
  readonly flags: number
  readonly payload: Buffer
}

/** A file that holds the front-end's guest memory, mapped by itself too. */
export interface GuestFile {
  readonly memory: ForeignMemory
  readonly regions: readonly Omit<ForeignRegion, 'fd'>[]
  readonly fd: number
}

/** Guest memory in a new file; `shift` moves it in the file and among user addresses, never in the guest. */
export function makeGuestFile(shift = 1): GuestFile {
  const fd = makeMemfd(GUEST_BYTES + shift * PAGE_SIZE)
  const region = { gpa: GUEST_GPA, userAddress: USER_OFFSET + shift * 2 ** 30, fileOffset: shift * PAGE_SIZE, length: GUEST_BYTES }
  const memory = new ForeignMemory()
  const fault = memory.replace([{ ...region, fd: openSync(`/proc/self/fd/${fd}`, 'r+') }])
  if (fault !== null) throw new Error(fault)
  return { memory, regions: [region], fd }
}

export function u64(low: number, high = 0): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(low >>> 0, 0)
  bytes.writeUInt32LE(high >>> 0, 4)
  return bytes
}

/** Two words, as most requests about a ring carry. */
export const vringState = (queue: number, value: number): Buffer => u64(queue, value)

export class VhostUserFrontEnd {
  /** The guest's memory as it is now. */
  guest: GuestFile
  readonly socket: MessageSocket
  private readonly pump: () => void
  private readonly kicks = new Map<number, number>()
  private readonly calls = new Map<number, number>()
  private back: MessageSocket | null = null
  private readonly files: GuestFile[] = []
  private open = true

  /** Connects to the server at `path`, with guest memory of its own, or with that of a front-end which came back (and which stays its owner). */
  constructor(path: string, pump: () => void, guest: GuestFile | null = null) {
    const fd = connectTo(path)
    setNonBlocking(fd)
    this.socket = new MessageSocket(fd)
    this.pump = pump
    this.guest = guest ?? this.newGuestFile()
  }

  newGuestFile(shift = 1): GuestFile {
    const file = makeGuestFile(shift)
    this.files.push(file)
    return file
  }

  /** Sends a message and lets the back-end work. */
  send(request: number, payload: Buffer = Buffer.alloc(0), fds: readonly number[] = [], flags: number = VERSION): void {
    this.raw(encode(request, flags, payload), fds)
    this.pump()
  }

  raw(bytes: Buffer, fds: readonly number[] = []): void {
    this.socket.send(bytes, fds)
  }

  /** The next message from the back-end, or null when there is none or it has hung up. */
  receive(from: MessageSocket = this.socket): Message | null {
    const header = Buffer.alloc(HEADER_BYTES)
    const fds: number[] = []
    if (from.receive(header, 0, HEADER_BYTES, fds) !== HEADER_BYTES) return null
    const payload = Buffer.alloc(header.readUInt32LE(8))
    if (payload.length > 0) from.receive(payload, 0, payload.length, fds)
    closeAll(fds)
    return { request: header.readUInt32LE(0), flags: header.readUInt32LE(4), payload }
  }

  /** The back-end has closed the connection. Call when no reply is due. */
  get hungUp(): boolean {
    this.pump()
    return this.socket.receive(Buffer.alloc(1), 0, 1, []) !== -1
  }

  /** The payload of a request's own reply. */
  ask(request: number, payload?: Buffer): Buffer {
    this.send(request, payload)
    const reply = this.receive()
    if (reply === null || reply.request !== request || reply.flags !== (VERSION | FLAG_REPLY)) throw new Error(`no reply to ${request}`)
    return reply.payload
  }

  /** Sends with NEED_REPLY: 0 for done, 1 for refused, null when no answer came. */
  tell(request: number, payload?: Buffer, fds?: readonly number[]): number | null {
    this.send(request, payload, fds, VERSION | FLAG_NEED_REPLY)
    const reply = this.receive()
    return reply === null ? null : reply.payload.readUInt32LE(0)
  }

  /** From SET_OWNER to the memory table, as QEMU and UML do. `protocol` null: without protocol features. */
  begin(features: FeatureSet, protocol: FeatureSet | null): void {
    this.ask(Request.GET_FEATURES)
    if (protocol !== null) {
      this.ask(Request.GET_PROTOCOL_FEATURES)
      this.send(Request.SET_PROTOCOL_FEATURES, u64(protocol.low, protocol.high))
    }
    this.send(Request.SET_OWNER)
    const own = protocol === null ? 0 : 2 ** PROTOCOL_FEATURES_BIT
    this.send(Request.SET_FEATURES, u64(features.low | own, features.high))
    this.setMemory(this.guest)
  }

  setMemory(guest: GuestFile): void {
    this.guest = guest
    this.send(Request.SET_MEM_TABLE, memTable(guest.regions), guest.regions.map(() => guest.fd))
  }

  /** Everything about a ring, ENABLE included, as UML orders it. */
  setUpQueue(queue: number, place: QueuePlace, base = 0): void {
    this.setCall(queue)
    this.send(Request.SET_VRING_NUM, vringState(queue, place.size))
    this.send(Request.SET_VRING_BASE, vringState(queue, base))
    this.send(Request.SET_VRING_ADDR, this.address(queue, place))
    this.setKick(queue)
    this.send(Request.SET_VRING_ENABLE, vringState(queue, 1))
  }

  setKick(queue: number): void {
    closeFd(this.kicks.get(queue) ?? NO_FD)
    const fd = makeEventFd()
    this.kicks.set(queue, fd)
    this.send(Request.SET_VRING_KICK, u64(queue), [fd])
  }

  /** As UML: one end of a socketpair. */
  setCall(queue: number): void {
    closeFd(this.calls.get(queue) ?? NO_FD)
    const [mine, theirs] = socketPair()
    setNonBlocking(mine)
    this.calls.set(queue, mine)
    this.send(Request.SET_VRING_CALL, u64(queue), [theirs])
    closeFd(theirs)
  }

  setCallFd(queue: number, fd: number): void {
    this.send(Request.SET_VRING_CALL, u64(fd === NO_FD ? queue | VRING_NO_FD : queue), fd === NO_FD ? [] : [fd])
  }

  address(queue: number, { descGpa, availGpa, usedGpa }: QueuePlace): Buffer {
    const [region] = this.guest.regions
    const user = (gpa: number): Buffer => {
      const address = gpa - region.gpa + region.userAddress
      return u64(address % 2 ** 32, Math.floor(address / 2 ** 32))
    }
    return Buffer.concat([u64(queue), user(descGpa), user(usedGpa), user(availGpa), u64(0)])
  }

  kick(queue: number): void {
    signalFd(this.kicks.get(queue)!)
    this.pump()
  }

  /** Whether the queue was called since the last question. */
  called(queue: number): boolean {
    return drainFd(this.calls.get(queue)!) === true
  }

  openBackChannel(): void {
    const [mine, theirs] = socketPair()
    if (this.back !== null) closeFd(this.back.fd)
    this.back = new MessageSocket(mine)
    this.send(Request.SET_BACKEND_REQ_FD, undefined, [theirs])
    closeFd(theirs)
  }

  /** What the back-end has asked, or null. */
  asked(): Message | null {
    return this.back === null ? null : this.receive(this.back)
  }

  /** Answers what the back-end asked. */
  answerBack(request: number, value = 0): void {
    this.back!.send(encode(request, VERSION | FLAG_REPLY, u64(value)))
    this.pump()
  }

  getConfig(offset: number, size: number): number[] {
    return [...this.ask(Request.GET_CONFIG, configPayload(offset, new Uint8Array(size))).subarray(CONFIG_HEADER_BYTES)]
  }

  setConfig(offset: number, bytes: Uint8Array): void {
    this.send(Request.SET_CONFIG, configPayload(offset, bytes))
  }

  /** Hangs up and lets go of everything. */
  close(): void {
    if (!this.open) return
    this.open = false
    closeFd(this.socket.fd)
    closeAll([...this.kicks.values(), ...this.calls.values()])
    if (this.back !== null) closeFd(this.back.fd)
    for (const { memory, fd } of this.files) {
      memory.clear()
      closeFd(fd)
    }
    this.pump()
  }
}

export function encode(request: number, flags: number, payload: Buffer, size: number = payload.length): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(request, 0)
  header.writeUInt32LE(flags, 4)
  header.writeUInt32LE(size, 8)
  return Buffer.concat([header, payload])
}

export function memTable(regions: readonly Omit<ForeignRegion, 'fd'>[]): Buffer {
  const bytes = Buffer.alloc(MEM_TABLE_HEADER_BYTES + regions.length * MEM_REGION_BYTES)
  bytes.writeUInt32LE(regions.length, 0)
  for (const [i, { gpa, length, userAddress, fileOffset }] of regions.entries()) {
    const at = MEM_TABLE_HEADER_BYTES + i * MEM_REGION_BYTES
    for (const [j, value] of [gpa, length, userAddress, fileOffset].entries()) bytes.writeBigUInt64LE(BigInt(value), at + 8 * j)
  }
  return bytes
}

export function configPayload(offset: number, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(CONFIG_HEADER_BYTES)
  header.writeUInt32LE(offset, 0)
  header.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}
