import { fstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Feature, featureNames, featureSet } from '@hintlab/protocol'
import { peerSuite } from '../testing/peer-suite.ts'
import { withVm } from '../testing/with-vm.ts'
import { BALLOON_PATH, MACHINES } from './command-line.ts'
import { findQemu } from './find.ts'
import { BALLOON_IRQ, IRQ_CONTROLLER, MICROVM_MMIO_BASE, QtestMemory } from './registers.ts'
import { QemuVm } from './vm.ts'

const search = findQemu()

// A temporary folder for this file alone, so that what is left in it was left by these tests.
const folder = mkdtempSync(join(tmpdir(), 'hintlab-vm-test-'))
const tmpdirBefore = process.env['TMPDIR']
process.env['TMPDIR'] = folder
afterAll(() => {
  if (tmpdirBefore === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = tmpdirBefore
  rmSync(folder, { recursive: true })
})

const leftOvers = (): string[] => readdirSync(folder)

it('a QEMU that is not there is a sentence', async () => {
  expect(findQemu('no-such-qemu')).toEqual({
    missing: 'there is no no-such-qemu. Install it with: apt-get install --no-install-recommends qemu-system-x86',
  })
  expect(findQemu('true')).toMatchObject({ missing: expect.stringMatching(/^true is no QEMU emulator/) })
  await expect(QemuVm.start({ binary: 'no-such-qemu' })).rejects.toThrow(/QEMU does not start.*no-such-qemu/)
  await expect(QemuVm.start({ binary: 'true' })).rejects.toThrow('QEMU does not start (exit 0)')
})

peerSuite('a machine of QEMU', 'found' in search ? null : search.missing, () => {
  it('starts, answers and ends ten times, and leaves nothing behind', async () => {
    for (let cycle = 0; cycle < 10; cycle++) {
      const vm = await QemuVm.start()
      expect(vm.qtest.readl(MICROVM_MMIO_BASE)).toBe(0x7472_6976)
      expect(vm.qmp.version.major).toBeGreaterThanOrEqual(7)
      expect([leftOvers(), fstatSync(vm.ram.fd).nlink]).toEqual([[], 0])
      await vm.stop()
    }
    expect(leftOvers()).toEqual([])
  })

  it('says why it does not start, and leaves nothing behind', async () => {
    await expect(QemuVm.start({ extra: ['-device', 'no-such-device'] })).rejects.toThrow(/QEMU does not start \(exit 1\).*no-such-device/s)
    expect(leftOvers()).toEqual([])
  })

  it('when it is killed, registers read as all ones and the end is told', async () => {
    const vm = await QemuVm.start()
    const bus = new QtestMemory(vm.qtest)
    vm.kill()
    expect(bus.read(MICROVM_MMIO_BASE, 4)).toBe(0xffff_ffff)
    expect(vm.fault).toMatch(/^QEMU has ended/)
    await expect(vm.stop()).rejects.toThrow('QEMU ended with SIGKILL')
    expect(leftOvers()).toEqual([])
  })

  it('has a balloon with the features that were asked for', async () => {
    const offered = async (options: Parameters<typeof withVm>[0]): Promise<string[]> =>
      withVm(options, (vm) => {
        const bus = vm.bus()
        expect([bus.deviceId, bus.status()]).toEqual([5, 0])
        return featureNames(bus.deviceFeatures())
      })
    expect((await offered({})).join(' ')).toMatchInlineSnapshot(`"STATS_VQ PAGE_POISON PAGE_REPORTING INDIRECT_DESC EVENT_IDX VERSION_1 RING_RESET"`)
    expect((await offered({ packed: true, eventIdx: false, indirect: false, freePageHint: true, deflateOnOom: true })).join(' ')).toMatchInlineSnapshot(`"STATS_VQ DEFLATE_ON_OOM FREE_PAGE_HINT PAGE_POISON PAGE_REPORTING VERSION_1 RING_PACKED RING_RESET"`)
    expect(await offered({ freePageReporting: false, pagePoison: false })).not.toContain('PAGE_REPORTING')
  })

  it.each(MACHINES)('the host changes the target, and the device interrupts: %s', async (machine) => {
    await withVm({ machine, trace: true }, async (vm) => {
      const irq = BALLOON_IRQ[machine]
      const bus = vm.bus()
      vm.qtest.interceptIrqs(IRQ_CONTROLLER)
      for (const status of [0, 1, 3]) bus.setStatus(status)
      bus.setDriverFeatures(featureSet(Feature.VERSION_1))
      for (const status of [11, 15]) bus.setStatus(status)
      const generation = bus.configGeneration()
      await vm.qmp.execute('balloon', { value: 128 * 2 ** 20 })
      vm.qtest.poll()
      expect([vm.qtest.irqHigh(irq), vm.qtest.irqRaises(irq)]).toEqual([true, 1])
      expect([bus.readConfig(0, 4), bus.configGeneration() - generation, bus.takeInterrupt() & 2]).toEqual([32768, 1, 2])
      expect(vm.qtest.irqHigh(irq)).toBe(false)
      bus.writeConfig(4, 4, 100)
      const { data } = await vm.qmp.takeEvent('BALLOON_CHANGE')
      expect(data).toEqual({ actual: 256 * 2 ** 20 - 100 * 4096 })
      expect(await vm.qmp.execute('query-balloon')).toEqual({ actual: 256 * 2 ** 20 - 100 * 4096 })
      expect(vm.trace()).toContainEqual({ event: 'to_target', numbers: [128 * 2 ** 20, 32768] })
    })
  })

  it('statistics that nobody has sent are 2^64 - 1, to the last bit', async () => {
    await withVm({}, async (vm) => {
      const stats = (await vm.qmp.execute('qom-get', { path: BALLOON_PATH, property: 'guest-stats' })) as { stats: Record<string, bigint> }
      expect(stats.stats['stat-free-memory']).toBe(2n ** 64n - 1n)
    })
  })

  it('its memory is the file: blocks as they are written', async () => {
    await withVm({ memory: 64 * 2 ** 20 }, (vm) => {
      const before = vm.ram.blocksKib()
      expect(vm.memory.write(32 * 2 ** 20, new Uint8Array(65536).fill(0x5a))).toBe(true)
      expect(vm.ram.blocksKib() - before).toBe(64)
      expect(vm.qtest.readl(32 * 2 ** 20)).toBe(0x5a5a_5a5a)
      expect(vm.memory.write(64 * 2 ** 20 - 1, new Uint8Array(2))).toBe(false)
    })
  })
})
