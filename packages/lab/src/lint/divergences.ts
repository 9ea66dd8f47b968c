/**
 * What is known of the peers in the field: where one is named, a violation that it is known for is reported as that peer's way, not as a discovery. Each line
 * was observed or read in the peer's source.
 */
import type { Actor } from './rules/rule.ts'

export interface Divergence {
  readonly peer: string
  readonly actor: Actor
  readonly rule: number
  readonly what: string
}

export const DIVERGENCES: readonly Divergence[] = [
  { peer: 'cloud-hypervisor', actor: 'V', rule: 18, what: 'the used length of a report is the sum of its ranges, also when nothing was released' },
  { peer: 'dragonball', actor: 'V', rule: 18, what: 'the used length of a report is the sum of its ranges, also when nothing was released' },
  { peer: 'v86', actor: 'V', rule: 34, what: 'hints of any command id are taken' },
  { peer: 'qemu', actor: 'V', rule: 48, what: 'reports are served although PAGE_REPORTING was not negotiated' },
  { peer: 'firecracker', actor: 'V', rule: 48, what: 'queues are served whether or not their feature was negotiated' },
  { peer: 'linux', actor: 'D', rule: 31, what: 'the shrinker gives hinted pages back before DONE' },
  { peer: 'linux', actor: 'D', rule: 9, what: 'removing the module deflates everything, whatever the target is' },
]

/** Names that `--peer` takes. */
export const PEERS: readonly string[] = [...new Set(DIVERGENCES.map(({ peer }) => peer))].sort()

export const divergenceOf = (rule: number, actor: Actor, peers: readonly string[]): Divergence | undefined =>
  DIVERGENCES.find((known) => known.rule === rule && known.actor === actor && peers.includes(known.peer))
