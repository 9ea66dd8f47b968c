import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FifoPair } from './fifo-pair.ts'
import { Qtest } from './qtest.ts'

/** A QEMU that says these lines (`late` and `closed` are none), and keeps what it was told. */
function script(...lines: string[]) {
  const told: string[] = []
  const qtest = new Qtest({
    writeLine: (line) => void told.push(line),
    readLine: () => {
      const line = lines.shift() ?? 'late'
      return line === 'late' || line === 'closed' ? { none: line } : line
    },
  })
  return { qtest, told }
}

it('asks in lines and takes the value after OK', () => {
  const { qtest, told } = script('OK 0x00000000000000ff', 'OK 0x0000000074726976', 'OK 0xffffffffffffffff', 'OK', 'OK', 'OK 0x0012', 'OK')
  expect(qtest.readb(0xfeb0_0000)).toBe(255)
  expect(qtest.readl(0xfeb0_0000)).toBe(0x7472_6976)
  expect(qtest.readq(2 ** 40)).toBe(2n ** 64n - 1n)
  qtest.writew(16, 0xffff)
  qtest.writeq(8, 2n ** 63n)
  expect(qtest.inw(0xcfc)).toBe(0x12)
  qtest.outl(0xcf8, 0x8000_0000)
  expect(told).toMatchInlineSnapshot(`
    [
      "readb 0xfeb00000",
      "readl 0xfeb00000",
      "readq 0x10000000000",
      "writew 0x10 0xffff",
      "writeq 0x8 0x8000000000000000",
      "inw 0xcfc",
      "outl 0xcf8 0x80000000",
    ]
  `)
  expect([qtest.fault, qtest.commands]).toEqual([null, 7])
})

it('collects interrupts before an answer, and those that came unasked', () => {
  const { qtest } = script('OK', 'IRQ raise 5', 'OK', 'IRQ lower 5', 'IRQ raise 6', 'IRQ raise 5', 'late')
  qtest.interceptIrqs('ioapic')
  qtest.writel(0, 0)
  expect([qtest.irqHigh(5), qtest.irqHigh(6), qtest.irqRaises(5)]).toEqual([true, false, 1])
  qtest.poll()
  expect([qtest.irqHigh(5), qtest.irqHigh(6), qtest.irqRaises(5), qtest.fault]).toEqual([true, true, 2, null])
})

it.each([
  ['FAIL Unknown command', 'QEMU answers "readl 0x0" with "FAIL Unknown command"'],
  ['OK', 'QEMU answers "readl 0x0" without a value'],
  ['closed', 'QEMU has ended at "readl 0x0"'],
  ['late', 'QEMU does not answer "readl 0x0"'],
])('after %s every register reads as all ones and nothing is sent any more', (answer, fault) => {
  const { qtest, told } = script(answer)
  expect(qtest.readl(0)).toBe(0xffff_ffff)
  expect(qtest.fault).toBe(fault)
  qtest.writel(0, 1)
  qtest.poll()
  expect([qtest.readb(0), qtest.readw(0), qtest.readq(0), qtest.inl(0)]).toEqual([0xff, 0xffff, 2n ** 64n - 1n, 0xffff_ffff])
  expect([told, qtest.fault]).toEqual([['readl 0x0'], fault])
})

it('what says nothing to the point is a fault, an end too', () => {
  const chatty = script('OK').qtest
  chatty.poll()
  expect(chatty.fault).toBe('QEMU said "OK" without being asked')
  const gone = script('closed').qtest
  gone.poll()
  expect(gone.fault).toBe('QEMU has ended')
})

it('never sends what would make QEMU abort', () => {
  const { qtest, told } = script()
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => qtest.readl(bad)).toThrow('its width')
  expect(() => { qtest.outl(0x1_0000, 0) }).toThrow('its width')
  expect(() => { qtest.writeb(0, 256) }).toThrow('its width')
  expect(() => { qtest.writeq(0, -1n) }).toThrow('64 bits')
  expect(() => { qtest.interceptIrqs('a\nb') }).toThrow('plain name')
  expect(told).toEqual([])
})

it('pipes: lines, half lines, no line in time, and an end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-fifo-'))
  try {
    const pipes = new FifoPair(join(folder, 'p'))
    expect(pipes.readLine(0)).toEqual({ none: 'late' })
    const peerIn = openSync(join(folder, 'p.in'), 'r+')
    const peerOut = openSync(join(folder, 'p.out'), 'r+')
    pipes.writeLine('readl 0x0')
    const told = Buffer.alloc(100)
    expect(told.toString('latin1', 0, readSync(peerIn, told))).toBe('readl 0x0\n')
    expect(pipes.readLine(1)).toEqual({ none: 'late' })
    writeSync(peerOut, 'one\ntwo\nthr')
    expect([pipes.readLine(0), pipes.readLine(0), pipes.readLine(0)]).toEqual(['one', 'two', { none: 'late' }])
    writeSync(peerOut, 'ee\n')
    closeSync(peerOut)
    expect([pipes.readLine(0), pipes.readLine(1000)]).toEqual(['three', { none: 'closed' }])
    closeSync(peerIn)
    pipes.close()
    expect(() => new FifoPair(join(folder, 'none/p'))).toThrow('mkfifo')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
