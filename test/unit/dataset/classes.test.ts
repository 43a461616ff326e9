/** The order of class names and their matching. */
import { openDataset } from '../../../lib/dataset'
import { matchClasses, orderClasses, refuseNearlyEqual } from '../../../lib/dataset/classes'
import { sortNames } from '../../../lib/dataset/name-order'
import { Pace } from '../../../lib/dataset/pace'
import { classTree, temporaryFolder } from './pictures'

const temporary = temporaryFolder()

test('names are ordered as by Python 3: sorted(names)', () => {
  const names = [
    '10',
    '2',
    'a',
    'B',
    'Z',
    'é',
    '\uff21',
    '\u{1F600}',
    '\ue000',
    '_x',
    'a b',
    'Ä',
    'ab',
    '日本',
  ]
  expect(orderClasses(names)).toEqual(
    // what Python prints
    ['10', '2', 'B', 'Z', '_x', 'a', 'a b', 'ab', 'Ä', 'é', '日本', '\ue000', '\uff21', '\u{1F600}'],
  )
})

test('sorting in slices gives what sorting at once gives', async () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `n${(i * 7919) % 20_011}`)
  expect(await sortNames(names, new Pace())).toEqual([...names].sort())
})

test('two spellings of one name in Unicode are one class', () => {
  expect(orderClasses(['caf\u00e9', 'cafe\u0301'])).toEqual(['caf\u00e9'])
})

test.each([
  ['Cat', 'cat'],
  ['red fox', 'red  fox'],
  ['dog', 'dog '],
])('%j beside %j is refused', (a, b) => {
  expect(() => refuseNearlyEqual([a, b, 'other'], 'data.train')).toThrow(
    expect.objectContaining({
      code: 'ERR_DATASET',
      message: expect.stringContaining(JSON.stringify(b)) as string,
    }),
  )
})

test('unknown names are refused together, with the nearly equal class beside each', () => {
  expect(() => matchClasses(['cat', 'Dog', 'emu'], ['cat', 'dog'], 'data.validation')).toThrow(
    expect.objectContaining({
      code: 'ERR_DATASET',
      message: expect.stringMatching(/"Dog" \(there is "dog"\), "emu"/) as string,
    }),
  )
})

test('a class that validation lacks shifts no label', async () => {
  const train = classTree(temporary.path('train'), ['0', '180', '90'], 2, 'train')
  const validation = classTree(temporary.path('val'), ['0', '90'], 1, 'val')
  const dataset = await openDataset({ train, validation }, { seed: 0 })
  expect([...dataset.validation!.labels]).toEqual([0, 2])
  const codes = dataset.warnings.map(({ code }) => code)
  expect(codes).toEqual(['numeric-class-names', 'class-not-measured'])
})

test('folders of one name in two Unicode spellings match between splits', async () => {
  const train = classTree(temporary.path('train'), ['caf\u00e9', 'bar'], 2, 'train')
  const validation = classTree(temporary.path('val'), ['cafe\u0301', 'bar'], 1, 'val')
  const { validation: split } = await openDataset({ train, validation }, { seed: 0 })
  expect(split!.perClass).toEqual([1, 1])
})

test('the order given by data.classes is kept, and names outside it are refused', async () => {
  const train = classTree(temporary.path('train'), ['a', 'b', 'c'], 1)
  const open = (classes: string[]): ReturnType<typeof openDataset> =>
    openDataset({ train, validation: 'none', classes }, { seed: 0 })
  expect([...(await open(['c', 'b', 'a'])).train.labels]).toEqual([2, 1, 0])
  await expect(open(['c', 'b'])).rejects.toMatchObject({ code: 'ERR_DATASET' })
  await expect(open(['c', 'b', 'a', 'a'])).rejects.toMatchObject({ code: 'ERR_DATASET' })
  expect((await open(['c', 'b', 'a', 'd'])).warnings.map(({ code }) => code)).toEqual(['empty-class'])
})
