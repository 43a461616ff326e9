/** Where the time of training goes: measured in the native stages, and told by the scripts' --profile. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset } from '../../lib/dataset'
import { Loader, measureStages, Session, stageTimes, type StageTimes } from '../../lib/native'
import { loaderOptions, orderOf, sessionConfig, trainingConfig } from '../binding/handles'
import { colourFolder, temporaryFolder } from '../pictures'

const root = join(__dirname, '..', '..')
const loaderStages = ['read', 'decode', 'resize', 'augment'] as const
const updateStages = ['wait', 'forward', 'backward', 'step'] as const
const crop = {
  ...loaderOptions,
  batchSize: 16,
  resize: 'crop',
  scaleMin: 0.2,
  ratioMin: 0.75,
  ratioMax: 1.33,
} as const

describe('the stages of training', () => {
  const pictures = 64
  let session: Session
  let loader: Loader

  beforeAll(async () => {
    const sources = {
      train: colourFolder(pictures / 2, 48),
      validation: 'none',
      onBadImage: 'throw',
    } as const
    const { train } = await openDataset({ ...sources, alpha: 'white' }, { seed: 0 })
    session = await Session.create({ ...sessionConfig, embedDim: 96, mlpDim: 384, patchSize: 4 })
    await session.configureTraining(trainingConfig(session.parameters().map(({ name }) => name)))
    loader = new Loader(train.table, crop)
  })
  afterAll(async () => {
    measureStages(false)
    loader.dispose()
    await session.dispose()
  })

  async function epoch(): Promise<{ seconds: number; times: StageTimes }> {
    const begun = performance.now()
    loader.start(orderOf(pictures), 0)
    while ((await session.trainStep(loader, 1e-3)) > 0);
    return { seconds: (performance.now() - begun) / 1000, times: stageTimes() }
  }

  it('make up the time that it takes, and know for how many pictures they were', async () => {
    await epoch() // the first one makes kernels and threads
    measureStages(true)
    const { seconds, times } = await epoch()
    const together = updateStages.reduce((sum, stage) => sum + times[stage].seconds, 0)
    expect(together).toBeLessThanOrEqual(seconds)
    expect(together).toBeGreaterThan(0.8 * seconds)
    for (const stage of [...updateStages, ...loaderStages]) {
      expect([stage, times[stage].images]).toEqual([stage, pictures])
      expect(times[stage].seconds).toBeGreaterThan(0)
    }
    expect(times.predict).toEqual({ seconds: 0, images: 0 })
    // Processor time: of two threads, at most twice what has passed.
    const loading = times.decode.seconds + times.resize.seconds + times.augment.seconds
    expect(loading).toBeLessThan(loaderOptions.threads * seconds)
  })

  it('tell prediction from training', async () => {
    measureStages(true)
    loader.start(orderOf(pictures), 0)
    while ((await session.predict(loader, 'fp32')).samples.length > 0);
    const { predict, wait, forward } = stageTimes()
    expect([predict.images, wait.images, forward.images]).toEqual([pictures, pictures, 0])
    expect(predict.seconds).toBeGreaterThan(0)
  })

  it('are not measured when nobody asks', async () => {
    measureStages(false)
    const { times } = await epoch()
    for (const { seconds, images } of Object.values(times)) expect([seconds, images]).toEqual([0, 0])
  })
})

describe('--profile', () => {
  const folder = temporaryFolder('ijepa-profile')
  const common = [
    ...['--encoder.architecture', 'vit_tiny', '--encoder.patchSize', '8', '--encoder.imageSize', '32'],
    ...['--data', colourFolder(16, 32), '--data.validation', colourFolder(4, 32, 500), '--batchSize', '8'],
    ...['--warmupEpochs', '0', '--epochs', '2', '--profile'],
  ]
  interface Stage {
    seconds: number
    images: number
  }
  interface Profile {
    seconds: number
    images: number
    job: Record<string, Stage>
    loader: Record<string, Stage>
  }

  function profileOf(
    directory: string,
    script: string,
    ...args: string[]
  ): { profile: Profile; table: string } {
    const command = [join(root, 'scripts', `${script}.mjs`), ...args]
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    const file = join(folder, directory, 'profile.json')
    return { profile: JSON.parse(readFileSync(file, 'utf8')) as Profile, table: stdout }
  }

  it('of a fine-tune has every stage, which make up its time', () => {
    const { profile, table } = profileOf('runs/finetune', 'finetune', ...common)
    const { job, loader, seconds } = profile
    for (const [name, stage] of Object.entries({ ...job, ...loader })) {
      expect([name, stage.seconds > 0]).toEqual([name, true])
      expect(table).toContain(stage.seconds.toFixed(2))
    }
    expect(Object.values(job).reduce((sum, stage) => sum + stage.seconds, 0)).toBeCloseTo(seconds, 6)
    // Two epochs, and the dry run's batches of training and validation; each saved model is checked with four pictures.
    expect(job.forward?.images).toBe(2 * 32 + 8)
    expect(job.predict?.images).toBeGreaterThanOrEqual(2 * 8 + 8 + 4)
    expect(profile.images).toBe(Number(job.forward?.images) + Number(job.predict?.images))
    expect(table).toMatch(/^together .* 100\.0% /m)
  }, 60_000)

  it('of a probe and of an evaluation has what they do', () => {
    const probe = profileOf('runs/linear-probe', 'probe', ...common).profile.job
    expect(probe.predict?.images).toBeGreaterThanOrEqual(40)
    expect(probe.step?.seconds).toBeGreaterThan(0)
    // Without pictures, of which some would be explained and predicted for that.
    const flags = ['--out', 'report', '--profile', '--no-thumbnails']
    const { profile } = profileOf('report', 'evaluate', 'runs/linear-probe', ...flags)
    expect([profile.job.predict?.images, profile.job.step?.images]).toEqual([8, 0])
    expect(existsSync(join(folder, 'report', 'report.html'))).toBe(true)
  }, 60_000)
})
