/** ImageNet's example by name, on a small tree laid out as ILSVRC 2012: class folders, a flat validation folder, the devkit's labels or Kaggle's. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer, type Source } from '../../lib'
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

test.each([
  ['no table', undefined, 'synsets is needed'],
  [
    "the devkit's meta.mat itself",
    'MATLAB 5.0 MAT-file, Platform: GLNXA64\0\0\0\x01IM',
    'as data/meta.mat of the devkit has them',
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
