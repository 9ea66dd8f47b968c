// Becomes user-mode Linux on a host whose processors have AMX: node xstate-launcher.mjs KERNEL ARGUMENT...
//
// The kernel of Debian 12 saves a process's registers into a buffer of fixed size, which such a host's state does not fit: it panics as
// soon as init runs. Told that there is no extended state (ENODEV), it uses the old calls, which carry the SSE registers. So a seccomp
// filter answers ptrace(GETREGSET | SETREGSET, NT_X86_XSTATE) for it. What AVX holds is then lost at a page fault: the guest's programs
// must not use it (see command-line.ts).
//
// It replaces itself by execve, so the process id stays, and pipes with it.
import koffi from 'koffi'

const [kernel, ...args] = process.argv.slice(2)
const libc = koffi.load('libc.so.6')
const prctl = libc.func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)')
const personality = libc.func('int personality(unsigned long persona)')
const fcntl = libc.func('int fcntl(int fd, int command, ...)')
const signal = libc.func('intptr_t signal(int number, intptr_t handler)')
const execve = libc.func('int execve(const char *path, const char **argv, const char **envp)')
const fprog = koffi.struct('sock_fprog', { length: 'uint16', filter: 'void *' })
const seccomp = libc.func('prctl', 'int', ['int', 'unsigned long', koffi.pointer(fprog)])

const LOAD = 0x20
const JUMP_EQUAL = 0x15
const RETURN = 0x06
const ALLOW = 0x7fff0000
const ENODEV = 0x00050000 | 19
// Offsets in struct seccomp_data: the call's number, the architecture, the low words of arguments 0 and 2.
const NUMBER = 0
const ARCHITECTURE = 4
const REQUEST = 16
const REGISTER_SET = 32

// [code, jump if true, jump if false, operand]; jumps count instructions to skip.
const program = [
  [LOAD, 0, 0, ARCHITECTURE],
  [JUMP_EQUAL, 0, 7, 0xc000003e], // AUDIT_ARCH_X86_64
  [LOAD, 0, 0, NUMBER],
  [JUMP_EQUAL, 0, 5, 101], // ptrace
  [LOAD, 0, 0, REGISTER_SET],
  [JUMP_EQUAL, 0, 3, 0x202], // NT_X86_XSTATE
  [LOAD, 0, 0, REQUEST],
  [JUMP_EQUAL, 2, 0, 0x4204], // PTRACE_GETREGSET
  [JUMP_EQUAL, 1, 0, 0x4205], // PTRACE_SETREGSET
  [RETURN, 0, 0, ALLOW],
  [RETURN, 0, 0, ENODEV],
]
const filter = Buffer.alloc(8 * program.length)
for (const [i, [code, yes, no, operand]] of program.entries()) {
  filter.writeUInt16LE(code, 8 * i)
  filter[8 * i + 2] = yes
  filter[8 * i + 3] = no
  filter.writeUInt32LE(operand, 8 * i + 4)
}

function must(name, result) {
  if (result !== -1) return
  console.error(`xstate-launcher: ${name} failed with errno ${koffi.errno()}`)
  process.exit(127)
}

must('prctl(PR_SET_NO_NEW_PRIVS)', prctl(38, 1, 0, 0, 0))
must('prctl(PR_SET_SECCOMP)', seccomp(22, 2, { length: program.length, filter }))
// Addresses that do not change from run to run (ADDR_NO_RANDOMIZE). A container may forbid it, and the guest runs without.
personality(0x0040000)
// What Node did to the standard streams and to SIGPIPE (13) for itself.
for (const fd of [0, 1, 2]) {
  must('fcntl(F_SETFD)', fcntl(fd, 2, 'int', 0))
  must('fcntl(F_SETFL)', fcntl(fd, 4, 'int', fcntl(fd, 3, 'int', 0) & ~0o4000))
}
signal(13, 0)
const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`)
must('execve', execve(kernel, [kernel, ...args, null], [...environment, null]))
