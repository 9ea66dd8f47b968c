export { NaiveBlocks } from './naive-blocks.ts'
export type { NaivePlace } from './naive-blocks.ts'
