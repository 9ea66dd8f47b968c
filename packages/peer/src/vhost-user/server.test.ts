import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Columns } from '@hintlab/kit'
import { VirtioDevice } from '@hintlab/transport'
import { EchoDevice } from '@hintlab/transport/testing'
import { afterAll, expect, it } from 'vitest'
import { ForeignMemory } from '../foreign-memory.ts'
import { closeFd } from '../native/file-descriptor.ts'
import { drainFd, makeEventFd, signalFd } from '../native/notifier.ts'
import { connectTo, listenAt } from '../native/unix-socket.ts'
import { SystemError } from '../native/system-error.ts'
import { makeEchoServer, openDescriptors, SPLIT } from '../testing/echo-server.ts'
import { VhostUserServer } from './server.ts'
import { VirtioBackEnd } from './virtio-back-end.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-server-'))
afterAll(() => rmSync(folder, { recursive: true }))

function listen(path: string): VhostUserServer {
  const memory = new ForeignMemory()
  const device = new VirtioDevice(new Columns(), { model: new EchoDevice(memory, SPLIT), memory, queues: 2 })
  return new VhostUserServer({ path, device: new VirtioBackEnd(device, memory), memory })
}

it('says in one sentence why it cannot listen', () => {
  const before = openDescriptors()
  const file = join(folder, 'file')
  writeFileSync(file, 'kept')
  expect(() => listen(file)).toThrow(new SystemError(`${file} exists and is not a socket`))
  expect(() => listen(join(folder, 'none', 'socket'))).toThrow(/^cannot listen at .*: ENOENT$/)
  expect(() => listen(join(folder, 'x'.repeat(108)))).toThrow(/^a socket path has at most 107 bytes/)
  expect(() => listen('')).toThrow(/^a socket path is not empty/)
  const path = join(folder, 'used')
  const server = listen(path)
  expect(() => listen(path)).toThrow(`${path}: somebody listens there already`)
  server.close()
  expect(existsSync(path)).toBe(false)
  expect(() => connectTo(path)).toThrow(/^cannot connect to .*: ENOENT$/)
  expect(openDescriptors()).toBe(before)
})

it('replaces a socket that nobody listens on, and removes only its own', () => {
  const path = join(folder, 'stale')
  closeFd(listenAt(path, 1))
  expect(existsSync(path)).toBe(true)
  const server = listen(path)
  rmSync(path)
  writeFileSync(path, 'of another')
  server.close()
  expect(existsSync(path)).toBe(true)
})

it('waits no longer than it is told, and is woken by what it watches', () => {
  const world = makeEchoServer()
  expect(world.server.step(0)).toBe(false)
  const wake = makeEventFd()
  const woken: (boolean | null)[] = []
  world.server.watch(wake, () => woken.push(drainFd(wake)))
  expect(world.server.step(1)).toBe(false)
  signalFd(wake)
  expect(world.server.step(-1)).toBe(true)
  expect(world.server.step(0)).toBe(false)
  world.server.unwatch(wake)
  signalFd(wake)
  expect(world.server.step(0)).toBe(false)
  expect(woken).toEqual([true])
  closeFd(wake)
  world.close()
  expect(world.server.step(0)).toBe(false)
})

it('may be closed by what it watches', () => {
  const world = makeEchoServer()
  const front = world.connect()
  const wake = makeEventFd()
  world.server.watch(wake, () => world.server.close())
  signalFd(wake)
  expect(world.server.step(-1)).toBe(true)
  expect(front.hungUp).toBe(true)
  closeFd(wake)
  front.close()
  world.close()
})
