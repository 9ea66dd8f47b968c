// The inverse of timeline/delta-runs.ts: base64 to frames of bytes.
export function unpackFrames(text, count, length) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  const bytes = new Uint8Array(count * length)
  let at = 0
  let read = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = packed[read++]
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (read < packed.length) {
    at += varint()
    for (let n = varint(); n > 0; n--) bytes[at++] = packed[read++]
  }
  for (let i = length; i < bytes.length; i++) bytes[i] += bytes[i - length]
  return Array.from({ length: count }, (_, f) => bytes.subarray(f * length, (f + 1) * length))
}
