/** Heads on features, through the addon: training, scores, state, lifetimes, bad input. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HeadsConfig } from '../../binding.gyp'
import { type Features, type Heads, Loader, Session } from '../../lib/native'
import { loaderOptions, orderOf, pixelFeatures, pixelTable, sessionConfig, trainingConfig } from './handles'

const rows = 12
const config: HeadsConfig = {
  classes: 3,
  groups: [
    { columns: 32, batchNorm: 'none', weightDecays: Float64Array.of(0, 0.1) },
    { columns: 16, batchNorm: 'affine', weightDecays: Float64Array.of(0) },
  ],
  optimizer: 'adamw',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0,
  nesterov: false,
  decayBiases: false,
  init: 0.01,
  seed: 1,
}
const rates = Float64Array.of(0.05, 0.01, 0.05)

let session: Session
let features: Features
let heads: Heads
beforeAll(async () => {
  session = await Session.create(sessionConfig)
  features = await pixelFeatures(session, rows)
})
afterAll(() => session.dispose())
beforeEach(async () => (heads = await session.createHeads(config)))
afterEach(() => {
  heads.dispose()
})

it('learns, each head by its own rate', async () => {
  for (let i = 0; i < 60; i++) await heads.step(features, orderOf(rows), rates)
  const { loss: losses } = await heads.readMeans()
  expect([...losses].every((loss) => loss < Math.log(3))).toBe(true)
  const { loss, top1, top5 } = await heads.scores(features, orderOf(rows))
  expect(loss).toHaveLength(3)
  expect(loss[0]).toBeLessThan(loss[1]!)
  expect(top1[0]).toBe(1)
  expect([...top5]).toEqual([1, 1, 1])
})

it('learns the same from features that are computed in the same pass', async () => {
  const other = await session.createHeads(config)
  const loader = new Loader(pixelTable(rows), loaderOptions)
  loader.start(orderOf(rows), 0)
  for (let begin = 0; begin < rows; begin += 4) {
    const batch = session.createFeatures()
    await session.appendFeatures(loader, batch, 'fp32')
    await other.step(batch, orderOf(4), rates)
    batch.dispose()
    await heads.step(features, orderOf(rows).subarray(begin, begin + 4), rates)
  }
  for (const head of [0, 1, 2]) {
    const name = `classifier.${head}.weight`
    expect(await other.read(name)).toEqual(await heads.read(name))
  }
  loader.dispose()
  other.dispose()
})

it('predicts what its folded classifier does to the features', async () => {
  await heads.step(features, orderOf(rows), rates)
  const [values, weight, bias, logits] = await Promise.all([
    features.read(),
    heads.read('classifier.2.weight'),
    heads.read('classifier.2.bias'),
    heads.predict(features, 3, 5, 2),
  ])
  const expected = [3, 4].flatMap((row) =>
    [0, 1, 2].map((c) =>
      Array.from({ length: 16 }).reduce<number>(
        (sum, _, i) => sum + weight[16 * c + i]! * values[32 * row + 16 + i]!,
        bias[c]!,
      ),
    ),
  )
  expect(Array.from(logits)).toEqual(expected.map((value) => expect.closeTo(value, 4)))
})

it('goes on from a file as it would have gone on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-heads-'))
  const path = join(folder, 'state.bin')
  await heads.step(features, orderOf(rows), rates)
  const tensors = (await heads.tensors()).filter(({ name }) => !name.startsWith('classifier.'))
  await heads.write(
    path,
    new Uint8Array(),
    tensors.map(({ name }) => ({ name, begin: 0, end: 0 })),
  )
  const bytes = { F32: 4, F64: 8, I64: 8 } as const
  let offset = 0
  const plan = tensors.map(({ name, shape, dtype }) => {
    const length = shape.reduce((a, b) => a * b, bytes[dtype as keyof typeof bytes])
    const range = { file: path, offset, length, dtype }
    offset += length
    return { name, shape, ranges: [range] }
  })
  expect(readFileSync(path)).toHaveLength(offset)
  const other = await session.createHeads({ ...config, seed: 2 })
  await other.load(plan)
  for (const each of [heads, other]) await each.step(features, orderOf(rows), rates)
  for (const { name } of tensors) expect(await other.read(name)).toEqual(await heads.read(name))
  other.dispose()
  rmSync(folder, { recursive: true })
})

it('becomes logistic regressions, which say whether they converged', async () => {
  const own = await session.createHeads({
    ...config,
    groups: [{ columns: 32, batchNorm: 'none', weightDecays: Float64Array.of(0, 0) }],
  })
  const inverseStrengths = Float64Array.of(0.01, 100)
  const fit = await own.fitLogistic(features, orderOf(rows), {
    inverseStrengths,
    intercept: true,
    tolerance: 1e-8,
    maxIterations: 500,
  })
  expect([...fit.gradient].every((gradient) => gradient <= 1e-8)).toBe(true)
  expect(fit.iterations).toHaveLength(2)
  const { loss, top1 } = await own.scores(features, orderOf(rows))
  expect(loss[1]).toBeLessThan(loss[0]!)
  expect(fit.objective[0]).toBeGreaterThan(loss[0]!)
  expect(top1[1]).toBe(1)
  own.dispose()
})

it('votes by the nearest rows, of which a row itself is the first', async () => {
  const chosen = { features, rows: orderOf(rows) }
  const votes = await session.neighborVotes(chosen, chosen, {
    classes: 3,
    columns: 32,
    neighbors: Int32Array.of(1, 5),
    temperature: 0.07,
  })
  expect(votes).toHaveLength(2 * rows * 3)
  for (let row = 0; row < rows; row++) {
    const own = votes.subarray(3 * row, 3 * row + 3)
    expect(own[row % 3]).toBe(Math.max(...own))
    expect(own[row % 3]).toBeGreaterThan(0)
  }
  const all = votes.subarray(3 * rows)
  expect(all.reduce((sum, vote) => sum + vote, 0)).toBeCloseTo(rows, 4)
})

it('finds the nearest rows, of which a row itself is the first', async () => {
  const chosen = { features, rows: orderOf(rows) }
  const found = await session.nearestRows(chosen, chosen, { columns: 32, count: rows + 1 })
  expect(found.rows).toHaveLength(rows * (rows + 1))
  for (let row = 0; row < rows; row++) {
    const own = found.rows.subarray(row * (rows + 1), (row + 1) * (rows + 1))
    expect(own[0]).toBe(row)
    expect([...own].sort((a, b) => a - b)).toEqual([-1, ...orderOf(rows)])
    expect(found.similarities[row * (rows + 1)]).toBeCloseTo(1, 5)
  }
  await expect(session.nearestRows(chosen, chosen, { columns: 33, count: 1 })).rejects.toMatchObject({
    code: 'ERR_ARGUMENT',
  })
})

it('a head that normalises sees rows without their mean at length 1, and predicts by them', async () => {
  const own = await Session.create({ ...sessionConfig, normalizeRows: true })
  const loader = new Loader(pixelTable(rows), loaderOptions)
  const [raw, seen] = [own.createFeatures(), own.createFeatures()]
  loader.start(orderOf(rows), 0)
  while ((await own.appendFeatures(loader, raw, 'fp32')).length > 0);
  loader.dispose()
  await own.appendPrepared(raw, seen)
  expect(seen.rows).toBe(rows)
  const row = (await seen.read()).subarray(0, 32)
  expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4)
  expect(row.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5)
  const one = [{ columns: 32, batchNorm: 'none' as const, weightDecays: Float64Array.of(0) }]
  const fitted = await own.createHeads({ ...config, groups: one })
  const strong = { inverseStrengths: Float64Array.of(400), tolerance: 1e-4, maxIterations: 300 }
  await fitted.fitLogistic(seen, orderOf(rows), { ...strong, intercept: false })
  await own.adoptHead(fitted, 0)
  const direct = await fitted.predict(seen, 0, rows, 0)
  const adopted = await own.predictOnFeatures(raw, 0, rows)
  adopted.forEach((logit, i) => expect(logit).toBeCloseTo(direct[i]!, 4))
  expect(await own.read('classifier.bias')).toEqual(new Float32Array(3))
  fitted.dispose()
  await own.dispose()
})

it.each<[string, () => Promise<unknown>]>([
  [
    'a fit through batch norm',
    () =>
      heads.fitLogistic(features, orderOf(rows), {
        inverseStrengths: Float64Array.of(1, 1, 1),
        intercept: true,
        tolerance: 1e-4,
        maxIterations: 10,
      }),
  ],
  [
    'no neighbours',
    () => {
      const chosen = { features, rows: orderOf(rows) }
      const config = { classes: 3, columns: 32, neighbors: new Int32Array(), temperature: 0.07 }
      return session.neighborVotes(chosen, chosen, config)
    },
  ],
  ['features that are appended to themselves', () => session.appendPrepared(features, features)],
  ['rates of another number', () => heads.step(features, orderOf(rows), Float64Array.of(1))],
  ['rows that are not there', () => heads.step(features, Int32Array.of(0, rows), rates)],
  ['one row for batch norm', () => heads.step(features, Int32Array.of(0), rates)],
  ['empty features', () => heads.scores(session.createFeatures(), orderOf(1))],
  ['a head that is not there', () => heads.predict(features, 0, 1, 3)],
  ['no groups', () => session.createHeads({ ...config, groups: [] })],
  ['an unknown optimizer', () => session.createHeads({ ...config, optimizer: 'adam' as 'adamw' })],
  [
    'decays that are no numbers',
    () => session.createHeads({ ...config, groups: [{ ...config.groups[0]!, weightDecays: [0] as never }] }),
  ],
])('refuses %s', async (_, call) => {
  await expect(call()).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
})

it('is cancelled with its session, and an update that did not end changes nothing', async () => {
  const steps = Array.from({ length: 2000 }, () => heads.step(features, orderOf(rows), rates))
  session.cancel()
  const results = await Promise.allSettled(steps)
  const done = results.filter(({ status }) => status === 'fulfilled').length
  expect(done).toBeLessThan(2000)
  for (const result of results.slice(done)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CANCELLED' } })
  }
  const others = await session.createHeads(config)
  for (let step = 0; step < done; step++) await others.step(features, orderOf(rows), rates)
  expect(await heads.read('heads.0.weight')).toEqual(await others.read('heads.0.weight'))
  others.dispose()
})

it('is refused after dispose()', async () => {
  const own = await session.createHeads(config)
  own.dispose()
  await expect(own.step(features, orderOf(rows), rates)).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
})

it('is refused after its session was disposed of', async () => {
  const short = await Session.create(sessionConfig)
  const own = await short.createHeads(config)
  await short.dispose()
  await expect(own.readMeans()).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
})

it('measures rows and updates since the last reading', async () => {
  const none = Float64Array.of(0, 0, 0)
  await heads.step(features, orderOf(rows), none)
  await heads.step(features, orderOf(rows), none)
  const { loss, top1, gradientNorm, samples, updates } = await heads.readMeans()
  expect([samples, updates]).toEqual([2 * rows, 2])
  const plain = await heads.scores(features, orderOf(rows))
  expect(loss[0]).toBeCloseTo(plain.loss[0]!, 6) // without batch norm training and evaluation are one
  expect(top1[0]).toBeCloseTo(plain.top1[0]!, 6)
  for (const norm of gradientNorm) expect(norm).toBeGreaterThan(0)
  expect((await heads.readMeans()).loss[0]).toBeNaN()
})

describe('the head of a session', () => {
  let own: Session
  beforeEach(async () => (own = await Session.create({ ...sessionConfig, layers: 2 })))
  afterEach(() => own.dispose())

  const featuresOf = async (session: Session, layers: number) => {
    const loader = new Loader(pixelTable(rows), loaderOptions)
    const all = session.createFeatures(layers)
    loader.start(orderOf(rows), 0)
    while ((await session.appendFeatures(loader, all, 'fp32')).length > 0);
    loader.dispose()
    return all
  }
  const groups = [
    { columns: 64, batchNorm: 'plain' as const, weightDecays: Float64Array.of(0) },
    { columns: 32, batchNorm: 'affine' as const, weightDecays: Float64Array.of(0) },
  ]

  it('becomes one of the heads, batch norm folded in, on as many blocks', async () => {
    const all = await featuresOf(own, 2)
    const trained = await own.createHeads({ ...config, groups })
    for (let i = 0; i < 5; i++) await trained.step(all, orderOf(rows), Float64Array.of(0.05, 0.05))
    for (const [head, columns] of [64, 32].entries()) {
      await own.adoptHead(trained, head)
      expect(own.parameters().find(({ name }) => name === 'head.weight')?.shape).toEqual([3, columns])
      const adopted = await own.predictOnFeatures(all, 0, rows)
      const direct = await trained.predict(all, 0, rows, head)
      adopted.forEach((logit, i) => expect(logit).toBeCloseTo(direct[i]!, 5))
    }
    trained.dispose()
  })

  it('keeps of its standardisation the columns that it sees', async () => {
    const all = await featuresOf(own, 2)
    await own.standardize(all)
    const seen = own.createFeatures(2)
    await own.appendPrepared(all, seen)
    const narrow = [{ columns: 32, batchNorm: 'none' as const, weightDecays: Float64Array.of(0) }]
    const trained = await own.createHeads({ ...config, groups: narrow })
    for (let i = 0; i < 5; i++) await trained.step(seen, orderOf(rows), Float64Array.of(0.05))
    await own.adoptHead(trained, 0)
    const adopted = await own.predictOnFeatures(all, 0, rows)
    const direct = await trained.predict(seen, 0, rows, 0)
    adopted.forEach((logit, i) => expect(logit).toBeCloseTo(direct[i]!, 5))
    expect(await own.read('standardize.mean')).toHaveLength(32)
    trained.dispose()
  })

  it('is no head of another session, of other classes, or of a session that trains', async () => {
    const argument = { code: 'ERR_ARGUMENT' }
    await expect(own.adoptHead(heads, 0)).rejects.toMatchObject(argument)
    const other = await own.createHeads({ ...config, classes: 4, groups })
    await expect(own.adoptHead(other, 0)).rejects.toMatchObject(argument)
    const fitting = await own.createHeads({ ...config, groups })
    await expect(own.adoptHead(fitting, 2)).rejects.toMatchObject(argument)
    await own.configureTraining(trainingConfig(['head.weight', 'head.bias']))
    await expect(own.adoptHead(fitting, 0)).rejects.toMatchObject(argument)
    for (const made of [other, fitting]) made.dispose()
  })

  const voting = { classes: 3, columns: 32, neighbors: Int32Array.of(4), temperature: 0.07 }

  it('gives way to neighbours that vote, which are stored and loaded', async () => {
    const all = await featuresOf(own, 2)
    const known = { features: all, rows: orderOf(rows) }
    await own.keepNeighbors(known, voting)
    const logits = await own.predictOnFeatures(all, 0, rows)
    const votes = await own.neighborVotes(known, known, voting)
    logits.forEach((logit, i) => expect(Math.exp(logit)).toBeCloseTo(votes[i]!, 4))
    const names = ['neighbors.features', 'neighbors.labels', 'neighbors.settings']
    const infos = (await own.tensors()).filter(({ name }) => names.includes(name))
    expect(infos.map(({ shape, dtype }) => `${dtype} ${shape.join()}`)).toEqual([
      `F32 ${rows},32`,
      `I64 ${rows}`,
      'F64 2',
    ])
    const folder = mkdtempSync(join(tmpdir(), 'ijepa-neighbors-'))
    const file = join(folder, 'neighbors.bin')
    await own.write(
      file,
      new Uint8Array(),
      infos.map(({ name }) => ({ name, begin: 0, end: 0 })),
    )
    let offset = 0
    const plan = infos.map(({ name, shape, dtype }) => {
      const length = shape.reduce((a, b) => a * b, dtype === 'F32' ? 4 : 8)
      const range = { file, offset, length, dtype }
      offset += length
      return { name, shape, ranges: [range] }
    })
    const fresh = await Session.create(sessionConfig)
    await fresh.load(plan)
    const last = await featuresOf(fresh, 1)
    expect(await fresh.predictOnFeatures(last, 0, rows)).toEqual(logits)
    const wrong = { ...plan[0]!, shape: [1 << 20, 32] }
    await expect(fresh.load([wrong, ...plan.slice(1)])).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
    })
    const narrow = await Session.create({ ...sessionConfig, classes: 2 })
    await expect(narrow.load(plan)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' }) // a label of three
    await Promise.all([fresh.dispose(), narrow.dispose()])
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['two numbers of neighbours', { ...voting, neighbors: Int32Array.of(4, 5) }],
    ['no neighbour', { ...voting, neighbors: Int32Array.of(0) }],
    ['no temperature', { ...voting, temperature: 0 }],
    ['other classes', { ...voting, classes: 4 }],
    ['half a block', { ...voting, columns: 16 }],
  ])('has no neighbours of %s', async (_, wrong) => {
    const all = await featuresOf(own, 2)
    await expect(own.keepNeighbors({ features: all, rows: orderOf(rows) }, wrong)).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    })
  })
})
