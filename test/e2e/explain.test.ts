/** Explanations of a trained classifier's answers: which patches, which training pictures, on a page and in the report. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer, type Classifier, type Prediction, type Run, type Trainer as TrainerType } from '../../lib'
import { colourFolder, noisyPixels, png, temporaryFolder, tinyEncoder } from '../pictures'
import { probing, quiet } from './runs'

const root = join(__dirname, '../..')
const train = colourFolder(12, 32)
const validation = colourFolder(6, 32, 500)
const red = join(validation, 'red', '3.png')
let trainer: TrainerType
let run: Run
let tuned: Run
let classifier: Classifier

/** Blue, with a red patch in its upper left corner. */
function redCorner(): Buffer {
  const pixels = noisyPixels([60, 80, 190], 32, 3)
  const corner = noisyPixels([190, 70, 60], 32, 4)
  for (let y = 0; y < 8; y++) pixels.set(corner.subarray(0, 24), 96 * y)
  return png(pixels, 32, 32)
}

beforeAll(async () => {
  trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { train, validation },
    directory: temporaryFolder(),
    threads: 2,
  })
  run = await trainer.linearProbe({ ...probing, epochs: 10, headInit: 'zero' })
  tuned = await trainer.finetune({ ...quiet, epochs: 1, batchSize: 8, learningRate: 1e-4, warmupEpochs: 0 })
  classifier = await run.classifier()
})
afterAll(async () => {
  await classifier.dispose()
  await trainer.dispose()
})

describe('explain', () => {
  it('gives a weight a patch: what speaks for red speaks against blue, most of all a red picture', async () => {
    const forRed = await classifier.explain(redCorner(), { label: 'red' })
    expect([forRed.height, forRed.width, forRed.weights.length]).toEqual([4, 4, 16])
    const forBlue = await classifier.explain(redCorner(), { label: 'blue' })
    forRed.weights.forEach((weight, i) => {
      expect(forBlue.weights[i]).toBeCloseTo(-weight, 4) // a head of two classes that began at 0
    })
    const sum = (weights: Float32Array) => weights.reduce((a, b) => a + b)
    const [ofRed, ofBlue] = await Promise.all(
      [red, join(validation, 'blue', '3.png')].map((image) => classifier.explain(image, { label: 'red' })),
    )
    expect(sum(ofRed!.weights)).toBeGreaterThan(sum(ofBlue!.weights))
  })

  it('explains the predicted class unless one is named, and attention whatever the class', async () => {
    const [best] = await classifier.predict(red, { topK: 1 })
    const own = await classifier.explain(red)
    expect(own).toEqual(await classifier.explain(red, { label: best!.label, method: 'gradient' }))
    const attention = await classifier.explain(red, { method: 'attention' })
    expect(attention.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    expect(attention).toEqual(
      await classifier.explain(readFileSync(red), { method: 'attention', label: 'blue' }),
    )
  })

  it('queues beside predictions, which stay the same', async () => {
    const alone = await classifier.predict(red)
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, i) => (i % 3 === 1 ? classifier.explain(red) : classifier.predict(red))),
    )
    all.forEach((result, i) => {
      if (i % 3 === 1) return
      const [best] = result as Prediction[] // to rounding: batches of another size
      expect(best!.label).toBe(alone[0]!.label)
      expect(best!.probability).toBeCloseTo(alone[0]!.probability, 5)
    })
  })

  it('refuses what it cannot explain, in words', async () => {
    await expect(classifier.explain(red, { label: 'rad' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      message: "This classifier has no class 'rad', did you mean 'red'?",
    })
    await expect(classifier.explain(red, { method: 'lime' as 'gradient' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    })
    await expect(classifier.explain(join(train, 'none.png'))).rejects.toMatchObject({ code: 'ERR_FILE' })
    await expect(classifier.explain(Buffer.from('no picture'))).rejects.toMatchObject({
      code: 'ERR_IMAGE_REFUSED',
    })
    expect(await classifier.predict(red)).toHaveLength(2)
  })

  it('rejects with the reason of an abort, before and while it waits, and after dispose', async () => {
    const reason = new Error('enough')
    await expect(classifier.explain(red, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const stopping = new AbortController()
    const before = classifier.predict(red)
    const waiting = classifier.explain(red, { signal: stopping.signal })
    stopping.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(await before).toHaveLength(2)
    const other = await run.classifier()
    await other.dispose()
    await expect(other.explain(red)).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })
})

describe('predict --explain', () => {
  const explain = (...words: string[]) =>
    spawnSync(process.execPath, [join(root, 'scripts/predict.mjs'), ...words], {
      encoding: 'utf8',
      cwd: root,
    })

  it('writes one page with both maps, the predictions and the nearest training images', () => {
    const folder = temporaryFolder()
    const out = join(folder, 'out.html')
    const { status, stdout, stderr } = explain(run.directory, red, '--explain', out)
    expect([status, stderr, stdout]).toEqual([0, '', `${out}\n`])
    expect(readdirSync(folder)).toEqual(['out.html'])
    const page = readFileSync(out, 'utf8')
    expect(page).toContain('<h1>Why red? 3.png</h1>')
    expect(page).toMatch(/alt="Importance for red: half of it in \d+ % of the patches, around the [a-z ]+"/)
    expect(page).toMatch(/alt="Importance by attention: /)
    expect(page).toContain('among the 24 training images')
    expect(page.match(/alt="Training image of red"/g)!.length).toBeGreaterThan(4)
    expect(page).not.toMatch(/<script|src="http|href="http/)
  })

  it('says why there are no training images where they are gone', () => {
    const out = join(temporaryFolder(), 'out.html')
    renameSync(train, `${train}-moved`)
    const { status } = explain(tuned.directory, red, '--explain', out)
    renameSync(`${train}-moved`, train)
    expect(status).toBe(0)
    expect(readFileSync(out, 'utf8')).toMatch(/Not shown: .*(No such|cannot|Cannot|not)/)
  })

  it('refuses pictures that are none, and leaves no page', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'empty'))
    writeFileSync(join(folder, 'bad.png'), 'none')
    const out = join(folder, 'out.html')
    expect(explain(run.directory, join(folder, 'bad.png'), '--explain', out).stderr).toMatch(
      /^ERR_IMAGE_\w+: /,
    )
    expect(explain(run.directory, join(folder, 'empty'), '--explain', out).stderr).toMatch(/^ERR_CONFIG: /)
    expect(existsSync(out)).toBe(false)
  })
})
