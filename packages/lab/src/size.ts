/** Sizes as people write them. */

/** `4G`, `512 MiB`, `65536`: bytes, in powers of 1024; null for anything else. */
export function parseSize(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?) *([kmgt]?)(?:i?b)?$/i.exec(text.trim())
  if (found === null) return null
  const power = ['', 'k', 'm', 'g', 't'].indexOf(found[2].toLowerCase())
  return Number(found[1]) * 1024 ** power
}

/** For schemas: a text that is a size becomes its bytes, all else stays for the schema to judge. */
export const sizeOrSame = (value: unknown): unknown => (typeof value === 'string' ? (parseSize(value) ?? value) : value)
