/**
 * The guest's whole file system: busybox, the balloon driver, and an init that runs what the console sends.
 *
 *   host writes   ID COMMAND            one line; the command runs in a shell of its own, without input
 *   guest writes  ...output...
 *                 @@DONE ID STATUS      on a line of its own
 *
 * `@@BOOTED` comes first; what is written before it is lost. When the host closes the console the guest powers off, so a host that dies
 * leaves no guest behind.
 */
import { readFileSync } from 'node:fs'
import { cpio } from '../initrd/cpio.ts'
import type { UmlPaths } from './find.ts'

export const BOOTED = '@@BOOTED'
export const DONE = '@@DONE'

/** Where the driver lies in the guest. */
export const BALLOON_MODULE = '/lib/virtio_balloon.ko'

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
# Not /dev/console: a closed console is noticed on the terminal itself only.
exec </dev/tty0 >/dev/tty0 2>&1
# Plain bytes both ways, and only what panics the kernel between the lines of a command: the rest is in dmesg.
stty raw -echo
dmesg -n 1
echo ${BOOTED}
while read -r id line; do
  ( eval "$line" ) </dev/null 2>&1
  printf '\\n${DONE} %s %s\\n' "$id" "$?"
done
poweroff -f
`

/** The image, uncompressed: measured, a compressed one boots no faster, and compressing takes 80 ms. */
export function guestImage({ busybox, balloonModule }: UmlPaths): Uint8Array {
  return cpio([
    { kind: 'folder', name: 'bin' },
    { kind: 'folder', name: 'dev' },
    { kind: 'folder', name: 'lib' },
    { kind: 'folder', name: 'proc' },
    { kind: 'folder', name: 'sys' },
    { kind: 'folder', name: 'tmp', mode: 0o1777 },
    { kind: 'device', name: 'dev/console', type: 'char', major: 5, minor: 1 },
    { kind: 'device', name: 'dev/tty0', type: 'char', major: 4, minor: 0 },
    { kind: 'device', name: 'dev/null', type: 'char', major: 1, minor: 3, mode: 0o666 },
    { kind: 'device', name: 'dev/zero', type: 'char', major: 1, minor: 5, mode: 0o666 },
    { kind: 'device', name: 'dev/urandom', type: 'char', major: 1, minor: 9, mode: 0o666 },
    { kind: 'file', name: 'bin/busybox', data: readFileSync(busybox), mode: 0o755 },
    { kind: 'file', name: BALLOON_MODULE.slice(1), data: readFileSync(balloonModule) },
    { kind: 'file', name: 'init', data: INIT, mode: 0o755 },
  ])
}
