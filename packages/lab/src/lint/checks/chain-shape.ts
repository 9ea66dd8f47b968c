/** What is wrong with a chain of descriptors by itself, in the terms that split and packed rings share. */
import { Feature } from '@hintlab/protocol'
import type { LintState } from '../lint-state.ts'
import { DescFlag, readableBytes, writableBytes } from '../seen.ts'
import type { SeenOf } from '../seen.ts'

export const CHAIN_BYTES_MAX = 2 ** 32

const isTable = (flags: number): boolean => (flags & DescFlag.INDIRECT) !== 0

/** A readable buffer behind a writable one. */
export function wrongOrder({ descriptors }: SeenOf<'chain'>): string | null {
  let writable = false
  for (const { flags } of descriptors) {
    if (isTable(flags)) continue
    if (writable && (flags & DescFlag.WRITE) === 0) return 'a buffer that the device reads stands behind one that it writes'
    writable ||= (flags & DescFlag.WRITE) !== 0
  }
  return null
}

/** Too long, or of a form that the device could not read at all: then the observer has no descriptors. */
export function wrongSize(state: LintState, { descriptors, queue }: SeenOf<'chain'>): string | null {
  if (descriptors.length === 0) return 'a chain that cannot be read: a loop, an index or an address out of range, a length of 0'
  const size = state.queue(queue).setup?.size
  if (size !== undefined && descriptors.length > size && !descriptors.some(({ flags }) => isTable(flags))) {
    return `a chain of ${descriptors.length} descriptors in a queue of ${size}`
  }
  const bytes = readableBytes(descriptors) + writableBytes(descriptors)
  return bytes > CHAIN_BYTES_MAX ? `a chain of ${bytes} bytes` : null
}

export function wrongTable(state: LintState, { descriptors }: SeenOf<'chain'>): string | null {
  const at = descriptors.findIndex(({ flags }) => isTable(flags))
  if (at < 0) return null
  if (state.negotiated(Feature.INDIRECT_DESC) === false) return 'an indirect table without INDIRECT_DESC'
  if ((descriptors[at].flags & DescFlag.NEXT) !== 0) return 'the descriptor of an indirect table has NEXT'
  return descriptors.slice(at + 1).some(({ flags }) => isTable(flags)) ? 'an indirect table within an indirect table' : null
}
