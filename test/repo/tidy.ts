/** The rules of the house that neither the compiler nor the linter knows, each a function from files to sentences. */
import { isModelCode, isTestCode } from './files.ts'
import type { RepoFile } from './files.ts'
import { codeOnly } from './source-text.ts'

/** Columns of a line. Tests quote kernel text and rendered tables as they are, and a row of a Markdown table cannot be broken. */
const WIDTH_MAX = 160
/** Lines of a file that are neither blank nor comment: the linter's cap, here also for files that it does not see. */
const LINES_MAX = 400

/** In model code: time, chance and the outside world belong to others (design: Determinism). */
const BANNED_IN_MODEL = [
  'Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process', 'Promise', 'async', 'await', 'require', 'fs',
  String.raw`Math\.random`,
]
/** Everywhere: results that differ between machines. */
const BANNED = [
  'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase', 'toLocaleDateString', 'toLocaleTimeString', 'localeCompare', 'Intl',
  String.raw`Math\.(?:exp|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|cbrt|hypot)`,
]
/** Written so that this file does not name them itself. */
const UNFINISHED = new RegExp(`\\b(?:${['TO', 'FIX', 'XX', 'HA'].map((word, i) => word + ['DO', 'ME', 'X', 'CK'][i]).join('|')})\\b`)
const MACHINE_PATH = new RegExp(`(?<![\\w.])/(?:${['work', 'root', 'home', 'tmp', 'Users'].join('|')})/\\w`)

type Rule = (file: RepoFile) => string[]

/** `path:line: what`, for each line that matches. */
function linesMatching({ path, text }: RepoFile, pattern: RegExp, what: string): string[] {
  return text.split('\n').flatMap((line, i) => {
    const found = pattern.exec(line)
    return found === null ? [] : [`${path}:${i + 1}: ${found[0]} ${what}`]
  })
}

/** Columns of a line: what a reader sees, not the two halves of a rare character. */
const columns = (line: string): number => Array.from(line).length

const isWide = (line: string): boolean => columns(line) > WIDTH_MAX && !line.startsWith('| ')

/** As linesMatching, in code only. */
const codeMatching = (file: RepoFile, pattern: RegExp, what: string): string[] =>
  linesMatching({ path: file.path, text: codeOnly(file.text) }, pattern, what)

/** A banned word as an identifier of its own: not a property, not a key. */
const anyOf = (words: readonly string[]): RegExp => new RegExp(`(?<![\\w.$])(?:${words.join('|')})\\b(?!\\s*:)`)

export const unfinished: Rule = (file) => linesMatching(file, UNFINISHED, 'is left')

export const machinePaths: Rule = (file) => linesMatching(file, MACHINE_PATH, 'is a path of one machine')

export const tooWide: Rule = ({ path, text }) => {
  if (path.endsWith('.test.ts')) return []
  return text.split('\n').flatMap((line, i) => (isWide(line) ? [`${path}:${i + 1}: ${columns(line)} columns, at most ${WIDTH_MAX}`] : []))
}

export const tooLong: Rule = ({ path, text }) => {
  const lines = codeOnly(text).split('\n').filter((line) => line.trim() !== '').length
  return lines > LINES_MAX ? [`${path}: ${lines} lines of code, at most ${LINES_MAX}`] : []
}

export const bannedWords: Rule = (file) => {
  const everywhere = codeMatching(file, new RegExp(`(?<![\\w$])(?:${BANNED.join('|')})\\b`), 'gives results that differ between machines')
  if (!isModelCode(file.path) || file.path.endsWith('.test.ts')) return everywhere
  return [...everywhere, ...codeMatching(file, anyOf(BANNED_IN_MODEL), 'does not belong in the model')]
}

/** A .d.ts file describes a module of somebody else, as it is. */
export const badExports: Rule = (file) => (file.path.endsWith('.d.ts') ? [] : [
  ...codeMatching(file, /\bexport\s+default\b/, 'is not used here: exports have names'),
  ...codeMatching(file, /\bexport\s*\*/, 'hides what is exported: list the names'),
])

/** A barrel that only lists names, and a test, whose names are its sentences, need no header. */
export const noHeader: Rule = ({ path, text }) => {
  if (isTestCode(path) || path.endsWith('/index.ts') || !path.includes('/src/')) return []
  return /^(?:#!.*\n)?\/\*\*/.test(text) ? [] : [`${path}: does not begin with a comment that says what it is`]
}
