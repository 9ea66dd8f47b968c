/** The files of the repository, read once, for the tests that look at all of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface RepoFile {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
}

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const SKIPPED = new Set(['node_modules', '.git', 'generated'])

/** Every file below `folder` whose name ends in one of `endings`, in the order of their paths. */
export function filesBelow(folder: string, endings: readonly string[]): RepoFile[] {
  const found: RepoFile[] = []
  for (const entry of readdirSync(ROOT + folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) found.push(...filesBelow(path, endings))
    else if (entry.isFile() && endings.some((ending) => path.endsWith(ending))) found.push(readRepoFile(path))
  }
  return found
}

export const readRepoFile = (path: string): RepoFile => ({ path, text: readFileSync(ROOT + path, 'utf8') })

/** All TypeScript that people wrote. */
export const typescriptFiles = (): RepoFile[] => ['examples', 'packages', 'protocol', 'test'].flatMap((folder) => filesBelow(folder, ['.ts']))

/** Code that only tests use: tests, fakes and twins, measurements. */
export const isTestCode = (path: string): boolean => /\.(?:test|bench)\.ts$|\/testing\/|^(?:test|examples)\//.test(path)

/** Packages in which only `sim` owns time and chance, and nothing reaches outside. */
export const isModelCode = (path: string): boolean => /^(?:protocol|packages\/(?:kit|sim|guest|transport|host))\/src\//.test(path)
