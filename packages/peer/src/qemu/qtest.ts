/**
 * QEMU's qtest protocol: registers of a device are read and written from outside, without a guest. One line asks, one line answers; a notification that
 * is written to a queue has been served when the answer comes, and the interrupts it raised come before it.
 *
 *   > writel 0xfeb00050 0x0                 > readl 0xfeb00060
 *   < IRQ raise 5                           < OK 0x0000000000000001
 *   < OK
 *
 * T1  What does not follow the protocol makes QEMU abort, so every line is made here from checked numbers.
 * T2  A QEMU that refuses, ends or hangs sets `fault`, once. From then on a read gives all ones and a write does nothing, as with a device that was
 *     pulled out; a driver that bounds its loops ends by itself.
 */
import { assert } from '@hintlab/kit'
import type { NoLine } from './fifo-pair.ts'

/** Where lines go and come from. */
export interface LineChannel {
  writeLine(line: string): void
  readLine(timeoutMs: number): string | { readonly none: NoLine }
}

/** No register access takes long; a QEMU that needs more hangs. */
const ANSWER_MS = 10_000

const ADDRESS_LIMIT = 2 ** 52
const PORT_LIMIT = 0x1_0000

type Width = 'b' | 'w' | 'l'
const LIMIT: Readonly<Record<Width, number>> = { b: 2 ** 8, w: 2 ** 16, l: 2 ** 32 }
const ALL_ONES_64 = 2n ** 64n - 1n

export class Qtest {
  /** Why nothing goes to the device any more, or null. */
  fault: string | null = null
  /** Lines sent. */
  commands = 0
  private readonly channel: LineChannel
  private readonly raised = new Map<number, number>()
  private readonly high = new Set<number>()

  constructor(channel: LineChannel) {
    this.channel = channel
  }

  readb(address: number): number {
    return this.get('b', 'read', address)
  }

  readw(address: number): number {
    return this.get('w', 'read', address)
  }

  readl(address: number): number {
    return this.get('l', 'read', address)
  }

  readq(address: number): bigint {
    const answer = this.askValue(`readq ${hex(address, ADDRESS_LIMIT)}`)
    return answer === null ? ALL_ONES_64 : BigInt(answer)
  }

  writeb(address: number, value: number): void {
    this.put('b', 'write', address, value)
  }

  writew(address: number, value: number): void {
    this.put('w', 'write', address, value)
  }

  writel(address: number, value: number): void {
    this.put('l', 'write', address, value)
  }

  writeq(address: number, value: bigint): void {
    assert(value >= 0n && value <= ALL_ONES_64, 'a value has 64 bits')
    this.ask(`writeq ${hex(address, ADDRESS_LIMIT)} 0x${value.toString(16)}`)
  }

  inb(port: number): number {
    return this.get('b', 'in', port)
  }

  inw(port: number): number {
    return this.get('w', 'in', port)
  }

  inl(port: number): number {
    return this.get('l', 'in', port)
  }

  outb(port: number, value: number): void {
    this.put('b', 'out', port, value)
  }

  outw(port: number, value: number): void {
    this.put('w', 'out', port, value)
  }

  outl(port: number, value: number): void {
    this.put('l', 'out', port, value)
  }

  /** Tells of the input lines of one interrupt controller (`ioapic`) from now on. Once per machine. */
  interceptIrqs(controller: string): void {
    assert(/^[\w/-]+$/.test(controller), 'a device has a plain name')
    this.ask(`irq_intercept_in ${controller}`)
  }

  /** Whether an intercepted line is raised, as far as lines were read: `poll` reads those that came without a question. */
  irqHigh(line: number): boolean {
    return this.high.has(line)
  }

  /** How often the line went up. */
  irqRaises(line: number): number {
    return this.raised.get(line) ?? 0
  }

  /** Takes what QEMU said since the last answer: interrupts that no command of ours caused. */
  poll(): void {
    while (this.fault === null) {
      const line = this.channel.readLine(0)
      if (typeof line !== 'string') {
        if (line.none === 'closed') this.fail('QEMU has ended')
        return
      }
      if (!this.takeIrq(line)) this.fail(`QEMU said "${line}" without being asked`)
    }
  }

  private get(width: Width, verb: 'read' | 'in', at: number): number {
    const answer = this.askValue(`${verb}${width} ${hex(at, verb === 'in' ? PORT_LIMIT : ADDRESS_LIMIT)}`)
    return answer === null ? LIMIT[width] - 1 : Number(answer) % LIMIT[width]
  }

  private put(width: Width, verb: 'write' | 'out', at: number, value: number): void {
    this.ask(`${verb}${width} ${hex(at, verb === 'out' ? PORT_LIMIT : ADDRESS_LIMIT)} ${hex(value, LIMIT[width])}`)
  }

  private askValue(line: string): string | null {
    const answer = this.ask(line)
    return answer === '' ? this.fail(`QEMU answers "${line}" without a value`) : answer
  }

  /** Sends a line and waits for its answer: what follows OK, or null after a fault. */
  private ask(line: string): string | null {
    if (this.fault !== null) return null
    this.commands++
    this.channel.writeLine(line)
    for (;;) {
      const answer = this.channel.readLine(ANSWER_MS)
      if (typeof answer !== 'string') {
        return this.fail(answer.none === 'closed' ? `QEMU has ended at "${line}"` : `QEMU does not answer "${line}"`)
      }
      if (this.takeIrq(answer)) continue
      if (answer === 'OK') return ''
      const value = /^OK (0x[0-9a-fA-F]+)$/.exec(answer)
      return value === null ? this.fail(`QEMU answers "${line}" with "${answer}"`) : value[1]
    }
  }

  /** True when the line tells of an interrupt. */
  private takeIrq(line: string): boolean {
    const irq = /^IRQ (raise|lower) (\d+)$/.exec(line)
    if (irq === null) return false
    const number = Number(irq[2])
    if (irq[1] === 'lower') this.high.delete(number)
    else {
      this.high.add(number)
      this.raised.set(number, this.irqRaises(number) + 1)
    }
    return true
  }

  private fail(reason: string): null {
    this.fault ??= reason
    return null
  }
}

function hex(value: number, limit: number): string {
  assert(Number.isInteger(value) && value >= 0 && value < limit, 'a number of qtest is not negative and has its width')
  return `0x${value.toString(16)}`
}
