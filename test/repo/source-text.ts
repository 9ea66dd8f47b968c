/**
 * Source text without what is no code, so that a search for a word does not find it in a comment or a message. Positions stay: whatever is taken out
 * is replaced by spaces, line ends excepted.
 *
 *     const a = 'x // y' // z     ->     const a = '      '
 */

/** The text with comments and the contents of strings, templates and regular expressions blanked. Code in a template's holes stays. */
export const codeOnly = (text: string): string => new Scanner(text).run()

/** A slash after one of these begins a regular expression, not a division. */
const BEFORE_REGEX = '(,=:[!&|?{};+-*%<>~^'
const WORD_BEFORE_REGEX = /\b(?:return|typeof|case|yield|await|of|in)$/

class Scanner {
  private at = 0
  private out = ''
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  run(): string {
    this.code('')
    return this.out
  }

  /** Code up to the brace that closes a template's hole, or to the end. */
  private code(end: '}' | ''): void {
    for (let depth = 0; this.at < this.text.length; ) {
      const c = this.text[this.at]
      const pair = c + (this.text[this.at + 1] ?? '')
      if (c === end && depth === 0) return
      if (c === '{') depth++
      if (c === '}') depth--
      if (pair === '//') this.blankTo(this.find('\n'))
      else if (pair === '/*') this.blankTo(this.find('*/') + 2)
      else if (c === "'" || c === '"') this.quoted(c)
      else if (c === '`') this.template()
      else if (c === '/' && this.regexMayBegin()) this.regex()
      else this.keep(1)
    }
  }

  private quoted(quote: string): void {
    this.keep(1)
    while (this.at < this.text.length && this.text[this.at] !== quote) this.content()
    this.keep(1)
  }

  private template(): void {
    this.keep(1)
    while (this.at < this.text.length && this.text[this.at] !== '`') {
      if (this.text.startsWith('${', this.at)) {
        this.keep(2)
        this.code('}')
        this.keep(1)
      } else this.content()
    }
    this.keep(1)
  }

  private regex(): void {
    this.keep(1)
    for (let inClass = false; this.at < this.text.length && (inClass || this.text[this.at] !== '/'); ) {
      if (this.text[this.at] === '[') inClass = true
      if (this.text[this.at] === ']') inClass = false
      this.content()
    }
    this.keep(1)
  }

  private regexMayBegin(): boolean {
    const before = this.out.trimEnd()
    return BEFORE_REGEX.includes(before.slice(-1)) || WORD_BEFORE_REGEX.test(before)
  }

  /** One character of a string, with the one it escapes. */
  private content(): void {
    this.blankTo(this.at + (this.text[this.at] === '\\' ? 2 : 1))
  }

  private keep(count: number): void {
    this.out += this.text.slice(this.at, this.at + count)
    this.at += count
  }

  private blankTo(end: number): void {
    this.out += this.text.slice(this.at, end).replace(/[^\n]/g, ' ')
    this.at = end
  }

  private find(needle: string): number {
    const found = this.text.indexOf(needle, this.at)
    return found < 0 ? this.text.length : found
  }
}
