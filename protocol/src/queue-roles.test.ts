import { describe, expect, it } from 'vitest'
import { Feature, featureSet } from './features.ts'
import { NO_QUEUE, NUMBERINGS, QUEUE_ROLE_NAMES, queueIndex, QueueRole, queueRole } from './queue-roles.ts'

const ALL = featureSet(Feature.STATS_VQ, Feature.FREE_PAGE_HINT, Feature.PAGE_REPORTING)
const roles = Object.values(QueueRole)

describe('numbers of the balloon queues', () => {
  it('agree while a driver takes everything, and differ when it declines a feature with a queue', () => {
    const declinesStats = featureSet(Feature.FREE_PAGE_HINT, Feature.PAGE_REPORTING)
    const offersTwo = featureSet(Feature.STATS_VQ, Feature.PAGE_REPORTING)
    const render = (offered: typeof ALL, negotiated: typeof ALL) => NUMBERINGS.map((numbering) => {
      return `${numbering}: ${roles.map((role) => `${QUEUE_ROLE_NAMES[role]} ${queueIndex(role, numbering, offered, negotiated)}`).join(', ')}`
    })
    expect([...render(ALL, ALL), ...render(ALL, declinesStats), ...render(offersTwo, offersTwo)]).toMatchInlineSnapshot(`
      [
        "fixed: inflate 0, deflate 1, stats 2, free_page_vq 3, reporting_vq 4",
        "dense-offered: inflate 0, deflate 1, stats 2, free_page_vq 3, reporting_vq 4",
        "dense-negotiated: inflate 0, deflate 1, stats 2, free_page_vq 3, reporting_vq 4",
        "fixed: inflate 0, deflate 1, stats -1, free_page_vq 3, reporting_vq 4",
        "dense-offered: inflate 0, deflate 1, stats -1, free_page_vq 3, reporting_vq 4",
        "dense-negotiated: inflate 0, deflate 1, stats -1, free_page_vq 2, reporting_vq 3",
        "fixed: inflate 0, deflate 1, stats 2, free_page_vq -1, reporting_vq 4",
        "dense-offered: inflate 0, deflate 1, stats 2, free_page_vq -1, reporting_vq 3",
        "dense-negotiated: inflate 0, deflate 1, stats 2, free_page_vq -1, reporting_vq 3",
      ]
    `)
  })

  it('a number leads back to its role, and to none where there is no queue', () => {
    for (const numbering of NUMBERINGS) {
      for (const role of roles) expect(queueRole(queueIndex(role, numbering, ALL, ALL), numbering, ALL, ALL)).toBe(role)
      expect(queueRole(5, numbering, ALL, ALL)).toBe(NO_QUEUE)
    }
    const reportingOnly = featureSet(Feature.PAGE_REPORTING)
    expect(queueRole(2, 'dense-negotiated', ALL, reportingOnly)).toBe(QueueRole.REPORTING)
    expect(queueRole(2, 'dense-offered', ALL, reportingOnly)).toBe(NO_QUEUE)
    expect(queueRole(4, 'dense-offered', ALL, reportingOnly)).toBe(QueueRole.REPORTING)
  })
})
