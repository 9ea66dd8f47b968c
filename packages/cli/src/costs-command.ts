/** `hintlab costs`: the cost table as it is used when nothing is overridden. */
import { COST_NAMES, COST_TABLE, costsHash, makeCosts } from '@hintlab/sim'
import Table from 'cli-table3'

const SOURCE_WIDTH = 62

/** What `hintlab costs --json` prints. */
export interface CostsOutput {
  readonly costsHash: string
  readonly costs: Record<string, { ns: number; min: number; max: number; confidence: string; source: string }>
}

export function costsCommand({ json }: { readonly json?: boolean }): number {
  const hash = costsHash(makeCosts())
  const output: CostsOutput = { costsHash: hash, costs: COST_TABLE }
  process.stdout.write(json === true ? `${JSON.stringify(output, null, 2)}\n` : tableText(hash))
  return 0
}

function tableText(hash: string): string {
  const table = new Table({
    head: ['name', 'ns', 'range', '', 'source'],
    colAligns: ['left', 'right', 'right', 'left', 'left'],
    colWidths: [null, null, null, null, SOURCE_WIDTH],
    wordWrap: true,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: {
      top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
      left: '', 'left-mid': '', right: '', 'right-mid': '', mid: '-', 'mid-mid': '-', middle: '  ',
    },
  })
  for (const name of COST_NAMES) {
    const { ns, min, max, confidence, source } = COST_TABLE[name]
    table.push([name, String(ns), min === max ? '' : `${min}-${max}`, confidence, source])
  }
  const lines = table.toString().split('\n').map((line) => line.trimEnd())
  return [
    ...lines,
    '',
    `costs ${hash}. L: a published measurement, D: derived from one, M: an order of magnitude.`,
    'To change one: hintlab compare --set cost.NAME=NS',
    '',
  ].join('\n')
}
