/**
 * The guest package against a real balloon of QEMU, as a script: each step makes the two do something, and compares what the guest, QEMU's monitor, QEMU's
 * own trace and the RAM file say about it.
 *
 *   negotiate -> inflate -> unbind and bind again -> deflate -> use memory -> report it -> use it again -> statistics [-> hints, by a migration to nowhere]
 */
import { MIB, MS, PAGE_SIZE, SECOND } from '@hintlab/kit'
import { without } from '@hintlab/guest'
import type { PageReportingOptions } from '@hintlab/guest'
import { DRIVERS, union } from '@hintlab/lab'
import type { DriverPersonality } from '@hintlab/lab'
import { Feature, featureNames, featureSet, PageOwner } from '@hintlab/protocol'
import { BALLOON_PATH } from './command-line.ts'
import type { QemuOptions } from './command-line.ts'
import { DrivenMachine } from './driven-machine.ts'
import { QemuVm } from './vm.ts'

export interface DriveOptions extends Partial<Omit<QemuOptions, 'trace' | 'extra'>> {
  /** Path or name of QEMU. */
  readonly binary?: string
  /** Pages of 4 KiB to inflate. */
  readonly pages?: number
  /** The guest's driver; Linux's by default, with indirect descriptors where the machine has them. */
  readonly personality?: DriverPersonality
  /** How the guest reports; as Linux does by default, which reports nothing in a guest of less than 70 MiB. */
  readonly reporting?: Partial<PageReportingOptions>
}

export interface DriveStep {
  readonly name: string
  /** What was seen. */
  readonly seen: Readonly<Record<string, number | string>>
  /** What is wrong with it, a sentence each. */
  readonly wrong: readonly string[]
}

export interface DriveResult {
  readonly qemu: string
  readonly steps: readonly DriveStep[]
  readonly ok: boolean
}

export const DRIVE_PAGES = 8192

/** For what QEMU does in its own time: generous, because it only ends what would never end. */
const PATIENCE_MS = 30_000
/** Virtual time in which the guest reaches any target, short before the delay of page reporting; and in which it has told of everything that is free. */
const WORK_NS = 100 * MS
const REPORTING_NS = 40 * SECOND
/** Pages that programs of the guest use between times; twice as many later. */
const TENANT_PAGES = 2048

/** Runs all steps, unless one finds the machine broken. `onStep` hears of each as it ends. Rejects when QEMU does not start or ends by itself. */
export async function drive(options: DriveOptions = {}, onStep: (step: DriveStep) => void = () => {}): Promise<DriveResult> {
  const { pages = DRIVE_PAGES, personality = withIndirect(DRIVERS.linux), reporting = {}, ...vmOptions } = options
  const vm = await QemuVm.start({ ...vmOptions, trace: true })
  const steps: DriveStep[] = []
  try {
    const script = new Script(vm, new DrivenMachine(vm, { personality, reporting }), pages)
    for (const step of script.steps()) {
      const done = await step()
      steps.push(done)
      onStep(done)
      if (done.wrong.length > 0) break
    }
  } finally {
    await vm.stop()
  }
  const { major, minor, micro } = vm.qmp.version
  return { qemu: `${major}.${minor}.${micro}`, steps, ok: steps.every(({ wrong }) => wrong.length === 0) }
}

/** Linux 6.1 does not take indirect descriptors from this device; with them all that QEMU's rings can do is used. */
function withIndirect(driver: DriverPersonality): DriverPersonality {
  return { ...driver, knows: union(without(driver.knows, Feature.RING_RESET), featureSet(Feature.INDIRECT_DESC)) }
}

/** Sentences about what is not as it must be. */
type Claims = readonly (readonly [holds: boolean, sentence: string])[]

class Script {
  private readonly vm: QemuVm
  private readonly machine: DrivenMachine
  private readonly pages: number

  constructor(vm: QemuVm, machine: DrivenMachine, pages: number) {
    this.vm = vm
    this.machine = machine
    this.pages = pages
  }

  steps(): (() => Promise<DriveStep>)[] {
    const { options } = this.vm
    return [
      () => this.negotiate(),
      () => this.inflate(),
      () => this.rebind(),
      () => this.deflate(),
      ...(options.freePageReporting ? [() => this.report(), () => this.useAgain()] : []),
      () => this.statistics(),
      ...(options.freePageHint ? [() => this.hints()] : []),
    ]
  }

  private async negotiate(): Promise<DriveStep> {
    const result = this.machine.init()
    const features = result.ok ? featureNames(result.features).join(' ') : ''
    return this.step('negotiate', { features, 'file KiB': this.fileKib() }, [[result.ok, `no driver: ${result.ok ? '' : result.reason}`]])
  }

  /** The operator wants memory back, and gets it. */
  private async inflate(): Promise<DriveStep> {
    const before = this.fileKib()
    const { reached, actual } = await this.moveTo(this.pages)
    const told = this.vm.trace().filter(({ event }) => event === 'handle_output').map(({ numbers }) => numbers[0])
    const { mm } = this.machine.kernel
    return this.step('inflate', { pages: this.balloonPages, requests: this.submitted(0), 'file KiB': this.fileKib(), 'freed KiB': before - this.fileKib() }, [
      [reached, 'the guest does not reach its target'],
      [actual === this.vm.options.memory - this.pages * PAGE_SIZE, `QEMU believes that the guest has ${actual} bytes`],
      [before - this.fileKib() === (this.pages * PAGE_SIZE) / 1024, 'the file did not shrink by what was inflated'],
      [told.length === this.pages && new Set(told).size === this.pages, `QEMU has seen ${told.length} pages`],
      [told.every((gpa) => mm.pages.ownerOf(gpa / PAGE_SIZE) === PageOwner.BALLOON), 'QEMU has seen a page that is not in the balloon'],
    ])
  }

  /** The driver gives everything back and resets the device, whose target stays: a new driver inflates again. */
  private async rebind(): Promise<DriveStep> {
    const { machine } = this
    const before = this.submitted(1)
    const removed = machine.remove()
    const [left, deflated, status] = [this.balloonPages, this.submitted(1) - before, machine.binding.bus.status()]
    const again = machine.init()
    const reached = await machine.until(() => this.balloonPages === this.pages, PATIENCE_MS)
    return this.step('rebind', { 'deflate requests': deflated, pages: this.balloonPages, 'file KiB': this.fileKib() }, [
      [removed && left === 0, `the driver leaves ${left} pages in the balloon`],
      [status === 0, `after its reset the device has status ${status}`],
      [again.ok, 'the device cannot be taken again'],
      [reached, 'the guest does not reach its target again'],
    ])
  }

  private async deflate(): Promise<DriveStep> {
    const { reached, actual } = await this.moveTo(0)
    return this.step('deflate', { pages: this.balloonPages, requests: this.submitted(1), 'file KiB': this.fileKib() }, [
      [reached, 'the guest does not empty its balloon'],
      [actual === this.vm.options.memory, `QEMU believes that the guest has ${actual} bytes`],
    ])
  }

  /** Programs come and go; page reporting tells of what they left and of all that was free before. */
  private async report(): Promise<DriveStep> {
    const { machine } = this
    this.tenant(TENANT_PAGES)
    const [inUse, before, gone] = [machine.tenant.blocks.length, this.fileKib(), machine.contents.discarded]
    machine.run(REPORTING_NS)
    const { records } = machine.binding.driver.reporting!
    const freed = before - this.fileKib()
    const seen = {
      passes: records.counter('passes'), reports: records.counter('batches'), pages: records.counter('hintedPages'),
      'freed KiB': freed, 'file KiB': this.fileKib(),
    }
    return this.step('report', seen, [
      [inUse === TENANT_PAGES, 'the guest has no memory for its programs'],
      [records.counter('hintedPages') > 0, 'nothing was reported'],
      [records.counter('failed') === 0, 'a report failed'],
      [freed === ((machine.contents.discarded - gone) * PAGE_SIZE) / 1024, 'the file did not shrink by what was reported'],
    ])
  }

  /** Memory that the host has taken comes back as zeroes, and holds what is written to it. */
  private async useAgain(): Promise<DriveStep> {
    const { machine } = this
    this.tenant(0)
    const pages = 2 * TENANT_PAGES
    this.tenant(pages)
    const seen = { pages: machine.tenant.blocks.length, 'file KiB': this.fileKib() }
    this.tenant(0)
    return this.step('use again', seen, [[seen.pages === pages, 'the guest has no memory for its programs']])
  }

  private async statistics(): Promise<DriveStep> {
    const { vm, machine } = this
    const worker = machine.binding.driver.stats!
    const posted = worker.posted
    // A timer is due at once when the interval was 0 before.
    for (const value of [0, 1]) await vm.qmp.execute('qom-set', { path: BALLOON_PATH, property: 'guest-stats-polling-interval', value })
    const came = await machine.until(() => worker.posted > posted, PATIENCE_MS)
    await vm.qmp.execute('qom-set', { path: BALLOON_PATH, property: 'guest-stats-polling-interval', value: 0 })
    const { stats } = (await vm.qmp.execute('qom-get', { path: BALLOON_PATH, property: 'guest-stats' })) as { stats: Record<string, number | bigint> }
    const free = machine.kernel.mm.freePages() * PAGE_SIZE
    const total = machine.binding.driver.balloon.managedPages * PAGE_SIZE
    const seen = { free: String(stats['stat-free-memory']), total: String(stats['stat-total-memory']) }
    return this.step('statistics', seen, [
      [came, 'QEMU asks for no statistics'],
      [stats['stat-free-memory'] === free, `the guest has ${free} bytes free`],
      [stats['stat-total-memory'] === total, `the guest has ${total} bytes`],
    ])
  }

  /** A migration to nowhere makes QEMU ask for hints. It reads all memory, which fills the holes of the file. */
  private async hints(): Promise<DriveStep> {
    const { vm, machine } = this
    const hints = machine.binding.driver.hints!
    await vm.qmp.execute('migrate-set-parameters', { 'max-bandwidth': 64 * MIB })
    await vm.qmp.execute('migrate', { uri: 'exec:cat > /dev/null' })
    let status = ''
    const ended = await machine.until(async () => {
      status = ((await vm.qmp.execute('query-migrate')) as { status: string }).status
      return status === 'completed' || status === 'failed'
    }, PATIENCE_MS)
    machine.run(WORK_NS)
    return this.step('hints', { runs: hints.runs, blocks: hints.hintedBlocks, held: hints.heldBlocks, migration: status }, [
      [ended && status === 'completed', 'the migration does not end'],
      [hints.runs > 0 && hints.hintedBlocks > 0, 'nothing was hinted'],
      [hints.heldBlocks === 0, 'blocks were not given back after the migration'],
    ], { holesFilled: true })
  }

  /** What was seen, and what every step must leave behind: a file that holds what it must and no more, and a sound guest. */
  private step(name: string, seen: DriveStep['seen'], claims: Claims, { holesFilled = false } = {}): DriveStep {
    const { machine } = this
    machine.check()
    const surplus = holesFilled ? 0 : machine.contents.surplusKib()
    const wrong = machine.contents.firstWrong()
    const all: Claims = [
      ...claims,
      [machine.fault === null, machine.fault ?? ''],
      [surplus === 0, `the file holds ${surplus} KiB more than the guest has written and kept`],
      [wrong < 0, `page ${wrong} does not hold what was written to it`],
    ]
    return { name, seen, wrong: all.filter(([holds]) => !holds).map(([, sentence]) => sentence) }
  }

  private async moveTo(pages: number): Promise<{ reached: boolean; actual: number | bigint }> {
    const { vm, machine } = this
    await vm.qmp.execute('balloon', { value: vm.options.memory - pages * PAGE_SIZE })
    const reached = await machine.until(() => this.balloonPages === pages, PATIENCE_MS)
    machine.run(MS)
    const { actual } = (await vm.qmp.execute('query-balloon')) as { actual: number | bigint }
    return { reached, actual }
  }

  private tenant(pages: number): void {
    this.machine.tenant.hold(pages, 0)
    this.machine.run(WORK_NS)
  }

  private get balloonPages(): number {
    return this.machine.binding.driver.balloon.actual
  }

  private submitted(queue: number): number {
    return this.machine.binding.queues[queue].port.counter('submitted')
  }

  private fileKib(): number {
    return this.vm.ram.blocksKib()
  }
}
