/** Words into lines, and emphasis where a terminal can show it. */

export interface Style {
  bold(text: string): string
  dim(text: string): string
  alert(text: string): string
}

export const PLAIN: Style = { bold: (text) => text, dim: (text) => text, alert: (text) => text }

const ansi = (on: number, off: number) => (text: string): string => `\u001b[${on}m${text}\u001b[${off}m`
export const ANSI: Style = { bold: ansi(1, 22), dim: ansi(2, 22), alert: ansi(31, 39) }

/** Emphasis only on a terminal, and not where NO_COLOR asks for none (no-color.org). */
export const styleFor = (stream: NodeJS.WriteStream): Style => (stream.isTTY && (process.env['NO_COLOR'] ?? '') === '' ? ANSI : PLAIN)

/** Breaks text at spaces into lines of at most `width`; later lines are indented. A word that is longer than a line is cut. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  const flush = (): void => {
    lines.push(line)
    line = indent
  }
  for (let word of text.split(' ')) {
    const separator = line.trim() === '' ? '' : ' '
    if (line.length + separator.length + word.length <= width) {
      line += separator + word
      continue
    }
    if (line.trim() !== '') flush()
    while (line.length + word.length > width) {
      const room = width - line.length
      line += word.slice(0, room)
      word = word.slice(room)
      flush()
    }
    line += word
  }
  if (line.trim() !== '') lines.push(line)
  return lines
}

/** What a mail can carry: printable ASCII, everything else as a question mark. */
export const ascii = (text: string): string => text.replaceAll(/[^ -~]/gu, '?')
