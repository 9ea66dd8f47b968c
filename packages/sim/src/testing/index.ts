export { makeMeasure } from './fixtures.ts'
