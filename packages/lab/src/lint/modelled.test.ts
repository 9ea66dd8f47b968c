/** The balloon of this repository, driver and device, breaks no rule while it does everything it can; a device that is known for something is caught at it. */
import { Columns, MIB, MS, ns, SECOND } from '@hintlab/kit'
import { queueExists, QueueRole, queueRole } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import { initDriver, MmioDevice, MmioDriver } from '@hintlab/transport'
import { expect, test } from 'vitest'
import { buildBalloonMachine } from '../balloon/balloon-machine.ts'
import type { BalloonMachine } from '../balloon/balloon-machine.ts'
import { DEVICES, DRIVERS } from '../balloon/personalities.ts'
import type { DevicePersonality, DriverPersonality } from '../balloon/personalities.ts'
import { RingTaps } from '../recording/ring-taps.ts'
import { TappedRegisters } from '../recording/tapped-registers.ts'
import { Linter } from './linter.ts'
import { MemoryKind } from './seen.ts'

const PAGE = 4096

/** A machine whose driver's rings, registers and discards the linter hears. */
function machineOf(driver: DriverPersonality, device: DevicePersonality, linter: Linter): { machine: BalloonMachine; engine: Measure } {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const late: { machine: BalloonMachine | null } = { machine: null }
  const tap = new RingTaps({
    tap: linter,
    memory: { window: (gpa, length) => late.machine!.memory.window(gpa, length), read: (gpa, into) => late.machine!.memory.read(gpa, into) } as BalloonMachine['memory'],
    listen: (queue, ringTap) => {
      const role = queueRole(queue, device.numbering, device.offered, late.machine!.virtio.negotiated)
      if (role >= 0) late.machine!.binding.queues[role].wire.tap = ringTap
    },
  })
  const machine = buildBalloonMachine(engine, { driver, device, tap, memory: 32 * MIB, reportingOrder: 5, reportingDelayNs: ns(100 * MS) })
  late.machine = machine
  const discarding = machine.ghost.discarding.bind(machine.ghost)
  machine.ghost.discarding = (first, count) => {
    linter.event({ memory: { kind: MemoryKind.DISCARD, gpa: first * PAGE, length: count * PAGE } })
    discarding(first, count)
  }
  linter.begin({ numbering: device.numbering })
  return { machine, engine }
}

/** Inflates, deflates, asks for statistics, has hints and reports. */
function doEverything({ machine, engine }: ReturnType<typeof machineOf>): void {
  const result = machine.binding.init()
  if (!result.ok) throw new Error(result.reason)
  const { device } = machine.model
  const retarget = (pages: number): void => {
    device.setTarget(pages)
    engine.run(engine.now + 100 * MS)
  }
  retarget(512)
  retarget(100)
  for (let i = 0; i < 3 && queueExists(QueueRole.STATS, result.features); i++) {
    device.stats.ask()
    engine.run(engine.now + 10 * MS)
  }
  if (queueExists(QueueRole.FREE_PAGE, result.features)) {
    device.runs.start()
    engine.run(engine.now + 100 * MS)
    device.runs.done()
  }
  engine.run(engine.now + SECOND)
  retarget(0)
}

const DENSE = { ...DEVICES.hintlab, numbering: 'dense-offered' } as const

test.each([
  ['linux', DRIVERS.linux, DENSE, []], ['linux on qemu', DRIVERS.linux, DEVICES.qemu, []], ['hintlab', DRIVERS.hintlab, DEVICES.hintlab, []],
  ['linux on cloud-hypervisor', DRIVERS.linux, DEVICES['cloud-hypervisor'], [18]],
] as const)('%s', (_, driver, device, rules) => {
  const linter = new Linter()
  doEverything(machineOf(driver, device, linter))
  const broken = new Set(linter.finish().map(({ rule }) => rule))
  expect([...broken]).toEqual([...rules])
  expect(linter.events).toBeGreaterThan(400)
})

test('registers of the model, as a driver uses them', () => {
  const linter = new Linter()
  const { machine } = machineOf(DRIVERS.linux, DENSE, new Linter())
  const bus = new MmioDriver(new TappedRegisters(new MmioDevice(new Columns(), machine.virtio), linter))
  const setUp = (): boolean => bus.queueSizeMax(0) > 0 && bus.readConfig(0, 4) === 0
  expect(initDriver(bus, { wanted: DENSE.offered, setUp }).ok).toBe(true)
  expect([bus.takeInterrupt(), bus.resetQueue(0)]).toEqual([0, true])
  expect(linter.finish()).toEqual([])
  expect(linter.events).toBeGreaterThan(20)
})
