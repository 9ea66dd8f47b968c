/** What the documents claim and a program can check: links, paths, commands, settings, snippets. Each function goes from text to sentences. */
import { dirname, posix } from 'node:path'
import { applySetting, InputError, parseRunOptions } from '@hintlab/lab'
import type { RepoFile } from './files.ts'

export interface Snippet {
  readonly code: string
  /** The text block right behind it, if there is one: what the snippet prints. */
  readonly output: string | null
}

/** The anchors that a Markdown file offers: its headings as GitHub spells them. */
export function anchorsOf(text: string): string[] {
  const headings = withoutFences(text).split('\n').filter((line) => /^#+ /.test(line))
  return headings.map((line) => line.replace(/^#+ /, '').toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}

/** Links to files or headings that do not exist. `read` returns the text of a file, '' for a folder, null where there is nothing. */
export function brokenLinks({ path, text }: RepoFile, read: (path: string) => string | null): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  return links.filter((link) => !/^https?:/.test(link)).flatMap((link) => {
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? text : read(posix.join(dirname(path), file))
    if (target === null) return [`${path}: ${link} does not exist`]
    return anchor === undefined || anchorsOf(target).includes(anchor) ? [] : [`${path}: ${link} names no heading`]
  })
}

/** Paths in back quotes that do not exist. */
export function brokenPaths({ path, text }: RepoFile, exists: (path: string) => boolean): string[] {
  const named = [...text.matchAll(/`((?:packages|protocol|test|examples|traces|\.ci)\/[\w./-]+)`/g)].map((match) => match[1] ?? '')
  return named.filter((name) => !exists(name)).map((name) => `${path}: ${name} does not exist`)
}

/** Words behind `pnpm` that are neither a script nor a command of pnpm itself. */
export function unknownScripts({ path, text }: RepoFile, scripts: readonly string[]): string[] {
  const words = [...text.matchAll(/\bpnpm(?:@12)?(?: -s)? ([a-z]+)/g)].map((match) => match[1] ?? '')
  const known = new Set([...scripts, 'install', 'exec'])
  return words.filter((word) => !known.has(word)).map((word) => `${path}: pnpm ${word} is no script`)
}

/** Options of `hintlab` that its help does not list, and settings (`--set path=value`) that no run accepts. */
export function unknownFlags({ path, text }: RepoFile, help: string): string[] {
  const lines = text.split('\n').filter((line) => /\bhintlab (?:compare|costs)\b/.test(line))
  const flags = lines.flatMap((line) => [...line.split(' # ')[0].matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map((match) => match[0]))
  const settings = [...text.matchAll(/--set ([\w.-]+=[^\s`]+)/g)].map((match) => match[1] ?? '')
  return [
    ...flags.filter((flag) => !help.includes(`${flag} `)).map((flag) => `${path}: ${flag} is no option`),
    ...settings.filter((setting) => setting !== 'path=value' && !isAccepted(setting)).map((setting) => `${path}: --set ${setting} is not accepted`),
  ]
}

function isAccepted(setting: string): boolean {
  const target = {}
  try {
    applySetting(target, setting)
    parseRunOptions(target)
    return true
  } catch (error) {
    if (error instanceof InputError) return false
    throw error
  }
}

/** TypeScript blocks, with what they are said to print. */
export function snippetsOf(text: string): Snippet[] {
  return [...text.matchAll(/```ts\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```)?/g)].map((match) => ({ code: match[1] ?? '', output: match[2] ?? null }))
}

const withoutFences = (text: string): string => text.replace(/```[\s\S]*?```/g, '')
