/**
 * The command line of a machine that has memory, one balloon and nothing to do: its processor runs two instructions and sleeps, and everything else
 * comes from outside.
 *
 *   descriptor 3   the monitor (QMP), a connected socket       descriptor 4   the memory's file       FOLDER   named pipes of qtest, the ROM, the trace
 *
 * The processor must run, or the statistics timer would not: so a ROM that halts it, and not the option that never starts it.
 */
import { join } from 'node:path'
import { MIB, PAGE_SIZE } from '@hintlab/kit'

export const MACHINES = ['microvm', 'q35'] as const
/** microvm has the balloon on virtio-mmio, q35 on PCI. */
export type Machine = (typeof MACHINES)[number]

export interface QemuOptions {
  readonly machine: Machine
  /** Bytes, whole MiB, at most 2 GiB: then guest addresses are offsets in the file. */
  readonly memory: number
  /** What the rings of this device may be. QEMU 7.2 offers split and packed, not in order. */
  readonly packed: boolean
  readonly eventIdx: boolean
  readonly indirect: boolean
  readonly freePageReporting: boolean
  /** Free page hints; the device serves that queue from a thread of its own. */
  readonly freePageHint: boolean
  readonly pagePoison: boolean
  readonly deflateOnOom: boolean
  /** Writes the device's own trace points to FOLDER/trace. */
  readonly trace: boolean
  /** Further arguments of QEMU. */
  readonly extra: readonly string[]
}

export const QEMU_DEFAULTS: QemuOptions = {
  machine: 'microvm',
  memory: 256 * MIB,
  packed: false,
  eventIdx: true,
  indirect: true,
  freePageReporting: true,
  freePageHint: false,
  pagePoison: true,
  deflateOnOom: false,
  trace: false,
  extra: [],
}

export const MEMORY_MAX = 2048 * MIB

/** Descriptors of the child process beside the standard three. */
export const QMP_FD = 3
export const RAM_FD = 4

/** The balloon's name in QMP, and its path for `qom-set`. */
export const BALLOON_ID = 'balloon0'
export const BALLOON_PATH = `/machine/peripheral/${BALLOON_ID}`

/** Where the balloon is on q35: device and function of the first bus. */
export const PCI_SLOT = 1

export const ROM_FILE = 'halt.rom'
export const TRACE_FILE = 'trace'
export const QTEST_PIPE = 'qtest'

const ROM_BYTES = 16 * PAGE_SIZE
/** Where an x86 processor begins, from the end of its ROM. */
const RESET_VECTOR = 16

/** A ROM that turns interrupts off and halts: cli; hlt; jmp back to hlt. */
export function haltRom(): Uint8Array {
  const rom = new Uint8Array(ROM_BYTES).fill(0xf4)
  rom.set([0xfa, 0xf4, 0xeb, 0xfd], ROM_BYTES - RESET_VECTOR)
  return rom
}

/** The arguments for a process whose files lie in `folder`. */
export function commandLine(options: QemuOptions, folder: string): string[] {
  const mib = options.memory / MIB
  return [
    '-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg',
    '-m', `${mib}M`,
    '-object', `memory-backend-file,id=ram,size=${mib}M,mem-path=/proc/self/fd/${RAM_FD},share=on`,
    ...machineArguments(options.machine),
    '-bios', join(folder, ROM_FILE),
    '-chardev', `socket,id=qmp,fd=${QMP_FD}`, '-mon', 'chardev=qmp,mode=control',
    '-qtest', `pipe:${join(folder, QTEST_PIPE)}`, '-qtest-log', 'none',
    ...(options.trace ? ['-trace', 'virtio_balloon_*', '-D', join(folder, TRACE_FILE)] : []),
    ...(options.freePageHint ? ['-object', 'iothread,id=iothread0'] : []),
    '-device', deviceArgument(options),
    ...options.extra,
  ]
}

/** A second interrupt controller on microvm would take the device's line where nobody looks, so it is off. */
function machineArguments(machine: Machine): string[] {
  if (machine === 'q35') return ['-machine', 'q35,memory-backend=ram']
  const off = ['pic', 'pit', 'rtc', 'isa-serial', 'ioapic2', 'acpi'].map((part) => `${part}=off`)
  return ['-machine', ['microvm', ...off, 'memory-backend=ram'].join(','), '-global', 'virtio-mmio.force-legacy=false']
}

function deviceArgument(options: QemuOptions): string {
  const place = options.machine === 'q35' ? `virtio-balloon-pci,bus=pcie.0,addr=${PCI_SLOT},disable-legacy=on` : 'virtio-balloon-device,bus=virtio-mmio-bus.0'
  const flags = {
    packed: options.packed,
    event_idx: options.eventIdx,
    indirect_desc: options.indirect,
    'free-page-reporting': options.freePageReporting,
    'free-page-hint': options.freePageHint,
    'page-poison': options.pagePoison,
    'deflate-on-oom': options.deflateOnOom,
  }
  const switches = Object.entries(flags).map(([name, on]) => `${name}=${on ? 'on' : 'off'}`)
  return [place, `id=${BALLOON_ID}`, ...switches, ...(options.freePageHint ? ['iothread=iothread0'] : [])].join(',')
}
