/** The arrows between packages: as package.json declares them, and as the sources use them. */
import { expect, test } from 'vitest'
import { filesBelow, readRepoFile, typescriptFiles } from './files.ts'
import { arrowFaults, importFaults, importsOf, readPackage, renderGraph, rootTools } from './package-graph.ts'
import type { Package } from './package-graph.ts'

const packages = [...filesBelow('packages', ['/package.json']), readRepoFile('protocol/package.json')].map(readPackage)
const tools = rootTools(readRepoFile('package.json'))

test('the packages and what each may import', () => {
  expect(renderGraph(packages)).toMatchInlineSnapshot(`
    "kit       <-
    protocol  <- kit (protobufjs)
    sim       <- kit
    guest     <- kit, protocol, sim
    transport <- kit, protocol, sim
    host      <- kit, protocol, sim
    lab       <- kit, protocol, sim, guest, transport, host (zod, tinypool, tsx, yaml, uplot)
    peer      <- kit, protocol, sim, guest, transport, host, lab (koffi)
    cli       <- kit, protocol, sim, lab, peer (commander, cli-table3, cli-progress)"
  `)
})

test('ARCHITECTURE.md draws the same graph', () => {
  expect(readRepoFile('ARCHITECTURE.md').text).toContain(renderGraph(packages))
})

test('no package.json goes against the arrows', () => {
  expect(arrowFaults(packages)).toEqual([])
})

test('every import is declared, ends at a public entry, and stays in its package', () => {
  expect(typescriptFiles().flatMap((file) => importFaults(file, packages, tools))).toEqual([])
})

test('guest and host never import each other', () => {
  const pairs = [['guest', 'host'], ['host', 'guest'], ['guest', 'transport'], ['host', 'transport'], ['transport', 'guest'], ['transport', 'host']]
  for (const [from, to] of pairs) {
    const crossing = filesBelow(`packages/${from}`, ['.ts']).filter(({ text }) => importsOf(text).some((name) => name.startsWith(`@hintlab/${to}`)))
    expect(crossing.map(({ path }) => path)).toEqual([])
  }
})

test('the checks above can fail', () => {
  const guest: Package = { name: 'guest', folder: 'packages/guest', dependencies: ['@hintlab/kit'] }
  const faultsOf = (path: string, text: string): string[] => importFaults({ path, text }, [guest], ['vitest', '@hintlab/lab'])
  expect(arrowFaults([{ ...guest, dependencies: ['@hintlab/host'] }, { ...guest, name: 'misc' }])).toEqual([
    'guest: depends on @hintlab/host, against the arrows',
    'misc: no package of the design',
  ])
  const source = [
    "import { a } from '@hintlab/kit'", "import type { b } from '@hintlab/kit/src/bits.ts'", "export { c } from '@hintlab/host'", "import 'zod'",
    "import { d } from '../../host/src/vm.ts'", "const e = await import('node:fs')", "import { f } from './testing/naive.ts'",
    "import { g } from '@hintlab/kit/testing'", "// import { h } from 'nowhere'", "import { i } from 'vitest'", "import { j } from './j.ts'",
  ].join('\n')
  expect(faultsOf('packages/guest/src/x.ts', source).map((fault) => fault.replace('packages/guest/src/x.ts: imports ', ''))).toEqual([
    '@hintlab/kit/src/bits.ts, deeper than its exports',
    '@hintlab/host, which its package.json does not declare',
    'zod, which its package.json does not declare',
    '../../host/src/vm.ts, which leaves its package',
    'node:fs, and a model reaches nothing outside',
    './testing/naive.ts, which only tests may use',
    '@hintlab/kit/testing, which only tests may use',
    'vitest, which its package.json does not declare',
  ])
  expect(faultsOf('packages/guest/src/x.test.ts', "import 'vitest'\nimport '@hintlab/lab'")).toEqual([
    'packages/guest/src/x.test.ts: imports @hintlab/lab, which its package.json does not declare',
  ])
  expect(faultsOf('test/x.test.ts', "import '@hintlab/lab'\nimport '../packages/guest/src/kernel.ts'")).toEqual([
    'test/x.test.ts: imports ../packages/guest/src/kernel.ts, which enters a package by its path',
  ])
})
