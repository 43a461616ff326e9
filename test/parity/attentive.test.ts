/** Attention pooling on a frozen encoder in float32 beside PyTorch's (test/parity/attentive.py), on pictures and on kept tokens. */
import { join } from 'node:path'
import { readSafetensors } from '../../lib/checkpoint'
import { Session, type Loader } from '../../lib/native'
import { parameterGroups } from '../../lib/schedule'
import { orderOf, sessionConfig, trainingConfig } from '../binding/handles'
import { temporaryFolder } from '../pictures'
import { bytesOf, storedPictures, type Stored } from './stored'

const path = join(__dirname, '../fixtures/golden/attentive.safetensors')
const [images, side, width, depth] = [6, 32, 128, 1]
const config = { ...sessionConfig, embedDim: width, depth, heads: 4, mlpDim: width / 2 }
const forms = ['vjepa', 'capi'] as const
type Form = (typeof forms)[number]

/** Of a tensor relative to its norm. AdamW makes much of the sign of gradients that are nearly 0. */
const tolerance = { gradient: 2e-5, after: 2e-4 }

let tensors: Stored
beforeAll(async () => {
  tensors = (await readSafetensors(path)).tensors
})

const floatsOf = (name: string) => new Float32Array(bytesOf(tensors, name).buffer)
const isNew = (name: string) => /^(pooler|head)\./.test(name)

async function begin(form: Form): Promise<Session> {
  const session = await Session.create({ ...config, pooling: `${form}_attentive` })
  const parameters = session.parameters()
  const plan = parameters.map(({ name }) => {
    const { shape, range } = tensors.get(`${isNew(name) ? form : 'encoder'}.${name}`)!
    return { name, shape: [...shape], ranges: [range] }
  })
  await session.load(plan)
  await session.configureTraining({
    ...trainingConfig([]),
    labelSmoothing: 0,
    groups: parameterGroups(parameters, {
      trainable: parameters.map(({ name }) => name).filter(isNew),
      layerDecay: 1,
      weightDecay: 0.1,
      depth,
      learningRateScale: 1,
    }),
  })
  return session
}

const pictures = (): Loader =>
  storedPictures(tensors, {
    side,
    labels: new Int32Array(bytesOf(tensors, 'labels').buffer),
    batchSize: images,
  })

/** Every eighth row, as they are stored. The keys' bias, which softmax does not see, has no gradient but rounding. */
function stored(name: string, values: Float32Array, rows: number): Float32Array {
  const size = values.length / rows
  const kept = values.filter((_, i) => Math.floor(i / size) % 8 === 0)
  return name.endsWith('kv.bias') ? kept.subarray(kept.length / 2) : kept
}

function distance(name: string, ours: Float32Array, theirs: Float32Array): number {
  const expected = name.endsWith('kv.bias') ? theirs.subarray(theirs.length / 2) : theirs
  expect(ours).toHaveLength(expected.length)
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return norm(ours.map((value, i) => value - expected[i]!)) / norm(expected)
}

async function expectRows(session: Session, form: Form, kind: 'gradient' | 'after'): Promise<void> {
  for (const { name, shape } of session.parameters().filter((parameter) => isNew(parameter.name))) {
    const values = await session.read(kind === 'gradient' ? `grad.${name}` : name)
    const found = distance(name, stored(name, values, shape[0]!), floatsOf(`${form}.${kind}.${name}`))
    expect({ name, isNear: found < tolerance[kind] }).toEqual({ name, isNear: true })
  }
}

describe.each(forms)("%s's", (form) => {
  it('has the logits of PyTorch, which makes keys and values for every token', async () => {
    const session = await begin(form)
    const loader = pictures()
    loader.start(orderOf(images), 0)
    const { logits } = await session.predict(loader, 'fp32')
    const expected = floatsOf(`${form}.logits`)
    logits.forEach((logit, i) => expect(Math.abs(logit - expected[i]!)).toBeLessThan(1e-4))
    loader.dispose()
    await session.dispose()
  })

  it.each(['pictures', 'tokens'])('has its gradients and three AdamW steps, on %s', async (on) => {
    const session = await begin(form)
    const frozen = await session.read('blocks.0.attn.qkv.weight')
    const loader = pictures()
    if (on === 'tokens') {
      const file = join(temporaryFolder(), 'tokens')
      await session.createTokens(file, depth, false)
      loader.start(orderOf(images), 0)
      await session.appendTokens(loader)
      await session.commitTokens()
      await session.openTokens(file)
    }
    for (let step = 0; step < 3; step++) {
      loader.start(orderOf(images), 0)
      await (on === 'tokens'
        ? session.trainStepOnTokens(orderOf(images), 1e-2)
        : session.trainStep(loader, 1e-2))
      if (step === 0) await expectRows(session, form, 'gradient')
    }
    await expectRows(session, form, 'after')
    expect(await session.read('blocks.0.attn.qkv.weight')).toEqual(frozen)
    loader.dispose()
    await session.dispose()
  })
})

it('embeds what the pooler gives: the head on it is the prediction', async () => {
  const session = await begin('vjepa')
  const loader = pictures()
  loader.start(orderOf(images), 0)
  const { logits } = await session.predict(loader, 'fp32')
  loader.start(orderOf(images), 0)
  const features = session.createFeatures()
  await session.appendFeatures(loader, features, 'fp32')
  expect(await session.predictOnFeatures(features, 0, images)).toEqual(logits)
  expect(await features.read()).toHaveLength(images * width)
  loader.dispose()
  await session.dispose()
})
