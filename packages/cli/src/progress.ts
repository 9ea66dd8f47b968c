/** A progress bar on standard error, for a person: nothing is written when that is a file or a pipe. The bar is gone when it is done. */
import cliProgress from 'cli-progress'

export interface Progress {
  /** Begins a stretch of work, or goes on in it: `done` of `total`, and what is being done. */
  show(done: number, total: number, what: string): void
  /** Takes the bar away. May be called at any time, also twice. */
  clear(): void
}

export function makeProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} }
  let bar: InstanceType<typeof cliProgress.SingleBar> | null = null
  let shownTotal = 0
  const clear = (): void => {
    bar?.stop()
    bar = null
  }
  const show = (done: number, total: number, what: string): void => {
    if (total !== shownTotal) clear()
    shownTotal = total
    if (bar === null) {
      bar = new cliProgress.SingleBar({ format: '[{bar}] {percentage}%  {what}', stream, clearOnComplete: true, barsize: 30 })
      bar.start(total, done, { what })
    }
    bar.update(done, { what })
  }
  return { show, clear }
}
