export { guestMemoryContract } from './guest-memory-contract.ts'
export type { ContractRegion } from './guest-memory-contract.ts'
export { NaiveMemory } from './naive-memory.ts'
export { benchCodec } from '../codec.bench.ts'
