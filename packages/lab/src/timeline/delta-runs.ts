/**
 * Bytes that hardly change from one frame to the next, made small: each frame is stored as its difference from the one before (modulo 256), and runs of zero
 * differences as their length.
 *
 *     frame 0 minus nothing, frame 1 minus frame 0, ...          (zeroes, literals, literal bytes ...) (zeroes, literals, ...) ...
 *
 * Lengths are base-128 varints, lowest digit first. A pair (zeroes, literals) may cross from one frame into the next.
 */

/** Zero differences inside literals are cheaper than a new pair, when there are no more of them than this. */
const SHORT_RUN = 2

/** `frames` of equal length. */
export function packFrames(frames: readonly Uint8Array[]): Uint8Array {
  const length = frames[0]?.length ?? 0
  const deltas = new Uint8Array(frames.length * length)
  frames.forEach((frame, f) => {
    for (let i = 0; i < length; i++) deltas[f * length + i] = frame[i] - (f === 0 ? 0 : frames[f - 1][i])
  })
  const out: number[] = []
  for (let at = 0; at < deltas.length;) {
    const literals = skipZeroes(deltas, at)
    const end = endOfLiterals(deltas, literals)
    pushVarint(out, literals - at)
    pushVarint(out, end - literals)
    for (let i = literals; i < end; i++) out.push(deltas[i])
    at = end
  }
  return Uint8Array.from(out)
}

/** The inverse; the page has the same in its script. */
export function unpackFrames(packed: Uint8Array, count: number, length: number): Uint8Array[] {
  const deltas = new Uint8Array(count * length)
  let at = 0
  let read = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = packed[read++]
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (read < packed.length) {
    at += varint()
    for (let n = varint(); n > 0; n--) deltas[at++] = packed[read++]
  }
  return Array.from({ length: count }, (_, f) => {
    const frame = deltas.subarray(f * length, (f + 1) * length)
    if (f > 0) for (let i = 0; i < length; i++) frame[i] += deltas[(f - 1) * length + i]
    return frame
  })
}

function skipZeroes(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] === 0) at++
  return at
}

function endOfLiterals(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length;) {
    if (bytes[at] !== 0) {
      at++
      continue
    }
    const next = skipZeroes(bytes, at)
    if (next - at > SHORT_RUN || next === bytes.length) return at
    at = next
  }
  return bytes.length
}

function pushVarint(out: number[], value: number): void {
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128)
  out.push(rest)
}
