/** Pooled outputs of the last four blocks in float32 beside timm's (test/parity/last4.py), and a head on them. */
import { join } from 'node:path'
import { readSafetensors } from '../../lib/checkpoint'
import { Session, type Loader } from '../../lib/native'
import { sessionConfig, trainingConfig } from '../binding/handles'
import { bytesOf, storedPictures, type Stored } from './stored'

const path = join(__dirname, '../fixtures/golden/last4.safetensors')
const [images, side, width] = [4, 32, 48]
const config = { ...sessionConfig, embedDim: width, depth: 6, heads: 4, mlpDim: 4 * width }

async function begin(tensors: Stored, layers: number): Promise<Session> {
  const session = await Session.create({ ...config, layers })
  const encoder = [...tensors].filter(([name]) => !['pixels', 'features'].includes(name))
  await session.load(
    encoder.map(([name, { shape, range }]) => ({ name, shape: [...shape], ranges: [range] })),
  )
  return session
}

const pictures = (tensors: Stored): Loader =>
  storedPictures(tensors, { side, labels: Int32Array.from({ length: images }, (_, i) => i % 3) })

async function featuresOf(session: Session, tensors: Stored, layers: number) {
  const loader = pictures(tensors)
  loader.start(
    Int32Array.from({ length: images }, (_, i) => i),
    0,
  )
  const features = session.createFeatures(layers)
  await session.appendFeatures(loader, features, 'fp32')
  loader.dispose()
  return features
}

it("are timm's, the last block's in the last columns, bit for bit those of a head on it alone", async () => {
  const { tensors } = await readSafetensors(path)
  const expected = new Float32Array(bytesOf(tensors, 'features').buffer)
  const session = await begin(tensors, 1)
  const found = await (await featuresOf(session, tensors, 4)).read()
  expect(found).toHaveLength(images * 4 * width)
  for (let i = 0; i < expected.length; i++) expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(1e-4)
  const last = await (await featuresOf(session, tensors, 1)).read()
  const lastColumns = found.filter((_, i) => i % (4 * width) >= 3 * width)
  expect(lastColumns).toEqual(last)
  await session.dispose()
})

it('a head on the last block learns the same from either', async () => {
  const { tensors } = await readSafetensors(path)
  const learned = []
  for (const layers of [1, 4]) {
    const session = await begin(tensors, 1)
    const features = await featuresOf(session, tensors, layers)
    await session.standardize(features)
    await session.configureTraining(trainingConfig(['head.weight', 'head.bias']))
    for (let i = 0; i < 3; i++) await session.trainStepOnFeatures(features, Int32Array.of(3, 0, 2), 1e-2)
    learned.push(
      await session.read('classifier.weight'),
      await session.predictOnFeatures(features, 0, images),
    )
    await session.dispose()
  }
  expect(learned.slice(2)).toEqual(learned.slice(0, 2))
})

it('a head on all four predicts pictures as it predicts their features', async () => {
  const { tensors } = await readSafetensors(path)
  const session = await begin(tensors, 4)
  expect(session.parameters().find(({ name }) => name === 'head.weight')?.shape).toEqual([3, 4 * width])
  const features = await featuresOf(session, tensors, 4)
  await session.standardize(features)
  await session.configureTraining(trainingConfig(['head.weight', 'head.bias']))
  await session.trainStepOnFeatures(features, Int32Array.of(0, 1, 2, 3), 1e-2)
  const loader = pictures(tensors)
  loader.start(Int32Array.of(0, 1, 2, 3), 0)
  const { logits } = await session.predict(loader, 'fp32')
  const onFeatures = await session.predictOnFeatures(features, 0, images)
  logits.forEach((logit, i) => expect(logit).toBeCloseTo(onFeatures[i]!, 4))
  await session.dispose()
})

it('what cannot be is refused', async () => {
  const { tensors } = await readSafetensors(path)
  const argument = expect.objectContaining({ code: 'ERR_ARGUMENT' }) as Error
  const session = await begin(tensors, 4)
  expect(() => session.createFeatures(0)).toThrow(argument)
  expect(() => session.createFeatures(1.5)).toThrow(argument)
  await expect(featuresOf(session, tensors, 7)).rejects.toThrow('at most 6 layers')
  const last = await featuresOf(session, tensors, 1)
  await expect(session.predictOnFeatures(last, 0, images)).rejects.toThrow('features of 4 layers')
  await expect(session.standardize(last)).rejects.toThrow('features of 4 layers')
  await session.dispose()
  await expect(Session.create({ ...config, layers: 7 })).rejects.toThrow('layers from 1 to depth (6)')
  await expect(Session.create({ ...config, layers: 0 })).rejects.toThrow(argument)
})
