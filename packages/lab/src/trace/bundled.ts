/** The recording that comes with hintlab, so that a first run needs nothing else. traces/README.md describes it. */
import { fileURLToPath } from 'node:url'

/** Absolute path of traces/redis.ftrace.gz. */
export function bundledTracePath(): string {
  return fileURLToPath(new URL('../../../../traces/redis.ftrace.gz', import.meta.url))
}
