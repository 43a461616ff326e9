/** Tables in MATLAB files, as scipy writes them (test/parity/devkit.py). */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSplit } from '../../../lib/dataset'
import { isMatFile, readMatStructs } from '../../../lib/dataset/mat-file'
import { temporaryFolder, writeTree } from './pictures'

const temporary = temporaryFolder()

const folder = join(__dirname, '../../fixtures/golden/devkit')
const packed = readFileSync(join(folder, 'meta.mat'))
const plain = readFileSync(join(folder, 'meta-unpacked.mat'))
const read = (bytes: Uint8Array, name = 'synsets') => readMatStructs(bytes, name, 'x.mat')

test.each([
  ['packed', packed],
  ['plain', plain],
])('%s: words and single numbers of every structure; lists are left out', async (_, bytes) => {
  expect(isMatFile(bytes)).toBe(true)
  const structs = await read(bytes)
  expect(structs).toHaveLength(4)
  expect(structs[2]).toEqual({
    ILSVRC2012_ID: 449,
    WNID: 'n01440764',
    words: 'tench, Tinca tinca',
    gloss: 'a freshwater fish: é 日',
    num_children: 0,
    wordnet_height: 0,
    num_train_images: 1300,
  })
  expect(structs[3]).toMatchObject({ ILSVRC2012_ID: 1001, WNID: 'n00015388', num_children: 3 })
})

test("the devkit's labels are read with it: picture i has the class whose id is in line i", async () => {
  const names = [1, 2, 3].map((i) => `ILSVRC2012_val_0000000${i}.png`)
  const images = writeTree(temporary.path('val'), Object.fromEntries(names.map((name) => [name, name])))
  const labels = temporary.path('ILSVRC2012_validation_ground_truth.txt')
  writeFileSync(labels, '449\n1\n298\n')
  const classes = ['n01440764', 'n02119789', 'n03445777']
  const split = (synsets: string) => openSplit({ images, labels, synsets }, classes)
  expect([...(await split(join(folder, 'meta.mat'))).labels]).toEqual([0, 1, 2])
  const cut = temporary.path('meta.mat')
  writeFileSync(cut, packed.subarray(0, 300))
  await expect(split(cut)).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining('split.synsets: ') as string,
  })
})

test('a file without the array, and one of another machine, are refused', async () => {
  await expect(read(packed, 'classes')).rejects.toMatchObject({ code: 'ERR_DATASET' })
  await expect(read(packed, 'first')).rejects.toThrow('no array of structures called first')
  const other = Buffer.from(plain)
  other.write('MI', 126)
  await expect(read(other)).rejects.toThrow('little-endian')
  expect(isMatFile(Buffer.from('1 n02119789\n'))).toBe(false)
})

test('whatever is cut off or changed, it ends with a table or with ERR_DATASET', async () => {
  const outcomes = new Set<string>()
  const judge = async (bytes: Uint8Array): Promise<void> => {
    const found = await read(bytes).then(
      () => 'a table',
      (error: Error & { code?: string }) => error.code ?? error.message,
    )
    outcomes.add(found)
  }
  for (let end = 0; end < plain.length; end += 37) await judge(plain.subarray(0, end))
  for (let at = 128; at < plain.length; at += 5) {
    const changed = Buffer.from(plain)
    changed[at]! ^= 0xff
    await judge(changed)
  }
  for (let at = 128; at < packed.length; at += 3) {
    const changed = Buffer.from(packed)
    changed[at]! ^= 0xff
    await judge(changed)
  }
  expect([...outcomes].sort()).toEqual(['ERR_DATASET', 'a table'])
})
