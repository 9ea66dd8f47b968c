/** Why a line could not be used: what the reader looked for, in the words of the error message. */

/** The line is an event of ours and every field was read. */
export const LINE_OK = 0
export const NO_CPU = 1
export const NO_TIME = 2
export const NO_PFN = 3
export const NO_ORDER = 4
export const BAD_MIGRATETYPE = 5
export const CUT_OFF = 6

/** By reason: a few words for the summary, and what would have been accepted. */
export const REASON_TEXT = [
  'readable',
  'no readable cpu',
  'no readable time',
  'no readable pfn',
  'no readable order',
  'no readable migratetype',
  'the file ends inside this line',
] as const

export const REASON_ACCEPTED = [
  '',
  'a cpu in brackets such as [003], up to [65535]',
  'a time in seconds such as 3767.099643:, less than 52 days from the first event',
  'a frame number such as pfn=0x1751ca or pfn=1528266, below 2^32',
  'an order from order=0 to order=10',
  'a number such as migratetype=1, up to 255',
  'a complete line',
] as const

/** A line is shown with at most this many characters. */
const EXCERPT_MAX = 120

/** The line as it may be shown on a terminal: at most 120 characters, control characters replaced. */
export function excerpt(bytes: Buffer, start: number, end: number): string {
  // eslint-disable-next-line no-control-regex -- the control characters are what is to be removed
  const text = bytes.toString('utf8', start, Math.min(end, start + EXCERPT_MAX * 4)).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?').trim()
  return text.length > EXCERPT_MAX ? `${text.slice(0, EXCERPT_MAX)}...` : text
}
