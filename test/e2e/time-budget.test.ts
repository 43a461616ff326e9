/** Runs with a time budget: where they end, what they keep, and that going on does not begin the time anew. */
import { existsSync, readFileSync } from 'node:fs'
import type { Run, TrainEvent, Trainer } from '../../lib'
import { Session } from '../../lib/native'
import {
  at,
  copyOf,
  finetuning,
  goOn,
  makePictures,
  makeTrainer,
  metricsOf,
  outcome,
  probing,
  type Pictures,
} from './runs'

/** Each update takes at least so long; 3 of them are an epoch. */
const updateSeconds = 0.05
const timeBudgetSeconds = 2

let data: Pictures
let slow: jest.SpyInstance[]

beforeAll(() => {
  data = makePictures()
  slow = (['trainStep', 'trainStepOnFeatures'] as const).map((method) => {
    const step = Session.prototype[method] as (...given: unknown[]) => Promise<number>
    return jest.spyOn(Session.prototype, method).mockImplementation(async function (this: Session, ...given) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * updateSeconds))
      return step.apply(this, given)
    })
  })
})
afterAll(() => {
  for (const spy of slow) spy.mockRestore()
})

type Step = Extract<TrainEvent, { type: 'step' }>
interface Watched {
  run: Run
  steps: Step[]
  /** From the first stage's beginning to the last update's end. */
  seconds: number
  warnings: string[]
}

async function watch(start: (trainer: Trainer, onEvent: (event: TrainEvent) => void) => Promise<Run>) {
  const trainer = await makeTrainer(data)
  const [steps, warnings]: [Step[], string[]] = [[], []]
  let [begun, ended] = [0, 0]
  const run = await start(trainer, (event) => {
    if (event.type === 'stage') begun ||= performance.now()
    if (event.type === 'warning') warnings.push(event.code)
    if (event.type !== 'step') return
    ended = performance.now()
    steps.push(event)
  })
  await trainer.dispose()
  return { run, steps, seconds: (ended - begun) / 1000, warnings } satisfies Watched
}

const budgeted = { epochs: 100, timeBudgetSeconds }

describe.each([
  [
    'fine-tune',
    (trainer: Trainer, onEvent: (event: TrainEvent) => void) =>
      trainer.finetune({ ...finetuning, ...budgeted, onEvent }),
  ],
  [
    'linear probe',
    (trainer: Trainer, onEvent: (event: TrainEvent) => void) =>
      trainer.linearProbe({ ...probing, ...budgeted, onEvent }),
  ],
] as const)('a %s', (_, start) => {
  let watched: Watched
  beforeAll(async () => {
    watched = await watch(start)
  }, 60_000)

  it('ends with the update in which the time is over', () => {
    const { steps, seconds } = watched
    // Validation and saves count too, so there are fewer than fit; what an update takes beside its delay is the machine's matter.
    expect(steps.length).toBeLessThanOrEqual(timeBudgetSeconds / updateSeconds)
    const slowest = Math.max(...steps.map(({ imagesPerSecond }) => 8 / imagesPerSecond))
    expect(seconds).toBeLessThan(timeBudgetSeconds + slowest + 0.5)
  })

  it('judges and saves what there is, says so once, and records the budget', () => {
    const { run, steps, warnings } = watched
    expect(run.history).toHaveLength(steps.at(-1)!.epoch + 1)
    expect(run.history.at(-1)!.validation!.top1).toBeGreaterThanOrEqual(0)
    expect(run.config.recipe).toMatchObject(budgeted)
    expect(warnings.filter((code) => code === 'WARN_TIME_BUDGET')).toHaveLength(1)
    expect(existsSync(at(run.directory, 'best', 'model.safetensors'))).toBe(true)
  })

  it('is over: going on changes nothing', async () => {
    const { run } = watched
    expect(outcome((await goOn(copyOf(run.directory))).run)).toEqual(outcome(run))
  })
})

it('keeps the best epoch, not the last one', async () => {
  const { run } = await watch((trainer, onEvent) => trainer.finetune({ ...finetuning, ...budgeted, onEvent }))
  const best = Math.max(...run.history.map(({ validation }) => validation!.top1!))
  expect(run.best.metrics.top1).toBe(best)
})

it('counts the time of the session that was stopped', async () => {
  const stopping = new AbortController()
  const trainer = await makeTrainer(data)
  let directory = ''
  const running = trainer.finetune({
    ...finetuning,
    ...budgeted,
    signal: stopping.signal,
    onEvent: (event) => {
      if (event.type === 'start') directory = event.directory
      if (event.type === 'step' && event.step === 2) stopping.abort(new Error('stopped'))
    },
  })
  await expect(running).rejects.toThrow('stopped')
  await trainer.dispose()
  const { seconds } = JSON.parse(readFileSync(at(directory, 'last', 'state.json'), 'utf8')) as {
    seconds: number
  }
  expect(seconds).toBeGreaterThan(2 * updateSeconds)
  await goOn(directory)
  const updates = metricsOf(directory).filter((line) => (line as TrainEvent).type === 'step').length
  expect(updates - 2).toBeLessThanOrEqual(
    Math.max(1, Math.ceil((timeBudgetSeconds - seconds) / updateSeconds)),
  )
}, 60_000)
