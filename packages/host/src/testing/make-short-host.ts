/** A VM on a host that has less memory than its guest, with swap, reclaim and contents: every read is compared with what was written last. */
import { Columns, gfn, vpn } from '@hintlab/kit'
import { makeCosts, Measure } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { HostFrames } from '../mm/frames.ts'
import { HostMm } from '../mm/host-mm.ts'
import type { ThpPolicy } from '../mm/vmas.ts'
import { HostReclaim } from '../reclaim/host-reclaim.ts'
import { SwapArea } from '../swap/swap-area.ts'
import { addExitTask } from '../vcpu.ts'
import { FAULT, Vm } from '../vm.ts'
import { touch } from './make-vm.ts'
import { NaiveContents } from './naive-contents.ts'

export interface ShortHostOptions {
  frames?: number
  pages?: number
  thp?: ThpPolicy
  /** 0: no swap. */
  swapPages?: number
  vcpus?: number
}

export interface ShortHost {
  engine: Measure
  vm: Vm
  frames: HostFrames
  swap: SwapArea | undefined
  reclaim: HostReclaim
  contents: NaiveContents
  /** By page: what was written last. */
  written: Map<number, number>
  wrong: string[]
  failures: number
  forget(page: number): void
  guest(cpu: number, body: (task: Task) => Generator<Point, void, void>): Task
  check(): void
}

export function makeShortHost(options: ShortHostOptions = {}): ShortHost {
  const { frames: count = 1024, pages = 2048, thp = 'always', swapPages = 8192, vcpus: vcpuCount = 1 } = options
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const { cols } = engine
  const vcpus = Array.from({ length: vcpuCount }, (_, i) => engine.addCpu(`vcpu${i}`, { halts: true }))
  const cpu = engine.addCpu('host0')
  const frames = new HostFrames(cols, count)
  const contents = new NaiveContents()
  const swap = swapPages === 0 ? undefined : new SwapArea(cols, swapPages)
  const reclaim = new HostReclaim(engine, frames, { swap, contents, cpu })
  const mm = new HostMm(cols, frames, { firstVpn: vpn(0), pages, rmapBase: 4096, swap })
  mm.addVma({ start: vpn(0), pages, thp })
  const witness = { zeroed: (hfn: number, n: number) => contents.zeroed(hfn, n), discarding: () => {}, residentChanged: () => {} }
  const vm = new Vm(engine, mm, { vcpus, witness, reclaim })
  vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages })
  for (const vcpu of vcpus) addExitTask(engine, vcpu, vm, [])
  const written = new Map<number, number>()
  return {
    engine, vm, frames, swap, reclaim, contents, written, wrong: [], failures: 0,
    forget: (page) => void written.delete(page),
    guest: (n, body) => engine.addTask(`guest ${n}`, vcpus[n], body),
    check: () => {
      vm.check()
      frames.check()
      reclaim.check()
      engine.check()
    },
  }
}

/** Reads a page, compares it with what was written last where that is known, and writes `tag`; FAULT when the host has no memory for it. */
export function* touchContents(host: ShortHost, task: Task, cpu: number, page: number, tag: number): Generator<Point, number, void> {
  const hfn = yield* touch(host.vm, task, cpu, page)
  if (hfn === FAULT) return FAULT
  const expected = host.written.get(page)
  const found = host.contents.read(hfn)
  if (expected !== undefined && expected !== found) host.wrong.push(`page ${page}: wrote ${expected}, reads ${found}`)
  host.contents.write(hfn, tag)
  host.written.set(page, tag)
  return hfn
}
