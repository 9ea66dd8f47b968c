/** Our rings against QEMU's, in every form that QEMU offers, on virtio-mmio and on PCI. What the device did is seen in its memory's file. */
import { expect, it } from 'vitest'
import { MIB, PAGE_SIZE } from '@hintlab/kit'
import { Feature, featureSet, hasFeature } from '@hintlab/protocol'
import { peerSuite } from '../testing/peer-suite.ts'
import { RawBalloon } from '../testing/raw-balloon.ts'
import { withVm } from '../testing/with-vm.ts'
import { MACHINES } from './command-line.ts'
import { findQemu } from './find.ts'
import { virtioQueue, virtioStatus } from './introspect.ts'
import type { QemuVm } from './vm.ts'

const search = findQemu()

const WANTED = featureSet(
  Feature.VERSION_1, Feature.STATS_VQ, Feature.PAGE_REPORTING, Feature.EVENT_IDX, Feature.INDIRECT_DESC, Feature.RING_PACKED,
)
const INFLATE = 0
const DEFLATE = 1
const REPORTING = 3

const RINGS_GPA = 16 * MIB
const PAGES_GPA = 32 * MIB
const PFNS = 256

/** 256 pages of 0x5a from `gpa` on. */
function fill(vm: QemuVm, gpa: number, pages: number): void {
  expect(vm.memory.write(gpa, new Uint8Array(pages * PAGE_SIZE).fill(0x5a))).toBe(true)
}

/** Writes page numbers as an inflate or deflate request holds them. */
function writePfns(vm: QemuVm, gpa: number, firstPfn: number, pages: number): void {
  expect(vm.memory.write(gpa, new Uint8Array(Uint32Array.from({ length: pages }, (_, i) => firstPfn + i).buffer))).toBe(true)
}

const byteAt = (vm: QemuVm, gpa: number): number => {
  const byte = new Uint8Array(1)
  expect(vm.memory.read(gpa, byte)).toBe(true)
  return byte[0]
}

function bind(vm: QemuVm, packed: boolean, size: number): RawBalloon {
  const balloon = new RawBalloon(vm.bus(), vm.memory, { wanted: WANTED, queues: [INFLATE, DEFLATE, REPORTING], size, packed, first: RINGS_GPA })
  expect(balloon.result.ok && hasFeature(balloon.result.features, Feature.RING_PACKED)).toBe(packed)
  return balloon
}

const BOTH = [false, true] as const
const forms = BOTH.flatMap((packed) => BOTH.flatMap((eventIdx) => BOTH.map((indirect) => ({ packed, eventIdx, indirect }))))
/** All forms on one machine; on the other the two that differ most. */
const cases = MACHINES.flatMap((machine) => (machine === 'microvm' ? forms : [forms[0], forms[7]]).map((form) => ({ machine, ...form })))

peerSuite('rings of QEMU', 'found' in search ? null : search.missing, () => {
  it.each(cases)('inflate, deflate, report: %j', async (form) => {
    await withVm({ ...form, memory: 64 * MIB }, (vm) => {
      const balloon = bind(vm, form.packed, 16)
      const buffer = balloon.buffersGpa
      fill(vm, PAGES_GPA, PFNS)
      fill(vm, buffer, 1)
      writePfns(vm, buffer, PAGES_GPA / PAGE_SIZE, PFNS)
      const full = vm.ram.blocksKib()

      const inflated = balloon.send(INFLATE, { gpa: buffer, bytes: 4 * PFNS })
      expect([inflated.used, inflated.usedLength]).toEqual([inflated.name, 0])
      expect(full - vm.ram.blocksKib()).toBe((PFNS * PAGE_SIZE) / 1024)
      expect([byteAt(vm, PAGES_GPA), byteAt(vm, PAGES_GPA + PFNS * PAGE_SIZE - 1), byteAt(vm, buffer)]).toEqual([0, 0, 0])

      const deflated = balloon.send(DEFLATE, { gpa: buffer, bytes: 4 * PFNS })
      expect(deflated.used).toBe(deflated.name)
      fill(vm, PAGES_GPA, PFNS)
      const pieces = Array.from({ length: 8 }, (_, i) => ({ gpa: PAGES_GPA + 2 * i * 16 * PAGE_SIZE, bytes: 16 * PAGE_SIZE, writable: true }))
      const refilled = vm.ram.blocksKib()
      const reported = balloon.send(REPORTING, ...pieces)
      expect([reported.used, reported.usedLength]).toEqual([reported.name, 0])
      expect(refilled - vm.ram.blocksKib()).toBe((8 * 16 * PAGE_SIZE) / 1024)
      expect([byteAt(vm, PAGES_GPA), byteAt(vm, PAGES_GPA + 16 * PAGE_SIZE)]).toEqual([0, 0x5a])
      for (const queue of [INFLATE, DEFLATE, REPORTING]) balloon.ring(queue).check()
    })
  })

  it.each(forms)('goes round the ring many times: %j', async (form) => {
    await withVm({ ...form, memory: 64 * MIB }, async (vm) => {
      const balloon = bind(vm, form.packed, 8)
      const buffer = balloon.buffersGpa
      writePfns(vm, buffer, PAGES_GPA / PAGE_SIZE, 1)
      for (let round = 0; round < 60; round++) {
        // Chains of one to three buffers, so that the ring's end falls at each place of a chain.
        const pieces = Array.from({ length: 1 + (round % 3) }, () => ({ gpa: buffer, bytes: 4 }))
        const { name, used } = balloon.send(INFLATE, ...pieces)
        expect(used).toBe(name)
      }
      balloon.ring(INFLATE).check()
      const place = balloon.place(INFLATE)
      expect(await virtioQueue(vm.qmp, INFLATE)).toMatchObject({
        inuse: 0, 'vring-num': 8, 'vring-desc': place.descGpa, 'vring-avail': place.availGpa, 'vring-used': place.usedGpa,
        ...(form.packed ? {} : { 'last-avail-idx': 60, 'used-idx': 60 }),
      })
      expect(await virtioStatus(vm.qmp)).toMatchObject({ name: 'virtio-balloon', started: true, broken: false })
    })
  })

  it('a ring that names a descriptor beyond its end makes the device ask for a reset, and after it all is well', async () => {
    await withVm({ memory: 64 * MIB }, (vm) => {
      const balloon = bind(vm, false, 8)
      const place = balloon.place(INFLATE)
      // One entry of the available ring, with a head that no ring has.
      expect(vm.memory.write(place.availGpa, Uint8Array.of(0, 0, 1, 0, 0x88, 0x13))).toBe(true)
      balloon.bus.notify(INFLATE)
      expect(balloon.bus.status() & 64).toBe(64)
      expect(vm.stderr === '' || vm.stderr.includes('Guest says index 5000 is available')).toBe(true)
      const again = bind(vm, false, 8)
      writePfns(vm, again.buffersGpa, PAGES_GPA / PAGE_SIZE, 1)
      const { name, used } = again.send(INFLATE, { gpa: again.buffersGpa, bytes: 4 })
      expect(used).toBe(name)
    })
  })
})
