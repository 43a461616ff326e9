/** Tars of class folders, WebDataset shards, and hostile archives. */
import { readFileSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { openDataset } from '../../../lib/dataset'
import { classTree, picture, tarMember, tarOf, temporaryFolder, type Member } from './pictures'

const temporary = temporaryFolder()

function write(name: string, content: Uint8Array): string {
  writeFileSync(temporary.path(name), content)
  return temporary.path(name)
}

const twoClasses: Member[] = [
  { name: 'cat/1.png', content: picture('cat 1') },
  { name: 'dog/1.png', content: picture('dog 1') },
]

const open = (train: string | string[], more: object = {}): ReturnType<typeof openDataset> =>
  openDataset({ train, validation: 'none', ...more }, { seed: 0 })

/** The bytes that the table says are the sample's. */
function bytesOf({ train }: Awaited<ReturnType<typeof openDataset>>, row: number): string {
  const { files, file, offset, length } = train.table
  const tar = readFileSync(files[file[row]!] as string)
  return tar.subarray(offset[row], offset[row]! + length[row]!).toString('latin1')
}

test('members are byte ranges of the tar, named tar!member', async () => {
  const tar = write('a.tar', tarOf(twoClasses))
  const dataset = await open(tar)
  expect(dataset.train.names).toEqual([`${tar}!cat/1.png`, `${tar}!dog/1.png`])
  expect(dataset.train.table.files).toEqual([tar])
  expect(bytesOf(dataset, 1)).toBe(picture('dog 1').toString('latin1'))
})

test.each(['gnu', 'pax', 'ustar', 'v7'])('what GNU tar writes as %s is read', async (format) => {
  const long = format === 'gnu' || format === 'pax' ? 'x'.repeat(120) : 'short'
  classTree(temporary.path('train'), [`cat ${long}`, 'dog'], 3)
  execFileSync('tar', [
    `--format=${format}`,
    '-cf',
    temporary.path('t.tar'),
    '-C',
    temporary.path('.'),
    'train',
  ])
  const dataset = await open(temporary.path('t.tar'))
  expect(dataset.classes).toEqual([`cat ${long}`, 'dog'])
  expect(dataset.train.perClass).toEqual([3, 3])
  const row = dataset.train.names.findIndex((name) => name.endsWith('dog/2.png'))
  expect(bytesOf(dataset, row)).toBe(picture(' dog 2').toString('latin1'))
})

test('many small members and large ones between them are found alike', async () => {
  const members = Array.from({ length: 700 }, (_, i) => ({
    name: `${i % 2 ? 'odd' : 'even'}/${i}.png`,
    content: i % 100 === 0 ? Buffer.concat([picture(`${i}`), Buffer.alloc(400_000)]) : picture(`${i}`),
  }))
  const dataset = await open(write('a.tar', tarOf(members)))
  expect(dataset.train.perClass).toEqual([350, 350])
  for (const row of [0, 1, 100, 101, 699]) {
    expect(bytesOf(dataset, row).startsWith(picture(`${row}`).toString('latin1'))).toBe(true)
  }
})

test('a pax size and a base-256 size count before the octal one', async () => {
  const record = (text: string): string => {
    const length = text.length + 1 + String(text.length + 3).length
    return `${length} ${text}`
  }
  const content = picture('cat 1')
  const pax = { name: 'x', type: 'x', content: Buffer.from(record('path=cat/1.png\n')) }
  const base256 = Buffer.alloc(12)
  base256[0] = 0x80
  base256.writeUInt32BE(content.length, 8)
  const members = [pax, { name: 'ignored', content, sizeField: base256 }, twoClasses[1]!]
  const dataset = await open(write('a.tar', tarOf(members)))
  expect(dataset.train.names.map((name) => name.split('!')[1])).toEqual(['cat/1.png', 'dog/1.png'])
  expect(bytesOf(dataset, 0)).toBe(content.toString('latin1'))
})

test('hard and symbolic links are pictures under their own names', async () => {
  const links = [
    { name: 'eel/1.png', type: '1', linkName: 'cat/1.png' },
    { name: 'eel/2.png', type: '2', linkName: '../dog/1.png' },
    { name: 'eel/3.png', type: '2', linkName: '../../etc/passwd' },
  ]
  const dataset = await open(write('a.tar', tarOf([...twoClasses, ...links])))
  expect(dataset.train.perClass).toEqual([1, 1, 2])
  expect(bytesOf(dataset, 3)).toBe(picture('dog 1').toString('latin1'))
  expect(dataset.skipped.map(({ file }) => file.split('!')[1])).toEqual(['eel/3.png'])
})

test('splits and wrapper folders in a tar are recognised as in a folder', async () => {
  const members = ['train/cat/1', 'train/dog/1', 'val/cat/1', 'val/dog/1']
  const tar = write(
    'a.tar',
    tarOf(members.map((name) => ({ name: `./data/${name}.png`, content: picture(name) }))),
  )
  const { classes, train, validation } = await openDataset({ train: tar }, { seed: 0 })
  expect([classes, train.perClass, validation!.perClass]).toEqual([
    ['cat', 'dog'],
    [1, 1],
    [1, 1],
  ])
})

test('pictures outside class folders are named with their own tar', async () => {
  const loose = write('b.tar', tarOf([{ name: 'loose.png', content: picture('x') }]))
  const { skipped } = await open([write('a.tar', tarOf(twoClasses)), loose])
  expect(skipped).toEqual([{ file: `${loose}!loose.png`, reason: 'not in a class folder' }])
})

test('WebDataset shards take their classes from .cls members', async () => {
  const shard = (first: number): Buffer =>
    tarOf(
      [first, first + 1].flatMap((i) => [
        { name: `${i}.jpg`, content: picture(`${i}`) },
        { name: `${i}.cls`, content: Buffer.from(`${i % 2}\n`) },
        { name: `${i}.json`, content: Buffer.from('{}') },
      ]),
    )
  const { classes, train } = await open([write('0.tar', shard(0)), write('1.tar', shard(2))])
  expect(classes).toEqual(['0', '1'])
  expect([...train.labels]).toEqual([0, 1, 0, 1])
  expect([...train.table.file]).toEqual([0, 0, 1, 1])
})

// -- hostile and damaged

const hostile = (member: Member): Buffer =>
  Buffer.concat([tarMember(twoClasses[0]!), tarMember(member), Buffer.alloc(1024)])

test.each<[string, Buffer, RegExp]>([
  [
    'a size beyond the file',
    hostile({ name: 'x', sizeField: Buffer.from('77777777777\0') }),
    /claims 8589934591 bytes/,
  ],
  ['a negative size', hostile({ name: 'x', sizeField: Buffer.alloc(12, 0xff) }), /not a number of bytes/],
  [
    'a size of 2^63',
    hostile({ name: 'x', sizeField: Buffer.from([0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]) }),
    /not a number/,
  ],
  [
    'a size that is no number',
    hostile({ name: 'x', sizeField: Buffer.from('12z45678901\0') }),
    /not a number of bytes/,
  ],
  ['a wrong checksum', Buffer.concat([tarMember(twoClasses[0]!), Buffer.alloc(512, 65)]), /checksum/],
  [
    'a broken pax header',
    hostile({ name: 'x', type: 'x', content: Buffer.from('999 path=a\n') }),
    /pax header/,
  ],
  [
    'a pax size that is negative',
    hostile({ name: 'x', type: 'x', content: Buffer.from('11 size=-1\n') }),
    /not a number of bytes/,
  ],
  ['a long name of 2 MB', hostile({ name: 'x', type: 'L', content: Buffer.alloc(2 << 20, 97) }), /no honest/],
  ['a sparse member', hostile({ name: 'cat/2.png', type: 'S' }), /sparse/],
  ['an end within a member', tarOf(twoClasses).subarray(0, 512 + 4), /claims 13 bytes/],
  ['an end within a header', tarOf(twoClasses).subarray(0, 1024 + 100), /within a header/],
])('%s is refused, naming the tar', async (_, content, message) => {
  const tar = write('bad.tar', content)
  await expect(open(tar)).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringMatching(message) as string,
    details: { file: tar },
  })
})

test('an end between two members is warned of', async () => {
  const { warnings } = await open(write('a.tar', Buffer.concat(twoClasses.map(tarMember))))
  expect(warnings.map(({ code }) => code)).toEqual(['tar-without-end'])
})

test('names that climb out of the archive are only names', async () => {
  const members = ['../../cat/1.png', '/dog/1.png', 'cat/../eel/../../fox/2.png']
  const { train } = await open(
    write('a.tar', tarOf(members.map((name) => ({ name, content: picture(name) })))),
  )
  expect(train.names.map((name) => name.split('!')[1])).toEqual(['cat/1.png', 'dog/1.png', 'fox/2.png'])
})

test('devices and pipes in a tar are skipped', async () => {
  const { skipped } = await open(write('a.tar', tarOf([...twoClasses, { name: 'cat/null', type: '3' }])))
  expect(skipped.map(({ reason }) => reason)).toEqual(['not a regular file'])
})

test.each([
  ['gzip', [0x1f, 0x8b], 'gunzip'],
  ['zip', [0x50, 0x4b, 3, 4], 'unzip'],
  ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd], 'unzstd'],
])('a file compressed by %s is refused with advice', async (_, magic, advice) => {
  const file = write('a.tar', Buffer.concat([Buffer.from(magic), Buffer.alloc(600, 1)]))
  await expect(open(file)).rejects.toMatchObject({ message: expect.stringContaining(advice) as string })
})

test('an empty tar and a tar without pictures are refused', async () => {
  await expect(open(write('a.tar', tarOf([])))).rejects.toMatchObject({ code: 'ERR_DATASET' })
  await expect(
    open(write('b.tar', tarOf([{ name: 'a.txt', content: Buffer.from('x') }]))),
  ).rejects.toMatchObject({
    code: 'ERR_DATASET',
  })
})
