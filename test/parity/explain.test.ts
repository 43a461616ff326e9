/** Importance by patch in float32 beside PyTorch's autograd and timm's attention (test/parity/explain.py). */
import { join } from 'node:path'
import { readSafetensors } from '../../lib/checkpoint'
import { Session } from '../../lib/native'
import { sessionConfig } from '../binding/handles'
import { bytesOf, storedPictures, type Stored } from './stored'

const folder = join(__dirname, '../fixtures/golden')
const [images, side, width, classes, patches] = [4, 32, 48, 3, 16]
const poolings = ['norm_then_mean', 'mean_then_norm'] as const
const heads = poolings.flatMap((pooling) => [1, 4].map((layers) => ({ pooling, layers })))

let encoder: Stored
let golden: Stored
const values = (name: string) => new Float32Array(bytesOf(golden, name).buffer)
const distance = (found: Float32Array, expected: Float32Array) =>
  found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0)

beforeAll(async () => {
  encoder = (await readSafetensors(join(folder, 'last4.safetensors'))).tensors
  golden = (await readSafetensors(join(folder, 'explain.safetensors'))).tensors
})

/** With the stored head, which may see features standardised by their own mean and deviation. */
async function begin({ pooling, layers }: (typeof heads)[number], standardizes = false): Promise<Session> {
  const size = { embedDim: width, depth: 6, heads: 4, mlpDim: 4 * width }
  const session = await Session.create({ ...sessionConfig, ...size, pooling, layers })
  const plan = [...encoder].filter(([name]) => !['pixels', 'features'].includes(name))
  const head = ['weight', 'bias'].map(
    (name) => [`head.${name}`, golden.get(`${pooling}.${layers}.${name}`)!] as const,
  )
  await session.load(
    [...plan, ...head].map(([name, { shape, range }]) => ({ name, shape: [...shape], ranges: [range] })),
  )
  if (standardizes) {
    const features = session.createFeatures(layers)
    const loader = storedPictures(encoder, { side, labels: new Int32Array(images) })
    loader.start(Int32Array.of(0, 1, 2, 3), 0)
    await session.appendFeatures(loader, features, 'fp32')
    loader.dispose()
    await session.standardize(features)
  }
  return session
}

async function explain(session: Session, labels: Int32Array, method: 'gradient' | 'attention') {
  const loader = storedPictures(encoder, { side, labels })
  loader.start(Int32Array.of(0, 1, 2, 3), 0)
  const found = await session.explain(loader, method)
  expect([...found.samples]).toEqual([0, 1, 2, 3])
  expect((await session.explain(loader, method)).samples).toHaveLength(0)
  loader.dispose()
  return found
}

const of = (name: string, label: number) =>
  Float32Array.from({ length: images * patches }, (_, i) => {
    const [image, patch] = [Math.floor(i / patches), i % patches]
    return values(name)[(image * classes + label) * patches + patch]!
  })

it.each(heads)("gradient × activation is PyTorch's: $pooling, $layers layers", async (head) => {
  const session = await begin(head)
  const name = `${head.pooling}.${head.layers}`
  for (let label = 0; label < classes; label++) {
    const { weights, logits } = await explain(session, new Int32Array(images).fill(label), 'gradient')
    expect(distance(logits, values(`${name}.logits`))).toBeLessThan(1e-4)
    expect(distance(weights, of(`${name}.gradient`, label))).toBeLessThan(1e-4)
  }
  await session.dispose()
})

it.each([1, 4])("attention rollout is timm's matrices multiplied: %d layers", async (layers) => {
  const session = await begin({ pooling: 'norm_then_mean', layers })
  const { weights } = await explain(session, new Int32Array(images).fill(-1), 'attention')
  expect(distance(weights, values(`attention.${layers}`))).toBeLessThan(1e-6)
  for (let image = 0; image < images; image++) {
    const own = weights.subarray(image * patches, (image + 1) * patches)
    expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
  }
  await session.dispose()
})

it.each(['vjepa', 'capi'] as const)(
  'attention pooling of %s: gradients through it, and its own shares',
  async (form) => {
    const { tensors } = await readSafetensors(join(folder, 'attentive.safetensors'))
    const [count, wide] = [6, 128]
    const session = await Session.create({
      ...sessionConfig,
      embedDim: wide,
      depth: 1,
      heads: 4,
      mlpDim: wide / 2,
      pooling: `${form}_attentive`,
    })
    await session.load(
      session.parameters().map(({ name }) => {
        const { shape, range } = tensors.get(`${/^(pooler|head)\./.test(name) ? form : 'encoder'}.${name}`)!
        return { name, shape: [...shape], ranges: [range] }
      }),
    )
    for (const label of [0, 1, 2]) {
      const loader = storedPictures(tensors, {
        side,
        labels: new Int32Array(count).fill(label),
        batchSize: count,
      })
      loader.start(Int32Array.of(0, 1, 2, 3, 4, 5), 0)
      const { weights, logits } = await session.explain(loader, 'gradient')
      expect(distance(logits, values(`${form}.logits`))).toBeLessThan(1e-4)
      const expected = values(`${form}.gradient`).filter(
        (_, i) => Math.floor(i / patches) % classes === label,
      )
      expect(distance(weights, expected)).toBeLessThan(2e-4)
      loader.start(Int32Array.of(0, 1, 2, 3, 4, 5), 1)
      const attention = await session.explain(loader, 'attention')
      expect(distance(attention.weights, values(`${form}.attention`))).toBeLessThan(1e-5)
      loader.dispose()
    }
    await session.dispose()
  },
)

it('without a label the class with the largest logit is explained', async () => {
  const session = await begin(heads[0]!)
  const { weights, logits } = await explain(session, new Int32Array(images).fill(-1), 'gradient')
  const best = Int32Array.from({ length: images }, (_, i) => {
    const own = [...logits.subarray(i * classes, (i + 1) * classes)]
    return own.indexOf(Math.max(...own))
  })
  expect(weights).toEqual((await explain(session, best, 'gradient')).weights)
  await session.dispose()
})

it('tokens that are normalised first share out the logit without the bias, standardised or not', async () => {
  for (const standardizes of [false, true]) {
    const session = await begin({ pooling: 'norm_then_mean', layers: 4 }, standardizes)
    const bias = await session.read('classifier.bias')
    const { weights, logits } = await explain(session, new Int32Array(images).fill(2), 'gradient')
    for (let image = 0; image < images; image++) {
      const sum = weights.subarray(image * patches, (image + 1) * patches).reduce((a, b) => a + b)
      expect(sum).toBeCloseTo(logits[image * classes + 2]! - bias[2]!, 3)
    }
    await session.dispose()
  }
})

it('labels that are no classes are refused, and the session lives on', async () => {
  const session = await begin(heads[0]!)
  for (const label of [3, -2]) {
    await expect(explain(session, Int32Array.of(0, label, 0, 0), 'gradient')).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    })
  }
  await expect(explain(session, new Int32Array(images), 'saliency' as 'gradient')).rejects.toMatchObject({
    code: 'ERR_ARGUMENT',
  })
  await explain(session, new Int32Array(images), 'attention')
  await session.dispose()
})
