/** Recognizes input that is no text from its first bytes, so that the message can say what to do instead of counting malformed lines. */

/** Bytes that `sniff` wants to see. */
export const SNIFF_BYTES = 512

const FORMATS: { magic: number[]; found: string; accepted: string }[] = [
  { magic: [0x50, 0x45, 0x52, 0x46, 0x49, 0x4c, 0x45], found: 'a perf.data file', accepted: 'the text that perf script prints of it' },
  {
    magic: [0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67],
    found: 'a trace.dat file of trace-cmd',
    accepted: 'the text that trace-cmd report prints of it',
  },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], found: 'zstd data', accepted: 'ftrace text, plain or gzip' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], found: 'xz data', accepted: 'ftrace text, plain or gzip' },
  { magic: [0x42, 0x5a, 0x68], found: 'bzip2 data', accepted: 'ftrace text, plain or gzip' },
  { magic: [0x1f, 0x8b], found: 'gzip data inside gzip', accepted: 'ftrace text, packed once' },
  { magic: [0xff, 0xfe], found: 'UTF-16 text', accepted: 'ftrace text in UTF-8' },
]

/** Text has line ends and tabs, and hardly any other control character: a task may have put one into its name. */
const CONTROL_SHARE_MAX = 0.05

/** What the unpacked input is instead of text, or null. */
export function sniff(head: Buffer): { found: string; accepted: string } | null {
  for (const format of FORMATS) {
    if (format.magic.every((byte, i) => head[i] === byte)) return { found: format.found, accepted: format.accepted }
  }
  let controls = 0
  for (const byte of head) {
    if (byte === 0) return { found: 'binary data', accepted: 'ftrace text, plain or gzip' }
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte === 0x7f) controls++
  }
  return controls > head.length * CONTROL_SHARE_MAX ? { found: 'binary data', accepted: 'ftrace text, plain or gzip' } : null
}
