/** A machine of QEMU for the length of a test. */
import { QemuVm } from '../qemu/vm.ts'

/** Runs `use` with a machine that is ended whatever happens; a machine that did not last until then makes the test fail. */
export async function withVm<T>(options: Parameters<typeof QemuVm.start>[0], use: (vm: QemuVm) => T | Promise<T>): Promise<T> {
  const vm = await QemuVm.start(options)
  let result: T
  try {
    result = await use(vm)
  } catch (error) {
    // The test's own failure is what must be seen, with what QEMU said.
    const { fault, stderr } = vm
    await vm.stop().catch(() => {})
    throw fault === null && stderr === '' ? error : new Error(`${fault ?? 'QEMU said'}: ${stderr}`, { cause: error })
  }
  const { fault } = vm
  await vm.stop()
  if (fault !== null) throw new Error(fault)
  return result
}
