/** CelebA's files as they are published: attributes and parts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'
import { openDataset, openSplit } from '../../../lib/dataset'
import { temporaryFolder, writeTree } from './pictures'

const temporary = temporaryFolder()

/** A hair colour, a sex and a hat for each of six. */
const rows = ['1 -1 -1', '-1  1 -1', '1 1 1', '-1 -1 -1', '-1 1 1', '-1 -1 1']
const header = 'Blond_Hair Male Wearing_Hat '
const name = (i: number): string => `${String(i + 1).padStart(6, '0')}.jpg`
const attributes = (values: readonly string[] = rows, first = `${rows.length}`): string =>
  [first, header, ...values.map((value, i) => `${name(i)} ${value}`), ''].join('\n')
const partition = (parts = [0, 0, 0, 1, 2, 2]): string =>
  parts.map((part, i) => `${name(i)} ${part}\n`).join('')

function write(file: string, text: string): string {
  mkdirSync(path.dirname(temporary.path(file)), { recursive: true })
  writeFileSync(temporary.path(file), text)
  return temporary.path(file)
}

/** The folder of pictures and the two lists. */
function celebA(attributeText = attributes(), partitionText = partition(), ending = '.jpg') {
  const files = rows.map((_, i) => [name(i).replace('.jpg', ending), `face ${i}`])
  const images = writeTree(
    temporary.path('img_align_celeba'),
    Object.fromEntries(files) as Record<string, string>,
  )
  const labels = write('list_attr_celeba.txt', attributeText)
  write('list_eval_partition.txt', partitionText)
  return { images, labels, labelColumn: 'Blond_Hair' }
}

const open = (train: Parameters<typeof openDataset>[0]['train']) => openDataset({ train }, { seed: 0 })

test('one attribute is the class, the others are groups, the parts are splits', async () => {
  const source = celebA()
  const { classes, train, validation, test: held, warnings } = await open(source)
  expect(classes).toEqual(['Blond_Hair', 'not Blond_Hair'])
  expect(train.labels).toEqual(Int32Array.of(0, 1, 0))
  expect(train.groups).toEqual({
    Male: ['not Male', 'Male', 'Male'],
    Wearing_Hat: ['not Wearing_Hat', 'not Wearing_Hat', 'Wearing_Hat'],
  })
  expect([validation!.labels, held!.labels]).toEqual([Int32Array.of(1), Int32Array.of(1, 1)])
  expect(held!.groups!.Male).toEqual(['Male', 'not Male'])
  expect(warnings.map(({ code }) => code)).not.toContain('labels-without-pictures')
  const bySex = await open({ ...source, labelColumn: 'Male' })
  expect(bySex.classes).toEqual(['Male', 'not Male'])
  expect(Object.keys(bySex.train.groups!)).toEqual(['Blond_Hair', 'Wearing_Hat'])
  expect((await openSplit(source, classes)).labels).toEqual(Int32Array.of(1, 1))
})

test('pictures that were saved as .png are the same ones; what the list has besides is said', async () => {
  const source = celebA(attributes([...rows, '1 1 1'], '7'), partition([0, 0, 0, 1, 2, 2, 2]), '.png')
  const { train, warnings } = await open(source)
  expect(train.labels).toEqual(Int32Array.of(0, 1, 0))
  expect(warnings).toContainEqual({
    code: 'labels-without-pictures',
    message: expect.stringContaining('1 of the 7') as string,
  })
})

test('the parts are found in the folder Eval too, or where they are said to be', async () => {
  const { images, labelColumn } = celebA()
  const labels = write('CelebA/Anno/list_attr_celeba.txt', attributes())
  await expect(open({ images, labels, labelColumn })).rejects.toMatchObject({
    code: 'ERR_FILE',
    message: expect.stringContaining('list_eval_partition.txt') as string,
  })
  const splits = temporary.path('list_eval_partition.txt')
  expect((await open({ images, labels, labelColumn, splits })).validation!.labels).toHaveLength(1)
  write('CelebA/Eval/list_eval_partition.txt', partition([0, 0, 0, 1, 1, 2]))
  expect((await open({ images, labels, labelColumn })).validation!.labels).toHaveLength(2)
  for (const missing of [temporary.path('no'), images]) {
    for (const wrong of [{ splits: missing }, { labels: missing }]) {
      const source = { images, labels, labelColumn, splits, ...wrong }
      await expect(open(source)).rejects.toMatchObject({ code: 'ERR_FILE' })
    }
  }
})

test('without a column, or with one that is not there, the columns are listed', async () => {
  const { images, labels } = celebA()
  for (const labelColumn of [undefined, 'Blond', 'constructor']) {
    await expect(open({ images, labels, labelColumn })).rejects.toMatchObject({
      code: 'ERR_DATASET',
      message: expect.stringContaining('one of Blond_Hair, Male, Wearing_Hat') as string,
    })
  }
  const csv = write('labels.csv', 'image,label\n')
  await expect(open({ images, labels: csv, labelColumn: 'Male' })).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining('labelColumn is for a list of attributes') as string,
  })
})

const cases: [what: string, attributes: string, partition: string][] = [
  ['more pictures than it says', attributes(rows, '5'), partition()],
  ['fewer pictures than it says', attributes(rows.slice(0, 5), '6'), partition()],
  ['a count for which there is no room', attributes(rows, '999999999'), partition()],
  ['a count of nothing', attributes([], '0'), partition()],
  ['no count', attributes(rows, 'six'), partition()],
  ['nothing at all', '', partition()],
  ['a count alone', '6\n', partition()],
  ['a value that is neither', attributes([...rows.slice(0, 5), '0 1 1']), partition()],
  ['a value too few', attributes([...rows.slice(0, 5), '1 1']), partition()],
  ['a value too many', attributes([...rows.slice(0, 5), '1 1 1 1']), partition()],
  ['a picture twice', attributes().replace(name(5), name(4)), partition()],
  ['an attribute twice', attributes().replace('Male', 'Blond_Hair'), partition()],
  ['no line for a picture', attributes(rows.slice(0, 5), '5'), partition()],
  ['a part that is none', attributes(), partition([0, 0, 0, 1, 2, 3])],
  ['a part of no picture', attributes(), partition([0, 0, 0, 1, 2])],
  ['a picture in two parts', attributes(), `${partition()}${name(0)} 1\n`],
  ['a part without a name', attributes(), `${partition()}1\n`],
]

test.each(cases)('refused: %s', async (_, list, parts) => {
  await expect(open(celebA(list, parts))).rejects.toMatchObject({ code: 'ERR_DATASET' })
})
