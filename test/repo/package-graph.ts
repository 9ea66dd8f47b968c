/**
 * The packages, what their package.json files let them import, and what their sources do import. pnpm makes an undeclared import fail at run time
 * anyway; here it fails with a sentence, and the arrows of the design are written down once.
 */
import type { RepoFile } from './files.ts'
import { isModelCode, isTestCode } from './files.ts'
import { codeOnly } from './source-text.ts'

export interface Package {
  /** Without the scope: `kit`. */
  readonly name: string
  /** Folder from the root. */
  readonly folder: string
  /** Names as imports spell them. */
  readonly dependencies: readonly string[]
}

interface Manifest {
  name: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

const SCOPE = '@hintlab/'

/** What a package may import, the arrows of the design: whatever an arrow leads to may be imported too, but guest, host and transport are apart. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  protocol: ['kit'],
  sim: ['kit'],
  guest: ['kit', 'protocol', 'sim'],
  transport: ['kit', 'protocol', 'sim'],
  host: ['kit', 'protocol', 'sim'],
  lab: ['kit', 'protocol', 'sim', 'guest', 'transport', 'host'],
  peer: ['kit', 'protocol', 'sim', 'guest', 'transport', 'host', 'lab'],
  cli: ['kit', 'protocol', 'sim', 'guest', 'transport', 'host', 'lab', 'peer'],
}

export function readPackage(manifest: RepoFile): Package {
  const { name, dependencies = {} } = JSON.parse(manifest.text) as Manifest
  return { name: name.replace(SCOPE, ''), folder: manifest.path.replace(/\/package\.json$/, ''), dependencies: Object.keys(dependencies) }
}

/** What tests and tools may import beside their package's own dependencies. */
export const rootTools = (root: RepoFile): string[] => Object.keys((JSON.parse(root.text) as Manifest).devDependencies ?? {})

/** One line per package: what it may import of ours, then of others; in the order of the arrows. */
export function renderGraph(packages: readonly Package[]): string {
  const order = Object.keys(ARROWS)
  const sorted = [...packages].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
  return sorted.map(({ name, dependencies }) => {
    const ours = dependencies.filter((d) => d.startsWith(SCOPE)).map((d) => d.slice(SCOPE.length))
    const others = dependencies.filter((d) => !d.startsWith(SCOPE))
    const inOrder = ours.sort((a, b) => order.indexOf(a) - order.indexOf(b)).join(', ')
    return `${name.padEnd(10)}<- ${[inOrder, others.length === 0 ? '' : `(${others.join(', ')})`].filter((part) => part !== '').join(' ')}`.trimEnd()
  }).join('\n')
}

/** Packages whose package.json goes against the arrows. */
export function arrowFaults(packages: readonly Package[]): string[] {
  return packages.flatMap(({ name, dependencies }) => {
    const allowed = ARROWS[name]
    if (allowed === undefined) return [`${name}: no package of the design`]
    const wrong = dependencies.filter((d) => d.startsWith(SCOPE) && !allowed.includes(d.slice(SCOPE.length)))
    return wrong.map((d) => `${name}: depends on ${d}, against the arrows`)
  })
}

/** The names a source imports: found in its code, where strings are blank, and read from its text. */
export function importsOf(text: string): string[] {
  const pattern = /\bfrom\s*(['"] *['"])|\bimport\s*\(?\s*(['"] *['"])/g
  return [...codeOnly(text).matchAll(pattern)].map((match) => {
    const end = match.index + match[0].length
    return text.slice(end - (match[1] ?? match[2] ?? '').length + 1, end - 1)
  })
}

/** Imports of a file that its package does not allow, a sentence each. `tools` are the root's development dependencies. */
export function importFaults(file: RepoFile, packages: readonly Package[], tools: readonly string[]): string[] {
  const home = packages.find(({ folder }) => file.path.startsWith(`${folder}/`)) ?? null
  const faults: string[] = []
  for (const name of importsOf(file.text)) {
    const fault = name.startsWith('.') ? relativeFault(file, name, home) : packageFault(file, name, home, tools)
    if (fault !== null) faults.push(`${file.path}: imports ${name}, ${fault}`)
  }
  return faults
}

function relativeFault({ path }: RepoFile, name: string, home: Package | null): string | null {
  const target = new URL(name, `file:///${path}`).pathname.slice(1)
  if (home !== null && !target.startsWith(`${home.folder}/`)) return 'which leaves its package'
  if (home === null && /^(?:packages|protocol)\//.test(target)) return 'which enters a package by its path'
  if (target.includes('/testing/') && !isTestCode(path)) return 'which only tests may use'
  return null
}

function packageFault({ path }: RepoFile, name: string, home: Package | null, tools: readonly string[]): string | null {
  if (name.startsWith('node:')) return isModelCode(path) && !isTestCode(path) ? 'and a model reaches nothing outside' : null
  const [scopeOrName = '', second = ''] = name.split('/')
  const base = scopeOrName.startsWith('@') ? `${scopeOrName}/${second}` : scopeOrName
  if (base.startsWith(SCOPE) && name !== base && name !== `${base}/testing`) return 'deeper than its exports'
  if (name === `${base}/testing` && base.startsWith(SCOPE) && !isTestCode(path)) return 'which only tests may use'
  const declared = home?.dependencies ?? tools
  if (declared.includes(base)) return null
  const isTool = isTestCode(path) || (home !== null && !path.startsWith(`${home.folder}/src/`))
  if (isTool && tools.includes(base) && !base.startsWith(SCOPE)) return null
  return 'which its package.json does not declare'
}
