/** Folders of class folders and of splits. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { openDataset, openSplit } from '../../../lib/dataset'
import { classTree, picture, temporaryFolder, writeTree } from './pictures'

const temporary = temporaryFolder()
const context = { seed: 0 }

async function failure(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  return promise.then(
    () => Promise.reject(new Error('expected a rejection')),
    (error: { code: string; message: string }) => error,
  )
}

const open = (train: string, more: object = {}): ReturnType<typeof openDataset> =>
  openDataset({ train, validation: 'none', ...more }, context)

test('class folders become classes in code-point order, and pictures rows in the order of their names', async () => {
  const root = classTree(temporary.path('d'), ['b', 'a', 'Z', '10', '2'], 2)
  const { classes, train } = await open(root)
  expect(classes).toEqual(['10', '2', 'Z', 'a', 'b'])
  expect([...train.labels]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
  expect(train.table.label).toBe(train.labels)
  expect(train.names[0]).toBe(temporary.path('d/10/0.png'))
  expect(train.table.files[train.table.file[0]!]).toBe(temporary.path('d/10/0.png'))
  expect(train.table.length[0]).toBe(picture(' 10 0').length)
  expect(train.perClass).toEqual([2, 2, 2, 2, 2])
})

test('pictures in folders below a class folder belong to the class', async () => {
  const root = writeTree(temporary.path('d'), { 'cat/a/b/1.png': '1', 'cat/2.png': '2', 'dog/x/3.png': '3' })
  const { classes, train } = await open(root)
  expect(classes).toEqual(['cat', 'dog'])
  expect(train.perClass).toEqual([2, 1])
})

test('formats are told by first bytes, whatever the ending', async () => {
  const root = writeTree(temporary.path('d'), {
    'cat/jpeg.JPG': Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
    'cat/webp.jpg': Buffer.from('RIFF\0\0\0\0WEBPVP8 '),
    'cat/gif': Buffer.from('GIF89a'),
    'dog/tiff.dat': Buffer.from('II*\0'),
    'dog/avif.heic': Buffer.from('\0\0\0\x1cftypavif\0\0\0\0'),
    'dog/bmp.BMP': Buffer.from('BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0', 'latin1'),
    'dog/ppm.txt': Buffer.from('P6\n1 1\n255\nabc'),
  })
  expect((await open(root)).train.perClass).toEqual([3, 4])
})

test('hidden files and what systems leave behind are ignored without a word', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 1)
  writeTree(root, {
    '.ipynb_checkpoints/0.png': 'x',
    'cat/.DS_Store': 'x',
    'cat/Thumbs.db': 'x',
    '__MACOSX/a.png': 'x',
  })
  const { classes, train, skipped } = await open(root)
  expect([classes, train.names.length, skipped]).toEqual([['cat', 'dog'], 2, []])
})

test('files that are no pictures, and kinds that are not read, are listed with the reason', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 1)
  writeTree(root, {
    'cat/notes.txt': Buffer.from('text'),
    'cat/logo.svg': Buffer.from('<svg xmlns="x"/>'),
    'dog/phone.heic': Buffer.from('\0\0\0\x1cftypheic'),
    'loose.png': 'loose',
  })
  const { skipped } = await open(root)
  expect(
    Object.fromEntries(skipped.map(({ file, reason }) => [file.slice(root.length + 1), reason])),
  ).toEqual({
    'cat/notes.txt': 'not a picture',
    'cat/logo.svg': 'SVG pictures are not read',
    'dog/phone.heic': 'HEIC pictures are not read',
    'loose.png': 'not in a class folder',
  })
})

test('a file with a picture ending that is none is an error that names it, or is skipped when asked', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 1)
  writeTree(root, { 'cat/bad.jpg': Buffer.from('<html>'), 'dog/empty.png': Buffer.alloc(0) })
  const error = await failure(open(root))
  expect(error.code).toBe('ERR_IMAGE_DECODE')
  expect(error.message).toContain('bad.jpg')
  expect(error.message).toContain('empty file')
  const { skipped, train } = await open(root, { onBadImage: 'skip' })
  expect(skipped.map(({ file }) => file)).toEqual([`${root}/cat/bad.jpg`, `${root}/dog/empty.png`])
  expect(train.names.length).toBe(2)
})

test('links are followed and labelled by their own place; a loop ends', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 1)
  writeTree(temporary.path('elsewhere'), { 'store/tiger.png': 'tiger' })
  symlinkSync(temporary.path('elsewhere/store/tiger.png'), `${root}/cat/linked.png`)
  symlinkSync(temporary.path('elsewhere/store'), `${root}/bird`)
  symlinkSync(root, `${root}/dog/again`)
  const { classes, train, skipped } = await open(root)
  expect(classes).toEqual(['bird', 'cat', 'dog'])
  expect(train.perClass).toEqual([1, 2, 1])
  expect(skipped).toEqual([{ file: `${root}/dog/again`, reason: 'a link to a folder above it' }])
})

test('a link to nothing and a named pipe do not hang the reader', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 1)
  symlinkSync(temporary.path('nowhere'), `${root}/cat/gone.png`)
  execFileSync('mkfifo', [`${root}/dog/pipe`])
  const { skipped } = await open(root, { onBadImage: 'skip' })
  expect(skipped.map(({ reason }) => reason)).toEqual(
    expect.arrayContaining(['there is no such file (a link to nothing?)', 'not a regular file']),
  )
})

test('spaces, other scripts, line breaks and emoji in names are only names', async () => {
  const odd = ['a b', 'Ünïcode', '日本語', 'line\nbreak', '😀', 'constructor', '__proto__']
  const { classes, train } = await open(classTree(temporary.path('d'), odd, 1))
  expect(classes).toEqual(['__proto__', 'a b', 'constructor', 'line\nbreak', 'Ünïcode', '日本語', '😀'])
  expect(train.perClass).toEqual(odd.map(() => 1))
})

test('a name that is not UTF-8 is reported, not misread', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 1)
  writeFileSync(
    Buffer.concat([Buffer.from(`${root}/cat/`), Buffer.from([0xff]), Buffer.from('.png')]),
    picture('x'),
  )
  const { skipped } = await open(root, { onBadImage: 'skip' })
  expect(skipped.map(({ reason }) => reason)).toEqual(['its name is not valid UTF-8: rename it'])
})

test('an empty class folder is warned of and keeps its place among the classes', async () => {
  const root = classTree(temporary.path('d'), ['ant', 'cat'], 2)
  mkdirSync(`${root}/bee`)
  const { classes, train, warnings } = await open(root)
  expect(classes).toEqual(['ant', 'bee', 'cat'])
  expect(train.perClass).toEqual([2, 0, 2])
  expect([...train.labels]).toEqual([0, 0, 2, 2])
  expect(warnings.map(({ code }) => code)).toEqual(['empty-class'])
})

test('one class, no picture, no folder: each is refused with what to do', async () => {
  expect(await failure(open(classTree(temporary.path('one'), ['cat'], 3)))).toMatchObject({
    code: 'ERR_DATASET',
  })
  writeTree(temporary.path('none'), { 'cat/': '', 'dog/readme.txt': Buffer.from('x') })
  expect((await failure(open(temporary.path('none')))).message).toContain('one folder a class')
  expect(await failure(open(temporary.path('missing')))).toMatchObject({ code: 'ERR_FILE' })
  writeTree(temporary.path('shards'), { '000.tar': Buffer.alloc(10) })
  expect((await failure(open(temporary.path('shards')))).message).toContain('list of paths')
})

// -- splits inside a folder

test.each(['val', 'valid', 'validation', 'Val'])(
  'train/ and %s/ in one folder are splits, not classes',
  async (name) => {
    const root = temporary.path('d')
    classTree(`${root}/train`, ['cat', 'dog'], 3, 'train')
    classTree(`${root}/${name}`, ['dog', 'cat'], 1, 'val')
    classTree(`${root}/test`, ['cat'], 2, 'test')
    const { classes, train, validation, test, warnings } = await openDataset({ train: root }, context)
    expect(classes).toEqual(['cat', 'dog'])
    expect([train.perClass, validation!.perClass, test!.perClass]).toEqual([
      [3, 3],
      [1, 1],
      [2, 0],
    ])
    expect(warnings.map(({ code }) => code)).toEqual(['split-folders', 'class-not-measured'])
  },
)

test('a picture called "photo of a train" is in no split for that', async () => {
  const root = writeTree(temporary.path('d'), {
    'cat/photo of a train.png': '1',
    'dog/test.png': '2',
    'dog/val/3.png': '3',
  })
  expect((await open(root)).train.perClass).toEqual([1, 2])
})

test('a split folder beside class folders never becomes a class silently', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog', 'test'], 2)
  const error = await failure(open(root))
  expect(error.code).toBe('ERR_DATASET')
  expect(error.message).toContain('data.classes')
  expect((await open(root, { classes: ['test', 'dog', 'cat'] })).classes).toEqual(['test', 'dog', 'cat'])
  classTree(`${root}-2`, ['cat', 'dog', 'test/cat', 'test/dog'], 2)
  expect((await failure(open(`${root}-2`))).message).toContain('looks like a split')
})

test('a class of pictures of trains is a class, with a word about it', async () => {
  const { classes, warnings } = await open(classTree(temporary.path('d'), ['car', 'train'], 2))
  expect(classes).toEqual(['car', 'train'])
  expect(warnings.map(({ code }) => code)).toEqual(['class-named-as-split'])
})

test('two folders for one split are refused', async () => {
  const root = classTree(temporary.path('d'), ['train/a', 'train/b', 'val/a', 'valid/a'], 1)
  expect((await failure(open(root))).message).toContain('more than one folder for the same split')
})

test('a wrapper folder around the class folders is looked into, and said', async () => {
  const { classes, warnings } = await open(classTree(temporary.path('d'), ['images/cat', 'images/dog'], 1))
  expect(classes).toEqual(['cat', 'dog'])
  expect(warnings.map(({ code }) => code)).toEqual(['wrapper-folder'])
})

test('openSplit takes the classes as given, keeps a single class folder, and matches by name', async () => {
  const split = await openSplit(classTree(temporary.path('d'), ['dog/deep'], 2), ['ant', 'cat', 'dog'])
  expect([...split.labels]).toEqual([2, 2])
  expect(split.perClass).toEqual([0, 0, 2])
})

test('several paths are merged', async () => {
  const first = classTree(temporary.path('1'), ['cat', 'dog'], 1, 'first')
  const second = classTree(temporary.path('2'), ['dog', 'eel'], 2, 'second')
  const { classes, train } = await openDataset({ train: [first, second], validation: 'none' }, context)
  expect(classes).toEqual(['cat', 'dog', 'eel'])
  expect(train.perClass).toEqual([1, 3, 2])
})
