/** A vhost-user server with the echo device behind it, and front-ends for it: the one construction site of the vhost-user tests. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Columns } from '@hintlab/kit'
import { Feature, featureSet, hasFeature } from '@hintlab/protocol'
import type { FeatureSet, TapEvent } from '@hintlab/protocol'
import { BufferChain, makeDriverRing, placeQueue, ringOptions, VirtioDevice } from '@hintlab/transport'
import type { DriverRing, QueuePlace } from '@hintlab/transport'
import { EchoDevice } from '@hintlab/transport/testing'
import { ForeignMemory } from '../foreign-memory.ts'
import { PROTOCOL_FEATURES_DEFAULT, VhostUserServer } from '../vhost-user/server.ts'
import { VirtioBackEnd } from '../vhost-user/virtio-back-end.ts'
import { GUEST_GPA, VhostUserFrontEnd } from './vhost-user-front-end.ts'
import type { GuestFile } from './vhost-user-front-end.ts'

export const ECHO_FEATURES = featureSet(Feature.VERSION_1, Feature.RING_PACKED, Feature.EVENT_IDX, Feature.INDIRECT_DESC)
export const SPLIT = featureSet(Feature.VERSION_1)
export const QUEUE_SIZE = 8
const QUEUE_STRIDE = 0x4000
const BUFFERS_GPA = GUEST_GPA + 0x6_0000

export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

export interface EchoServerOptions {
  protocolFeatures?: FeatureSet
}

export function makeEchoServer({ protocolFeatures = PROTOCOL_FEATURES_DEFAULT }: EchoServerOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-vhost-user-'))
  const path = join(folder, 'socket')
  const memory = new ForeignMemory()
  const echo = new EchoDevice(memory, ECHO_FEATURES)
  const device = new VirtioDevice(new Columns(), { model: echo, memory, queues: 2 })
  echo.front = device
  const events: TapEvent[] = []
  const server = new VhostUserServer({
    path, device: new VirtioBackEnd(device, memory), memory, protocolFeatures, tap: { event: (event) => events.push(event) },
  })
  const pump = (): void => {
    for (let i = 0; i < 100 && server.step(0); i++);
  }
  const connect = (guest: GuestFile | null = null): VhostUserFrontEnd => {
    const front = new VhostUserFrontEnd(path, pump, guest)
    pump()
    return front
  }
  const close = (): void => {
    server.close()
    memory.clear()
    rmSync(folder, { recursive: true })
  }
  return { path, memory, echo, device, server, events, pump, connect, close }
}

/** A driver whose rings lie in a front-end's guest memory; it sends bytes round. */
export class EchoGuest {
  readonly place: QueuePlace
  readonly ring: DriverRing
  readonly chain: BufferChain
  private readonly file: GuestFile
  private readonly columns = new Columns()
  private sent = 0
  private answered = 0

  constructor(file: GuestFile, queue: number, features: FeatureSet, startIndex?: number) {
    this.file = file
    const shape = { size: QUEUE_SIZE, packed: hasFeature(features, Feature.RING_PACKED), tableBuffers: hasFeature(features, Feature.INDIRECT_DESC) ? 4 : 0 }
    this.place = placeQueue(GUEST_GPA + queue * QUEUE_STRIDE, shape)
    const options = { ...ringOptions(this.place, features), label: `driver ${queue}` }
    this.ring = makeDriverRing(this.columns, file.memory, startIndex === undefined ? options : { ...options, startIndex })
    this.chain = new BufferChain(this.columns, this.columns.objects('chain'), 'chain', 4)
  }

  /** Makes one request available; whether the device wants to be kicked. */
  post(bytes: readonly number[]): boolean {
    const gpa = BUFFERS_GPA + (this.sent++ % 64) * 64
    this.file.memory.write(gpa, Uint8Array.from(bytes))
    this.chain.clear()
    this.chain.addReadable(gpa, bytes.length)
    this.chain.addWritable(gpa + 32, bytes.length)
    this.ring.addChain(this.chain)
    this.ring.publish()
    return this.ring.needsKick()
  }

  /** The answer to the oldest request that has one, or null. */
  answer(): number[] | null {
    if (this.ring.popUsed() < 0) return null
    const bytes = new Uint8Array(this.ring.usedLength)
    this.file.memory.read(BUFFERS_GPA + (this.answered++ % 64) * 64 + 32, bytes)
    return [...bytes]
  }
}
