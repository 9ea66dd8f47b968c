/**
 * The command that starts a guest: launcher, kernel, and the kernel's command line. What it says, and why, is measured:
 *
 *   con=null con0=fd:0,fd:1   one console, on our pipes
 *   initcall_blacklist=       raid6_select_algo alone takes 850 ms of a boot of 1.2 s
 *   lpj=                      no calibration loop
 *   setarch -R                no random gap behind the kernel's image: the memory file is as large as the memory, at the same addresses
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** How the kernel handles the registers of its processes: with everything the host has, or without AVX (for hosts with AMX). */
export type Registers = 'full' | 'sse'

export interface CommandOptions {
  kernel: string
  registers: Registers
  memoryMib: number
  /** The uncompressed file system image. */
  initrd: string
  /** Folder of the kernel's own files, which it names after `name`. */
  folder: string
  name: string
  /** A vhost-user back end, and the virtio id of the device that it is. Without it the guest has no device. */
  device: { socket: string; deviceId: number } | null
  /** More kernel arguments. */
  kernelArguments: readonly string[]
}

const SLOW_AND_UNUSED = 'raid6_select_algo,pty_init,strp_dev_init,init_zswap,init_btrfs_fs'

/** Kernel arguments that it does not know become init's environment: the C library of the guest then leaves AVX alone. */
const WITHOUT_AVX =
  'GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-RTM'

/** What to start, with its arguments. */
export function umlCommand(options: CommandOptions): [string, ...string[]] {
  const { kernel, registers, device } = options
  const args = [
    `mem=${options.memoryMib}M`,
    `initrd=${options.initrd}`,
    'con=null',
    'con0=fd:0,fd:1',
    'ssl=null',
    `umid=${options.name}`,
    `uml_dir=${options.folder}`,
    ...(device === null ? [] : [`virtio_uml.device=${device.socket}:${device.deviceId}`]),
    'quiet',
    'lpj=35000000',
    `initcall_blacklist=${SLOW_AND_UNUSED}`,
    ...(registers === 'sse' ? [WITHOUT_AVX] : []),
    ...options.kernelArguments,
  ]
  if (registers === 'sse') return [process.execPath, fileURLToPath(new URL('xstate-launcher.mjs', import.meta.url)), kernel, ...args]
  return maySetPersonality() ? ['setarch', '-R', kernel, ...args] : [kernel, ...args]
}

/** The registers that a guest can have on this host. */
export function hostRegisters(): Registers {
  return /\bamx_tile\b/.test(readFileSync('/proc/cpuinfo', 'utf8')) ? 'sse' : 'full'
}

let personalityAllowed: boolean | undefined

/** False where setarch is not installed, or a container forbids what it does: the guest then runs with a gap in its addresses. */
function maySetPersonality(): boolean {
  personalityAllowed ??= spawnSync('setarch', ['-R', 'true']).status === 0
  return personalityAllowed
}
