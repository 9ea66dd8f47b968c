export { ColumnBatch } from './column-batch.ts'
export { ArenaMemory } from './arena-memory.ts'
export { ANSWER_BYTES_MAX, batchBytesMax, decodeAnswer, decodeBatch, encodeAnswer, encodeBatch, makeAnswer } from './codec.ts'
export type { HintAnswer } from './codec.ts'
export type { ConfigSpace } from './config-space.ts'
export { commonFeatures, Feature, featureNames, featureSet, hasFeature } from './features.ts'
export type { FeatureSet } from './features.ts'
export { hintlab as messages } from './generated/messages.js'
export type { GuestMemory, MemoryWindow } from './guest-memory.ts'
export {
  BALLOON_CONFIG_BYTES, BALLOON_PFNS_MAX, BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, CHAIN_DESCRIPTORS_MAX, GPA_LIMIT, MESSAGE_BYTES_MAX,
  PFN_LIMIT, QUEUE_SIZE_MAX, REPORT_BLOCKS_MAX, WIRE_ORDER_MAX,
} from './limits.ts'
export { readAnswer, readBatch, writeAnswer, writeBatch } from './message-memory.ts'
export { PAGE_OWNER_NAMES, PageOwner } from './page-owner.ts'
export type { PageObserver } from './page-owner.ts'
export { EMPTY, ExitReason, FULL, HintCommand, makeBatch, RequestKind, Status } from './ports.ts'
export type {
  CompletionContext, HintBatch, HintClient, HintPort, HostWitness, RequestOutcome, RequestPort, RequestSource, StatsBatch, StatsPort,
} from './ports.ts'
export { NO_QUEUE, NUMBERINGS, QUEUE_ROLE_NAMES, queueExists, queueIndex, QueueRole, queueRole } from './queue-roles.ts'
export type { Numbering } from './queue-roles.ts'
export { RegionTable } from './regions.ts'
export type { Tap, TapEvent } from './tap.ts'
