/**
 * The command line. Exit codes: 0 done, 1 a check failed, 2 bad input: then one line per mistake on standard error, what was found and what is accepted.
 */
import { InputError, labVersion, TraceError } from '@hintlab/lab'
import { Command, CommanderError } from 'commander'
import { checkCommand } from './check-command.ts'
import type { CheckFlags } from './check-command.ts'
import { compareCommand } from './compare-command.ts'
import type { CompareFlags } from './compare-command.ts'
import { costsCommand } from './costs-command.ts'
import { densityCommand } from './density-command.ts'
import type { DensityFlags } from './density-command.ts'
import { fuzzCommand } from './fuzz-command.ts'
import type { FuzzFlags } from './fuzz-command.ts'
import { decodeCommand } from './decode-command.ts'
import type { DecodeFlags } from './decode-command.ts'
import { lintCommand } from './lint-command.ts'
import type { LintFlags } from './lint-command.ts'
import { withReportFlags } from './report-flags.ts'
import { replayCommand } from './replay-command.ts'
import type { ReplayFlags } from './replay-command.ts'
import { addScenarioCommands } from './scenario-commands.ts'
import { driveCommand } from './drive-command.ts'
import type { DriveFlags } from './drive-command.ts'
import { serveCommand } from './serve-command.ts'
import type { ServeFlags } from './serve-command.ts'
import { interopCommand } from './interop-command.ts'
import { knobsCommand, unitCostsCommand } from './knobs-command.ts'
import type { PublishedFlags } from './knobs-command.ts'
import { pageFaultsCommand } from './page-faults-command.ts'
import type { PageFaultsFlags } from './page-faults-command.ts'
import { groundTruthCommand } from './study-command.ts'
import type { StudyFlags } from './study-command.ts'

const EXIT_DONE = 0
const EXIT_BAD_INPUT = 2

/** Runs one command; returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let code = EXIT_DONE
  const program = makeProgram((result) => (code = result))
  try {
    await program.parseAsync(withoutSeparator(args), { from: 'user' })
    return code
  } catch (error) {
    return exitCodeOf(error)
  }
}

function makeProgram(setCode: (code: number) => void): Command {
  const program = new Command('hintlab')
    .description('A laboratory for free page hinting: guest, transport and host memory management, synchronous against asynchronous.')
    .version(labVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'hintlab: ')) })
  addCompare(program, setCode)
  addScenarioCommands(program, setCode)
  program.command('costs')
    .description('print the cost table: default, range, confidence and source of every cost')
    .option('--json', 'as JSON')
    .action((flags: { json?: boolean }) => setCode(costsCommand(flags)))
  program.command('check')
    .description('search random schedules of two vCPUs and four pages for lost data')
    .option('--schedules <n>', 'schedules per interface', '20000')
    .option('--seed <n>', 'seed of the search', '1')
    .option('--interfaces <text>', 'only interfaces whose name contains this')
    .option('--all', 'the historical interfaces too')
    .option('--without <safeguard>', 'switch a safeguard off: F1 (isolate before reporting) or F2 (put back after the completion); may be repeated', repeated)
    .option('--set <path=value>', 'any setting of the interface, for example hypercall-thp.hook=merge; may be repeated', repeated)
    .option('--audit', 'compare the whole state with the declared footprint after each step (slow)')
    .action((flags: CheckFlags) => setCode(checkCommand(flags)))
  addStudies(program, setCode)
  addFuzz(program, setCode)
  addLint(program, setCode)
  addConversations(program, setCode)
  addServe(program, setCode)
  addDrive(program, setCode)
  return program
}

function addStudies(program: Command, setCode: (code: number) => void): void {
  const study = program.command('study').description('studies of the model itself').showHelpAfterError('hintlab study --help lists what is accepted')
  study.command('ground-truth')
    .description('replay recordings of a real guest and print model beside truth; exit code 1 outside the limits')
    .argument('[dir...]', 'recordings, or folders of them; none is all beside the repository (HINTLAB_GROUNDTRUTH), or the bundled one')
    .option('--json', 'as JSON')
    .action((folders: string[], flags: StudyFlags) => setCode(groundTruthCommand(folders, flags)))
  study.command('interop')
    .description('which balloon drivers work with which devices, from runs of the modelled ones')
    .option('--json', 'as JSON')
    .action((flags: { json?: boolean }) => setCode(interopCommand(flags)))
  study.command('density')
    .description('how many guests fit on a host, a third memhog, peaks that meet: model beside published; exit code 1 outside')
    .option('--scale <n>', 'divides every size of memory, 1 to 32; 1 takes some minutes', '16')
    .option('--no-assumptions', 'leave out the table of what each assumption decides')
    .option('--json', 'as JSON')
    .action((flags: DensityFlags) => setCode(densityCommand(flags)))
  study.command('reporting-knobs')
    .description('order 0 against order 9 under a parallel build, fit, leave-one-out error and predictions; exit code 1 outside 15 %')
    .option('--scale <n>', 'divides memory: 1, 2, 4, 8, 16 or 32; the fit is of 32', '32')
    .option('--seeds <list>', 'seeds whose mean is taken; the fit is of 1,2,3', '1,2,3')
    .option('--no-leave-one-out', 'without the errors of rows that were left out')
    .option('--calibrate', 'fit again from the stored parameters and print them; some minutes')
    .option('--json', 'as JSON')
    .action((flags: PublishedFlags) => setCode(knobsCommand(flags)))
  study.command('unit-costs')
    .description('what pages of 4K and 2M cost to inflate, return and touch again; exit code 1 outside 10 %')
    .option('--scale <n>', 'divides memory: 1, 2, 4, 8, 16 or 32', '16')
    .option('--json', 'as JSON')
    .action((flags: PublishedFlags) => setCode(unitCostsCommand(flags)))
  study.command('page-faults')
    .description('what free page reporting costs will-it-scale, and who spends the time: model beside published; exit code 1 outside')
    .option('--scale <n>', 'divides memory: 1, 2, 4, 8, 16 or 32', '16')
    .option('--no-predictions', 'leave out a delay of 100 ms and order 0')
    .option('--json', 'as JSON')
    .action((flags: PageFaultsFlags) => setCode(pageFaultsCommand(flags)))
}

function addCompare(program: Command, setCode: (code: number) => void): void {
  withReportFlags(program.command('compare'))
    .description('compare hinting interfaces on recordings of a page allocator (text of ftrace, trace-cmd report or perf script)')
    .argument('[trace...]', 'recordings; - is standard input; none is the bundled one')
    .option('--seed <n>', 'seed of the run, or of the first one')
    .option('--seeds <n>', 'number of seeds, with minimum, median and maximum')
    .option('--guest-memory <size>', 'memory of the guest, such as 512M or 4G')
    .option('--vcpus <n>', 'vCPUs of the guest')
    .option('--order <n>', 'smallest block that is hinted, 0 to 10')
    .option('--batch <n>', 'entries of a report and of a buffer')
    .option('--start <state>', 'fresh or aged')
    .option('--settle <seconds>', 'time that the guest idles after the trace')
    .option('--set <path=value>', 'any setting, such as reporting.delay-ms=100 or cost.kick=1500; may be repeated', repeated)
    .option('--interfaces <text>', 'only interfaces whose name contains this, and the reference; may be repeated', repeated)
    .option('--all', 'the historical interfaces too (docs/interfaces.md)')
    .option('--workers <n>', 'threads that make the runs; default: one per core; the results do not depend on it')
    .option('--record <file>', 'write the conversation of guest and host there; with one interface that hints')
    .option('--no-sensitivity', 'leave out the runs with changed costs')
    .option('--strict', 'stop at the first malformed line')
    .option('--mail', 'print a table of at most 72 columns')
    .option('--json', 'print JSON and nothing else')
    .showHelpAfterError('hintlab compare --help lists what is accepted')
    .action(async (traces: string[], flags: CompareFlags) => setCode(await compareCommand(traces, flags)))
}

function addFuzz(program: Command, setCode: (code: number) => void): void {
  program.command('fuzz')
    .description('malformed rings and payloads against the device, or a malicious device against the driver; exit code 1 when a rule is broken')
    .argument('[file...]', 'files of cases to run again, as this command writes them; none is a run of new cases')
    .option('--cases <n>', 'cases to run', '100000')
    .option('--seed <n>', 'seed of the generator', '1')
    .option('--side <name>', 'which side is tested: device or driver', 'device')
    .option('--corpus <dir>', 'files of cases to begin with and to vary')
    .option('--counters', 'print what was counted')
    .showHelpAfterError('hintlab fuzz --help lists what is accepted')
    .action((files: string[], flags: FuzzFlags) => setCode(fuzzCommand(files, flags)))
}

function addLint(program: Command, setCode: (code: number) => void): void {
  program.command('lint')
    .description('check a recorded conversation against the rules of the virtio and vhost-user specifications; exit code 1 when a MUST is broken')
    .argument('<file>', 'what --record of run, compare or serve has written, or a wire.jsonl, plain or gzip; - is standard input')
    .option('--peer <name>', 'who one side is, for what it is known for: linux, qemu, cloud-hypervisor, ...; may be repeated', repeated)
    .option('--numbering <name>', 'how the device numbers its queues: fixed, dense-offered or dense-negotiated; default: as the recording says')
    .option('--json', 'as JSON')
    .showHelpAfterError('hintlab lint --help lists what is accepted')
    .action((file: string, flags: LintFlags) => setCode(lintCommand(file, flags)))
}

function addConversations(program: Command, setCode: (code: number) => void): void {
  program.command('decode')
    .description('print a recorded conversation, a line for each event')
    .argument('<file>', 'what --record of run, compare or serve has written, or a wire.jsonl, plain or gzip; - is standard input')
    .option('--only <kind>', 'only events of this kind, such as chain or used; may be repeated', repeated)
    .option('--json', 'print JSON and nothing else')
    .showHelpAfterError('hintlab decode --help lists what is accepted')
    .action(async (file: string, flags: DecodeFlags) => setCode(await decodeCommand(file, flags)))
  program.command('replay')
    .description('run one side of a recorded run alone against the recording; exit code 1 at the first thing that it does in another way')
    .argument('<file>', 'what --record of run or compare has written; with --host also what serve has, or a wire.jsonl; - is standard input')
    .option('--guest', 'the guest: allocator, hint policy, driver')
    .option('--host', 'the host: VM and device')
    .option('--set <path=value>', 'a setting that the replayed side is changed by, such as host.ignore-below-order=10; may be repeated', repeated)
    .option('--json', 'print JSON and nothing else')
    .showHelpAfterError('hintlab replay --help lists what is accepted')
    .action(async (file: string, flags: ReplayFlags) => setCode(await replayCommand(file, flags)))
}

function addDrive(program: Command, setCode: (code: number) => void): void {
  program.command('drive')
    .description('run the guest package\'s balloon driver on a real balloon of QEMU; exit code 1 when something is not as it must be')
    .option('--qemu [binary]', 'path or name of QEMU; default: qemu-system-x86_64')
    .option('--machine <name>', 'microvm (virtio-mmio) or q35 (PCI)', 'microvm')
    .option('--memory <size>', 'memory of the guest', '256M')
    .option('--pages <n>', 'pages to inflate; default: 8192, or a quarter of the guest', '')
    .option('--packed', 'a packed ring')
    .option('--no-event-idx', 'notifications by flag')
    .option('--no-indirect', 'no indirect descriptors')
    .option('--hints', 'free page hints too, by a migration to nowhere')
    .option('--all', 'every form of ring on both machines')
    .option('--repeat <n>', 'so many machines, one after another', '1')
    .option('--json', 'as JSON')
    .showHelpAfterError('hintlab drive --help lists what is accepted')
    .action(async (flags: DriveFlags) => setCode(await driveCommand(flags)))
}

function addServe(program: Command, setCode: (code: number) => void): void {
  program.command('serve')
    .description('serve real guests over vhost-user from the host package, and say what they hint; commands on standard input')
    .requiredOption('--socket <path>', 'unix socket to listen on')
    .option('--balloon <size>', 'size of the balloon that the guests shall have')
    .option('--discard <how>', 'what is done with hinted memory: punch-hole, remove or none', 'punch-hole')
    .option('--device <name>', 'behave like the balloon device of: qemu, firecracker, cloud-hypervisor, hintlab', 'hintlab')
    .option('--offer <features>', 'offer only these, such as STATS_VQ,PAGE_REPORTING; default: all that the device can')
    .option('--numbering <how>', 'number of a queue: fixed, dense-offered or dense-negotiated; default: as the device does, and hintlab as Linux drivers do')
    .option('--discard-hints', 'also discard what free page hints name; a Linux guest that runs out of memory during a run may lose data')
    .option('--stats-every <seconds>', 'ask for statistics that often')
    .option('--record <file>', 'write the conversation there')
    .option('--scenario <file>', 'the host and the costs of this scenario for the model beside the guest; its guest and workload are the real ones')
    .option('--set <path=value>', 'a setting of the model beside the guest, such as host.thp=never; may be repeated', repeated)
    .option('--once', 'end when the first guest has gone')
    .option('--json', 'a JSON object for each event')
    .showHelpAfterError('hintlab serve --help lists what is accepted')
    .action(async (flags: ServeFlags) => setCode(await serveCommand(flags)))
}

const repeated = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

/** `pnpm start -- --vcpus 4` hands the separator on: a `--` right after the command means nothing. */
function withoutSeparator(args: readonly string[]): string[] {
  return args.filter((arg, i) => i === 0 || arg !== '--' || args.slice(1, i).some((before) => before !== '--'))
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_BAD_INPUT
  if (error instanceof InputError || error instanceof TraceError) {
    for (const line of error.message.split('\n')) process.stderr.write(`hintlab: ${line}\n`)
    return EXIT_BAD_INPUT
  }
  if (error instanceof RangeError && /allocation failed|Invalid typed array length/i.test(error.message)) {
    process.stderr.write(`hintlab: found a guest or a trace that needs more memory than there is (${error.message}); accepted is a smaller --guest-memory\n`)
    return EXIT_BAD_INPUT
  }
  throw error
}
