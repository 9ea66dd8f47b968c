/**
 * JSON whose integers may need 64 bits. QEMU writes a statistic that is not set as 18446744073709551615, which JSON.parse would round.
 *
 *   text --long integers become marked strings--> text --JSON.parse--> value --marked strings become bigint--> value
 *
 * The mark is U+0000, which a JSON text can hold only as an escape: a string that begins with one gets another in front, so nothing is mistaken.
 */

/** A string, with its colon when it is a key; or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"(?:\s*:)?|-?\d[\d.eE+-]*/g
const LONG_INTEGER = /^-?\d{16,}$/

const MARK = '\u0000'
const ESCAPED_MARK = String.raw`\u0000`

/** As JSON.parse, but an integer that a number cannot hold exactly is a bigint. Throws SyntaxError for what is no JSON. */
export function parseBigJson(text: string): unknown {
  return JSON.parse(text.replace(TOKEN, mark), unmark) as unknown
}

function mark(token: string): string {
  if (token.endsWith(':')) return token
  if (token.startsWith(`"${ESCAPED_MARK}`)) return `"${ESCAPED_MARK}${token.slice(1)}`
  return LONG_INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${ESCAPED_MARK}${token}"` : token
}

function unmark(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value
  return value.startsWith(MARK + MARK) ? value.slice(1) : BigInt(value.slice(1))
}
