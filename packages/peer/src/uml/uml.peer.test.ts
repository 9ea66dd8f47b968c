import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { peerSuite } from '../testing/peer-suite.ts'
import { findUml, isStatic } from './find.ts'
import { UmlGuest } from './guest.ts'
import type { UmlOptions } from './guest.ts'
import { PageFlag } from './proc.ts'
import { checksums, fillMemory, freeMemory, keepFiles } from './workload.ts'

const search = findUml()

/** Processes of the group, those that have ended and wait for their parent left out. */
function group(pid: number): number[] {
  return readdirSync('/proc').map(Number).filter((id) => {
    if (!Number.isInteger(id)) return false
    try {
      // PID (NAME) STATE PARENT GROUP
      const [state, , pgrp] = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
      return Number(pgrp) === pid && state !== 'Z'
    } catch {
      return false
    }
  })
}

const start = (options: Partial<UmlOptions> = {}) => UmlGuest.start({ paths: search.found!, memoryMib: 128, ...options })

describe('findUml', () => {
  it('says what is missing, and how to install it', () => {
    // Where the packages are installed, the fixed folders have them whatever the path says.
    const result = findUml({ path: '/nowhere' })
    if (result.found === null) expect(result.missing).toContain('apt-get install user-mode-linux busybox-static')
    else expect(result.found.release).toMatch(/^\d+\.\d+/)
  })

  it('takes only an ELF program without an interpreter for static', () => {
    expect(isStatic(readFileSync(process.execPath))).toBe(false)
    expect(isStatic(Buffer.from('#!/bin/sh\n'.padEnd(100)))).toBe(false)
    expect(isStatic(Buffer.alloc(0))).toBe(false)
  })
})

peerSuite('user-mode Linux', search.missing, () => {
  it('boots to a shell, runs commands in order, and powers off', async () => {
    await using guest = await start()
    const answers = await Promise.all([guest.run('echo one; exit 3'), guest.run('printf two'), guest.run('cat nothing')])
    expect(answers).toEqual([
      { code: 3, output: 'one\n' },
      { code: 0, output: 'two' },
      { code: 1, output: "cat: can't open 'nothing': No such file or directory\n" },
    ])
    expect((await guest.must('uname -r')).trim()).toBe(search.found!.release)
    await guest.poweroff()
    expect(group(guest.pid)).toEqual([])
  })

  it('takes long lines and large outputs whole', async () => {
    await using guest = await start()
    const word = 'abcdefghij'.repeat(379)
    expect(await guest.must(`echo ${word}`)).toBe(`${word}\n`)
    expect(await guest.must('seq 50000')).toBe(Array.from({ length: 50_000 }, (_, i) => `${i + 1}\n`).join(''))
  })

  it('refuses commands that the terminal would not take', async () => {
    await using guest = await start()
    await expect(guest.run('a\nb')).rejects.toThrow('one line')
    await expect(guest.run(`echo ${'a'.repeat(3796)}`)).rejects.toThrow('at most 3800 bytes')
  })

  it('tells about its memory', async () => {
    await using guest = await start()
    const total = (await guest.meminfo()).get('MemTotal')!
    expect(total).toBeGreaterThan(100 * 1024)
    expect(total).toBeLessThan(128 * 1024)
    expect((await guest.vmstat()).get('nr_free_pages')).toBeGreaterThan(20_000)
    const [zone] = await guest.buddyinfo()
    expect(zone.counts.length).toBe(11)
    const flags = await guest.kpageflags()
    expect(flags.pages * 4).toBeGreaterThan(100 * 1024)
    // Every free block has one page with the flag: as many as buddyinfo counts, but for what changes between the two commands.
    expect(flags.pfns(PageFlag.BUDDY).length).toBeGreaterThan(0)
    expect(flags.pfns(PageFlag.OFFLINE)).toEqual([])
  })

  it('fills and frees memory, and keeps files', async () => {
    await using guest = await start()
    const kept = await keepFiles(guest, { files: 3, mibEach: 2 })
    expect(kept.trim().split('\n').length).toBe(3)
    const before = (await guest.meminfo()).get('MemFree')!
    await fillMemory(guest, 32)
    expect(before - (await guest.meminfo()).get('MemFree')!).toBeGreaterThan(30 * 1024)
    await freeMemory(guest)
    expect(before - (await guest.meminfo()).get('MemFree')!).toBeLessThan(4 * 1024)
    expect(await checksums(guest)).toBe(kept)
    await guest.must('printf x | dd of=/kept/2 conv=notrunc 2>/dev/null')
    expect(await checksums(guest)).not.toBe(kept)
  })

  it('loads the balloon driver, which finds no device', async () => {
    await using guest = await start()
    await guest.insmod()
    expect(await guest.must('cat /proc/modules')).toContain('virtio_balloon')
    await guest.rmmod()
  })

  it('is killed with all its processes, at any time, any number of times', async () => {
    const guest = await start()
    const sleeping = guest.run('sleep 1000')
    expect(group(guest.pid).length).toBeGreaterThan(1)
    const failed = expect(sleeping).rejects.toThrow('the guest ended with SIGKILL')
    await guest.kill()
    await failed
    await guest.kill()
    expect(group(guest.pid)).toEqual([])
    await expect(guest.run('true')).rejects.toThrow('the guest ended')
  })

  it('says what the guest said last when it does not answer or dies', async () => {
    const hung = await start()
    await expect(hung.run('echo before; sleep 1000', { limitMs: 300 })).rejects.toThrow(/not done within 300 ms.*\| before/s)
    expect(group(hung.pid)).toEqual([])
    const panicked = await start()
    await expect(panicked.run('echo c >/proc/sysrq-trigger')).rejects.toThrow(/Kernel panic/)
    expect(group(panicked.pid)).toEqual([])
  })

  it('powers off by itself when its console is closed', async () => {
    const guest = await start()
    guest.closeConsole()
    expect(await guest.ended).toBe(0)
  })

  it('runs without AVX, as on a host with AMX', async () => {
    await using guest = await start({ registers: 'sse' })
    expect(readFileSync(`/proc/${guest.pid}/status`, 'utf8')).toMatch(/^Seccomp:\t2$/m)
    expect(await guest.must('echo $GLIBC_TUNABLES')).toContain('-AVX2')
    const kept = await keepFiles(guest, { files: 2, mibEach: 4 })
    await fillMemory(guest, 32)
    await freeMemory(guest)
    expect(await checksums(guest)).toBe(kept)
    await guest.poweroff()
  })
})
