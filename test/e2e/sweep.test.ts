/** A probe that chooses its learning rate and weight decay: on held-out training pictures, then trained on all of them. */
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer, type LinearProbeOptions, type Run } from '../../lib'
import { colourFolder, temporaryFolder } from '../pictures'
import { makeTrainer, probing, quiet } from './runs'

interface Choice {
  readonly judgedBy: string
  readonly trainedOn: number
  readonly judgedOn: number
  readonly candidates: readonly { learningRate: number; weightDecay: number; loss: number; top1: number }[]
  readonly chosen: number
}
const pictures = { train: colourFolder(20, 32), validation: colourFolder(5, 32, 500) }
/** The same pictures, every one in the other class' folder. */
const permuted = { ...pictures, validation: withLabelsExchanged(pictures.validation) }
const sweep = { learningRates: [1e-6, 1e-2], weightDecays: [0, 1e-3], select: { fraction: 0.25 } }

function withLabelsExchanged(folder: string): string {
  const copy = temporaryFolder()
  cpSync(join(folder, 'blue'), join(copy, 'red'), { recursive: true })
  cpSync(join(folder, 'red'), join(copy, 'blue'), { recursive: true })
  return copy
}

async function probe(
  data: typeof pictures,
  options: LinearProbeOptions,
): Promise<{ run: Run; choice: Choice }> {
  const trainer = await makeTrainer(data)
  try {
    const run = await trainer.linearProbe({ ...probing, ...options })
    return { run, choice: run.config.choice as Choice }
  } finally {
    await trainer.dispose()
  }
}

it('takes the best of the grid on a part of train, and trains on all of it with that', async () => {
  const { run, choice } = await probe(pictures, { sweep })
  expect(choice).toMatchObject({ judgedBy: 'train', judgedOn: 10, trainedOn: 30 })
  expect(choice.candidates.map(({ learningRate, weightDecay }) => [learningRate, weightDecay])).toEqual([
    [1e-6, 0],
    [1e-6, 1e-3],
    [1e-2, 0],
    [1e-2, 1e-3],
  ])
  const best = choice.candidates[choice.chosen]!
  expect(best.learningRate).toBe(1e-2)
  for (const other of choice.candidates) expect(best.top1).toBeGreaterThanOrEqual(other.top1)
  const { learningRate, weightDecay } = best
  const { run: alone } = await probe(pictures, { learningRate, weightDecay })
  expect(run.history.map(({ train, validation }) => [train, validation])).toEqual(
    alone.history.map(({ train, validation }) => [train, validation]),
  )
})

it('other validation labels change nothing of what is chosen', async () => {
  const { choice } = await probe(pictures, { sweep })
  expect((await probe(permuted, { sweep })).choice).toEqual(choice)
})

it('the validation set chooses only by name', async () => {
  const { choice } = await probe(pictures, { sweep: { ...sweep, select: 'validation' } })
  expect(choice).toMatchObject({ judgedBy: 'validation', judgedOn: 10, trainedOn: 40 })
})

it('a candidate that diverges is not taken; where all do, the run ends and says so', async () => {
  const wild = { learningRates: [1e-3, 1e38], weightDecays: [0] }
  const { choice } = await probe(pictures, { optimizer: 'sgd', standardize: false, sweep: wild })
  expect(choice.chosen).toBe(0)
  expect(choice.candidates[1]!.loss).toBeNull()
  const all = { learningRates: [1e38], weightDecays: [0] }
  await expect(probe(pictures, { optimizer: 'sgd', standardize: false, sweep: all })).rejects.toMatchObject({
    code: 'ERR_LOSS_NOT_FINITE',
  })
})

it('a run that goes on keeps its choice, and the report shows the grid', async () => {
  const trainer = await makeTrainer(pictures)
  const stopping = new AbortController()
  let directory = ''
  const run = trainer.linearProbe({
    ...probing,
    sweep,
    signal: stopping.signal,
    onEvent: (event) => {
      if (event.type === 'start') directory = event.directory
      if (event.type === 'epoch') stopping.abort(new Error('stopped'))
    },
  })
  await expect(run).rejects.toThrow('stopped')
  await trainer.dispose()
  const suites: string[] = []
  const resumed = await Trainer.resume(directory, {
    ...quiet,
    onEvent: (event) => event.type === 'evaluate' && suites.push(event.suite),
  })
  expect(suites).not.toContain('sweep')
  expect((resumed.config.choice as Choice).candidates).toHaveLength(4)
  const { trainer: reader, run: opened } = await Trainer.open(directory)
  const report = await reader.evaluate(opened, quiet)
  await reader.dispose()
  const page = (await report.toHtml()).replaceAll('\u00a0', ' ')
  expect(page).toContain('tried 4 pairs of learning rate and weight decay on 30 training images')
  expect(page).toContain('The validation images had no say in it')
  expect(page).toMatch(/<b>[\d.]+ %<\/b>, chosen/)
  const folder = temporaryFolder()
  await report.save(folder)
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('tried 4 pairs')
})
