/**
 * Mobility of pages (include/linux/mmzone.h enum migratetype). A free list holds blocks of one of them, a pageblock has one, and an
 * allocation asks for one of the first three.
 */
export const Migratetype = { UNMOVABLE: 0, MOVABLE: 1, RECLAIMABLE: 2, HIGHATOMIC: 3, CMA: 4, ISOLATE: 5 } as const
export type Migratetype = (typeof Migratetype)[keyof typeof Migratetype]

export const MIGRATETYPES = 6
/** Types that an allocation may ask for, that per-CPU lists distinguish, and whose blocks may merge with each other. */
export const MIGRATE_PCPTYPES = 3

/** mmzone.h migratetype_is_mergeable: pageblocks of these types may become one block of more than a pageblock. */
export const isMergeable = (migratetype: number): boolean => migratetype < MIGRATE_PCPTYPES
