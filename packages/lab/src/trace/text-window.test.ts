import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DIGIT_VALUES, TextWindow, Token } from './text-window.ts'

const SIZE = 64

function windowOf(text: string): TextWindow {
  const window = new TextWindow(SIZE)
  window.bytes.write(text, 'latin1')
  return window
}

/** Few different letters, so that names and separators meet often. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '=', ' ', '[', '\u00a0', '\u00ff', '!'), maxLength: 40 })

test('find, wordEnd and skipSpaces agree with a search in the string', () => {
  fc.assert(fc.property(text, fc.nat(40), fc.constantFrom('[', ' ', 'a', '\u00a0'), (line, from, letter) => {
    const window = windowOf(line)
    const start = Math.min(from, line.length)
    const orEnd = (at: number): number => (at < 0 ? line.length : at)
    expect(window.find(letter.charCodeAt(0), start, line.length)).toBe(orEnd(line.indexOf(letter, start)))
    expect(window.wordEnd(start, line.length)).toBe(orEnd(line.indexOf(' ', start)))
    expect(window.skipSpaces(start, line.length)).toBe(start + /^ */.exec(line.slice(start))![0].length)
  }))
})

test('a token is found exactly where the string has it, and never beyond the end of the line', () => {
  const names = fc.string({ unit: fc.constantFrom('a', 'b', '='), minLength: 4, maxLength: 13 })
  fc.assert(fc.property(names, text, fc.nat(20), fc.boolean(), (name, around, cut, flip) => {
    const token = new Token(name)
    const line = around + (flip ? `${name.slice(0, -1)}!` : name)
    const end = Math.max(0, line.length - (cut % 3))
    for (let at = 0; at <= line.length; at++) {
      expect(windowOf(line).has(at, end, token)).toBe(line.slice(0, end).startsWith(name, at))
    }
  }))
})

test('equals compares every byte', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 20 }), fc.nat(19), (line, at) => {
    const other = at < line.length ? line.slice(0, at) + (line[at] === 'a' ? 'b' : 'a') + line.slice(at + 1) : line
    expect(windowOf(`..${line}`).equals(2, windowOf(line), 0, line.length)).toBe(true)
    expect(windowOf(`..${line}`).equals(2, windowOf(other), 0, line.length)).toBe(line === other)
  }))
})

test('the values of digits', () => {
  const entries = Array.from(DIGIT_VALUES, (value, byte) => (value < 99 ? `${String.fromCharCode(byte)}=${value}` : ''))
  const known = entries.filter((entry) => entry !== '')
  expect(known.join(' ')).toMatchInlineSnapshot(`"0=0 1=1 2=2 3=3 4=4 5=5 6=6 7=7 8=8 9=9 A=10 B=11 C=12 D=13 E=14 F=15 a=10 b=11 c=12 d=13 e=14 f=15"`)
})
