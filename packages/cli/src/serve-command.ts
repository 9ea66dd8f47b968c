/**
 * `hintlab serve`: a vhost-user back-end for real guests. What they do is told on standard output, a line each, or with `--json` a JSON object each; commands
 * are read from standard input. It ends with SIGINT, with `quit`, or with `--once` after its first guest.
 */
import { createInterface } from 'node:readline'
import { PAGE_SIZE } from '@hintlab/kit'
import { DEVICES, FileSink, InputError, parseRunOptions, parseScenario, parseSize, readScenarioFile, Recorder } from '@hintlab/lab'
import { COMMAND_HELP, DISCARD_MODES, parseCommand, Serve, SystemError } from '@hintlab/peer'
import type { ServeEvent } from '@hintlab/peer'
import type { DeviceName, DevicePersonality, RunOptions } from '@hintlab/lab'
import { Feature, featureSet, NUMBERINGS } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { renderServeEvent } from './render-serve.ts'
import { runOptionsOf } from './run-flags.ts'

export interface ServeFlags {
  readonly socket: string
  readonly balloon?: string
  readonly discard: string
  readonly device: string
  readonly offer?: string
  readonly numbering?: string
  readonly statsEvery?: string
  readonly record?: string
  readonly scenario?: string
  readonly set?: readonly string[]
  readonly discardHints?: boolean
  readonly once?: boolean
  readonly json?: boolean
}

/** As large as QEMU makes any queue. */
const QUEUE_SIZE_MAX = 1024

/** Returns 0 when it was ended, 2 when it could not begin. */
export async function serveCommand(flags: ServeFlags): Promise<number> {
  const options = {
    socket: flags.socket,
    balloonPages: size('--balloon', flags.balloon ?? '0') / PAGE_SIZE,
    discard: oneOf('--discard', flags.discard, DISCARD_MODES),
    run: optionsOf(flags),
    personality: personalityOf(flags),
    statsIntervalNs: seconds('--stats-every', flags.statsEvery ?? '0'),
    discardHints: flags.discardHints ?? false,
    once: flags.once ?? false,
  }
  const offers = offered(options.personality, flags.offer)
  const tell = flags.json === true ? tellJson : tellText
  const recording = flags.record === undefined ? null : record(flags.record, options.personality, flags.device)
  const serve = begin(() => new Serve({ ...options, offers, tap: recording?.recorder ?? null }, tell))
  const stop = (): void => serve.stop()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  readCommands(serve)
  await serve.run()
  recording?.recorder.flush()
  recording?.sink.close()
  process.stdin.destroy()
  return 0
}

/** What the model beside the guest has: the host and the costs of a scenario, and settings over it. */
function optionsOf(flags: ServeFlags): RunOptions {
  const options = flags.scenario === undefined ? runOptionsOf(flags) : parseScenario(readScenarioFile(flags.scenario), flags.set).options
  const usual = parseRunOptions({}).host
  const lines = NOT_SERVED.filter((name) => options.host[name] !== usual[name])
    .map((name) => `host.${name}: found ${String(options.host[name])}; accepted is ${String(usual[name])}: serve has the memory file of the guest`)
  if (lines.length > 0) throw new InputError(lines.join('\n'))
  return options
}

/** Settings of a host that a real guest's memory cannot be given; --discard says how it is discarded. */
const NOT_SERVED = ['backing', 'discard', 'khugepaged', 'swap', 'cpus', 'assigned-device'] as const

/**
 * The device as `--device` names it. Our own follows the specification, which gives queues fixed numbers; every Linux driver counts the queues that it has
 * negotiated, and would not find those behind a feature that is missing. So that is what ours does here, unless it is told otherwise. The size of a queue
 * is the front-end's choice, which has no message to ask for a limit.
 */
function personalityOf({ device, numbering }: ServeFlags): DevicePersonality {
  const name = oneOf('--device', device, Object.keys(DEVICES) as DeviceName[])
  const own = name === 'hintlab' ? 'dense-negotiated' : DEVICES[name].numbering
  return {
    ...DEVICES[name],
    numbering: numbering === undefined ? own : oneOf('--numbering', numbering, NUMBERINGS),
    queueSizes: [QUEUE_SIZE_MAX, QUEUE_SIZE_MAX, QUEUE_SIZE_MAX, QUEUE_SIZE_MAX, QUEUE_SIZE_MAX],
  }
}

/** What cannot be opened or bound is the user's to mend. */
function begin(make: () => Serve): Serve {
  try {
    return make()
  } catch (error) {
    if (error instanceof SystemError) throw new InputError(`serve: ${error.message}`)
    throw error
  }
}

/** Times are from now on. */
function record(file: string, { numbering }: DevicePersonality, device: string): { recorder: Recorder; sink: FileSink } {
  const startNs = process.hrtime.bigint()
  const sink = openRecording(file)
  const header = { numbering, driver: 'linux', device }
  return { sink, recorder: new Recorder({ header, sink: sink.write, now: () => Number(process.hrtime.bigint() - startNs) }) }
}

function openRecording(file: string): FileSink {
  try {
    return new FileSink(file)
  } catch (error) {
    throw new InputError(`--record: ${(error as Error).message}; accepted is a file that can be written`)
  }
}

function readCommands(serve: Serve): void {
  serve.watch(process.stdin.fd)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    if (line.trim() === '') return
    const command = parseCommand(line)
    if (typeof command === 'string') process.stderr.write(`hintlab: ${command}\n`)
    else serve.command(command)
  })
  // A service in the background has no standard input; it goes on, and ends with a signal.
  lines.on('close', () => serve.unwatch(process.stdin.fd))
  if (process.stdin.isTTY) process.stderr.write(`commands: ${COMMAND_HELP}\n`)
}

const tellJson = (event: ServeEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`)

function tellText(event: ServeEvent): void {
  const text = renderServeEvent(event)
  if (text !== null) process.stdout.write(`${text}\n`)
}

/** The features that `--offer stats,reporting` names, VERSION_1 always among them; without it all that the device can. */
function offered(personality: DevicePersonality, text: string | undefined): FeatureSet {
  if (text === undefined) return personality.offered
  const names = text.split(',').map((name) => name.trim().toUpperCase().replaceAll('-', '_'))
  const bits = names.filter((name) => name !== '').map((name) => {
    const known = (Object.keys(Feature) as (keyof typeof Feature)[]).find((key) => key === name)
    if (known === undefined) throw new InputError(`--offer: found ${name}; accepted, separated by commas: ${Object.keys(Feature).join(', ')}`)
    return Feature[known]
  })
  return featureSet(Feature.VERSION_1, ...bits)
}

function oneOf<T extends string>(flag: string, text: string, accepted: readonly T[]): T {
  const found = accepted.find((value) => value === text)
  if (found === undefined) throw new InputError(`${flag}: found ${JSON.stringify(text)}; accepted: ${accepted.join(', ')}`)
  return found
}

function size(flag: string, text: string): number {
  const bytes = parseSize(text)
  if (bytes !== null && bytes % PAGE_SIZE === 0) return bytes
  throw new InputError(`${flag}: found ${JSON.stringify(text)}; accepted is a size in whole pages of 4 KiB, such as 100M`)
}

function seconds(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 86_400) return Math.round(value * 1e9)
  throw new InputError(`${flag}: found ${JSON.stringify(text)}; accepted is a number of seconds, 0 to 86400`)
}
