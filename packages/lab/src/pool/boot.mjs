/** Entry of a worker thread: a worker cannot start on a TypeScript file, so this registers the loader first. */
import { register } from 'tsx/esm/api'

register()
const { runInWorker } = await import('./run-in-worker.ts')

export default runInWorker
