/**
 * 200 updates of a six-block ViT in float32 beside PyTorch's (test/parity/finetune.py, which timm's modules take part in):
 * layer decay, warm-up and cosine, mixup and cutmix, label smoothing, drop path, clipping, AdamW and averaged weights, from
 * the same first weights and the same state of the generator.
 */
import { join } from 'node:path'
import { readSafetensors } from '../../lib/checkpoint'
import { Session, type Loader } from '../../lib/native'
import { learningRateAt, parameterGroups } from '../../lib/schedule'
import { sessionConfig, trainingConfig } from '../binding/handles'
import { bytesOf, storedPictures, type Stored } from './stored'

const path = join(__dirname, '../fixtures/golden/finetune.safetensors')
const [images, batch, epochs, depth, side] = [64, 16, 50, 6, 32]
const stepsPerEpoch = images / batch
const config = { ...sessionConfig, embedDim: 48, depth, heads: 4, mlpDim: 192, classes: 10, threads: 1 }
const std = [0.229, 0.224, 0.225] as [number, number, number]

/** Of the loss of any update, and of each tensor at the end relative to its norm. */
const tolerance = 1e-4

const floatsOf = (tensors: Stored, name: string) => new Float32Array(bytesOf(tensors, name).buffer)

const pictures = (tensors: Stored): Loader =>
  storedPictures(tensors, {
    side,
    labels: new Int32Array(bytesOf(tensors, 'labels').buffer),
    batchSize: batch,
  })

async function begin(tensors: Stored, microBatch: number): Promise<Session> {
  const session = await Session.create({ ...config, std })
  const parameters = session.parameters()
  await session.configureTraining({
    ...trainingConfig([]),
    groups: parameterGroups(parameters, {
      trainable: parameters.map(({ name }) => name).filter((name) => name !== 'pos_embed'),
      layerDecay: 0.75,
      weightDecay: 0.05,
      depth,
      learningRateScale: 1,
    }),
    labelSmoothing: 0.1,
    mixup: 0.8,
    cutmix: 1,
    mixupSwitchProbability: 0.5,
    dropPath: 0.2,
    clipGradient: 1,
    average: 0.98,
    microBatch,
  })
  const planned = (stored: string, name: string) => {
    const { shape, range } = tensors.get(stored)!
    return { name, shape: [...shape], ranges: [range] }
  }
  const before = parameters.map(({ name }) => planned(`before.${name}`, name))
  const averages = before.flatMap(({ name, ...rest }) =>
    name === 'pos_embed' ? [] : [{ name: `ema.average.${name}`, ...rest }],
  )
  await session.load([...before, ...averages, planned('generator', 'generator')])
  return session
}

/** The key third of an attention's bias has no gradient but rounding: softmax does not see it. */
const withoutKeyBias = (name: string, values: Float32Array) =>
  name.endsWith('attn.qkv.bias') ? values.filter((_, i) => Math.floor((3 * i) / values.length) !== 1) : values

function distance(ours: Float32Array, theirs: Float32Array): number {
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return norm(ours.map((value, i) => value - theirs[i]!)) / norm(theirs)
}

test.each([
  ['in one', 0],
  ['in parts', 6],
])('200 updates, each batch %s, give the losses and the weights of PyTorch', async (_, microBatch) => {
  const { tensors } = await readSafetensors(path)
  const session = await begin(tensors, microBatch)
  const loader = pictures(tensors)
  const rates = {
    epochs,
    learningRate: 2e-3,
    minLearningRate: 1e-5,
    warmupEpochs: 5,
    schedule: 'cosine' as const,
    stepEpochs: 1,
    stepGamma: 1,
  }
  const expected = new Float64Array(bytesOf(tensors, 'losses').buffer)
  const worst = { loss: 0, weights: 0, averages: 0 }
  for (let step = 0; step < epochs * stepsPerEpoch; step++) {
    if (step % stepsPerEpoch === 0) {
      loader.start(
        Int32Array.from({ length: images }, (_, i) => i),
        0,
      )
    }
    expect(await session.trainStep(loader, learningRateAt(rates, step, stepsPerEpoch))).toBe(batch)
    const { loss } = await session.readMeans()
    worst.loss = Math.max(worst.loss, Math.abs(loss - expected[step]!))
  }
  for (const { name } of session.parameters()) {
    const compare = async (ours: string, theirs: string) =>
      distance(
        withoutKeyBias(name, await session.read(ours)),
        withoutKeyBias(name, floatsOf(tensors, `${theirs}.${name}`)),
      )
    worst.weights = Math.max(worst.weights, await compare(name, 'after'))
    if (name === 'pos_embed') continue
    worst.averages = Math.max(worst.averages, await compare(`ema.average.${name}`, 'average'))
  }
  loader.dispose()
  await session.dispose()
  expect(worst.loss).toBeLessThan(tolerance)
  expect(worst.weights).toBeLessThan(tolerance)
  expect(worst.averages).toBeLessThan(tolerance)
})
