/** Runs for tests of stopping and going on: small, in float32, and copied for each test. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer, type FinetuneOptions, type LinearProbeOptions, type Run, type TrainEvent } from '../../lib'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'

export const quiet = { progress: 'none' } as const
const common = {
  epochs: 4,
  batchSize: 8,
  learningRate: 3e-3,
  warmupEpochs: 0,
  saveEvery: 1,
  ...quiet,
} as const
export const finetuning: FinetuneOptions = { ...common, precision: 'fp32', dropPath: 0.1 }
export const probing: LinearProbeOptions = { ...common, precision: 'fp32' }

export interface Pictures {
  readonly train: string
  readonly validation: string
}

export function makePictures(): Pictures {
  return { train: colourFolder(12, 32), validation: colourFolder(4, 32, 500) }
}

export function makeTrainer(data: Pictures, directory = temporaryFolder()): Promise<Trainer> {
  return Trainer.create({ encoder: tinyEncoder, data, directory, threads: 2 })
}

/** A run that was left to its end. */
export async function finish(data: Pictures, kind: 'finetune' | 'linearProbe' = 'finetune'): Promise<Run> {
  const trainer = await makeTrainer(data)
  const run = await (kind === 'finetune' ? trainer.finetune(finetuning) : trainer.linearProbe(probing))
  await trainer.dispose()
  return run
}

/** Folder of a fine-tune that was stopped after an update. */
export async function stop(data: Pictures, step: number, options: FinetuneOptions = {}): Promise<string> {
  const trainer = await makeTrainer(data)
  const stopping = new AbortController()
  let directory = ''
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'start') directory = event.directory
    if (event.type === 'step' && event.step === step) stopping.abort(new Error('stopped'))
  }
  await expect(
    trainer.finetune({ ...finetuning, ...options, signal: stopping.signal, onEvent }),
  ).rejects.toThrow('stopped')
  await trainer.dispose()
  return directory
}

/** A copy, so that the folder serves other tests too. */
export function copyOf(directory: string): string {
  const copy = join(temporaryFolder(), 'run')
  cpSync(directory, copy, { recursive: true })
  return copy
}

/** Goes on to the end; the warnings beside the run. */
export async function goOn(directory: string): Promise<{ run: Run; warnings: string[] }> {
  const warnings: string[] = []
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'warning' && event.code !== 'WARN_CONFIG')
      warnings.push(`${event.code} ${event.message}`)
  }
  const run = await Trainer.resume(directory, { ...quiet, exact: true, onEvent })
  return { run, warnings }
}

/** Damages a file in its middle. */
export function flipBit(file: string): void {
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(file, bytes)
}

/** A path below a run's checkpoints. */
export const at = (run: string, ...names: string[]) => join(run, 'checkpoints', ...names)

/** What has to be equal to the bit. */
export function outcome(run: Run) {
  const bytes = (checkpoint: string, file: string) =>
    readFileSync(join(run.directory, 'checkpoints', checkpoint, file)).toString('base64')
  return {
    last: bytes('last', 'model.safetensors'),
    state: bytes('last', 'state.safetensors'),
    best: bytes('best', 'model.safetensors'),
    history: withoutTimes(run.history),
    chosen: run.best,
    metrics: metricsOf(run.directory),
    // One of TensorBoard's for each time that it went on, with the time in its name.
    files: readdirSync(run.directory)
      .filter((name) => !name.startsWith('events.out.tfevents.'))
      .sort(),
  }
}

export function metricsOf(directory: string): unknown[] {
  const lines = readFileSync(join(directory, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  return withoutTimes(lines.map((line) => JSON.parse(line) as object))
}

function withoutTimes(events: readonly object[]): unknown[] {
  return events.map((event) => ({ ...event, seconds: 0, imagesPerSecond: 0, etaSeconds: 0 }))
}
