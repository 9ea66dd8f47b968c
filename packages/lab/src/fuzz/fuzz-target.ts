/** What is fuzzed: a world that takes one case after another, and says what is wrong by throwing. */

/** A rule of the oracle is broken. Assertions of the model count as much. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure'
}

/** Throws when `condition` does not hold. The message is made only then. */
export function demand(condition: boolean, message: () => string): void {
  if (!condition) throw new FuzzFailure(message())
}

export interface FuzzTarget {
  /** Runs a case and judges it. After an exception the target is of no more use. */
  run(bytes: Uint8Array): void
  /** Checks at the end of a series of cases that are too slow for each of them. */
  finish(): void
  /** Names of everything counted, and the counts so far: what the peer was caught at, what was served. */
  readonly names: readonly string[]
  readonly counts: Float64Array
  /** Malformed rings, chains and payloads so far, or what a device did that no right one does; chains that travelled in all. */
  readonly malformed: number
  readonly chains: number
}
