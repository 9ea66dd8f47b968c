/**
 * QEMU's own view of the balloon's virtio state, from inside (`x-query-virtio-*`). The commands are for debugging and differ between versions, so what
 * comes back is as it comes, and a version without them gives null.
 */
import { BALLOON_PATH } from './command-line.ts'
import { QmpError } from './qmp.ts'
import type { Qmp } from './qmp.ts'

/** Fields of QEMU's answer, by their names there: `last-avail-idx`, `used-idx`, `inuse`, `vring-num`, ... */
export type VirtioView = Readonly<Record<string, unknown>>

export async function virtioStatus(qmp: Qmp): Promise<VirtioView | null> {
  return ask(qmp, 'x-query-virtio-status', {})
}

export async function virtioQueue(qmp: Qmp, queue: number): Promise<VirtioView | null> {
  return ask(qmp, 'x-query-virtio-queue-status', { queue })
}

async function ask(qmp: Qmp, command: string, args: VirtioView): Promise<VirtioView | null> {
  try {
    return (await qmp.execute(command, { path: BALLOON_PATH, ...args })) as VirtioView
  } catch (error) {
    if (error instanceof QmpError && error.className === 'CommandNotFound') return null
    throw error
  }
}
