/** Manifests, samples in memory, IDX, CIFAR binaries, label files, and what is refused. */
import { writeFileSync } from 'node:fs'
import type { Source } from '../../../lib/api'
import { openDataset, openSplit, type Dataset } from '../../../lib/dataset'
import { classTree, picture, tarOf, temporaryFolder, writeTree } from './pictures'

const temporary = temporaryFolder()

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(temporary.path(name), content)
  return temporary.path(name)
}

const open = (train: Source, more: object = {}): Promise<Dataset> =>
  openDataset({ train, validation: 'none', ...more }, { seed: 0 })

// -- manifests

test('a csv is read with quotes, doubled quotes, line breaks in quotes, CRLF and a byte-order mark', async () => {
  writeTree(temporary.path('.'), { 'a, "b".png': '1', 'line\nbreak.png': '2', 'c.png': '3' })
  const csv =
    '\ufefflabel,image,site\r\n"big, cat","a, ""b"".png",x\r\ndog,"line\nbreak.png",\r\n\r\ndog,c.png,y'
  const { classes, train } = await open(write('m.csv', csv))
  expect(classes).toEqual(['big, cat', 'dog'])
  expect(train.names).toEqual(['a, "b".png', 'line\nbreak.png', 'c.png'].map((name) => temporary.path(name)))
  expect(train.groups).toEqual({ site: ['x', '', 'y'] })
})

test('json lines are read with numbers as names and groups', async () => {
  writeTree(temporary.path('d'), { 'a.png': '1', 'b.png': '2' })
  const lines: object[] = [
    { image: 'd/a.png', label: 0, age: 3, more: { nested: true } },
    { image: temporary.path('d/b.png'), label: 1, constructor: 'x' },
  ]
  const { classes, train } = await open(
    write('m.jsonl', lines.map((line) => JSON.stringify(line)).join('\n') + '\n'),
  )
  expect(classes).toEqual(['0', '1'])
  expect(train.groups!.age).toEqual(['3', ''])
  expect(train.groups!.constructor).toEqual(['', 'x'])
})

test("Waterbirds' metadata.csv is read as it is published, with its background as a group", async () => {
  const files = ['001.A/1.jpg', '001.A/2.jpg', '002.B/3.jpg', '002.B/4.jpg']
  writeTree(temporary.path('birds'), Object.fromEntries(files.map((file, i) => [file, String(i)])))
  const rows = [
    `1,${files[0]},1,0,0,/f/a.jpg`,
    `2,${files[1]},0,0,1,/o/b.jpg`,
    `3,${files[2]},0,1,0,/f/c.jpg`,
  ]
  const header = 'img_id,img_filename,y,split,place,place_filename'
  const metadata = (last: string) => write('birds/metadata.csv', [header, ...rows, last, ''].join('\n'))
  const { classes, train, validation, test } = await openDataset(
    { train: metadata(`4,${files[3]},1,2,1,/o/d.jpg`) },
    { seed: 0 },
  )
  expect(classes).toEqual(['landbird', 'waterbird'])
  expect(train.labels).toEqual(Int32Array.of(1, 0))
  expect(train.groups).toEqual({ place: ['land', 'water'] })
  expect([validation!.labels.length, test!.groups]).toEqual([1, { place: ['water'] }])
  await expect(open(metadata(`4,${files[3]},1,3,1,/o/d.jpg`))).rejects.toMatchObject({ code: 'ERR_DATASET' })
})

test('a split column makes splits, never one pot', async () => {
  writeTree(temporary.path('.'), { '1.png': '1', '2.png': '2', '3.png': '3', '4.png': '4' })
  const csv = write('m.csv', 'image,label,split\n1.png,a,train\n2.png,b,train\n3.png,a,val\n4.png,b,test\n')
  const { train, validation, test: held } = await openDataset({ train: csv }, { seed: 0 })
  expect([train, validation!, held!].map(({ names }) => names.length)).toEqual([2, 1, 1])
  expect((await openSplit(csv, ['a', 'b'])).names).toEqual([temporary.path('4.png')])
  const wrong = write('w.csv', 'image,label,split\n1.png,a,constructor\n')
  await expect(open(wrong)).rejects.toMatchObject({ code: 'ERR_DATASET' })
})

test('groupBy takes a column of the manifest', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${i}.png,${i % 2 ? 'a' : 'b'},patient ${i % 8}`)
  writeTree(temporary.path('.'), Object.fromEntries(lines.map((_, i) => [`${i}.png`, `${i}`])))
  const csv = write('m.csv', ['image,label,patient', ...lines].join('\n'))
  const { train, validation } = await openDataset({ train: csv, groupBy: 'patient' }, { seed: 0 })
  const inTrain = new Set(train.groups!.patient)
  expect(validation!.groups!.patient!.filter((patient) => inTrain.has(patient))).toEqual([])
})

test.each<[string, string, string | Uint8Array]>([
  ['a header without label', 'm.csv', 'image,class\na.png,x\n'],
  ['a column twice', 'm.csv', 'image,label,x,x\na.png,y,1,2\n'],
  ['a line with too few fields', 'm.csv', 'image,label\na.png\n'],
  ['an open quote', 'm.csv', 'image,label\n"a.png,x\nb.png,y\n'],
  ['a quote within a field', 'm.csv', 'image,label\na"b"c.png,x\n'],
  ['no line', 'm.csv', 'image,label\n'],
  ['no label', 'm.csv', 'image,label\na.png,\n'],
  ['an address', 'm.csv', 'image,label\nhttps://x.org/a.png,x\n'],
  ['text that is not UTF-8', 'm.csv', Buffer.from('image,label\n\xff.png,x\n', 'latin1')],
  ['broken JSON', 'm.jsonl', '{"image": "a.png"'],
  ['JSON that is no object', 'm.jsonl', '[1]\n'],
])('%s is refused', async (_, name, content) => {
  await expect(open(write(name, content))).rejects.toMatchObject({ code: 'ERR_DATASET' })
})

test('a file that a manifest names and that is missing or no picture is an error that names it', async () => {
  writeTree(temporary.path('.'), { 'a.png': '1', 'b.png': '2', 'c.txt': Buffer.from('text') })
  const csv = write('m.csv', 'image,label\na.png,x\nb.png,y\ngone.png,x\nc.txt,y\n')
  const error = await open(csv).catch((e: { code: string; message: string }) => e)
  expect(error).toMatchObject({ code: 'ERR_IMAGE_DECODE' })
  expect('message' in error && error.message).toMatch(/gone\.png.*c\.txt/)
  const { train, skipped } = await open(csv, { onBadImage: 'skip' })
  expect([train.names.length, skipped.length]).toEqual([2, 2])
})

test('a manifest that names only pictures of a kind that is not read gives the code for that', async () => {
  writeTree(temporary.path('.'), { 'a.png': '1', 'b.png': '2', 'c.heic': Buffer.from('\0\0\0\x1cftypheic') })
  const csv = write('m.csv', 'image,label\na.png,x\nb.png,y\nc.heic,x\n')
  await expect(open(csv)).rejects.toMatchObject({ code: 'ERR_IMAGE_REFUSED' })
})

test('samples in memory and their groups', async () => {
  writeTree(temporary.path('d'), { 'a.png': '1', 'b.png': '2' })
  const image = (name: string): string => temporary.path('d', name)
  const { classes, train } = await open([
    { image: image('a.png'), label: 'x', group: { site: '1' } },
    { image: image('b.png'), label: 'y' },
  ])
  expect([classes, train.groups]).toEqual([['x', 'y'], { site: ['1', ''] }])
})

test('several labels a picture: the first one is its label, all of them its set, and each class counts it', async () => {
  writeTree(temporary.path('d'), { 'a.png': '1', 'b.png': '2', 'c.png': '3' })
  const image = (name: string): string => temporary.path('d', name)
  const samples = [
    { image: image('a.png'), label: ['x', 'z', 'x'] },
    { image: image('b.png'), label: 'y' },
    { image: image('c.png'), label: ['z'] },
  ]
  const { classes, train, multiLabel, fingerprint, summary } = await open(samples)
  expect([classes, multiLabel]).toEqual([['x', 'y', 'z'], true])
  expect([...train.labels]).toEqual([0, 1, 2])
  expect(train.labelSets).toEqual([[0, 2], [1], [2]])
  expect(train.perClass).toEqual([1, 1, 2])
  expect(summary.splits.train).toEqual({ images: 3, perClass: [1, 1, 2] })
  const other = await open([{ ...samples[0]!, label: ['x', 'y'] }, ...samples.slice(1)])
  expect(other.fingerprint).not.toBe(fingerprint)
  const lines = samples.map((sample) => JSON.stringify(sample)).join('\n')
  expect((await open(write('m.jsonl', lines))).train.labelSets).toEqual(train.labelSets)
})

test('splits of pictures with several labels have sets all; they are held out and chosen by the first label', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `${i}.png`)
  writeTree(temporary.path('d'), Object.fromEntries(names.map((name, i) => [name, `${i}`])))
  const samples = names.map((name, i) => ({
    image: temporary.path('d', name),
    label: i % 2 ? ['x', 'z'] : ['y', 'z'],
  }))
  const single = samples.map(({ image, label }) => ({ image, label: label[0]! }))
  const { train, validation } = await openDataset(
    { train: samples, subset: { fraction: 0.5 }, validation: { fraction: 0.2 } },
    { seed: 0 },
  )
  expect([train.names.length, validation!.names.length]).toEqual([16, 8])
  for (const split of [train, validation!]) {
    expect(split.labelSets!.map(([first]) => first)).toEqual([...split.labels])
    expect(split.perClass[2]).toBe(split.names.length)
  }
  const matched = await open(samples, { test: single })
  expect(matched.test!.labelSets).toEqual(Array.from(matched.test!.labels, (label) => [label]))
  await expect(open(single, { test: samples })).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining('data.test') as string,
  })
})

test.each<[string, unknown]>([
  ['an empty list', []],
  ['a list with an empty name', ['x', '']],
  ['a list with an object', ['x', { name: 'y' }]],
])('%s is no label', async (_, label) => {
  writeTree(temporary.path('d'), { 'a.png': '1' })
  const sample = { image: temporary.path('d', 'a.png'), label: label as string[] }
  await expect(open([sample])).rejects.toMatchObject({ code: 'ERR_DATASET' })
})

test.each<[string, unknown]>([
  ['an empty list', []],
  ['a number', 3],
  ['a mixed list', ['a', { image: 'b', label: 'c' }]],
  ['an object without labels', { images: 'x' }],
])('%s is no source', async (_, source) => {
  await expect(open(source as Source)).rejects.toMatchObject({ code: 'ERR_DATASET' })
})

test('Parquet is named as not supported, a picture and an unknown file as no source', async () => {
  await expect(open(write('m.parquet', 'PAR1xxxx'))).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
    message: expect.stringContaining('data.train') as string,
  })
  await expect(open(write('a.png', picture('x')))).rejects.toMatchObject({ code: 'ERR_DATASET' })
  await expect(open(write('a.bin', 'xyz'))).rejects.toMatchObject({ code: 'ERR_DATASET' })
})

// -- raw pixels

function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.set([0, 0, 8, shape.length])
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i))
  return Buffer.concat([header, data])
}

test('an IDX pair is raw pixels, one channel or three', async () => {
  const labels = write('labels', idx([4], Buffer.from([1, 0, 1, 7])))
  const grey = await open({ images: write('grey', idx([4, 2, 3], Buffer.alloc(24))), labels })
  expect(grey.classes).toEqual(['0', '1', '7'])
  expect([...grey.train.labels]).toEqual([1, 0, 1, 2])
  const { format, offset, length, width, height, channels } = grey.train.table
  expect([format[1], offset[1], length[1], width[1], height[1], channels[1]]).toEqual([1, 22, 6, 3, 2, 1])
  const colour = await open([write('colour', idx([4, 3, 2, 5], Buffer.alloc(120))), labels])
  const table = colour.train.table
  expect([table.format[0], table.channels[0], table.height[0], table.width[0]]).toEqual([2, 3, 2, 5])
})

test('an IDX file of another size, without pictures, or with too few labels is refused', async () => {
  const labels = write('labels', idx([2], Buffer.from([0, 1])))
  for (const images of [
    idx([2, 2, 2], Buffer.alloc(7)),
    idx([3, 2, 2], Buffer.alloc(12)),
    idx([2, 0, 0], Buffer.alloc(0)),
  ]) {
    await expect(open({ images: write('images', images), labels })).rejects.toMatchObject({
      code: 'ERR_DATASET',
    })
  }
  await expect(open(labels)).rejects.toMatchObject({ message: expect.stringContaining('one half') as string })
})

test('CIFAR binaries are raw pixels, channels first, with names from the file beside them', async () => {
  const record = (label: number[]): Buffer => Buffer.concat([Buffer.from(label), Buffer.alloc(3072)])
  const file = write('data_batch_1.bin', Buffer.concat([record([3]), record([9]), record([3])]))
  expect((await open(file)).classes).toEqual(['3', '9'])
  write('batches.meta.txt', [...'abcdefghij', ''].join('\n'))
  const { classes, train } = await open(file)
  expect(classes).toEqual(['d', 'j'])
  expect([...train.labels]).toEqual([0, 1, 0])
  expect([train.table.format[1], train.table.offset[1], train.table.length[1]]).toEqual([2, 3074, 3072])
  const hundred = await open(write('train.bin', Buffer.concat([record([0, 99]), record([19, 42])])))
  expect(hundred.classes).toEqual(['42', '99'])
  await expect(open(write('x.bin', record([200])))).rejects.toMatchObject({ code: 'ERR_DATASET' })
})

describe("CIFAR's folders as they are published", () => {
  const record = (label: number[]): Buffer => Buffer.concat([Buffer.from(label), Buffer.alloc(3072)])
  const names = (letter: string, count: number) =>
    Buffer.from(Array.from({ length: count }, (_, i) => letter + i).join('\n'))
  /** Records of (coarse, fine) labels. */
  const hundred = (change: Record<string, Buffer> = {}) =>
    writeTree(temporary.path('cifar-100-binary'), {
      'train.bin': Buffer.concat([record([0, 99]), record([19, 42]), record([19, 7])]),
      'test.bin': record([19, 42]),
      'fine_label_names.txt': names('f', 100),
      'coarse_label_names.txt': names('c', 20),
      ...change,
    })

  test('fine labels or coarse ones, by name, train and test apart', async () => {
    const train = hundred()
    const fine = await openDataset({ train, validation: 'none' }, { seed: 0 })
    expect(fine.classes).toEqual(['f42', 'f7', 'f99'])
    expect([...fine.train.labels]).toEqual([2, 0, 1])
    expect([...fine.test!.labels]).toEqual([0])
    const coarse = await openDataset({ train, validation: 'none', labels: 'coarse' }, { seed: 0 })
    expect(coarse.classes).toEqual(['c0', 'c19'])
    expect([...coarse.train.labels]).toEqual([0, 1, 1])
    expect([...coarse.test!.labels]).toEqual([1])
    expect(fine.train.table.offset).toEqual(coarse.train.table.offset)
  })

  test('what is judged by coarse classes has coarse labels', async () => {
    const test = `${hundred()}/test.bin`
    const all = Array.from({ length: 20 }, (_, i) => `c${i}`)
    expect([...(await openSplit(test, all)).labels]).toEqual([19])
    expect([...(await openSplit(test, ['f42', 'f7'])).labels]).toEqual([0])
  })

  test('CIFAR-10 of six files, one of which may not be missing', async () => {
    const batches = [1, 2, 3, 4, 5].map((i): [string, Buffer] => [`data_batch_${i}.bin`, record([i])])
    const files = Object.fromEntries([...batches, ['test_batch.bin', record([3])]])
    const folder = writeTree(temporary.path('cifar-10-batches-bin'), files)
    const { classes, train, test } = await openDataset({ train: folder, validation: 'none' }, { seed: 0 })
    expect([classes, train.labels.length, [...test!.labels]]).toEqual([['1', '2', '3', '4', '5'], 5, [2]])
    const { 'data_batch_4.bin': _, ...rest } = files
    const part = writeTree(temporary.path('part'), rest)
    await expect(open(part)).rejects.toMatchObject({
      code: 'ERR_DATASET',
      message: expect.stringContaining('data_batch_4.bin is missing') as string,
    })
    await expect(
      openDataset({ train: folder, validation: 'none', labels: 'coarse' }, { seed: 0 }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('CIFAR-10, which has no coarse labels') as string,
    })
  })

  test('the Python version is refused with the name of what to take, and never run', async () => {
    const pickle = Buffer.from('\x80\x02}q\x01(U\x04dataq\x02', 'latin1')
    const folder = writeTree(temporary.path('cifar-100-python'), {
      train: pickle,
      test: pickle,
      meta: pickle,
    })
    for (const given of [folder, `${folder}/train`]) {
      await expect(open(given)).rejects.toMatchObject({
        code: 'ERR_DATASET',
        message: expect.stringContaining('cifar-100-binary.tar.gz (train.bin') as string,
      })
    }
  })

  test('other pictures have no coarse labels', async () => {
    const train = writeTree(temporary.path('folder'), { 'a/1.png': picture('1'), 'b/2.png': picture('2') })
    for (const other of [train, [{ image: `${train}/a/1.png`, label: 'a' }]]) {
      await expect(openDataset({ train: other, labels: 'coarse' }, { seed: 0 })).rejects.toMatchObject({
        code: 'ERR_DATASET',
      })
    }
  })
})

// -- label files

const validationNames = [3, 1, 2].map((n) => `ILSVRC2012_val_0000000${n}.JPEG`)

test("ImageNet's validation labels by Kaggle's csv, from a folder and from a tar", async () => {
  writeTree(temporary.path('val'), Object.fromEntries(validationNames.map((name) => [name, name])))
  const tar = write('val.tar', tarOf(validationNames.map((name) => ({ name, content: picture(name) }))))
  const solution = [1, 2, 3, 4].map(
    (n) => `ILSVRC2012_val_0000000${n},n0000000${n % 2} 1 2 3 4 n0000000${n % 2} 5 6 7 8`,
  )
  const labels = write('LOC_val_solution.csv', ['ImageId,PredictionString', ...solution].join('\n'))
  for (const images of [temporary.path('val'), tar]) {
    const { names, labels: rows } = await openSplit({ images, labels }, ['n00000001', 'n00000000'])
    const byName = Object.fromEntries(names.map((name, row) => [name.slice(-6, -5), rows[row]]))
    expect(byName).toEqual({ 1: 0, 2: 1, 3: 0 })
  }
})

test('the devkit counts by ILSVRC ids, which only a synsets file of ids tells', async () => {
  const images = writeTree(
    temporary.path('val'),
    Object.fromEntries(validationNames.map((name) => [name, name])),
  )
  const labels = write('ILSVRC2012_validation_ground_truth.txt', '490\n361\n490\n')
  const synsets = write('ids.txt', 'ILSVRC2012_ID WNID\n361 n02 skunk\n490,n01\n')
  const { names, labels: rows } = await openSplit({ images, labels, synsets }, ['n01', 'n02'])
  expect(Object.fromEntries(names.map((name, row) => [name.slice(-6, -5), rows[row]]))).toEqual({
    1: 0,
    2: 1,
    3: 0,
  })
  const mapping = write('LOC_synset_mapping.txt', 'n01440764 tench, Tinca tinca\n')
  for (const wrong of [undefined, mapping]) {
    await expect(openSplit({ images, labels, synsets: wrong }, ['n01', 'n02'])).rejects.toMatchObject({
      message: expect.stringContaining('ILSVRC2012_ID') as string,
    })
  }
})

test('labels that do not cover every picture, or have too few lines, are refused', async () => {
  const images = writeTree(temporary.path('val'), { 'a.png': 'a', 'b.png': 'b' })
  const csv = write('labels.csv', 'image,label\na.png,x\n')
  await expect(openSplit({ images, labels: csv }, ['x'])).rejects.toMatchObject({
    message: expect.stringContaining('no label for 1 of 2') as string,
  })
  const lines = write('truth.txt', '1\n')
  await expect(openSplit({ images, labels: lines }, ['x'])).rejects.toMatchObject({ code: 'ERR_DATASET' })
  await expect(openSplit({ images, labels: temporary.path('gone') }, ['x'])).rejects.toMatchObject({
    code: 'ERR_FILE',
  })
})

test('a class of a split that the classes do not have is refused before anything is computed', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'emu'], 1)
  await expect(openSplit(root, ['cat', 'dog'])).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining('"emu"') as string,
  })
})
