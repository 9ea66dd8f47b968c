/** What `hintlab serve` says when it cannot begin, and what it writes for people. No guest is needed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runServe } from './served.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const socket = join(folder, 'a.sock')
const taken = join(folder, 'taken')
writeFileSync(taken, 'mine')

const hidden = (text: string): string => text.replaceAll(folder, 'FOLDER')

it.concurrent.each([
  ['a path that is there', ['--socket', taken]],
  ['a folder that is not', ['--socket', join(folder, 'none', 'a.sock')]],
  ['a path that is too long', ['--socket', join(folder, 'a'.repeat(120))]],
  ['no socket', []],
  ['no size', ['--socket', socket, '--balloon', 'much']],
  ['half a page', ['--socket', socket, '--balloon', '6K']],
  ['no way to discard', ['--socket', socket, '--discard', 'burn']],
  ['no device', ['--socket', socket, '--device', 'xen']],
  ['no feature', ['--socket', socket, '--offer', 'STATS_VQ,MAGIC']],
  ['no numbering', ['--socket', socket, '--numbering', 'random']],
  ['no time', ['--socket', socket, '--stats-every', '-1']],
  ['no setting', ['--socket', socket, '--set', 'host.colour=red']],
  ['no scenario', ['--socket', socket, '--scenario', join(folder, 'none.yaml')]],
  ['a recording in no folder', ['--socket', socket, '--record', join(folder, 'none', 'a.bin')]],
])('%s ends it with 2 and a line', async (_, args) => {
  const { code, stdout, stderr } = await runServe(args, '')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(hidden(stderr)).toMatch(/^hintlab: /)
  expect(hidden(stderr)).not.toMatch(/\n\s+at /)
  expect(readFileSync(taken, 'utf8')).toBe('mine')
})

it('takes commands, and says which there are', async () => {
  const { code, stdout, stderr } = await runServe(['--socket', socket], 'balloon 8M\nballoon\njump\n\npages\nstatus now\nquit\n')
  expect(code).toBe(0)
  const lines = hidden(stdout).replaceAll(/^ +\d+\.\d+ s {2}/gm, '').trim().split('\n')
  expect(lines.map((line) => line.replace(/; offers .*/, '; offers ...'))).toEqual([
    'listening on FOLDER/a.sock; offers ...', 'target 2,048 pages', 'the balloon holds 0 pages', 'closed',
  ])
  expect(stderr.trim().split('\n')).toEqual(['balloon', 'jump', 'status now'].map(
    (found) => `hintlab: found ${JSON.stringify(found)}; accepted: balloon SIZE | stats | hint | status | pages | quit`,
  ))
})
