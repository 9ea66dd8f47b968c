/** Every check, group by group. The order of findings of one event is that of this list. */
import type { Check, EndCheck } from './check.ts'
import { CONFIG_CHECKS } from './checks/balloon-config.ts'
import { INFLATE_CHECKS, INFLATE_ENDS } from './checks/balloon-inflate.ts'
import { STATS_CHECKS, STATS_ENDS } from './checks/balloon-stats.ts'
import { GENERAL_CHECKS, GENERAL_ENDS } from './checks/device-general.ts'
import { HINT_CHECKS, HINT_ENDS } from './checks/hinting.ts'
import { MMIO_CHECKS, MMIO_ENDS } from './checks/mmio.ts'
import { PACKED_CHECKS, PACKED_ENDS } from './checks/packed-ring.ts'
import { REPORTING_CHECKS } from './checks/reporting.ts'
import { SPLIT_CHECKS, SPLIT_ENDS } from './checks/split-ring.ts'
import { VHOST_USER_CHECKS, VHOST_USER_ENDS } from './checks/vhost-user.ts'

export const CHECKS: readonly Check[] = [
  ...CONFIG_CHECKS, ...INFLATE_CHECKS, ...STATS_CHECKS, ...HINT_CHECKS, ...REPORTING_CHECKS, ...SPLIT_CHECKS, ...PACKED_CHECKS, ...GENERAL_CHECKS,
  ...MMIO_CHECKS, ...VHOST_USER_CHECKS,
]

export const END_CHECKS: readonly EndCheck[] = [
  ...INFLATE_ENDS, ...STATS_ENDS, ...HINT_ENDS, ...SPLIT_ENDS, ...PACKED_ENDS, ...GENERAL_ENDS, ...MMIO_ENDS, ...VHOST_USER_ENDS,
]
