/**
 * Numbers as people read them: about three significant digits, the same bytes on every machine (no Intl, no locale). Everything is ASCII, because a result
 * may go into a mail.
 */

/** 1234567 -> `1,234,567`. */
export function grouped(n: number): string {
  const digits = String(Math.round(Math.abs(n)))
  const text = digits.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return n < 0 && digits !== '0' ? `-${text}` : text
}

/** Three significant digits: `<0.001`, `0.474`, `2.50`, `71.3`, `1,234`; whole numbers as they are: `0`, `33`. */
export function significant(n: number): string {
  if (n < 0) return `-${significant(-n)}`
  if (n >= 99.95 || Number.isInteger(n)) return grouped(n)
  if (n >= 9.995) return n.toFixed(1)
  if (n >= 0.9995) return n.toFixed(2)
  return n < 0.0005 ? '<0.001' : n.toFixed(3)
}

const COMPACT_UNITS = ['', 'k', 'M', 'G', 'T'] as const

/** As `significant` without separators, in at most six characters: `12345`, `123k`, `4.57M`, and `>999T` for what is too large. */
export function compact(n: number): string {
  if (n < 0) return `-${compact(-n)}`
  if (n < 99_999.5) return significant(n).replaceAll(',', '')
  let unit = 0
  let rest = n
  while (rest >= 999.5 && unit < COMPACT_UNITS.length - 1) {
    rest /= 1000
    unit++
  }
  return rest >= 999.5 ? '>999T' : significant(rest) + COMPACT_UNITS[unit]
}

const TIME_UNITS = [['ns', 1], ['us', 1e3], ['ms', 1e6], ['s', 1e9]] as const

/** Nanoseconds in the unit that suits them: `56 ns`, `13.1 us`, `71.3 ms`, `4.09 s`. */
export function timeText(ns: number): string {
  let [unit, scale]: readonly [string, number] = TIME_UNITS[0]
  for (const [name, size] of TIME_UNITS) if (ns >= size * 0.9995) [unit, scale] = [name, size]
  return unit === 'ns' ? `${significant(Math.round(ns))} ns` : `${significant(ns / scale)} ${unit}`
}

const BYTE_UNITS = [['bytes', 1], ['KiB', 2 ** 10], ['MiB', 2 ** 20], ['GiB', 2 ** 30], ['TiB', 2 ** 40]] as const

/** Bytes in the largest unit of which there is one: `64 MiB`, `4 GiB`, `1.50 GiB`. */
export function bytesText(bytes: number): string {
  let [unit, scale]: readonly [string, number] = BYTE_UNITS[0]
  for (const [name, size] of BYTE_UNITS) if (bytes >= size) [unit, scale] = [name, size]
  const n = bytes / scale
  return `${significant(n)} ${unit}`
}

/** A share of 1 as `72.1 %`. */
export const percentText = (share: number): string => `${significant(share * 100)} %`
