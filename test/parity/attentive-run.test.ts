/**
 * A whole attentive probe of the demo's encoder on its photographs beside PyTorch's (test/parity/attentive_run.py), from the same
 * first parameters, in the same order of pictures: on kept tokens, without keys and values for each of them.
 */
import { join } from 'node:path'
import { readSafetensors } from '../../lib/checkpoint'
import { openDataset, sequentialOrder } from '../../lib/dataset'
import { createModel, evaluationLoader, openEncoder } from '../../lib/inference'
import type { Session } from '../../lib/native'
import { learningRateAt, parameterGroups } from '../../lib/schedule'
import { trainingConfig } from '../binding/handles'
import { temporaryFolder } from '../pictures'
import { bytesOf, type Stored } from './stored'

const root = join(__dirname, '..', '..')
const path = join(root, 'test/fixtures/golden/attentive-run.safetensors')
const [pictures, judged, batch, epochs, classes] = [2000, 1000, 64, 4, 10]
const stepsPerEpoch = Math.ceil(pictures / batch)
const preprocessing = {
  resize: 'shortest',
  cropFraction: 1,
  interpolation: 'bicubic',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const
const schedule = {
  ...{ epochs, learningRate: 1e-3, minLearningRate: 0, warmupEpochs: 0 },
  ...{ schedule: 'cosine' as const, stepEpochs: 1, stepGamma: 1 },
}

const floatsOf = (tensors: Stored, name: string) => new Float32Array(bytesOf(tensors, name).buffer)
const intsOf = (tensors: Stored, name: string) => new Int32Array(bytesOf(tensors, name).buffer)

async function begin(tensors: Stored): Promise<Session> {
  const { geometry, plan } = await openEncoder(join(root, 'demo/encoder.safetensors'))
  const trained = [...tensors].filter(([name]) => name.startsWith('before.'))
  const ours = trained.map(([name, { shape, range }]) => ({
    name: name.slice('before.'.length),
    shape: [...shape],
    ranges: [range],
  }))
  const session = await createModel({
    ...{ geometry, plan: [...plan, ...ours], classes, pooling: 'vjepa_attentive', features: 'last' },
    ...{ preprocessing, device: 'cpu', threads: 2, linearKernel: 'onednn', seed: 0, headInit: 0 },
  })
  const parameters = session.parameters()
  await session.configureTraining({
    ...trainingConfig([]),
    labelSmoothing: 0,
    clipGradient: 1,
    groups: parameterGroups(parameters, {
      trainable: ours.map(({ name }) => name),
      layerDecay: 1,
      weightDecay: 0.001,
      depth: geometry.depth,
      learningRateScale: 1,
    }),
  })
  return session
}

it('has the losses of four epochs, and the predictions on other pictures', async () => {
  const { tensors } = await readSafetensors(path)
  const session = await begin(tensors)
  const { geometry } = await openEncoder(join(root, 'demo/encoder.safetensors'))
  const data = { train: 'demo/photographs-train.tar', validation: 'demo/photographs-test.tar' }
  const { train, validation } = await openDataset(
    { train: join(root, data.train), validation: join(root, data.validation) },
    { seed: 0 },
  )
  expect(train.labels).toEqual(intsOf(tensors, 'labels'))
  const file = join(temporaryFolder(), 'tokens')
  const reading = { geometry, preprocessing, threads: 2, alpha: 'white', onBadImage: 'throw' } as const
  const loaderOf = (table: typeof train.table, count: number) => {
    const loader = evaluationLoader(table, { ...reading, batchSize: 250 })
    loader.start(sequentialOrder(count), 0)
    return loader
  }
  const loader = loaderOf(train.table, pictures)
  await session.createTokens(file, geometry.depth, false)
  while ((await session.appendTokens(loader)).length > 0);
  await session.commitTokens()
  expect(await session.openTokens(file)).toEqual(sequentialOrder(pictures))
  const orders = intsOf(tensors, 'orders')
  const losses = floatsOf(tensors, 'losses')
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = orders.subarray(epoch * pictures, (epoch + 1) * pictures)
    for (let step = 0; step < stepsPerEpoch; step++) {
      const rate = learningRateAt(schedule, epoch * stepsPerEpoch + step, stepsPerEpoch)
      await session.trainStepOnTokens(order.slice(step * batch, (step + 1) * batch), rate)
    }
    const { loss } = await session.readMeans()
    expect({ epoch, isNear: Math.abs(loss - losses[epoch]!) < 1e-3 }).toEqual({ epoch, isNear: true })
  }
  const test = loaderOf(validation!.table, judged)
  const found: number[] = []
  for (let part; (part = await session.predict(test, 'fp32')).samples.length > 0;) found.push(...part.logits)
  expect(validation!.labels).toEqual(intsOf(tensors, 'testLabels'))
  const theirs = floatsOf(tensors, 'logits')
  expect(found).toHaveLength(theirs.length)
  const difference = Math.abs(top1(found, validation!.labels) - top1(theirs, validation!.labels))
  expect(difference).toBeLessThanOrEqual(0.003)
  loader.dispose()
  test.dispose()
  await session.dispose()
}, 600_000)

function top1(logits: ArrayLike<number>, labels: Int32Array): number {
  const isRight = (label: number, row: number) => {
    const own = Array.from({ length: classes }, (_, i) => logits[row * classes + i]!)
    return own.indexOf(Math.max(...own)) === label
  }
  return labels.filter(isRight).length / labels.length
}
