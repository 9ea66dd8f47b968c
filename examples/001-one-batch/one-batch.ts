/**
 * The smallest complete conversation: a guest names three free blocks, the batch travels over a virtqueue that lies in guest memory, a thread of
 * the host takes the memory back, and an interrupt wakes the guest.
 *
 *     workload (vCPU) --submit, kick--> ring --pop--> device thread (host CPU) --discard--> used ring --interrupt--> workload
 *
 * Run it from the root:  npx tsx examples/001-one-batch/one-batch.ts
 */
import { fileURLToPath } from 'node:url'
import { addExitTask, HintDevice, HostFrames, HostMm, Vm } from '@hintlab/host'
import { Columns, gfn, MIB, pagesIn, vpn } from '@hintlab/kit'
import { ArenaMemory, FULL, makeBatch, Status } from '@hintlab/protocol'
import type { HintClient, HostWitness } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { connect, DriverMemory, transportBytes } from '@hintlab/transport'
import type { TransportOptions } from '@hintlab/transport'

/** Runs the conversation and returns what happened, a line each. */
export function oneBatch(): string[] {
  const lines: string[] = []
  const say = (who: string, what: string): number => lines.push(`${String(engine.now).padStart(7)} ns  ${who.padEnd(5)}  ${what}`)

  // 1. An engine owns virtual time. All state of the machine lies in its columns. A guest with one vCPU runs beside one CPU of the host.
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const vcpu = engine.addCpu('vcpu0', { halts: true })
  const hostCpu = engine.addCpu('host0')

  // 2. The host: physical frames, the address space of the VMM, and a VM whose only memory slot is 32 MiB of that address space.
  const pages = pagesIn(32 * MIB)
  const mm = new HostMm(engine.cols, new HostFrames(engine.cols, pages), { firstVpn: vpn(0), pages })
  mm.addVma({ start: vpn(0), pages, thp: 'always' })
  const witness: HostWitness = {
    zeroed: () => {},
    discarding: (first, count) => say('host', `discards ${count} pages from frame ${first}`),
    residentChanged: (resident) => say('host', `now gives the guest ${resident} pages`),
  }
  const vm = new Vm(engine, mm, { vcpus: [vcpu], witness })
  vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages })
  for (let frame = 0; frame < pages; frame += 512) vm.prefault(gfn(frame), true) // the guest has touched all of it

  // 3. The transport. The guest's driver has pinned its last pages for rings and buffers: only they have bytes. The four axes say what carries a
  //    request, who serves it, how the guest hears of the answer, and what the submitting task does meanwhile. Try others of the table in ARCHITECTURE.md.
  const shape: TransportOptions = {
    label: 'hint', entriesMax: 32, slots: 1, target: 0, irqCpu: vcpu,
    axes: { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' },
  }
  const pinned = 31 * MIB
  const memory = new ArenaMemory(engine.cols)
  memory.addRegion(pinned, transportBytes(shape))
  const { port, source } = connect(engine, memory, new DriverMemory(pinned, transportBytes(shape)), shape)

  // 4. The host's half: a device that takes requests from the transport, its thread, and the exit task that a kick of the vCPU runs.
  const device = new HintDevice(engine, vm, source, { label: 'hint', entriesMax: 32 })
  engine.addTask('device', hostCpu, (task) => device.threadBody(task), { wakeNs: engine.costs.deviceWake })
  addExitTask(engine, vcpu, vm, [{ device, service: shape.axes.service }])

  // 5. The guest's half: a client that hears of completions, and a task that submits. The second block is no block of order 9: the host
  //    refuses that entry, answers the rest, and the guest learns that the batch was done in part.
  const client: HintClient<Task> = {
    complete: (slot, status) => say('guest', `slot ${slot} is complete: ${status === Status.PARTLY ? 'in part' : `status ${status}`}`),
    *bottomHalf() {},
  }
  port.setClient(client)
  engine.addTask('workload', vcpu, function* (task): Generator<Point, void, void> {
    const batch = makeBatch(3)
    batch.pfn.set([0, 700, 1024])
    batch.order.set([9, 9, 10])
    batch.count = 3
    const slot = port.submit(batch)
    if (slot === FULL) return
    say('guest', `submits 3 blocks in slot ${slot}`)
    yield* port.finish(task, slot)
    port.release(slot)
  })

  // 6. One second of virtual time. Then every nanosecond has to be accounted for, and every request answered.
  engine.run(1e9)
  engine.check()
  port.check()
  vm.check()
  lines.push(`accepted ${device.counter('accepted')}, rejected ${device.counter('rejected')}, resident ${vm.residentPages} of ${pages} pages`)
  return lines
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(oneBatch().join('\n'))
