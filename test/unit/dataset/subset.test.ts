/** Subsets of train. */
import { writeFileSync } from 'node:fs'
import { openDataset, subset, type Dataset } from '../../../lib/dataset'
import { classTree, temporaryFolder, writeTree } from './pictures'

const temporary = temporaryFolder()

const open = (train: string, subset?: object, more: object = {}): Promise<Dataset> =>
  openDataset({ train, subset, validation: 'none', ...more }, { seed: 3 })

test('a fraction takes its part of every class', async () => {
  const root = classTree(temporary.path('d'), ['a', 'b', 'c'], 30)
  expect((await open(root, { fraction: 0.1 })).train.perClass).toEqual([3, 3, 3])
})

test('a smaller subset lies within a larger one of the same seed', async () => {
  const root = classTree(temporary.path('d'), ['a', 'b'], 40)
  let larger = new Set((await open(root)).train.names)
  for (const options of [{ fraction: 0.5 }, { fraction: 0.3 }, { perClass: 5 }, { perClass: 1 }]) {
    const { names } = (await open(root, options)).train
    expect(names.filter((name) => !larger.has(name))).toEqual([])
    expect(names.length).toBeLessThan(larger.size)
    larger = new Set(names)
  }
  const seeds = [1, 2].map(async (seed) => (await open(root, { perClass: 5, seed })).train.names)
  expect(await seeds[0]).not.toEqual(await seeds[1])
})

test('every class keeps at least one picture, and classes that are too small are named', async () => {
  const root = classTree(temporary.path('d'), ['big'], 40)
  classTree(root, ['small'], 2)
  const few = await open(root, { fraction: 0.1 })
  expect(few.train.perClass).toEqual([4, 1])
  expect(few.warnings.find(({ code }) => code === 'subset-small-classes')!.message).toContain('"small"')
  const many = await open(root, { perClass: 10 })
  expect(many.train.perClass).toEqual([10, 2])
  expect(many.warnings.find(({ code }) => code === 'subset-small-classes')!.message).toContain('"small"')
})

test('validation stays the same for every subset', async () => {
  const root = classTree(temporary.path('d'), ['a', 'b'], 40)
  const whole = await open(root, undefined, { validation: undefined })
  const part = await open(root, { fraction: 0.2 }, { validation: undefined })
  expect(part.validation!.names).toEqual(whole.validation!.names)
  expect(part.train.perClass).toEqual([7, 7])
})

test('a list names pictures by path or by last part, and keeps them in train', async () => {
  const root = writeTree(classTree(temporary.path('d'), ['a', 'b'], 20), { 'a/only.png': 'only' })
  const list = temporary.path('list.txt')
  const listed = Array.from({ length: 19 }, (_, i) => `a/${i}.png`)
  writeFileSync(list, [...listed, 'only.png', 'b/7.png', ''].join('\n'))
  const { train, validation } = await open(root, { list }, { validation: undefined })
  expect(train.perClass).toEqual([20, 1])
  expect(validation!.perClass).toEqual([1, 2])
})

test('lines that name nothing or several pictures are refused together', async () => {
  const root = classTree(temporary.path('d'), ['a', 'b'], 3)
  writeFileSync(temporary.path('list.txt'), 'a/0.png\nnone.png\n1.png\n')
  await expect(open(root, { list: temporary.path('list.txt') })).rejects.toMatchObject({
    code: 'ERR_DATASET',
    details: { unknown: ['none.png', '1.png'] },
  })
  await expect(open(root, { list: temporary.path('gone.txt') })).rejects.toMatchObject({ code: 'ERR_FILE' })
})

test.each([
  {},
  { fraction: 0 },
  { fraction: 1.5 },
  { perClass: 0 },
  { perClass: 1.5 },
  { fraction: 0.1, perClass: 2 },
])('%j is refused', async (options) => {
  const root = classTree(temporary.path('d'), ['a', 'b'], 3)
  await expect(open(root, options)).rejects.toMatchObject({ code: 'ERR_CONFIG' })
})

test('rows taken out of a split keep their bytes, names and groups, and only their files', async () => {
  const { train } = await openDataset(
    {
      train: [...'abcd'].map((name, i) => ({
        image: `${writeTree(temporary.path('d'), { [`${name}.png`]: name.repeat(i + 1) })}/${name}.png`,
        label: i < 2 ? 'x' : 'y',
        group: { site: `site ${name}` },
      })),
      validation: 'none',
    },
    { seed: 0 },
  )
  const part = subset(train, [3, 1])
  expect(part.names.map((name) => name.slice(-5))).toEqual(['d.png', 'b.png'])
  expect(part.table.files).toEqual(part.names)
  expect([...part.table.file]).toEqual([0, 1])
  expect([...part.table.length]).toEqual([12, 10])
  expect([...part.labels]).toEqual([1, 0])
  expect(part.perClass).toEqual([1, 1])
  expect(part.groups).toEqual({ site: ['site d', 'site b'] })
})
