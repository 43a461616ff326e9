/** Pictures of a split that are in train as well, found by their bytes. */
import { leakedRows, openDataset, openSplit } from '../../../lib/dataset'
import { tarOf, temporaryFolder, writeTree, picture } from './pictures'
import { writeFileSync } from 'node:fs'

const temporary = temporaryFolder()
const long = (end: string, begin = 'a') => `${begin.repeat(20_000)}${end}`

const trainFiles = {
  'cat/1.png': 'one',
  'cat/2.png': 'two',
  'cat/3.png': long('same end'),
  'dog/1.png': 'three',
  'dog/2.png': long('x'),
}

async function open(validation: Record<string, string>, options = {}) {
  const train = writeTree(temporary.path('train'), trainFiles)
  const held = writeTree(temporary.path('val'), validation)
  const dataset = await openDataset({ train, validation: held }, { seed: 0 })
  const leaks = await leakedRows(dataset.validation!, dataset.train, options)
  return { ...leaks, names: Array.from(leaks.rows, (row) => dataset.validation!.names[row]!.slice(-9)) }
}

test('the same bytes under another name, class or folder have leaked; the same length or end alone have not', async () => {
  const { names, comparedBy } = await open({
    'cat/a.png': 'two',
    'cat/b.png': 'owt',
    'dog/c.png': 'one',
    'dog/d.png': long('x'),
    'dog/e.png': long('same end', 'b'),
    'dog/f.png': 'a new one',
  })
  expect(comparedBy).toBe('content')
  expect(names).toEqual(['cat/a.png', 'dog/c.png', 'dog/d.png'])
})

test('members of a tar are compared with files', async () => {
  const train = writeTree(temporary.path('train'), trainFiles)
  const tar = temporary.path('val.tar')
  const member = (name: string, text: string) => ({ name, content: picture(text) })
  writeFileSync(tar, tarOf([member('cat/x.png', 'new'), member('dog/y.png', 'three')]))
  const { classes, train: split } = await openDataset({ train, validation: 'none' }, { seed: 0 })
  const { rows } = await leakedRows(await openSplit(tar, classes), split)
  expect([...rows]).toEqual([1])
})

test('of too many pictures only those that are the same file are found, and that is said', async () => {
  const few = { mostPictures: 2 }
  expect(await open({ 'cat/a.png': 'two', 'dog/c.png': 'one' }, few)).toMatchObject({
    comparedBy: 'path',
    names: [],
  })
  const train = temporary.path('train')
  const { classes, train: split } = await openDataset({ train, validation: 'none' }, { seed: 0 })
  const { rows } = await leakedRows(await openSplit(train, classes), split, few)
  expect(rows).toHaveLength(5)
})

test('nothing is read where no lengths are equal, and a file that is gone is named', async () => {
  expect(
    (await open({ 'cat/a.png': 'of a length of its own', 'dog/a.png': 'and this one too, longer' })).names,
  ).toEqual([])
  const { train } = await openDataset({ train: temporary.path('train'), validation: 'none' }, { seed: 0 })
  const gone = {
    ...train,
    table: { ...train.table, files: train.table.files.map((file) => `${String(file)}-gone`) },
  }
  await expect(leakedRows(gone, train)).rejects.toMatchObject({ code: 'ERR_FILE' })
})

test('an abort ends it with its reason', async () => {
  const { train } = await openDataset(
    { train: writeTree(temporary.path('t'), trainFiles), validation: 'none' },
    { seed: 0 },
  )
  await expect(leakedRows(train, train, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
    'enough',
  )
})
