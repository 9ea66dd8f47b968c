/** Makes a failing series of cases short: first fewer cases, then fewer bytes, then smaller ones. What remains fails with the same message. */

/** Runs that a minimisation may take; the result is right after any number. */
const RUNS_MAX = 3000

/** `run` gives the message of a series, or null when nothing is wrong. A series that does not fail again comes back as it was. */
export function minimise(series: readonly Uint8Array[], message: string, run: (series: readonly Uint8Array[]) => string | null): Uint8Array[] {
  let runs = 0
  let best = [...series]
  const same = kindOf(message)
  const fails = (candidate: readonly Uint8Array[]): boolean => {
    if (runs++ >= RUNS_MAX) return false
    const found = run(candidate)
    return found !== null && kindOf(found) === same
  }
  const last = series[series.length - 1]
  if (fails([last])) best = [last]
  else if (series.length > 1 && fails(series.slice(-2))) best = series.slice(-2)
  else if (!fails(best)) return best
  best = fewerCases(best, fails)
  for (let i = 0; i < best.length; i++) best = withCase(best, i, shorter(best[i], (bytes) => fails(withCase(best, i, bytes))))
  return best
}

/** Numbers differ from run to run; the sentence stays. */
const kindOf = (message: string): string => message.replace(/0x[0-9a-f]+|\d+/g, 'n')

const withCase = (series: readonly Uint8Array[], at: number, bytes: Uint8Array): Uint8Array[] => series.map((old, i) => (i === at ? bytes : old))

function fewerCases(series: Uint8Array[], fails: (series: readonly Uint8Array[]) => boolean): Uint8Array[] {
  let best = series
  for (let part = best.length >> 1; part >= 1; part >>= 1) {
    for (let at = 0; at + part <= best.length && best.length > 1; ) {
      const candidate = [...best.slice(0, at), ...best.slice(at + part)]
      if (fails(candidate)) best = candidate
      else at += part
    }
  }
  return best
}

function shorter(bytes: Uint8Array, fails: (bytes: Uint8Array) => boolean): Uint8Array {
  let best = bytes
  for (let part = best.length >> 1; part >= 1; part >>= 1) {
    for (let at = 0; at < best.length; ) {
      const candidate = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + part)])
      if (fails(candidate)) best = candidate
      else at += part
    }
  }
  for (let at = 0; at < best.length; at++) {
    for (const value of [0, 1, best[at] >> 1, best[at] - 1]) {
      if (value < 0 || value >= best[at]) continue
      const candidate = best.slice()
      candidate[at] = value
      if (fails(candidate)) {
        best = candidate
        break
      }
    }
  }
  return best
}
