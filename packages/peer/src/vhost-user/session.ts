/**
 * One connection with a front-end: takes its messages in order, and turns them into calls on a `VhostUserDevice`. Synchronous: when `onReadable` returns, what
 * had arrived is done and answered.
 *
 *   malformed (size, version, descriptors, no number)   -> the connection ends
 *   understood, and cannot be followed                  -> answered with 1 where an answer was asked for, else the connection ends
 *
 * S1  Nothing of a message is believed: indexes, sizes and addresses are judged before use, and memory is reached through `ForeignMemory` only.
 * S2  The device never has a ring while its memory, its features or the ring's place change.
 * S3  After `close` every descriptor that the front-end sent is closed and the device has no ring.
 */
import { commonFeatures, featureSet, hasFeature } from '@hintlab/protocol'
import type { FeatureSet, Tap } from '@hintlab/protocol'
import type { ForeignMemory } from '../foreign-memory.ts'
import { closeFd, NO_FD, setNonBlocking } from '../native/file-descriptor.ts'
import { MessageSocket } from '../native/message-socket.ts'
import { canNotify } from '../native/notifier.ts'
import type { PollSet } from '../native/poll-set.ts'
import { Ready } from '../native/poll-set.ts'
import { BackChannel } from './back-channel.ts'
import type { VhostUserCounters } from './counters.ts'
import type { VhostUserDevice, VhostUserLink } from './device.ts'
import { MessageReader, Read } from './message-reader.ts'
import {
  configRange, isSocket, Outcome, readFeatures, readMemTable, readU64, readVringAddress, readVringFd, readVringState,
} from './payloads.ts'
import {
  CONFIG_HEADER_BYTES, FLAG_NEED_REPLY, FLAG_REPLY, hasReply, HEADER_BYTES, neededFeature, PROTOCOL_FEATURES_BIT, ProtocolFeature, Request,
  U64_BYTES, VERSION, VRING_INDEX_MASK, VRING_STATE_BYTES,
} from './requests.ts'
import { tapMessage } from './tap-message.ts'
import { VringSet } from './vring-set.ts'

/** Messages that one call of `onReadable` takes, so that a front-end which never stops leaves time for the rest. */
const MESSAGES_AT_ONCE = 64

const NOTHING = Buffer.alloc(0)
const PROTOCOL_FEATURES = featureSet(PROTOCOL_FEATURES_BIT)
const NO_FEATURES: FeatureSet = { low: 0, high: 0 }

export interface SessionOptions {
  /** Offered to the front-end. */
  readonly protocolFeatures: FeatureSet
  readonly counters: VhostUserCounters
  readonly tap: Tap | null
}

export class VhostUserSession implements VhostUserLink {
  /** False once the connection has ended; `close` must follow. */
  alive = true
  readonly fd: number
  private readonly device: VhostUserDevice
  private readonly memory: ForeignMemory
  private readonly counters: VhostUserCounters
  private readonly tap: Tap | null
  private readonly offeredProtocol: FeatureSet
  private readonly socket: MessageSocket
  private readonly reader: MessageReader
  private readonly rings: VringSet
  private readonly back: BackChannel
  private protocol: FeatureSet = NO_FEATURES
  private features: FeatureSet | null = null
  /** The front-end has agreed to SET_VRING_ENABLE. */
  private enables = true
  private status = 0
  private configWaits = false
  private polled = -1

  /** Takes the connected socket `fd`, which must not block. */
  constructor(fd: number, device: VhostUserDevice, memory: ForeignMemory, { protocolFeatures, counters, tap }: SessionOptions) {
    this.fd = fd
    this.device = device
    this.memory = memory
    this.counters = counters
    this.tap = tap
    this.offeredProtocol = protocolFeatures
    this.socket = new MessageSocket(fd)
    this.reader = new MessageReader(this.socket)
    this.rings = new VringSet(device, memory, counters)
    this.back = new BackChannel(tap)
    counters.connections++
    device.connected(this)
  }

  addTo(polls: PollSet): void {
    this.rings.addTo(polls)
    this.back.addTo(polls)
    this.polled = polls.add(this.fd)
  }

  /** Kicks first: messages may close the descriptors that were polled. Whether anything happened. */
  serve(polls: PollSet): boolean {
    let served = this.rings.serve(polls)
    served = this.back.serve(polls) || served
    if (polls.ready(this.polled) !== Ready.NO) {
      served = true
      this.onReadable()
    }
    this.tellConfig()
    return served
  }

  /** Takes the messages that have arrived. */
  onReadable(): void {
    for (let i = 0; i < MESSAGES_AT_ONCE && this.alive; i++) {
      const read = this.reader.next()
      if (read === Read.NOTHING) return
      if (read === Read.MESSAGE) {
        this.take()
      } else {
        this.alive = false
        if (read === Read.MALFORMED) this.counters.malformed++
      }
      if (read === Read.MESSAGE || read === Read.MALFORMED) this.reader.done()
    }
  }

  interrupt(queue: number): void {
    if (this.rings.call(queue)) return
    if (this.has(ProtocolFeature.INBAND_NOTIFICATIONS)) this.back.tellCall(queue)
  }

  configChanged(): void {
    this.configWaits = true
    this.tellConfig()
  }

  close(): void {
    this.alive = false
    this.rings.close()
    this.device.disconnected()
    this.back.close()
    this.reader.done()
    this.memory.clear()
    closeFd(this.fd)
  }

  private has(feature: ProtocolFeature): boolean {
    return hasFeature(this.protocol, feature)
  }

  /** Kept until a driver listens: QEMU ends when it hears of a change before. */
  private tellConfig(): void {
    if (!this.configWaits || !this.rings.anyRunning) return
    this.configWaits = false
    if (this.back.tellConfig()) this.counters.configChanges++
  }

  private take(): void {
    const { request, flags, payload, fds } = this.reader
    this.counters.messages++
    tapMessage(this.tap, { request, flags, payload, fds: fds.length, fromFrontEnd: true, backChannel: false })
    const needs = neededFeature(request)
    const asked = (flags & FLAG_NEED_REPLY) !== 0 && !hasReply(request)
    const before = this.has(ProtocolFeature.REPLY_ACK)
    const known = needs !== undefined && (needs === null || this.has(needs))
    const outcome = known ? this.follow(request as Request, payload) : Outcome.REFUSED
    // Linux as UML asks for an answer to the very message that allows it to.
    const answers = asked && (before || this.has(ProtocolFeature.REPLY_ACK))
    if (outcome === Outcome.MALFORMED) {
      this.counters.malformed++
      this.alive = false
    } else if (outcome === Outcome.REFUSED) {
      this.counters.refused++
      if (answers) this.replyU64(request, { low: 1, high: 0 })
      else this.alive = false
    } else if (answers) {
      this.replyU64(request, NO_FEATURES)
    }
  }

  private follow(request: Request, payload: Buffer): Outcome {
    switch (request) {
      case Request.GET_FEATURES:
        this.driverMayBeGone()
        return this.replyU64(request, union(this.device.offered, PROTOCOL_FEATURES))
      case Request.SET_FEATURES: return this.setFeatures(readFeatures(payload))
      case Request.GET_PROTOCOL_FEATURES: return this.replyU64(request, this.offeredProtocol)
      case Request.SET_PROTOCOL_FEATURES: return this.setProtocol(readFeatures(payload))
      case Request.GET_QUEUE_NUM: return this.replyU64(request, { low: this.device.queues, high: 0 })
      case Request.SET_OWNER: return Outcome.DONE
      case Request.RESET_OWNER: return this.disableAll()
      case Request.RESET_DEVICE: return this.resetDevice()
      case Request.SET_STATUS: return this.setStatus(readU64(payload))
      case Request.GET_STATUS: return this.replyU64(request, { low: this.status, high: 0 })
      case Request.SET_MEM_TABLE: return this.setMemTable(payload)
      case Request.GET_CONFIG: return this.getConfig(payload)
      case Request.SET_CONFIG: return this.setConfig(payload)
      case Request.SET_BACKEND_REQ_FD: return this.setBackChannel()
      case Request.SET_VRING_KICK:
      case Request.SET_VRING_CALL:
      case Request.SET_VRING_ERR:
        return this.setVringFd(request, payload)
      case Request.SET_VRING_ADDR: return this.setVringAddress(payload)
      case Request.SET_VRING_NUM:
      case Request.SET_VRING_BASE:
      case Request.GET_VRING_BASE:
      case Request.SET_VRING_ENABLE:
      case Request.VRING_KICK:
        return this.setVringState(request, payload)
    }
  }

  private setFeatures(features: FeatureSet): Outcome {
    const connection = hasFeature(features, PROTOCOL_FEATURES_BIT)
    const driver: FeatureSet = { low: (features.low & ~PROTOCOL_FEATURES.low) >>> 0, high: features.high }
    if (!sameFeatures(commonFeatures(driver, this.device.offered), driver)) return Outcome.REFUSED
    // While rings run that can be disabled, it is the same driver that says it again. Otherwise it may be another one, for which everything begins anew.
    if (!this.rings.anyRunning || !connection || this.features === null || !sameFeatures(this.features, driver)) {
      this.rings.forgetAll()
      if (!this.device.setFeatures(driver)) return Outcome.REFUSED
      this.features = driver
    }
    this.enables = connection
    // Rule 113: without the bit there is no SET_VRING_ENABLE, and rings begin enabled.
    if (!connection) for (const ring of this.rings.rings) ring.enabled = true
    this.rings.settleAll()
    return Outcome.DONE
  }

  /**
   * Linux as UML forgets the bit for SET_VRING_ENABLE when its driver declines a feature at second thought, and then has no way to say that the driver is
   * gone. What it does say at that moment, and at no other while rings run, is GET_FEATURES. The memory of the rings is the guest's own again.
   */
  private driverMayBeGone(): void {
    if (this.enables || !this.rings.anyRunning) return
    this.rings.forgetAll()
    this.features = null
    this.device.reset()
  }

  private setProtocol(features: FeatureSet): Outcome {
    if (!sameFeatures(commonFeatures(features, this.offeredProtocol), features)) return Outcome.REFUSED
    const inBand = hasFeature(features, ProtocolFeature.INBAND_NOTIFICATIONS)
    const channel = hasFeature(features, ProtocolFeature.BACKEND_REQ) && hasFeature(features, ProtocolFeature.REPLY_ACK)
    if (inBand && !channel) return Outcome.MALFORMED
    this.protocol = features
    this.back.inBand = inBand
    this.rings.inBand = inBand
    return Outcome.DONE
  }

  private disableAll(): Outcome {
    this.rings.haltAll()
    for (const ring of this.rings.rings) ring.enabled = false
    return Outcome.DONE
  }

  private resetDevice(): Outcome {
    this.disableAll()
    for (const ring of this.rings.rings) ring.resumes = false
    this.features = null
    this.status = 0
    this.device.reset()
    return Outcome.DONE
  }

  private setStatus(status: number): Outcome {
    if (status > 0xff) return Outcome.MALFORMED
    if (status === 0) return this.resetDevice()
    this.status = status
    return Outcome.DONE
  }

  private setMemTable(payload: Buffer): Outcome {
    const regions = readMemTable(payload, this.reader.fds)
    if (regions === null) return Outcome.MALFORMED
    this.reader.fds.length = 0
    this.rings.haltAll()
    const fault = this.memory.replace(regions)
    if (fault === null) {
      this.counters.memoryTables++
      this.device.memoryReplaced()
    }
    this.rings.settleAll()
    return fault === null ? Outcome.DONE : Outcome.REFUSED
  }

  private getConfig(payload: Buffer): Outcome {
    const range = configRange(payload)
    // Rule: an answer without payload says that it cannot be read.
    if (range === null) return this.reply(Request.GET_CONFIG, NOTHING)
    const answer = Buffer.from(payload)
    this.device.config.read(range.offset, answer.subarray(CONFIG_HEADER_BYTES))
    return this.reply(Request.GET_CONFIG, answer)
  }

  private setConfig(payload: Buffer): Outcome {
    const range = configRange(payload)
    if (range === null) return Outcome.REFUSED
    this.device.config.write(range.offset, Uint8Array.from(payload.subarray(CONFIG_HEADER_BYTES)))
    return Outcome.DONE
  }

  private setBackChannel(): Outcome {
    const fd = this.reader.takeFd()
    if (fd === NO_FD) return Outcome.MALFORMED
    if (!isSocket(fd)) {
      closeFd(fd)
      return Outcome.REFUSED
    }
    this.back.open(fd)
    return Outcome.DONE
  }

  private setVringFd(request: Request, payload: Buffer): Outcome {
    const { queue, expectsFd, valid } = readVringFd(payload)
    if (!valid || expectsFd !== (this.reader.fds.length === 1)) return Outcome.MALFORMED
    if (queue >= this.rings.rings.length) return Outcome.REFUSED
    const inBand = this.has(ProtocolFeature.INBAND_NOTIFICATIONS)
    // Without a descriptor the front-end wants the ring to be polled, unless it kicks in band. We do not poll.
    if (request === Request.SET_VRING_KICK && !expectsFd && !inBand) return Outcome.REFUSED
    const fd = this.reader.takeFd()
    if (fd !== NO_FD && !canNotify(fd)) {
      closeFd(fd)
      return Outcome.REFUSED
    }
    if (fd !== NO_FD) setNonBlocking(fd)
    const ring = this.rings.rings[queue]
    if (request === Request.SET_VRING_CALL) ring.setCall(fd)
    else if (request === Request.SET_VRING_ERR) ring.setError(fd)
    else this.rings.setKick(queue, fd)
    this.rings.settle(queue)
    return Outcome.DONE
  }

  private setVringAddress(payload: Buffer): Outcome {
    const address = readVringAddress(payload)
    if (address === null) return Outcome.MALFORMED
    if (address.queue >= this.rings.rings.length) return Outcome.REFUSED
    const ring = this.rings.rings[address.queue]
    this.rings.halt(address.queue)
    ring.stopped = false
    ring.descUser = address.descUser
    ring.availUser = address.availUser
    ring.usedUser = address.usedUser
    ring.addressed = this.rings.placeOf(ring) !== null
    if (!ring.addressed) this.counters.badRings++
    this.rings.settle(address.queue)
    return ring.addressed ? Outcome.DONE : Outcome.REFUSED
  }

  private setVringState(request: Request, payload: Buffer): Outcome {
    const { queue, value } = readVringState(payload)
    if (queue >= this.rings.rings.length) return Outcome.REFUSED
    const ring = this.rings.rings[queue]
    if (request === Request.VRING_KICK) {
      this.rings.kickInBand(queue)
      return Outcome.DONE
    }
    if (request === Request.SET_VRING_ENABLE && value > 1) return Outcome.MALFORMED
    if (request === Request.SET_VRING_NUM && (value === 0 || value > this.device.queueSizeMax(queue))) return Outcome.REFUSED
    if (request !== Request.SET_VRING_ENABLE || value === 0) this.rings.halt(queue)
    if (request === Request.SET_VRING_NUM) ring.size = value
    else if (request === Request.SET_VRING_BASE) ring.setBase(value)
    else if (request === Request.SET_VRING_ENABLE) ring.enabled = value === 1
    else return this.answerBase(queue)
    this.rings.settle(queue)
    return Outcome.DONE
  }

  private answerBase(queue: number): Outcome {
    const ring = this.rings.rings[queue]
    ring.stop()
    const state = Buffer.alloc(VRING_STATE_BYTES)
    state.writeUInt32LE(queue & VRING_INDEX_MASK, 0)
    state.writeUInt32LE(ring.base, 4)
    return this.reply(Request.GET_VRING_BASE, state)
  }

  private replyU64(request: number, { low, high }: FeatureSet): Outcome {
    const payload = Buffer.alloc(U64_BYTES)
    payload.writeUInt32LE(low, 0)
    payload.writeUInt32LE(high, 4)
    return this.reply(request, payload)
  }

  /** A front-end that asks and does not read until its socket is full is not waited for. */
  private reply(request: number, payload: Buffer): Outcome {
    const flags = VERSION | FLAG_REPLY
    const message = Buffer.alloc(HEADER_BYTES + payload.length)
    message.writeUInt32LE(request, 0)
    message.writeUInt32LE(flags, 4)
    message.writeUInt32LE(payload.length, 8)
    message.set(payload, HEADER_BYTES)
    tapMessage(this.tap, { request, flags, payload, fds: 0, fromFrontEnd: false, backChannel: false })
    if (this.socket.send(message) !== message.length) {
      this.counters.broken++
      this.alive = false
    }
    return Outcome.DONE
  }
}

const sameFeatures = (a: FeatureSet, b: FeatureSet): boolean => a.low === b.low && a.high === b.high

const union = (a: FeatureSet, b: FeatureSet): FeatureSet => ({ low: (a.low | b.low) >>> 0, high: (a.high | b.high) >>> 0 })
