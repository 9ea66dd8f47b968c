/** A run with a recorder beside it, into a file. */
import { Columns } from '@hintlab/kit'
import type { Machine } from '../machine.ts'
import { costsOf } from '../options.ts'
import type { RunOptions } from '../options.ts'
import { FileSink, Recorder } from '../recording/recorder.ts'
import { ListeningMeasure } from './listening-engine.ts'
import { listenToMachine } from './record-machine.ts'
import { headerOf } from './recorded-run.ts'
import type { RecordedLoad, RecordedRun } from './recorded-run.ts'

/** Where a run is recorded, and what its header says of its load. Plain data: it crosses to workers. */
export interface RecordTo {
  readonly file: string
  readonly load: RecordedLoad
}

/** The engine that a recorded run needs. */
export const listeningEngine = (options: RunOptions): ListeningMeasure => new ListeningMeasure(new Columns(), costsOf(options), options.seed)

/** Begins a recording of a machine that has not run yet; the function that it returns ends it. */
export function startRecording({ file, load }: RecordTo, run: Omit<RecordedRun, 'load'>, engine: ListeningMeasure, machine: Machine): () => void {
  const sink = new FileSink(file)
  const recorder = new Recorder({ header: headerOf({ ...run, load }), sink: sink.write })
  listenToMachine(engine, machine, recorder)
  return () => {
    recorder.flush()
    sink.close()
  }
}
