/**
 * Every native call of the program, through koffi, in one place. Loaded at the first use, so that whoever never talks to a peer needs neither koffi nor
 * Linux. Numbers below are those of Linux on x86-64 and arm64, which agree in all that is used here.
 *
 *   a call returns what C returns; -1 means that `errno()` says why, until the next call
 *   addresses are bigints; a byte array stands for its address during the call
 *
 * An argument array must not be smaller than the call's use of it: nothing checks that but the callers in this folder.
 */
import { createRequire } from 'node:module'
import { endianness } from 'node:os'
import { SystemError } from './system-error.ts'

export const Prot = { READ: 1, WRITE: 2 } as const
export const MapFlag = { SHARED: 1, PRIVATE: 2, FIXED: 0x10, ANONYMOUS: 0x20, NORESERVE: 0x4000 } as const
export const Madvise = { REMOVE: 9 } as const
export const Falloc = { KEEP_SIZE: 1, PUNCH_HOLE: 2 } as const
export const MsgFlag = { CTRUNC: 8, DONTWAIT: 0x40, NOSIGNAL: 0x4000, CMSG_CLOEXEC: 0x4000_0000 } as const
export const Sock = { UNIX: 1, STREAM: 1, NONBLOCK: 0x800, CLOEXEC: 0x8_0000, SOL_SOCKET: 1, SCM_RIGHTS: 1 } as const
export const Fcntl = { GETFL: 3, SETFL: 4, O_NONBLOCK: 0x800 } as const
export const EventFd = { NONBLOCK: 0x800, CLOEXEC: 0x8_0000 } as const
export const Memfd = { CLOEXEC: 1 } as const
const SC_PAGESIZE = 30

/** What `mmap` returns when it fails. */
export const MAP_FAILED = 0xffff_ffff_ffff_ffffn

type Memory = Uint8Array | bigint | null

export interface Libc {
  /** Of the last call that returned -1. */
  readonly errno: () => number
  /** Bytes of a page of this machine. */
  readonly pageSize: number
  /** Where a byte array that lives outside the JavaScript heap (`Buffer.alloc` of more than 64 bytes) lies. */
  readonly address: (bytes: Uint8Array) => bigint
  /** The bytes at an address. Touching them after they were unmapped ends the process. */
  readonly view: (address: bigint, length: number) => ArrayBuffer
  readonly socket: (domain: number, type: number, protocol: number) => number
  readonly socketpair: (domain: number, type: number, protocol: number, pair: Memory) => number
  readonly bind: (fd: number, address: Memory, length: number) => number
  readonly connect: (fd: number, address: Memory, length: number) => number
  readonly listen: (fd: number, backlog: number) => number
  readonly accept4: (fd: number, address: Memory, length: Memory, flags: number) => number
  readonly sendmsg: (fd: number, message: Memory, flags: number) => number
  readonly recvmsg: (fd: number, message: Memory, flags: number) => number
  readonly send: (fd: number, bytes: Memory, length: number, flags: number) => number
  readonly read: (fd: number, bytes: Memory, length: number) => number
  readonly write: (fd: number, bytes: Memory, length: number) => number
  readonly poll: (fds: Memory, count: number, timeoutMs: number) => number
  readonly fcntl: (fd: number, command: number, argument: number) => number
  readonly eventfd: (value: number, flags: number) => number
  readonly memfd_create: (name: string, flags: number) => number
  readonly mmap: (address: Memory, length: number, protection: number, flags: number, fd: number, offset: number) => bigint
  readonly munmap: (address: Memory, length: number) => number
  readonly madvise: (address: Memory, length: number, advice: number) => number
  readonly mincore: (address: Memory, length: number, pages: Memory) => number
  readonly fallocate: (fd: number, mode: number, offset: number, length: number) => number
}

const PROTOTYPES = {
  socket: 'int socket(int domain, int type, int protocol)',
  socketpair: 'int socketpair(int domain, int type, int protocol, void *pair)',
  bind: 'int bind(int fd, void *address, uint32_t length)',
  connect: 'int connect(int fd, void *address, uint32_t length)',
  listen: 'int listen(int fd, int backlog)',
  accept4: 'int accept4(int fd, void *address, void *length, int flags)',
  sendmsg: 'int64_t sendmsg(int fd, void *message, int flags)',
  recvmsg: 'int64_t recvmsg(int fd, void *message, int flags)',
  send: 'int64_t send(int fd, void *bytes, size_t length, int flags)',
  read: 'int64_t read(int fd, void *bytes, size_t length)',
  write: 'int64_t write(int fd, void *bytes, size_t length)',
  poll: 'int poll(void *fds, unsigned long count, int timeout)',
  fcntl: 'int fcntl(int fd, int command, int argument)',
  eventfd: 'int eventfd(unsigned int value, int flags)',
  memfd_create: 'int memfd_create(const char *name, unsigned int flags)',
  mmap: 'uintptr_t mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)',
  munmap: 'int munmap(void *address, size_t length)',
  madvise: 'int madvise(void *address, size_t length, int advice)',
  mincore: 'int mincore(void *address, size_t length, void *pages)',
  fallocate: 'int fallocate(int fd, int mode, int64_t offset, int64_t length)',
} as const

let loaded: Libc | null = null

/** The bindings. Throws a SystemError with one sentence when this machine cannot have them. */
export function libc(): Libc {
  loaded ??= load()
  return loaded
}

function load(): Libc {
  const { platform, arch } = process
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch) || endianness() !== 'LE') {
    throw new SystemError(`real peers need Linux on x64 or arm64, this is ${platform} on ${arch}`)
  }
  const koffi = loadKoffi()
  try {
    const library = koffi.load('libc.so.6')
    const calls = Object.fromEntries(Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)]))
    const sysconf = library.func('long sysconf(int name)') as (name: number) => number
    // A small address comes back as a number, a large one as a bigint.
    const mmap = calls['mmap'] as (...args: unknown[]) => number | bigint
    return {
      ...(calls as unknown as Libc),
      mmap: (...args) => BigInt(mmap(...args)),
      errno: () => koffi.errno(),
      address: (bytes) => koffi.address(bytes),
      view: (address, length) => koffi.view(address, length),
      pageSize: sysconf(SC_PAGESIZE),
    }
  } catch (error) {
    throw new SystemError(`real peers need glibc as libc.so.6: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function loadKoffi(): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)('koffi') as typeof import('koffi')
  } catch (error) {
    throw new SystemError(`the native module koffi cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
}
