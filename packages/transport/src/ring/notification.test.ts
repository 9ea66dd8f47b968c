/** Lost wake-ups: the peer publishes between the last empty look and the wish to be notified. */
import { expect, test } from 'vitest'
import { addLengths, ALL_FEATURES, featureText, makeRing } from '../testing/ring-fixture.ts'
import { NONE } from './queue-options.ts'

for (const features of ALL_FEATURES) {
  const mode = featureText(features)

  for (const recheck of [true, false]) {
    test(`a chain that arrives while kicks are off is ${recheck ? 'seen by' : 'lost without'} the re-check, ${mode}`, () => {
      const ring = makeRing({ ...features, safeguards: { recheck } })
      ring.device.disableKicks()
      expect(ring.device.pop()).toBe(NONE)
      addLengths(ring, [4], [])
      ring.driver.publish()
      expect(ring.driver.needsKick()).toBe(false)
      expect(ring.device.enableKicks()).toBe(recheck)
    })

    test(`a used entry that arrives while interrupts are off is ${recheck ? 'seen by' : 'lost without'} the re-check, ${mode}`, () => {
      const ring = makeRing({ ...features, safeguards: { recheck } })
      ring.driver.disableInterrupts()
      addLengths(ring, [4], [])
      ring.driver.publish()
      expect(ring.driver.popUsed()).toBe(NONE)
      ring.device.push(ring.device.pop(), 0)
      ring.device.publish()
      expect(ring.device.needsInterrupt()).toBe(false)
      expect(ring.driver.enableInterrupts()).toBe(recheck)
    })
  }

  test(`one notification answers for a batch, and none is due when nothing is new, ${mode}`, () => {
    const ring = makeRing(features)
    for (let i = 0; i < 3; i++) addLengths(ring, [4], [])
    expect(ring.driver.needsKick()).toBe(false)
    ring.driver.publish()
    expect([ring.driver.needsKick(), ring.driver.needsKick()]).toEqual([true, false])
    for (let i = 0; i < 3; i++) ring.device.push(ring.device.pop(), 0)
    expect(ring.device.needsInterrupt()).toBe(false)
    ring.device.publish()
    expect([ring.device.needsInterrupt(), ring.device.needsInterrupt()]).toEqual([true, false])
  })
}

test('with EVENT_IDX the flag bits stay 0 and those of the peer are ignored', () => {
  const ring = makeRing({ eventIdx: true })
  const { availGpa, usedGpa } = ring.options
  const flags = (gpa: number) => ring.memory.view(gpa, 1)![0]
  ring.driver.disableInterrupts()
  ring.device.disableKicks()
  expect([flags(availGpa), flags(usedGpa)]).toEqual([0, 0])
  ring.device.enableKicks()
  ring.memory.write(usedGpa, Uint8Array.of(1))
  addLengths(ring, [4], [])
  ring.driver.publish()
  expect(ring.driver.needsKick()).toBe(true)
})

test('without EVENT_IDX only the low flag bit counts', () => {
  const ring = makeRing()
  ring.memory.write(ring.options.usedGpa, Uint8Array.of(0xfe))
  addLengths(ring, [4], [])
  ring.driver.publish()
  expect(ring.driver.needsKick()).toBe(true)
})

test('in a packed ring a wish that means nothing is answered with a notification', () => {
  const asked = ([
    ['enable', 0, 0], ['disable', 0, 1], ['this descriptor', 0x8000, 2], ['the next descriptor', 0x8001, 2], ['the other lap', 0, 2],
    ['no descriptor', 0x8008, 2], ['reserved', 0x8001, 3], ['unknown bits', 0, 0xfffd],
  ] as const).map(([name, offset, flags]) => {
    const answers = [false, true].map((eventIdx) => {
      const ring = makeRing({ packed: true, eventIdx })
      const event = ring.memory.window(ring.options.usedGpa, 4)!
      event.store16(0, offset)
      event.store16(2, flags)
      addLengths(ring, [4], [])
      ring.driver.publish()
      return ring.driver.needsKick() ? 'yes' : 'no'
    })
    return `${name}: ${answers.join(', with EVENT_IDX ')}`
  })
  expect(asked.join('\n')).toMatchInlineSnapshot(`
    "enable: yes, with EVENT_IDX yes
    disable: no, with EVENT_IDX no
    this descriptor: yes, with EVENT_IDX yes
    the next descriptor: yes, with EVENT_IDX no
    the other lap: yes, with EVENT_IDX no
    no descriptor: yes, with EVENT_IDX yes
    reserved: yes, with EVENT_IDX yes
    unknown bits: no, with EVENT_IDX no"
  `)
})

test('a device that never says which kick it wants is notified of every chain of a packed ring, as QEMU needs', () => {
  const ring = makeRing({ packed: true, eventIdx: true, size: 4 })
  const kicks = Array.from({ length: 9 }, () => {
    addLengths(ring, [4], [])
    ring.driver.publish()
    const kicked = ring.driver.needsKick()
    // The device answers without a look at its event suppression structure.
    const kept = ring.memory.window(ring.options.usedGpa, 4)!.load32(0)
    ring.device.push(ring.device.pop(), 0)
    ring.device.publish()
    ring.memory.window(ring.options.usedGpa, 4)!.store32(0, kept)
    ring.driver.popUsed()
    return kicked
  })
  expect(kicks).toEqual(kicks.map(() => true))
})
