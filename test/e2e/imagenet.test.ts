/** ImageNet's example by name, on a small tree laid out as ILSVRC 2012: class folders, a flat validation folder, the devkit's labels or Kaggle's. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer, type EvaluateOptions, type Source } from '../../lib'
import type { ReportDocument } from '../../lib/report/report-data'
import { noisyPixels, png, temporaryFolder, tinyEncoder } from '../pictures'

/** Name of a class, its id in the devkit (in another order than the names), its colour. */
const classes = [
  { wnid: 'n01440764', id: 449, colour: [190, 70, 60] },
  { wnid: 'n02119789', id: 1, colour: [60, 80, 190] },
  { wnid: 'n03445777', id: 298, colour: [70, 180, 70] },
] as const
const root = temporaryFolder('ijepa-imagenet')
/** Class of each validation picture, by its number in the name. */
const truth = [2, 0, 1, 1, 2, 0, 0, 2, 1]

const validationName = (row: number) => `ILSVRC2012_val_${String(row + 1).padStart(8, '0')}`

function write(path: string, content: string | Uint8Array): string {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), content)
  return join(root, path)
}

const picture = (index: number, seed: number) => png(noisyPixels(classes[index]!.colour, 32, seed), 32, 32)

classes.forEach(({ wnid }, index) => {
  for (let i = 0; i < 8; i++) write(`train/${wnid}/${wnid}_${i}.JPEG`, picture(index, 100 * index + i))
})
truth.forEach((index, row) => write(`val/${validationName(row)}.JPEG`, picture(index, 1_000 + row)))
const groundTruth = write(
  'devkit/data/ILSVRC2012_validation_ground_truth.txt',
  truth.map((index) => `${classes[index]!.id}\n`).join(''),
)
const table = ({ wnid, id }: (typeof classes)[number]) => `${id} ${wnid}\n`
const synsets = write('devkit/data/synsets.txt', classes.map(table).join(''))
const solution = write(
  'LOC_val_solution.csv',
  [
    'ImageId,PredictionString',
    ...truth.map((c, row) => `${validationName(row)},${classes[c]!.wnid} 1 2 3 4 `),
  ].join('\n'),
)

const images = join(root, 'val')
const trainerWith = (validation: Source) =>
  Trainer.create({
    encoder: tinyEncoder,
    data: { train: join(root, 'train'), validation },
    directory: temporaryFolder(),
    threads: 2,
  })

test.each([
  ["the devkit's labels and table of ids", { images, labels: groundTruth, synsets }],
  ["Kaggle's labels", { images, labels: solution }],
])('a probe and the published fine-tune are judged by %s', async (_, validation) => {
  const trainer = await trainerWith(validation)
  expect(trainer.classes).toEqual(classes.map(({ wnid }) => wnid))
  expect(trainer.data.splits.validation).toMatchObject({ images: 9, perClass: [3, 3, 3] })
  const probe = await trainer.linearProbe({ epochs: 40, batchSize: 8, learningRate: 1e-2, progress: 'none' })
  expect(probe.best.metrics.top1).toBe(1)
  const tuned = await trainer.finetune({
    preset: 'ijepa-imagenet',
    ...{ epochs: 2, batchSize: 4, gradientAccumulation: 2, precision: 'fp32', progress: 'none' },
  })
  await trainer.dispose()
  expect(tuned.config.recipe).toMatchObject({
    preset: 'ijepa-imagenet',
    mixup: 0.8,
    cutmix: 1,
    dropPath: 0.25,
  })
  expect(tuned.history.map(({ validation: judged }) => judged?.top1)).toEqual([
    expect.any(Number),
    expect.any(Number),
  ])
})

/** V2's and ReaL's: pictures in folders that are called by numbers; lists of classes in the order of the WordNet ids. */
test('reassessed labels and numbered folders judge what was trained by names', async () => {
  for (const index of [0, 1, 2])
    write(`v2/${index}/v2_0000000${index + 1}.jpeg`, picture(index, 2_000 + index))
  write('v2/2/v2_00000004.jpeg', picture(0, 2_010))
  const v2 = join(root, 'v2')
  // The first picture is two things; of the second nothing is right; the third is said to be another.
  const realLabels = write('real.json', JSON.stringify([[0, 2], [], [2], ...truth.slice(3).map((c) => [c])]))
  const trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { train: join(root, 'train'), validation: { images, labels: solution }, test: v2 },
    ...{ directory: temporaryFolder(), threads: 2 },
  })
  expect(trainer.data.splits.test).toMatchObject({ images: 4, perClass: [1, 1, 2] })
  expect(trainer.data.warnings).toContainEqual(expect.objectContaining({ code: 'numbered-classes' }))
  const probe = await trainer.linearProbe({ epochs: 40, batchSize: 8, learningRate: 1e-2, progress: 'none' })
  const quiet = { progress: 'none', thumbnails: false } as const
  const judge = async (options: EvaluateOptions) =>
    ((await trainer.evaluate(probe, { ...quiet, ...options })).data as ReportDocument).runs[0]!
  const real = (await judge({ split: 'validation', realLabels })).realLabels
  expect(real).toMatchObject({ file: realLabels, images: 8, leftOut: 1, onlyReal: 0, onlyLabel: 1 })
  expect([real!.top1.value, real!.reference.value]).toEqual([7 / 8, 1])
  expect((await judge({ split: v2 })).scores.top1!.value).toBe(0.75)
  expect((await judge({ split: 'test' })).scores.top1!.value).toBe(0.75)
  const [four, three] = [3, 2].map((last) =>
    write(`real-${last}.json`, JSON.stringify([[0], [1], [2], [0]].slice(0, last + 1))),
  )
  const forgiving = (await judge({ realLabels: four! })).realLabels
  expect(forgiving).toMatchObject({ images: 4, leftOut: 0, onlyReal: 1, onlyLabel: 0 })
  expect([forgiving!.top1.value, forgiving!.reference.value]).toEqual([1, 0.75])
  await expect(judge({ realLabels: three! })).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining('none for 1 of 4 pictures') as string,
  })
  await trainer.dispose()
})

test.each([
  ['no table', undefined, 'synsets is needed'],
  [
    'a meta.mat that is cut off',
    'MATLAB 5.0 MAT-file, Platform: GLNXA64\0\0\0\x01IM',
    "Expected the devkit's data/meta.mat",
  ],
  ['a list in order of names', 'n01440764 tench, Tinca tinca\n', 'ILSVRC2012_ID WNID'],
  ['a table that lacks an id', '449 n01440764\n1 n02119789\n', 'no class for the id 298'],
  ['a table of other classes', '449 n01440764\n1 n02119789\n298 n09999999\n', 'n09999999'],
])('%s is refused before anything is computed', async (name, content, told) => {
  const given = content === undefined ? {} : { synsets: write(`tables/${name.replace(/\W/g, '-')}`, content) }
  await expect(trainerWith({ images, labels: groundTruth, ...given })).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining(told) as string,
  })
})
