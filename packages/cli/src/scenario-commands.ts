/** The commands about scenarios, as commander knows them: run, sweep, diff, metrics. */
import { scenarioNames } from '@hintlab/lab'
import type { Command } from 'commander'
import { diffCommand } from './diff-command.ts'
import type { DiffFlags } from './diff-command.ts'
import { metricsCommand } from './metrics-command.ts'
import { withReportFlags } from './report-flags.ts'
import { runCommand } from './run-command.ts'
import type { ScenarioFlags } from './scenario-flags.ts'
import { sweepCommand } from './sweep-command.ts'
import type { SweepFlags } from './sweep-command.ts'

const repeated = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

export function addScenarioCommands(program: Command, setCode: (code: number) => void): void {
  withScenario(program.command('run').description('run a scenario once and report everything about it'))
    .option('--workers <n>', 'threads that make the runs of --seeds; default: one per core; the results do not depend on it')
    .option('--record <file>', 'write the conversation of guest and host there')
    .showHelpAfterError('hintlab run --help lists what is accepted')
    .action(async (path: string, flags: ScenarioFlags) => setCode(await runCommand(path, flags)))
  withScenario(program.command('sweep').description('run every combination of some settings of a scenario'))
    .option('--vary <path=values>', 'a setting and its values, such as guest.vcpus=1,2,4; may be repeated. A comma before a space belongs to a value', repeated)
    .option('--workers <n>', 'threads that make the runs; default: one per core; the results do not depend on it')
    .option('--out <place>', 'keep results in this file, a line each, and skip those it has; a folder gets results.jsonl, sweep.json and table.txt')
    .option('--columns <names>', 'metrics of the table, with commas between them')
    .showHelpAfterError('hintlab sweep --help lists what is accepted')
    .action(async (path: string, flags: SweepFlags) => setCode(await sweepCommand(path, flags)))
  program.command('diff')
    .description('compare two results of run, sweep or compare, metric by metric')
    .argument('<a>', 'what was printed with --json, or the file of a sweep')
    .argument('<b>', 'the other')
    .option('--fail-above <percent>', 'exit code 1 when a metric changed by more, such as 5%')
    .option('--only <metric>', 'only this metric; may be repeated', repeated)
    .option('--json', 'print JSON and nothing else')
    .showHelpAfterError('hintlab diff --help lists what is accepted')
    .action((a: string, b: string, flags: DiffFlags) => setCode(diffCommand(a, b, flags)))
  program.command('metrics')
    .description('list the metrics that --assert, --columns and diff know, with their units')
    .option('--json', 'as JSON')
    .action((flags: { json?: boolean }) => setCode(metricsCommand(flags)))
}

/** What run and sweep have in common. */
function withScenario(command: Command): Command {
  return withReportFlags(command)
    .argument('<scenario>', `a YAML file, or one of: ${scenarioNames().join(', ')}`)
    .option('--seed <n>', 'seed of the run, or of the first one')
    .option('--seeds <n>', 'number of seeds, with mean, minimum and maximum; an assertion must hold for each')
    .option('--set <path=value>', 'any setting of the scenario, such as reporting.delay-ms=100; may be repeated', repeated)
    .option('--assert <text>', "exit code 1 unless it holds, such as 'p99_free<50us'; may be repeated; hintlab metrics lists the names", repeated)
    .option('--strict', 'stop at the first malformed line of a trace')
    .option('--json', 'print JSON and nothing else')
}
