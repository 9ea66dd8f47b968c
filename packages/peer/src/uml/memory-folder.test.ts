import { expect, it } from 'vitest'
import { mayExecute, memoryFolder } from './memory-folder.ts'

const MOUNTS = `24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 24 0:25 / /dev/shm rw,nosuid,nodev,noexec,relatime shared:4 - tmpfs tmpfs rw
31 24 0:26 / /mnt/a\\040b rw,noexec - tmpfs tmpfs rw
32 24 0:27 / /work rw,noexec - tmpfs tmpfs rw
33 32 0:28 / /srv rw - tmpfs tmpfs rw
`

it('judges a folder by the innermost, latest mount', () => {
  const folders = ['/', '/tmp', '/dev/shm', '/dev/shm/deep', '/dev/shmother', '/mnt/a b/c', '/mnt', '/srv/x']
  expect(folders.filter((folder) => mayExecute(folder, MOUNTS))).toEqual(['/', '/tmp', '/dev/shmother', '/mnt', '/srv/x'])
})

it('takes the first folder that exists and has room', () => {
  expect(memoryFolder(1, ['/nowhere', '/'])).toBe('/')
  expect(memoryFolder(2 ** 60, ['/'])).toBeNull()
})
