/** Memory that has a file descriptor and no name: what a VMM keeps guest memory in. */
import { ftruncateSync } from 'node:fs'
import { libc, Memfd } from './libc.ts'
import { SystemError } from './system-error.ts'

/** A new memory file of `length` zero bytes. */
export function makeMemfd(length: number): number {
  const { memfd_create, errno } = libc()
  const fd = memfd_create('hintlab', Memfd.CLOEXEC)
  if (fd < 0) throw new SystemError('memfd_create', errno())
  ftruncateSync(fd, length)
  return fd
}
