/** Fixed views below a frozen prefix: its output is computed once and kept while the run goes on. */
import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FinetuneOptions, Run, TrainEvent } from '../../lib'
import { IjepaError } from '../../lib/errors'
import { Session } from '../../lib/native'
import {
  at,
  copyOf,
  finetuning,
  flipBit,
  goOn,
  makePictures,
  makeTrainer,
  outcome,
  stop,
  type Pictures,
} from './runs'

/** Head alone for two epochs, then the last block with it. */
const options: FinetuneOptions = {
  ...finetuning,
  epochs: 6,
  views: 1,
  weightDecayEnd: 0.1,
  freeze: [
    { from: 0, train: ['head'] },
    { from: 2, train: ['head', 'blocks.-1..'] },
  ],
}

let data: Pictures
let whole: Run
let kept: string[]

async function finetune(changes: FinetuneOptions = {}): Promise<{ run: Run; events: TrainEvent[] }> {
  const trainer = await makeTrainer(data)
  const events: TrainEvent[] = []
  const run = await trainer.finetune({ ...options, ...changes, onEvent: (event) => void events.push(event) })
  await trainer.dispose()
  return { run, events }
}

const codesOf = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))

beforeAll(async () => {
  data = makePictures()
  const commit = jest.spyOn(Session.prototype, 'openTokens')
  whole = (await finetune()).run
  kept = commit.mock.calls.map(([path]) => path.replace(/-[0-9a-f]{16}\.tokens$/, '').replace(/^.*\//, ''))
  commit.mockRestore()
}, 60_000)

it('is kept once for each stage, and gone with the end of the run', () => {
  expect(kept).toEqual(['view-0-pooled', 'view-0-blocks-1'])
  expect(existsSync(join(whole.directory, 'frozen'))).toBe(false)
})

it('trains as without it; a disk that takes nothing is a warning', async () => {
  const full = jest.spyOn(Session.prototype, 'appendTokens').mockImplementation(function () {
    return Promise.reject(
      new IjepaError('ERR_FILE', 'no space left', { file: join(data.train, 'elsewhere') }),
    )
  })
  await expect(finetune()).rejects.toMatchObject({ code: 'ERR_FILE' }) // a picture's file, not the cache's
  full.mockRestore()
  const create = jest.spyOn(Session.prototype, 'createTokens').mockImplementation(function (path: string) {
    return Promise.reject(new IjepaError('ERR_FILE', `Cannot write '${path}': no space left`, { file: path }))
  })
  const { run, events } = await finetune()
  expect(create).toHaveBeenCalledTimes(1)
  create.mockRestore()
  expect(codesOf(events).filter((code) => code === 'WARN_CACHE')).toHaveLength(1)
  run.history.forEach(({ train, validation }, epoch) => {
    expect(train.loss).toBeCloseTo(whole.history[epoch]!.train.loss, 5)
    expect(validation!.loss).toBeCloseTo(whole.history[epoch]!.validation!.loss, 5)
  })
})

it('has a file for each view, of which each epoch takes the next', async () => {
  const open = jest.spyOn(Session.prototype, 'openTokens')
  const steps = jest.spyOn(Session.prototype, 'trainStepOnTokens')
  const { run } = await finetune({ epochs: 7, views: 2, freeze: [{ from: 0, train: ['head'] }] })
  const views = open.mock.calls.map(([path]) => /view-(\d)/.exec(path)![1])
  expect(views).toEqual(['0', '1', '0', '1', '0', '1', '0'])
  expect(new Set(open.mock.calls.map(([path]) => path)).size).toBe(2)
  expect(steps.mock.calls.length).toBe(7 * 3)
  expect(run.history).toHaveLength(7)
  jest.restoreAllMocks()
})

it.each<FinetuneOptions>([
  { mixup: 0.8 },
  { cutmix: 1 },
  { views: 3 }, // no stage sees one twice
  { freeze: [{ from: 0, train: ['bias'] }] },
])('is not kept where that would be no use: %j', async (changes) => {
  const create = jest.spyOn(Session.prototype, 'createTokens')
  const { run } = await finetune({ epochs: 3, freeze: [{ from: 0, train: ['head'] }], ...changes })
  expect(create).not.toHaveBeenCalled()
  expect(run.history).toHaveLength(3)
  create.mockRestore()
})

describe('a run that goes on', () => {
  const stepsPerEpoch = 3

  it.each([
    ['in the first stage', stepsPerEpoch + 1],
    ['in the midst of the second', 4 * stepsPerEpoch + 2],
  ])('%s ends bit-equal, with what was kept', async (_, step) => {
    const directory = copyOf(await stop(data, step, options))
    const files = readdirSync(join(directory, 'frozen'))
    expect(files).toHaveLength(1)
    const create = jest.spyOn(Session.prototype, 'createTokens')
    const { run, warnings } = await goOn(directory)
    expect(create).toHaveBeenCalledTimes(step < 2 * stepsPerEpoch ? 1 : 0)
    create.mockRestore()
    expect(warnings).toEqual([])
    expect(outcome(run)).toEqual(outcome(whole))
  })

  it.each<[string, (folder: string, file: string) => void]>([
    ['damaged', (folder, file) => truncateSync(join(folder, file), 1000)],
    ['another’s', (folder, file) => writeFileSync(join(folder, file), 'no tokens'.repeat(100))],
  ])('makes anew what is %s', async (_, damage) => {
    const directory = copyOf(await stop(data, 4 * stepsPerEpoch + 1, options))
    const folder = join(directory, 'frozen')
    damage(folder, readdirSync(folder)[0]!)
    writeFileSync(join(folder, 'view-0-blocks-1-x.tokens.writing-1-0'), 'of a life that was killed')
    mkdirSync(join(folder, 'odd'))
    expect(outcome((await goOn(directory)).run)).toEqual(outcome(whole))
  })

  it.each<[string, (directory: string) => void]>([
    ['that lacks nothing', () => undefined],
    ['whose best checkpoint is damaged', (directory) => flipBit(at(directory, 'best', 'model.safetensors'))],
  ])('a finished run %s loses what a kill before its end left behind', async (_, damage) => {
    const directory = copyOf(whole.directory)
    mkdirSync(join(directory, 'frozen'))
    writeFileSync(join(directory, 'frozen', 'view-0-blocks-1-x.tokens'), 'kept')
    damage(directory)
    const { run } = await goOn(directory)
    expect(existsSync(join(directory, 'frozen'))).toBe(false)
    expect(run.history).toHaveLength(whole.history.length)
  })
})
