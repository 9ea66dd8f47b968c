import { Duplex, PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { Qmp } from './qmp.ts'

const GREETING = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "x"}, "capabilities": ["oob"]}}\r\n'

/** A monitor that answers each command with what `answer` makes of it; `say` sends anything else. */
function monitor(answer: (command: { execute: string; arguments: unknown; id: number }) => string | null) {
  const toUs = new PassThrough()
  const fromUs = new PassThrough()
  fromUs.on('data', (data: Buffer) => {
    for (const line of data.toString().trim().split('\n')) {
      const text = answer(JSON.parse(line) as { execute: string; arguments: unknown; id: number })
      if (text !== null) toUs.write(`${text}\r\n`)
    }
  })
  toUs.write(GREETING)
  return { stream: Duplex.from({ readable: toUs, writable: fromUs }), say: (text: string) => void toUs.write(text), end: () => void toUs.end() }
}

const ok = ({ id, arguments: args }: { id: number; arguments: unknown }): string => `{"return": ${JSON.stringify(args)}, "id": ${id}}`

it('greets, answers commands by their number, and tells the version', async () => {
  const { stream } = monitor(ok)
  const qmp = await Qmp.open(stream)
  expect(qmp.version).toEqual({ major: 7, minor: 2, micro: 22 })
  expect(await Promise.all([qmp.execute('a', { n: 1 }), qmp.execute('b', { n: 2 })])).toEqual([{ n: 1 }, { n: 2 }])
})

it('integers of 64 bits arrive whole', async () => {
  const qmp = await Qmp.open(monitor(({ id }) => `{"return": {"stat": 18446744073709551615}, "id": ${id}}`).stream)
  expect(await qmp.execute('qom-get')).toEqual({ stat: 2n ** 64n - 1n })
})

it('a refused command rejects with its class', async () => {
  const { stream } = monitor((command) => (command.execute === 'balloon'
    ? `{"error": {"class": "DeviceNotActive", "desc": "No balloon device"}, "id": ${command.id}}`
    : ok(command)))
  const qmp = await Qmp.open(stream)
  await expect(qmp.execute('balloon')).rejects.toMatchObject({ message: 'balloon: No balloon device', className: 'DeviceNotActive' })
})

it('events are taken in order by name, before or after they come, in any pieces', async () => {
  const { stream, say } = monitor(ok)
  const qmp = await Qmp.open(stream)
  say('{"event": "STOP"}\r\n{"event": "BALLOON_CHANGE", "data": {"actual": 1}}\r\n')
  await qmp.execute('sync')
  say('{"event": "BALLO')
  say('ON_CHANGE", "data": {"actual": 2}}\r\n')
  expect((await qmp.takeEvent('BALLOON_CHANGE')).data).toEqual({ actual: 1 })
  expect((await qmp.takeEvent('BALLOON_CHANGE')).data).toEqual({ actual: 2 })
  const later = qmp.takeEvent('RESUME')
  say('{"event": "RESUME"}\r\n')
  expect(await later).toEqual({ event: 'RESUME' })
  expect(await qmp.takeEvent('STOP')).toEqual({ event: 'STOP' })
})

it.each([
  ['an end', (_say: (text: string) => void, end: () => void) => { end() }, 'closed'],
  ['no JSON', (say: (text: string) => void) => { say('what?\n') }, 'JSON'],
])('%s rejects whatever waits', async (_name, happen, reason) => {
  const { stream, say, end } = monitor((command) => (command.execute === 'never' ? null : ok(command)))
  const qmp = await Qmp.open(stream)
  const command = qmp.execute('never')
  const event = qmp.takeEvent('NEVER')
  happen(say, end)
  await expect(command).rejects.toThrow(reason)
  await expect(event).rejects.toThrow(reason)
  await expect(qmp.execute('late')).rejects.toThrow(reason)
})
