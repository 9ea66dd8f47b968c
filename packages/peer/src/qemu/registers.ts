/**
 * The registers of a real machine as our drivers reach them: each access is one question to QEMU, done when it returns.
 *
 *   microvm   0xfeb00000  virtio-mmio slot 0 --------------------------------- interrupt 5
 *   q35       ports 0xcf8, 0xcfc -> configuration of 00:01.0 -> BARs, placed by our driver into the window below the interrupt controller
 */
import { MIB } from '@hintlab/kit'
import { MmioDriver, PciDriver } from '@hintlab/transport'
import type { AddressWindow, DriverBus, PciAccess, RegisterAccess, Width } from '@hintlab/transport'
import { PCI_SLOT } from './command-line.ts'
import type { Machine } from './command-line.ts'
import type { Qtest } from './qtest.ts'

/** Where microvm has its first virtio-mmio slot, to which the command line pins the balloon. */
export const MICROVM_MMIO_BASE = 0xfeb0_0000

/** Address space of q35 that neither memory (2 GiB at most), the extended configuration space nor a controller takes. */
const PCI_WINDOW: AddressWindow = { base: 0xe000_0000, size: 256 * MIB }

const CONFIG_ADDRESS = 0xcf8
const CONFIG_DATA = 0xcfc
const CONFIG_ENABLE = 0x8000_0000

/** The interrupt controller whose inputs are watched. */
export const IRQ_CONTROLLER = 'ioapic'
/** The input that the balloon raises. microvm gives slot n the line 5 + n; q35 routes pin A of PCI slot 1 to 21. */
export const BALLOON_IRQ: Readonly<Record<Machine, number>> = { microvm: 5, q35: 21 }

/** The balloon's registers on a machine of this kind. */
export function balloonBus(qtest: Qtest, machine: Machine): DriverBus & { readonly problem: string | null } {
  switch (machine) {
    case 'microvm': return new MmioDriver(new QtestMemory(qtest), MICROVM_MMIO_BASE)
    case 'q35': return new PciDriver(new QtestPci(qtest, PCI_SLOT), PCI_WINDOW)
  }
}

/** Physical addresses of the machine. */
export class QtestMemory implements RegisterAccess {
  private readonly qtest: Qtest

  constructor(qtest: Qtest) {
    this.qtest = qtest
  }

  read(address: number, width: Width): number {
    switch (width) {
      case 1: return this.qtest.readb(address)
      case 2: return this.qtest.readw(address)
      case 4: return this.qtest.readl(address)
    }
  }

  write(address: number, width: Width, value: number): void {
    switch (width) {
      case 1: this.qtest.writeb(address, value); break
      case 2: this.qtest.writew(address, value); break
      case 4: this.qtest.writel(address, value); break
    }
  }
}

/** Function 0 of a slot on the first PCI bus, by configuration mechanism 1: its address in one port, its data in the next. */
export class QtestPci implements PciAccess {
  private readonly qtest: Qtest
  private readonly memory: QtestMemory
  private readonly address: number

  constructor(qtest: Qtest, slot: number) {
    this.qtest = qtest
    this.memory = new QtestMemory(qtest)
    this.address = CONFIG_ENABLE + slot * 0x800
  }

  configRead(offset: number, width: Width): number {
    const port = this.select(offset)
    switch (width) {
      case 1: return this.qtest.inb(port)
      case 2: return this.qtest.inw(port)
      case 4: return this.qtest.inl(port)
    }
  }

  configWrite(offset: number, width: Width, value: number): void {
    const port = this.select(offset)
    switch (width) {
      case 1: this.qtest.outb(port, value); break
      case 2: this.qtest.outw(port, value); break
      case 4: this.qtest.outl(port, value); break
    }
  }

  memRead(address: number, width: Width): number {
    return this.memory.read(address, width)
  }

  memWrite(address: number, width: Width, value: number): void {
    this.memory.write(address, width, value)
  }

  /** The port through which the bytes at `offset` go. */
  private select(offset: number): number {
    this.qtest.outl(CONFIG_ADDRESS, this.address + (offset & 0xfc))
    return CONFIG_DATA + (offset & 3)
  }
}
