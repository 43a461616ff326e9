/** Going on with runs whose folder a kill or a disk has left in some state. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../../lib'
import { readSafetensors } from '../../lib/checkpoint'
import { Session } from '../../lib/native'
import {
  at,
  copyOf,
  finetuning,
  finish,
  flipBit,
  goOn,
  makePictures,
  makeTrainer,
  outcome,
  probing,
  stop,
  type Pictures,
} from './runs'

let data: Pictures
let whole: Run
/** Stopped in its third epoch: `last` is of step 7, `previous` of the end of epoch 2, at step 6. */
let stopped: string
let expected: ReturnType<typeof outcome>

beforeAll(async () => {
  data = makePictures()
  whole = await finish(data)
  expected = outcome(whole)
  stopped = await stop(data, 7)
}, 60_000)

describe('a damaged checkpoint', () => {
  it.each<[string, (last: string) => void]>([
    ['model.safetensors', (last) => truncateSync(join(last, 'model.safetensors'), 1000)],
    ['state.safetensors', (last) => flipBit(join(last, 'state.safetensors'))],
    ['model.safetensors', (last) => rmSync(join(last, 'model.safetensors'))],
    ['state.json', (last) => writeFileSync(join(last, 'state.json'), 'garbage')],
    ['checksums.json', (last) => rmSync(join(last, 'checksums.json'))],
  ])('(%s) gives way to the one before it, with a warning', async (file, damage) => {
    const directory = copyOf(stopped)
    damage(at(directory, 'last'))
    const { run, warnings } = await goOn(directory)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^WARN_CHECKPOINT_DAMAGED .*epoch 3, step 6/)
    expect(warnings[0]).toContain(file)
    expect(outcome(run)).toEqual(expected)
    expect(readdirSync(at(directory)).sort()).toEqual(['best', 'damaged', 'last', 'previous'])
  })

  it('beside another one is an error, and nothing is moved', async () => {
    const directory = copyOf(stopped)
    for (const name of ['last', 'previous']) flipBit(at(directory, name, 'state.safetensors'))
    const before = readdirSync(at(directory))
    await expect(goOn(directory)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' })
    expect(readdirSync(at(directory))).toEqual(before)
  })
})

describe('a kill', () => {
  it('before the first checkpoint: the run starts again from nothing', async () => {
    const directory = copyOf(stopped)
    rmSync(at(directory), { recursive: true })
    mkdirSync(at(directory, 'last.writing'), { recursive: true })
    const { run, warnings } = await goOn(directory)
    expect(warnings).toEqual([])
    expect(outcome(run)).toEqual(expected)
  })

  it('between the renames of a save, and in the midst of an appended line', async () => {
    const directory = copyOf(stopped)
    renameSync(at(directory, 'previous'), at(directory, 'previous.replaced'))
    renameSync(at(directory, 'last'), at(directory, 'previous'))
    appendFileSync(join(directory, 'metrics.jsonl'), '{"type":"st')
    const { run, warnings } = await goOn(directory)
    expect(warnings).toEqual([])
    expect(outcome(run)).toEqual(expected)
  })

  it('between a checkpoint and the copy of the best: the copy is made', async () => {
    const directory = copyOf(whole.directory)
    // The end of the last epoch, the best one, as its save left it: the best model is still an older one, then missing.
    for (const best of ['older', 'missing']) {
      rmSync(at(directory, 'last'), { recursive: true, force: true })
      cpSync(at(whole.directory, 'previous'), at(directory, 'last'), { recursive: true })
      if (best === 'older') cpSync(at(stopped, 'best'), at(directory, 'best'), { recursive: true })
      else rmSync(at(directory, 'best'), { recursive: true })
      const { run, warnings } = await goOn(directory)
      expect(warnings).toEqual([])
      expect(outcome(run)).toEqual(expected)
    }
  })

  it('after the last epoch: the finished run is completed, and then resolves as it is', async () => {
    const directory = copyOf(whole.directory)
    rmSync(at(directory, 'best'), { recursive: true })
    const { run } = await goOn(directory)
    expect(outcome(run)).toEqual(expected)
    const { mtimeMs } = statSync(at(directory, 'last'))
    const again = await goOn(directory)
    expect(outcome(again.run)).toEqual(expected)
    expect(statSync(at(directory, 'last')).mtimeMs).toBe(mtimeMs)
  })

  it('of a probe after its last save', async () => {
    const probe = await finish(data, 'linearProbe')
    const directory = copyOf(probe.directory)
    rmSync(at(directory, 'best'), { recursive: true })
    const { run } = await goOn(directory)
    expect(outcome(run)).toEqual(outcome(probe))
    const classifier = await run.classifier()
    expect(classifier.classes).toEqual(['blue', 'red'])
    await classifier.dispose()
  })

  it('does not make an epoch more of a run whose time was up', async () => {
    const trainer = await makeTrainer(data)
    const run = await trainer.finetune({ ...probing, dropPath: 0.1, timeBudgetSeconds: 1e-6 })
    await trainer.dispose()
    expect(run.history).toHaveLength(1)
    const directory = copyOf(run.directory)
    rmSync(at(directory, 'last'), { recursive: true })
    expect((await goOn(directory)).run.history).toHaveLength(1)
  })
})

describe('an abort between two readings of the means', () => {
  it.each<['finetune' | 'linearProbe', 'trainStep' | 'trainStepOnFeatures']>([
    ['finetune', 'trainStep'],
    ['linearProbe', 'trainStepOnFeatures'],
  ])('leaves no trace in the metrics of a %s', async (kind, method) => {
    const options = { ...(kind === 'finetune' ? finetuning : probing), logEvery: 2 }
    const trainer = await makeTrainer(data)
    const untouched = await trainer[kind](options)
    const stopping = new AbortController()
    const step = Session.prototype[method] as (...given: unknown[]) => Promise<number>
    let updates = -1 // the first one is the dry run's
    const spy = jest.spyOn(Session.prototype, method).mockImplementation(async function (
      this: Session,
      ...given
    ) {
      const rows = await step.apply(this, given)
      if (++updates === 7) stopping.abort(new Error('stopped'))
      return rows
    })
    const running = trainer[kind]({ ...options, signal: stopping.signal })
    await expect(running).rejects.toThrow('stopped')
    await trainer.dispose()
    spy.mockRestore()
    const directory = `${untouched.directory}-2`
    const { tensors } = await readSafetensors(at(directory, 'last', 'state.safetensors'))
    expect([...tensors.keys()]).toContain('meter.sums') // of the seventh update alone
    const { run } = await goOn(directory)
    expect(outcome(run)).toEqual(outcome(untouched))
  })
})

describe('what was lost beside the checkpoints', () => {
  it('lines of metrics.jsonl: a warning, and the run goes on', async () => {
    const directory = copyOf(stopped)
    truncateSync(join(directory, 'metrics.jsonl'), 100)
    const { run, warnings } = await goOn(directory)
    expect(warnings).toEqual([expect.stringMatching(/^WARN_METRICS_LOST /)])
    const { metrics: _, ...rest } = outcome(run)
    expect(expected).toMatchObject(rest)
  })

  it('the best model: a warning, and the best of what follows takes its place', async () => {
    const directory = copyOf(stopped)
    flipBit(at(directory, 'best', 'model.safetensors'))
    rmSync(at(directory, 'previous'), { recursive: true })
    const { run, warnings } = await goOn(directory)
    expect(warnings).toEqual([expect.stringMatching(/^WARN_BEST_LOST /)])
    expect(run.best.epoch).toBeGreaterThanOrEqual(2)
    expect(JSON.parse(readFileSync(at(directory, 'best', 'state.json'), 'utf8'))).toMatchObject({
      best: run.best,
    })
  })
})
