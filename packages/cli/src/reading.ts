/** What a person sees while a trace is read, and of its lines that could not be. */
import type { ReadProgress, TraceSummary } from '@hintlab/lab'
import type { Progress } from './progress.ts'

/** Malformed lines shown on standard error. */
const WARNED_MAX = 5

/** Options of the reader: a progress bar, and as many malformed lines as are shown. */
export function readingWith(progress: Progress): { maxReported: number; onProgress(at: ReadProgress): void } {
  return {
    maxReported: WARNED_MAX,
    onProgress: ({ bytesRead, bytesTotal }) => {
      if (bytesTotal > 0) progress.show(bytesRead, bytesTotal, 'reading')
    },
  }
}

/** Malformed lines as warnings on standard error, the first few with their text. */
export function warnOfLines({ file, malformed, malformedLines }: TraceSummary): void {
  for (const { line, reason, text } of malformed) process.stderr.write(`hintlab: warning: ${file}:${line}: ${reason}: ${text}\n`)
  if (malformedLines === 0) return
  const rest = malformedLines > malformed.length ? `, the first ${malformed.length} are shown` : ''
  process.stderr.write(`hintlab: warning: ${file}: ${malformedLines} malformed line${malformedLines === 1 ? '' : 's'} left out${rest}\n`)
}
