import { readFileSync } from 'node:fs'
import { Trainer, type FinetuneOptions, type TrainEvent } from '../../lib'
import { cpuMemory } from '../../lib/native'
import { colourFolder, temporaryFolder } from '../pictures'
import { at, goOn, outcome, quiet } from './runs'

/** Wide and deep enough that activations are most of the memory. */
const encoder = { architecture: { embedDim: 64, depth: 4, heads: 2 }, patchSize: 4, imageSize: 32 } as const
const data = { train: colourFolder(32, 32), validation: colourFolder(4, 32, 500) }
const recipe: FinetuneOptions = {
  epochs: 2,
  batchSize: 32,
  learningRate: 1e-3,
  precision: 'fp32',
  mixup: 0.4,
  dropPath: 0.1,
  ...quiet,
}

const makeTrainer = (memoryLimit?: number) =>
  Trainer.create({
    encoder,
    data,
    directory: temporaryFolder(),
    threads: 1,
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  })

/** A run within the limit; its warnings of memory, and the micro-batch that its last checkpoint has. */
async function runWithin(memoryLimit: number | undefined, options: FinetuneOptions = {}) {
  const trainer = await makeTrainer(memoryLimit)
  const warnings: string[] = []
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'warning' && event.code === 'WARN_OUT_OF_MEMORY') warnings.push(event.message)
    options.onEvent?.(event)
  }
  try {
    const run = await trainer.finetune({ ...recipe, ...options, onEvent })
    return { run, warnings, microBatch: microBatchOf(run.directory) }
  } finally {
    await trainer.dispose()
  }
}

const microBatchOf = (directory: string): number =>
  (JSON.parse(readFileSync(at(directory, 'last', 'state.json'), 'utf8')) as { microBatch: number }).microBatch

/** Bytes that CPU tensors take at most in such a run. */
async function peakOf(options: FinetuneOptions = {}): Promise<number> {
  cpuMemory() // forgets the peak before
  await runWithin(undefined, { epochs: 1, ...options })
  return cpuMemory().peak
}

test('a run that memory does not hold goes on with smaller parts of each update, and gives what such parts give', async () => {
  const { run, warnings, microBatch } = await runWithin((await peakOf()) / 2)
  expect(microBatch).toBeLessThan(32)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain(`32 pictures at a time: from here on ${microBatch} are`)
  const parts = await runWithin(undefined, { batchSize: microBatch, gradientAccumulation: 32 / microBatch })
  expect(parts.warnings).toEqual([])
  const [ours, theirs] = [outcome(run), outcome(parts.run)]
  expect(ours.last === theirs.last && ours.state === theirs.state).toBe(true)
})

test('a stage that needs more memory than the one before; resumed after it, the run is the one that was left alone', async () => {
  const freeze = [
    { from: 0, train: ['head'] },
    { from: 1, train: ['all'] },
  ]
  const limit = (await peakOf()) / 2
  const whole = await runWithin(limit, { freeze, logEvery: 1 })
  expect(whole.warnings).toHaveLength(1)
  const stopping = new AbortController()
  let directory = ''
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'start') directory = event.directory
    if (event.type !== 'step' || event.step !== 3) return
    stopping.abort(new Error('stopped'))
  }
  await expect(runWithin(limit, { freeze, logEvery: 1, onEvent, signal: stopping.signal })).rejects.toThrow(
    'stopped',
  )
  expect(microBatchOf(directory)).toBe(whole.microBatch)
  const { run, warnings } = await goOn(directory)
  expect(warnings).toEqual([])
  expect(outcome(run)).toEqual(outcome(whole.run))
})

test('what does not fit by single pictures is an error that says what to do, and leaves the trainer usable', async () => {
  const trainer = await makeTrainer(1)
  const running = trainer.finetune(recipe)
  await expect(running).rejects.toMatchObject({ code: 'ERR_OUT_OF_MEMORY' })
  await expect(running).rejects.toThrow(/checkpointing: true.*smaller pictures/)
  await expect(trainer.linearProbe({ epochs: 1, ...quiet })).rejects.toMatchObject({
    code: 'ERR_OUT_OF_MEMORY',
  })
  await trainer.dispose()
  expect((await runWithin(undefined, { epochs: 1 })).warnings).toEqual([])
})

test("batchSize 'auto' is what memory holds of the preset's update, a number in config.json, and needs no more", async () => {
  const auto = { batchSize: 'auto', preset: 'demo-finetune', epochs: 1 } as const
  const free = await runWithin(undefined, auto)
  expect(free.run.config.recipe).toMatchObject({ batchSize: 64, gradientAccumulation: 1 })
  const limit = (await peakOf({ batchSize: 64 })) / 2
  const { run, warnings } = await runWithin(limit, auto)
  const { batchSize, gradientAccumulation, presetReasons } = run.config.recipe as {
    batchSize: number
    gradientAccumulation: number
    presetReasons: { batchSize: string }
  }
  expect(batchSize).toBeLessThan(64)
  expect(batchSize * gradientAccumulation).toBe(64)
  expect(presetReasons.batchSize).toContain("'auto'")
  expect(warnings).toEqual([])
  const again = await runWithin(limit, auto)
  expect(again.run.config.recipe).toEqual(run.config.recipe)
})

test.each([0, -1, 1.5, '8 GB'])('refuses a memory limit of %j', async (limit) => {
  await expect(makeTrainer(limit as number)).rejects.toMatchObject({ code: 'ERR_CONFIG' })
})
