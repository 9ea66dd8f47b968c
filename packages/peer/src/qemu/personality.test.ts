/** What the lab's personality `qemu` says about QEMU's balloon, trait by trait, asked of the device itself. */
import { expect, it } from 'vitest'
import { MIB, PAGE_SIZE } from '@hintlab/kit'
import { DEVICES } from '@hintlab/lab'
import { ConfigField, Feature, featureNames, featureSet, queueIndex, QueueRole, StatTag } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { peerSuite } from '../testing/peer-suite.ts'
import { RawBalloon } from '../testing/raw-balloon.ts'
import { withVm } from '../testing/with-vm.ts'
import { BALLOON_PATH } from './command-line.ts'
import { findQemu } from './find.ts'
import type { QemuVm } from './vm.ts'

const search = findQemu()
const { qemu } = DEVICES
const ALL = { packed: true, freePageHint: true, deflateOnOom: true, memory: 64 * MIB }
const SPLIT = { memory: 64 * MIB }
const RINGS_GPA = 16 * MIB
const BLOCK_GPA = 32 * MIB
const BLOCK_BYTES = 16 * PAGE_SIZE

const { STATS, REPORTING } = QueueRole

function bind(vm: QemuVm, wanted: FeatureSet, queues: readonly number[]): RawBalloon {
  const balloon = new RawBalloon(vm.bus(), vm.memory, { wanted, queues, size: 16, packed: false, first: RINGS_GPA })
  expect(balloon.result.ok).toBe(true)
  return balloon
}

/** Writes a block, reports it (moved by `shift` bytes) on a queue, and says whether it was answered and what the file lost, in KiB. */
function report(vm: QemuVm, balloon: RawBalloon, queue: number, shift = 0): { used: boolean; freed: number } {
  expect(vm.memory.write(BLOCK_GPA, new Uint8Array(2 * BLOCK_BYTES).fill(0x5a))).toBe(true)
  const before = vm.ram.blocksKib()
  const { name, used } = balloon.send(queue, { gpa: BLOCK_GPA + shift, bytes: BLOCK_BYTES, writable: true })
  return { used: used === name, freed: before - vm.ram.blocksKib() }
}

const FREED = { used: true, freed: BLOCK_BYTES / 1024 }

peerSuite('the personality qemu', 'found' in search ? null : search.missing, () => {
  it('offers these features', async () => {
    await withVm(ALL, (vm) => {
      expect(featureNames(vm.bus().deviceFeatures())).toEqual(featureNames(qemu.offered))
    })
  })

  it('has queues of these sizes', async () => {
    await withVm({ ...ALL, machine: 'q35' }, (vm) => {
      const bus = vm.bus()
      expect(qemu.queueSizes.map((_, role) => bus.queueSizeMax(role))).toEqual(qemu.queueSizes)
    })
  })

  it('numbers queues by what it offers, and does not serve one under another number', async () => {
    const wanted = featureSet(Feature.PAGE_REPORTING)
    await withVm(SPLIT, (vm) => {
      const offered = vm.bus().deviceFeatures()
      const [right, wrong] = [qemu.numbering, 'dense-negotiated' as const].map((numbering) => queueIndex(REPORTING, numbering, offered, wanted))
      expect([right, wrong]).toEqual([3, 2])
      const balloon = bind(vm, wanted, [right, wrong])
      expect(report(vm, balloon, wrong)).toEqual({ used: false, freed: 0 })
      expect(report(vm, balloon, right)).toEqual(FREED)
    })
  })

  it('serves reports although the feature was declined: it does not check what was accepted', async () => {
    await withVm(SPLIT, (vm) => {
      const balloon = bind(vm, featureSet(Feature.STATS_VQ), [3])
      expect([qemu.checksAccepted, report(vm, balloon, 3)]).toEqual([false, FREED])
    })
  })

  it('ignores a report that is not aligned, and answers it with length 0', async () => {
    await withVm(SPLIT, (vm) => {
      const balloon = bind(vm, featureSet(Feature.PAGE_REPORTING), [3])
      expect([qemu.misaligned, report(vm, balloon, 3, 2048)]).toEqual(['ignore', { used: true, freed: 0 }])
      expect([qemu.usedLength, balloon.ring(3).usedLength]).toEqual(['zero', 0])
    })
  })

  it('keeps its configuration over a reset, and lets the driver write actual, and poison_val at any time', async () => {
    await withVm(SPLIT, async (vm) => {
      const { bus } = bind(vm, featureSet(Feature.PAGE_POISON), [])
      await vm.qmp.execute('balloon', { value: 32 * MIB })
      const fields = [ConfigField.NUM_PAGES, ConfigField.ACTUAL, ConfigField.POISON]
      for (const field of fields) bus.writeConfig(field, 4, 100 + field)
      expect([qemu.config, fields.map((field) => bus.readConfig(field, 4))]).toEqual([{ writable: 'spec', poisonAnyTime: true }, [8192, 104, 112]])
      bus.setStatus(0)
      expect([qemu.configSurvivesReset, fields.slice(0, 2).map((field) => bus.readConfig(field, 4))]).toEqual([true, [8192, 104]])
    })
  })

  it('keeps a buffer of statistics, and passes over tags that it does not know', async () => {
    await withVm(SPLIT, async (vm) => {
      const balloon = bind(vm, featureSet(Feature.STATS_VQ), [STATS])
      const entries = [[StatTag.OOM_KILLS, 1], [65000, 2], [StatTag.FREE, 12345678]]
      const bytes = Buffer.alloc(10 * entries.length)
      entries.forEach(([tag, value], i) => {
        bytes.writeUInt16LE(tag, 10 * i)
        bytes.writeBigUInt64LE(BigInt(value), 10 * i + 2)
      })
      expect(vm.memory.write(balloon.buffersGpa, bytes)).toBe(true)
      expect(balloon.send(STATS, { gpa: balloon.buffersGpa, bytes: bytes.length }).used).toBe(-1)
      const { stats } = (await vm.qmp.execute('qom-get', { path: BALLOON_PATH, property: 'guest-stats' })) as { stats: Record<string, unknown> }
      expect([qemu.unknownTags, stats['stat-free-memory'], stats['stat-total-memory']]).toEqual(['skipped', 12345678, 2n ** 64n - 1n])
    })
  })

  it('counts runs of hints from this id on', async () => {
    await withVm({ ...ALL, packed: false }, async (vm) => {
      const { bus } = bind(vm, featureSet(Feature.FREE_PAGE_HINT), [3])
      // Slow enough to look at: 16 MiB at 1 MiB a second.
      expect(vm.memory.write(BLOCK_GPA, new Uint8Array(16 * MIB).fill(0x5a))).toBe(true)
      await vm.qmp.execute('migrate-set-parameters', { 'max-bandwidth': MIB })
      await vm.qmp.execute('migrate', { uri: 'exec:cat > /dev/null' })
      let id = 0
      for (let looks = 0; looks < 5000 && id < 2; looks++) id = bus.readConfig(ConfigField.COMMAND_ID, 4)
      expect(id).toBeGreaterThan(qemu.hintIdMin)
      expect(id).toBeLessThan(qemu.hintIdMin + 10)
    })
  })
})
