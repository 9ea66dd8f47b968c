/** A wrong peer for every rule that the checker checks. */
import { BROKEN_BALLOON } from './broken-balloon.ts'
import { BROKEN_DEVICE } from './broken-device.ts'
import { BROKEN_RINGS } from './broken-rings.ts'
import { BROKEN_VHOST_USER } from './broken-vhost-user.ts'
import type { Examples } from './example.ts'

export const BROKEN: Examples = { ...BROKEN_BALLOON, ...BROKEN_RINGS, ...BROKEN_DEVICE, ...BROKEN_VHOST_USER }
