/** The cost of a batch on the wire, per page: once encoded and once decoded, from columns to columns. */
import { assert, Prng } from '@hintlab/kit'
import { batchBytesMax, decodeBatch, encodeBatch } from './codec.ts'
import { makeBatch } from './ports.ts'

/**
 * Encodes and decodes a batch of `entries` pages `rounds` times between two calls of `now` (nanoseconds). Page frame numbers are spread
 * over a guest of 1 TiB, so that most take four bytes. The result of the round trip is compared before the clock starts, after a warm-up
 * of the same length.
 */
export function benchCodec(now: () => number, { entries, rounds }: { entries: number; rounds: number }): { nsPerPage: number } {
  const prng = new Prng(1)
  const sent = makeBatch(entries)
  const got = makeBatch(entries)
  const bytes = new Uint8Array(batchBytesMax(entries))
  sent.commandId = 7
  sent.count = entries
  for (let i = 0; i < entries; i++) {
    sent.pfn[i] = prng.below(2 ** 28)
    sent.order[i] = prng.below(11)
  }
  const length = encodeBatch(sent, bytes)
  const message = bytes.subarray(0, length)
  assert(decodeBatch(message, got) && sameEntries(sent, got), 'the round trip gives back every entry')
  roundTrips(rounds)

  const begin = now()
  const total = roundTrips(rounds)
  const end = now()
  assert(total === rounds * (length + entries), 'every timed round trip was complete')
  return { nsPerPage: (end - begin) / (rounds * entries) }

  function roundTrips(n: number): number {
    let sum = 0
    for (let i = 0; i < n; i++) {
      // A changed entry per round: no round can be taken out of the loop.
      sent.pfn[i % entries] ^= 1
      sum += encodeBatch(sent, bytes)
      if (decodeBatch(message, got)) sum += got.count
    }
    return sum
  }
}

function sameEntries(a: { count: number; pfn: Uint32Array; order: Uint8Array }, b: typeof a): boolean {
  if (a.count !== b.count) return false
  for (let i = 0; i < a.count; i++) if (a.pfn[i] !== b.pfn[i] || a.order[i] !== b.order[i]) return false
  return true
}
