/** Pictures for prediction, the printed table, and the freedom of the event loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ImageInput } from '../../../lib/api'
import { classTable, listImages, openDataset, unlabelled } from '../../../lib/dataset'
import { Listing } from '../../../lib/dataset/listing'
import { forEachConcurrently, Pace } from '../../../lib/dataset/pace'
import { classTree, picture, temporaryFolder, writeTree } from './pictures'

const temporary = temporaryFolder()

test('paths, encoded bytes and raw pixels become one table in order', () => {
  const pixels = { data: new Uint8Array(24), width: 4, height: 2, channels: 3 as const }
  const table = unlabelled(['rose.jpg', picture('x'), pixels])
  expect(table.files).toEqual(['rose.jpg', picture('x'), pixels.data])
  expect([[...table.file], [...table.length], [...table.format]]).toEqual([
    [0, 1, 2],
    [0, 9, 24],
    [0, 0, 1],
  ])
  expect([table.width[2], table.height[2], table.channels[2], table.label[0]]).toEqual([4, 2, 3, -1])
})

test.each<unknown>([
  '',
  new Uint8Array(0),
  null,
  7,
  {},
  { data: new Uint8Array(5), width: 2, height: 1, channels: 3 },
  { data: new Uint8Array(4), width: 2, height: 1, channels: 2 },
  { data: new Uint8Array(0), width: 0, height: 1, channels: 3 },
  { data: new Float32Array(3), width: 1, height: 1, channels: 3 },
])('%p is no picture', (image) => {
  expect(() => unlabelled([image as ImageInput])).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
})

test('the pictures of a folder are listed by first bytes, sorted, hidden files left out', async () => {
  writeTree(temporary.path('d'), {
    'b.jpg': 'b',
    'a.dat': 'a',
    'sub/c.png': 'c',
    '.hidden.png': 'h',
    'notes.txt': Buffer.from('x'),
    'broken.png': Buffer.from('x'),
  })
  const { images, bad } = await listImages(temporary.path('d'))
  expect(images).toEqual(['a.dat', 'b.jpg', 'sub/c.png'].map((name) => temporary.path('d', name)))
  expect(bad).toMatchObject([
    { file: temporary.path('d/broken.png'), reason: 'its first bytes are no picture' },
  ])
  expect((await listImages(temporary.path('d/b.jpg'))).images).toEqual([temporary.path('d/b.jpg')])
  await expect(listImages(temporary.path('gone'))).rejects.toMatchObject({ code: 'ERR_FILE' })
})

test('the table lists every class by split, and the skipped files by reason', async () => {
  const root = writeTree(classTree(temporary.path('d'), ['a\u001b[31m', 'ß'], 10), {
    'ß/x.txt': Buffer.from('x'),
  })
  const table = classTable(await openDataset({ train: root }, { seed: 0 }))
  expect(table.split('\n')).toEqual([
    'class        train  validation',
    'a\\u{1b}[31m      9           1',
    'ß                9           1',
    '2 classes       18           2',
    'skipped 1 files:',
    `  1  not a picture, such as ${root}/ß/x.txt`,
  ])
})

test('more than thirty classes are summed up', async () => {
  const root = classTree(
    temporary.path('d'),
    Array.from({ length: 40 }, (_, i) => `c${i}`),
    2,
  )
  writeTree(root, { 'c7/more.png': 'more' })
  const table = classTable(await openDataset({ train: root, validation: 'none' }, { seed: 0 }))
  expect(table.split('\n')).toEqual([
    '40 classes',
    'split  pictures  fewest  median    most',
    'train        81  2 (c0)       2  3 (c7)',
  ])
})

test('the first failure of concurrent work rejects after all lanes have stopped', async () => {
  let running = 0
  const work = forEachConcurrently(100, 4, new Pace(), async (i) => {
    running++
    await new Promise((resolve) => setTimeout(resolve, i % 3))
    running--
    if (i === 5) throw new Error('five')
  })
  await expect(work).rejects.toThrow('five')
  expect(running).toBe(0)
})

test('a listing gives earlier rows an empty value in a group that comes later', () => {
  const listing = new Listing()
  listing.push({ name: 'a', keyStart: 0, className: 'x' }, { file: 0, offset: 0, length: 1 })
  listing.push(
    { name: 'b', keyStart: 0, className: 'x', groups: { site: '1' } },
    { file: 0, offset: 0, length: 1 },
  )
  expect(listing.groups.site).toEqual(['', '1'])
})

test('a long loop lets the event loop turn', async () => {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const pace = new Pace()
  const end = performance.now() + 300
  let rests = 0
  while (performance.now() < end) {
    if (!pace.due()) continue
    await pace.rest()
    rests++
  }
  delay.disable()
  expect(rests).toBeGreaterThan(5)
  expect(delay.percentile(50) / 1e6).toBeLessThan(50)
})
