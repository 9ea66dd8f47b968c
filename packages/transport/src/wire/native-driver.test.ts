import { Columns, PAGE_SIZE } from '@hintlab/kit'
import { ArenaMemory, makeBatch, QueueRole, RequestKind } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { describe, expect, it } from 'vitest'
import { makeDeviceRing, makeDriverRing, placeQueue } from '../ring/make-ring.ts'
import { chainText } from '../testing/ring-fixture.ts'
import { nativeBufferBytes, NativeHintDriver } from './native-driver.ts'
import type { HintRole } from './native-driver.ts'
import { QueueTap } from './queue-tap.ts'

const RING_GPA = 4096
const BUFFERS_GPA = 8192
const SLOTS = 3

/** The driver's end, and the device's ring opposite, as the test pops it. */
function makeDriver(role: HintRole, size = 16) {
  const cols = new Columns()
  const memory = new ArenaMemory(cols)
  memory.addRegion(RING_GPA, 2 * PAGE_SIZE)
  const options = { ...placeQueue(RING_GPA, { size }), eventIdx: false }
  const driver = new NativeHintDriver(cols, memory, { role, label: 'native', target: 0, queueSize: 16, slots: SLOTS, entriesMax: 8, buffersGpa: BUFFERS_GPA })
  const start = (): void => driver.attach(makeDriverRing(cols, memory, { ...options, label: 'driver ring' }))
  start()
  return { cols, memory, options, driver, start, device: makeDeviceRing(cols, memory, { ...options, label: 'device ring' }) }
}

function batchOf(kind: RequestKind, blocks: readonly (readonly [number, number])[], commandId = 0) {
  const batch = makeBatch(8)
  batch.kind = kind
  batch.commandId = commandId
  batch.count = blocks.length
  blocks.forEach(([pfn, order], i) => {
    batch.pfn[i] = pfn
    batch.order[i] = order
  })
  return batch
}

describe('the chains of a native driver', () => {
  it('are what the roles of virtio-balloon say', () => {
    const inflate = makeDriver(QueueRole.INFLATE)
    expect(inflate.driver.post(1, batchOf(RequestKind.INFLATE, [[0x0102_0304, 0], [5, 0]]))).toBe(8)
    inflate.device.pop()
    expect(chainText(inflate.device.chain)).toBe(`r8@0x${(BUFFERS_GPA + 32).toString(16)}`)
    const bytes = new Uint8Array(8)
    inflate.memory.read(BUFFERS_GPA + 32, bytes)
    expect([...bytes]).toEqual([4, 3, 2, 1, 5, 0, 0, 0])

    const report = makeDriver(QueueRole.REPORTING)
    expect(report.driver.post(0, batchOf(RequestKind.REPORT, [[0xffff_fc00, 10], [512, 9]]))).toBe(0)
    report.device.pop()
    expect(chainText(report.device.chain)).toBe('w4194304@0xfffffc00000 w2097152@0x200000')

    const hints = makeDriver(QueueRole.FREE_PAGE)
    const command = batchOf(RequestKind.HINT_COMMAND, [], 0x8000_0002)
    expect([hints.driver.post(0, command), hints.driver.post(1, batchOf(RequestKind.HINT, [[1024, 10]]))]).toEqual([4, 0])
    hints.device.pop()
    expect(chainText(hints.device.chain)).toBe(`r4@0x${BUFFERS_GPA.toString(16)}`)
    hints.device.pop()
    expect(chainText(hints.device.chain)).toBe('w4194304@0x400000')
  })

  it('come back as their slots, with OK, whatever length the device claims within the buffers', () => {
    const { driver, device } = makeDriver(QueueRole.REPORTING)
    driver.post(2, batchOf(RequestKind.REPORT, [[0, 9]]))
    driver.post(0, batchOf(RequestKind.REPORT, [[512, 9]]))
    for (const written of [0, 2 ** 21]) {
      device.push(device.pop(), written)
      device.publish()
    }
    expect([driver.reap(), driver.status, driver.answerLength, driver.claims]).toEqual([2, 1, 0, 0])
    expect([driver.reap(), driver.status, driver.answerLength, driver.claims]).toEqual([0, 1, 2 ** 21, 1])
    expect([driver.reap(), driver.rejected]).toEqual([-1, 0])
  })

  it('have no room in a ring that is too small, and none without a ring', () => {
    const { driver, device, start } = makeDriver(QueueRole.REPORTING, 4)
    const three = batchOf(RequestKind.REPORT, [[0, 0], [1, 0], [2, 0]])
    expect([driver.post(0, three), driver.post(1, three)]).toEqual([0, -1])
    driver.detach()
    expect([driver.post(1, three), driver.reap(), driver.needsKick(), driver.broken]).toEqual([-1, -1, false, false])
    expect(device.pop()).toBe(0)
    start()
    expect(driver.post(1, three)).toBe(0)
  })

  it('need buffers only where there is something to read', () => {
    expect(Object.values(QueueRole).map((role) => nativeBufferBytes(role, 256))).toEqual([1024, 1024, 2560, 4, 0])
  })

  it('are requests of the queue', () => {
    const { driver } = makeDriver(QueueRole.REPORTING)
    expect(() => driver.post(0, batchOf(RequestKind.INFLATE, [[0, 0]]))).toThrow('the queue takes reports')
    expect(() => driver.post(0, batchOf(RequestKind.REPORT, []))).toThrow('between one and entriesMax blocks')
  })
})

it('a tap hears of chains with their bytes and of used elements, and reads the words of the ring', () => {
  const { memory, driver, device, options } = makeDriver(QueueRole.INFLATE)
  const events: TapEvent[] = []
  driver.tap = new QueueTap({ event: (event) => void events.push(event) }, memory, { queue: 3, place: options })
  driver.post(0, batchOf(RequestKind.INFLATE, [[7, 0]]))
  device.push(device.pop(), 0)
  device.publish()
  driver.reap()
  driver.tap.kick()
  driver.tap = new QueueTap({ event: (event) => void events.push(event) }, memory, { queue: 3 })
  driver.tap.interrupt()
  expect(events).toEqual([
    {
      chain: { queue: 3, head: 0, descriptors: [{ gpa: BUFFERS_GPA, len: 4, flags: 0 }] }, payload: Uint8Array.of(7, 0, 0, 0),
      words: { availFlags: 0, availIdx: 1, usedEvent: 0, usedFlags: 0, usedIdx: 0, availEvent: 0 },
    },
    { used: { queue: 3, head: 0, len: 0 }, words: { availFlags: 0, availIdx: 1, usedEvent: 0, usedFlags: 0, usedIdx: 1, availEvent: 0 } },
    { kick: { queue: 3 }, words: { availFlags: 0, availIdx: 1, usedEvent: 0, usedFlags: 0, usedIdx: 1, availEvent: 0 } },
    { interrupt: { queue: 3 } },
  ])
})
