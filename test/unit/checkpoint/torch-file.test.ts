import { CheckpointFile } from '../../../lib/checkpoint/checkpoint-file'
import { type PickledTensor } from '../../../lib/checkpoint/pickled-values'
import { legacyMagic, readLegacyTorchFile, readZipTorchFile } from '../../../lib/checkpoint/torch-file'
import { dict, int, op, pickle, tensor, text, type Code, type TensorCode } from './pickle-writer'
import { write } from './scratch'
import { zip, type End, type Entry } from './zip-writer'

const storage = (elements: number) => Buffer.from(Float32Array.from({ length: elements }, (_, i) => i).buffer)

const entriesOf = (code: Code, data: Buffer): Entry[] => [
  { name: 'model/data.pkl', bytes: pickle(code) },
  { name: 'model/byteorder', bytes: Buffer.from('little') },
  { name: 'model/data/0', bytes: data },
]

/** Opens the bytes as a zip of torch.save and locates the tensor `w` of its dict. */
async function locate(bytes: Buffer, read = readZipTorchFile) {
  return CheckpointFile.with(write('torch.pth', bytes), async (file) => {
    const torch = await read(file)
    const w = (torch.root as Map<string, unknown>).get('w') as PickledTensor
    const { range } = await torch.locate('w', w)
    return new Float32Array(Uint8Array.from(await file.read(range.offset, range.length, 'w')).buffer)
  })
}

const locateView = (view: Omit<TensorCode, 'key'>, data = storage(12)) =>
  locate(zip(entriesOf(dict([['w', tensor({ key: '0', elements: 12, ...view })]]), data)))

const refused = (message: RegExp) => ({
  code: 'ERR_CHECKPOINT_FORMAT',
  message: expect.stringMatching(message),
  details: { file: expect.stringContaining('torch.pth') },
})

describe('tensors in a zip', () => {
  test('a view of a part of its storage', async () => {
    expect([...(await locateView({ shape: [2, 3], offset: 4 }))]).toEqual([4, 5, 6, 7, 8, 9])
  })

  test('strides of dimensions of size 1 mean nothing', async () => {
    expect([...(await locateView({ shape: [1, 3], strides: [77, 1] }))]).toEqual([0, 1, 2])
  })

  test.each([
    ['transposed', { shape: [4, 3], strides: [1, 4] }],
    ['every second value', { shape: [6], strides: [2] }],
    ['expanded', { shape: [3, 3], strides: [0, 1] }],
  ])('a strided view (%s) is refused and told how to mend', async (_, view) => {
    await expect(locateView(view)).rejects.toMatchObject(refused(/strided view.*\.contiguous\(\)/))
  })

  test.each([
    ['beyond the storage', { shape: [2, 3], offset: 7 }, /reaches beyond its storage of 12/],
    [
      'of more values than can be counted',
      { shape: [2 ** 30, 2 ** 30], strides: [2 ** 30, 1] },
      /reaches beyond/,
    ],
    ['of an unread type', { shape: [12], type: 'BoolStorage' }, /is a BoolStorage/],
    ['of another size than its entry', { shape: [3], elements: 13 }, /has 48 bytes, expected 52/],
  ])('a tensor %s is refused', async (_, view, message) => {
    await expect(locateView(view)).rejects.toMatchObject(refused(message))
  })

  test('a storage that is not in the zip is refused', async () => {
    const entries = entriesOf(dict([['w', tensor({ key: '../../etc/passwd', shape: [1] })]]), storage(1))
    await expect(locate(zip(entries))).rejects.toMatchObject(
      refused(/no entry model\/data\/\.\.\/\.\.\/etc\/passwd/),
    )
  })

  test('big-endian files are refused', async () => {
    const entries = entriesOf(dict([]), storage(1))
    entries[1] = { name: 'model/byteorder', bytes: Buffer.from('big') }
    await expect(locate(zip(entries))).rejects.toMatchObject(refused(/byte order is "big"/))
  })
})

describe('zip directories', () => {
  const entries = () => entriesOf(dict([['w', tensor({ key: '0', shape: [12] })]]), storage(12))
  const withLies = (lies: Partial<Entry>, end?: End) => {
    const [first, second, last] = entries() as [Entry, Entry, Entry]
    return zip([first, second, { ...last, ...lies }], end)
  }

  test('zip64 sizes and positions are read', async () => {
    const wide = entries().map((entry) => ({ ...entry, wide: true }))
    expect([...(await locate(zip(wide, { wide: true })))]).toHaveLength(12)
  })

  test('a comment after the end record is skipped', async () => {
    const bytes = zip(entries())
    bytes.writeUInt16LE(5, bytes.length - 2)
    expect([...(await locate(Buffer.concat([bytes, Buffer.from('hello')])))]).toHaveLength(12)
  })

  test('every truncation is refused', async () => {
    const bytes = zip(entries())
    for (let length = 0; length < bytes.length; length += 7)
      await expect(locate(bytes.subarray(0, length))).rejects.toMatchObject(refused(/cut off/))
  })

  test.each<[string, Partial<Entry>, End | undefined, RegExp]>([
    ['a size beyond the entries', { claimedSize: 10_000 }, undefined, /beyond the end of the entries/],
    ['a size of 2^62', { claimedSize: 2 ** 62, wide: true }, undefined, /beyond the end of the entries/],
    [
      'a position beyond the file',
      { claimedHeader: 10_000_000 },
      undefined,
      /zip header of "model\/data\/0" should be/,
    ],
    ['a position inside another entry', { claimedHeader: 3 }, undefined, /points to no entry/],
    ['a position at another entry', { claimedHeader: 0 }, undefined, /points to no entry/],
    ['compression', { method: 8 }, undefined, /compressed or encrypted/],
    [
      'more entries than the directory holds',
      {},
      { claimedCount: 4 },
      /fewer entries than it says|says it has 4/,
    ],
    ['65,535 entries in 200 bytes', {}, { claimedCount: 65_535 }, /says it has 65535 entries/],
    ['2^40 entries', {}, { claimedCount: 2 ** 40, wide: true }, /says it has 1099511627776 entries/],
    ['a directory beyond the file', {}, { claimedStart: 2 ** 31 }, /overlaps its end record/],
    ['a directory at 2^62', {}, { claimedStart: 2 ** 62, wide: true }, /impossible 64-bit size/],
    ['the same name twice', { name: 'model/byteorder' }, undefined, /"model\/byteorder" twice/],
    ['a second pickle', { name: 'other/data.pkl' }, undefined, /found 2/],
  ])('refused: %s', async (_, lies, end, message) => {
    await expect(locate(withLies(lies, end))).rejects.toMatchObject(refused(message))
  })

  test('a zip that is no checkpoint is refused', async () => {
    await expect(locate(zip([{ name: 'photo.jpg', bytes: Buffer.alloc(9) }]))).rejects.toMatchObject(
      refused(/found 0/),
    )
  })
})

describe('the older container', () => {
  const list = (...items: Code[]) => Buffer.concat([op(']', '('), ...items, op('e')])
  const system = dict([['little_endian', op(0x88)]])
  const elements = (count: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(count))
    return bytes
  }
  const legacy = (root: Code, keys: Code, ...data: Buffer[]) =>
    Buffer.concat([
      legacyMagic,
      op('.'),
      pickle(int(1001)),
      pickle(system),
      pickle(root),
      pickle(keys),
      ...data,
    ])
  const root = dict([['w', tensor({ key: '77', shape: [2], offset: 1, elements: 3 })]])

  test('storages follow their keys', async () => {
    const bytes = legacy(root, list(text('77')), elements(3), storage(3))
    expect([...(await locate(bytes, readLegacyTorchFile))]).toEqual([1, 2])
  })

  test.each<[string, Buffer, RegExp]>([
    [
      'another size than its tensors say',
      legacy(root, list(text('77')), elements(4), storage(4)),
      /has 4 elements/,
    ],
    ['a negative size', legacy(root, list(text('77')), elements(-3), storage(3)), /has -3 elements/],
    ['cut off', legacy(root, list(text('77')), elements(3), storage(2)), /is cut off/],
    [
      'not described',
      legacy(root, list(text('78')), elements(3), storage(3)),
      /storage "78" is of unknown type/,
    ],
    ['not there', legacy(root, list(), elements(3), storage(3)), /storage 77 of w has no bytes/],
    ['without its size', legacy(root, list(text('77'))), /is it whole/],
  ])('a storage %s is refused', async (_, bytes, message) => {
    await expect(locate(bytes, readLegacyTorchFile)).rejects.toMatchObject(refused(message))
  })
})
