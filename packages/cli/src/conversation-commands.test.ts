/** `run --record`, then `decode`, `replay`, `lint` and Debian's protoc on the same file. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderReplay } from './replay-command.ts'
import { captureCli } from './testing/capture.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-decode-'))
const file = join(folder, 'run.bin')
const scenario = join(folder, 'run.yaml')
let hash = ''
afterAll(() => rmSync(folder, { recursive: true }))

const PROTOCOL = fileURLToPath(new URL('../../../protocol', import.meta.url))

beforeAll(async () => {
  writeFileSync(scenario, `hintlab: 1
guest: { memory: 64 MiB, vcpus: 1 }
start: fresh
interface: buffer, virtqueue, async
workload: { settle-s: 3, phases: [{ seconds: 1, run: [{ do: burst, size: 16 MiB, order: 9, over-ms: 10, hold-ms: 10 }] }] }
`)
  const { code, stderr, stdout } = await captureCli(['run', scenario, '--record', file])
  expect([code, stderr]).toEqual([0, ''])
  hash = /scenario ([0-9a-f]{12})/.exec(stdout)?.[1] ?? ''
})

test('decode prints a line for each event, only some kinds, and JSON', async () => {
  const [all, chains, json, none] = [
    await captureCli(['decode', file]), await captureCli(['decode', file, '--only', 'chain']), await captureCli(['decode', file, '--json']),
    await captureCli(['decode', file, '--only', 'pigeon']),
  ]
  expect(all.stdout.split('\n').slice(0, 5).join('\n').replace(/scenario [0-9a-f]{12}/, 'scenario HASH')).toMatchInlineSnapshot(`
    "driver hintlab, device hintlab, scenario HASH, seed 1
    memory 0x0+0x1000000 0x1000000+0x3000000
           0     0.000000000  cpu1  queueSetup      queue 0 size 16 at 0x1000000 0x1000100 0x1000128
           1     0.000000000  cpu1  queueState      queue 0 enabled
           2     0.000000080  cpu0  chain           queue 0 head 0: read 14 at 0x10001b0, write 28 at 0x10007d0  report of 3 blocks, run 0: 0x0/10 0x400/10 0x800/10"
  `)
  const { header, events } = JSON.parse(json.stdout) as { header: { device: string; scenario: { load: { kind: string } } }; events: { chain?: object }[] }
  expect(all.stdout).toContain(`scenario ${hash}, seed 1`)
  expect([header.device, header.scenario.load.kind]).toEqual(['hintlab', 'phases'])
  expect(all.stdout.trimEnd().split('\n').length).toBe(events.length + 3)
  expect(chains.stdout.trimEnd().split('\n').length).toBe(events.filter(({ chain }) => chain !== undefined).length + 3)
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--only: found pigeon; accepted are chain, kick, ') as string])
})

test('each side replays alone; a changed one is found, and the exit code says so', async () => {
  const same = await captureCli(['replay', file, '--guest', '--host'])
  expect([same.code, same.stderr]).toEqual([0, ''])
  expect(same.stdout).toMatchInlineSnapshot(`
    "guest: 16 of 16 recorded events done alike
    host: 37 of 37 recorded events done alike
    "
  `)
  const changed = await captureCli(['replay', file, '--host', '--set', 'host.inhibited=true'])
  expect([changed.code, changed.stdout]).toEqual([1, expect.stringMatching(/host: 1 of \d+ recorded events done alike, then the host does something else\n {2}recorded .*discard/) as string])
  const json = await captureCli(['replay', file, '--host', '--json'])
  expect(JSON.parse(json.stdout)).toMatchObject([{ side: 'host', divergence: null }])
  const neither = await captureCli(['replay', file])
  expect([neither.code, neither.stderr]).toEqual([2, 'hintlab: replay: found neither --guest nor --host; accepted is one of them, or both\n'])
  expect((await captureCli(['lint', file])).code).toBe(0)
})

test('a divergence shows both sides and the state of what was replayed', () => {
  const divergence = { step: 7, atNs: 1, what: 'the host does something else', field: 'used.len: recorded 4, here 6', recorded: 'a', replayed: null, state: { device: { requests: 3 } } }
  expect(renderReplay({ side: 'host', events: 9, alike: 4, divergence })).toMatchInlineSnapshot(`
    "host: 4 of 9 recorded events done alike, then the host does something else
      recorded        a
      replayed        nothing
      difference      used.len: recorded 4, here 6
      device          requests 3
    "
  `)
})

const protoc = spawnSync('protoc', ['--version']).status === 0
const required = process.env['HINTLAB_PEERS'] === 'required'
if (!protoc && !required) console.warn('skipped: protoc reads a recording; apt-get install protobuf-compiler')

test.skipIf(!protoc && !required)('protoc --decode reads the recording', async () => {
  const text = execFileSync('protoc', [`--proto_path=${PROTOCOL}`, '--decode=hintlab.Conversation', 'conversation.proto'], { input: readFileSync(file) }).toString()
  const { events } = JSON.parse((await captureCli(['decode', file, '--json'])).stdout) as { events: object[] }
  expect(text.match(/^events \{$/gm)?.length).toBe(events.length)
  expect(text).toMatch(/^version: 1\nseed: 1\n/)
  // Nothing that protoc knows only by its number.
  expect(text).not.toMatch(/^ *\d+[:{ ]/m)
})
