/** `hintlab study interop`: which balloon drivers work with which devices, from runs of the modelled ones. */
import { DEVICES, DRIVERS, interopMatrix, renderCell, renderInterop, unknownTraits } from '@hintlab/lab'
import type { DeviceName, DriverName } from '@hintlab/lab'

export function interopCommand(flags: { readonly json?: boolean }): number {
  const cells = interopMatrix()
  if (flags.json === true) {
    const rows = cells.map((cell) => ({ driver: cell.driver, variant: cell.variant, device: cell.device, verdict: renderCell(cell) }))
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  } else process.stdout.write(`${renderInterop(cells)}\n\n${sources()}\n`)
  return 0
}

/** Where each side's traits come from, and which of them nobody here knows. */
function sources(): string {
  const drivers = (Object.keys(DRIVERS) as DriverName[]).map((name) => `driver ${name}: ${DRIVERS[name].source}`)
  const devices = (Object.keys(DEVICES) as DeviceName[]).map((name) => {
    const unknown = unknownTraits(DEVICES[name])
    return `device ${name}: ${DEVICES[name].source}${unknown.length === 0 ? '' : `; not known, and strict here: ${unknown.join(', ')}`}`
  })
  return [...drivers, ...devices].join('\n')
}
