/**
 * Several guests on one host: one engine, the host's frames, swap and CPUs shared; each guest with vCPUs, kernel, policy, transport and mm of its own.
 *
 *     guest 0   vCPUs, kernel, policy -- transport -- VM, mm (owners from 0)        \
 *     guest 1   vCPUs, kernel, policy -- transport -- VM, mm (owners from its end)   > frames -- kswapd -- swap
 *     ...                                                                           /
 */
import { assert, PAGEBLOCK_PAGES, pagesIn, SECOND } from '@hintlab/kit'
import { x86Layout } from '@hintlab/guest'
import type { Engine } from '@hintlab/sim'
import { buildMachine, checkMachine, makeHostCpus, makeHostParts } from '../machine.ts'
import type { HostParts, Interface, Machine } from '../machine.ts'
import type { RunOptions } from '../options.ts'

export interface GuestSpec {
  readonly name: string
  /** `host` of it is not looked at: the host has its own. */
  readonly run: RunOptions
  readonly interface: Interface
}

export interface HostSpec {
  readonly guests: readonly GuestSpec[]
  /** Settings of the host: memory, swap, CPUs, huge pages. `memory` must be given. */
  readonly host: RunOptions['host']
}

export interface HostMachine {
  readonly engine: Engine
  readonly parts: HostParts
  readonly guests: readonly { readonly name: string; readonly machine: Machine }[]
}

/** Builds the host and its guests on an engine that has no task yet. Guests are in the order given, so a run is (spec, seed). */
export function buildHost(engine: Engine, { guests, host }: HostSpec): HostMachine {
  assert(guests.length > 0 && host.memory !== null, 'a host has guests, and memory of its own')
  const settings = guests.map(({ run }) => ({ ...run, host }))
  const cpus = makeHostCpus(engine, settings[0])
  const parts = makeHostParts(engine, settings[0], pagesIn(host.memory), cpus)
  const writers = settings.reduce((sum, { guest }) => sum + guest.vcpus, 0)
  let rmapBase = 0
  let firstWriter = 0
  const machines = guests.map(({ name, interface: face }, i) => {
    const run = settings[i]
    const where = (): string => `${name}, ${(engine.now / SECOND).toFixed(6)} s`
    const machine = buildMachine(engine, { run, interface: face }, where, { host: parts, name, rmapBase, firstWriter, writers })
    rmapBase += Math.ceil(x86Layout(run.guest.memory).pages / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES
    firstWriter += run.guest.vcpus
    return { name, machine }
  })
  return { engine, parts, guests: machines }
}

/** Compares every counter of the host and its guests with its slow truth; frames belong to one guest each. */
export function checkHost({ parts, guests }: HostMachine): void {
  for (const { machine } of guests) checkMachine(machine)
  parts.frames.check()
  parts.reclaim?.check()
  const resident = guests.reduce((sum, { machine }) => sum + machine.vm.residentPages + machine.vm.mm.pooledPages, 0)
  // A device that nobody thinks of keeps frames that are nobody's (packages/host/src/backing/assigned-device.ts).
  const inUse = parts.frames.frames - parts.frames.free
  const isUnsafe = guests.some(({ machine }) => machine.options.run.host['assigned-device'] === 'unsafe')
  assert(isUnsafe ? resident <= inUse : resident === inUse, 'every frame in use backs a page of one guest')
  const swapped = guests.reduce((sum, { machine }) => sum + machine.vm.mm.swappedPages, 0)
  assert(swapped === (parts.reclaim?.swap?.used ?? 0), 'every slot in use holds a page of one guest')
}
