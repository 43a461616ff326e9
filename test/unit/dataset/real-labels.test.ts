/** Reassessed labels, as ReaL publishes them. */
import { writeFileSync } from 'node:fs'
import { readRealLabels } from '../../../lib/dataset'
import { temporaryFolder } from './pictures'

const temporary = temporaryFolder()
const classes = ['n01', 'n02', 'n03']
const name = (number: number) => `val/n02/ILSVRC2012_val_${String(number).padStart(8, '0')}.JPEG`

function read(content: unknown, names = [1, 2, 3].map(name), order = classes) {
  const file = temporary.path('real.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return readRealLabels(file, { names }, { classes: order, option: 'realLabels' })
}

test('lists belong to pictures by the numbers of these, whatever their order and however many there are', async () => {
  const lists = [[0], [1, 2, 1], [], [2]]
  expect(await read(lists, [name(4), name(2), name(3)])).toEqual([[2], [1, 2], []])
})

test('indices are places in the order of the names, whatever order the classes have', async () => {
  expect(await read([[0], [1], [2]], undefined, ['n03', 'n01', 'n02'])).toEqual([[1], [2], [0]])
})

test.each<[string, unknown, string[] | undefined, string]>([
  [
    'too few lists',
    [[0], [1]],
    undefined,
    'has 2 lists, and none for 1 of 3 pictures: "val/n02/ILSVRC2012_val_00000003.JPEG"',
  ],
  ['a number from 0', [[0], [1]], [name(0)], 'from 1 to 2'],
  ['names without a number', [[0], [1], [2]], ['val/n01/tench.jpg', name(2)], '"val/n01/tench.jpg"'],
  [
    'a class that there is not',
    [[0], [3], [1]],
    undefined,
    'accepts the class 3 for "val/n02/ILSVRC2012_val_00000002.JPEG", and there are 3',
  ],
  ['nothing accepted', [[], [], []], undefined, 'accepts no class for any of the 3 pictures'],
  ['other numbers', [[0], [-1], [1.5]], undefined, 'is not a list of lists'],
  ['words', [['n01'], [], []], undefined, 'is not a list of lists'],
  ['an object', { 1: [0] }, undefined, 'is not a list of lists'],
  ['no JSON', '[[0], [1', undefined, 'is not a list of lists'],
  ['too many bytes', ' '.repeat((4 << 20) + 1), undefined, 'is not a list of lists'],
])('%s: ERR_DATASET', async (_, content, names, told) => {
  await expect(read(content, names)).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining(told) as string,
  })
})

test('a file that is not there is named', async () => {
  const options = { classes, option: 'realLabels' }
  await expect(readRealLabels('no/real.json', { names: [] }, options)).rejects.toMatchObject({
    code: 'ERR_FILE',
    message: expect.stringContaining('realLabels: "no/real.json"') as string,
  })
})
