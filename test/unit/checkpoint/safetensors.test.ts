import { readSafetensors, safetensorsHeader } from '../../../lib/checkpoint'
import { write } from './scratch'

const file = (header: unknown, data = 0): Buffer => {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, Buffer.alloc(data)])
}
const float = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
})

test('a written header is read back: names, types, shapes, ranges, metadata', async () => {
  const tensors = [
    { name: 'b', dtype: 'F32' as const, shape: [2, 3] },
    { name: 'a', dtype: 'BF16' as const, shape: [5] },
    { name: 'scalar', dtype: 'I64' as const, shape: [] },
    { name: 'none', dtype: 'U8' as const, shape: [0, 4] },
  ]
  const header = safetensorsHeader(tensors, { format: 'pt' })
  expect(header.length % 8).toBe(0)
  const path = write('round.safetensors', Buffer.concat([header, Buffer.alloc(24 + 10 + 8)]))
  const read = await readSafetensors(path)
  expect(read.metadata).toEqual({ format: 'pt' })
  expect([...read.tensors.keys()]).toEqual(['b', 'a', 'scalar', 'none'])
  expect(read.tensors.get('a')).toEqual({
    dtype: 'BF16',
    shape: [5],
    range: { file: path, offset: header.length + 24, length: 10, dtype: 'BF16' },
  })
  expect(read.tensors.get('scalar')?.range.length).toBe(8)
})

test('equal arguments give equal bytes, in the order given', () => {
  const tensors = [
    { name: 'b', dtype: 'F32' as const, shape: [1] },
    { name: 'a', dtype: 'F32' as const, shape: [2] },
  ]
  expect(safetensorsHeader(tensors)).toEqual(safetensorsHeader(tensors))
  expect(Buffer.from(safetensorsHeader(tensors)).toString('latin1', 8).trimEnd()).toBe(
    '{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}',
  )
})

test('a name twice is refused before it is written', () => {
  const tensor = { name: 'a', dtype: 'F32' as const, shape: [1] }
  expect(() => safetensorsHeader([tensor, tensor])).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
})

test.each<[string, Buffer, RegExp]>([
  ['an empty file', Buffer.alloc(0), /header length should be 8 bytes/],
  ['a header longer than the file', file({}).fill(0xff, 0, 4).fill(0, 4, 8), /at most 67108864 are read/],
  ['a header length beyond 2^53', file({}).fill(0xff, 0, 8), /at most 67108864 are read/],
  ['a header a little longer than the file', file({}).fill(9, 0, 1), /is it whole/],
  ['no JSON', file('{"a": '), /not JSON in UTF-8/],
  ['no UTF-8', file('{"a": "x"}').fill(0xff, 15, 16), /not JSON in UTF-8/],
  ['an array', file('[]'), /no JSON object/],
  ['deep nesting', file(`{"a":${'['.repeat(1_000_000)}`), /not JSON/],
  ['unknown dtype', file({ a: { dtype: 'F4', shape: [2], data_offsets: [0, 1] } }, 1), /has dtype "F4"/],
  [
    'dtype of the prototype',
    file({ a: { dtype: 'toString', shape: [], data_offsets: [0, 0] } }),
    /has dtype/,
  ],
  ['a tensor that is a number', file({ a: 1 }), /has dtype undefined/],
  ['negative shape', file({ a: float(0, 4, [-1]) }, 4), /no valid shape/],
  ['fractional shape', file({ a: float(0, 4, [0.5]) }, 4), /no valid shape/],
  ['shape beyond 2^53', file({ a: float(0, 4, [2 ** 40, 2 ** 40]) }, 4), /does not fill/],
  ['offsets in reverse', file({ a: float(4, 0, [1]) }, 4), /does not fill/],
  ['three offsets', file({ a: { dtype: 'U8', shape: [0], data_offsets: [0, 0, 0] } }), /no valid shape/],
  ['length that the shape does not fill', file({ a: float(0, 8, [3]) }, 8), /does not fill bytes 0 to 8/],
  [
    'overlap',
    file({ a: float(0, 8), b: float(4, 12) }, 12),
    /"b" begins at byte \d+, expected \d+: tensors overlap/,
  ],
  ['a hole', file({ a: float(0, 4), b: float(8, 12) }, 12), /leave holes/],
  ['out of bounds', file({ a: float(0, 4096) }, 8), /is it whole/],
  ['bytes after the last tensor', file({ a: float(0, 4) }, 8), /tensors end at byte/],
  ['metadata of numbers', file({ __metadata__: { n: 1 } }), /no object of texts/],
])('refused: %s', async (_, bytes, message) => {
  const path = write('hostile.safetensors', bytes)
  await expect(readSafetensors(path)).rejects.toMatchObject({
    code: 'ERR_CHECKPOINT_FORMAT',
    message: expect.stringMatching(message),
    details: { file: path },
  })
})

test('__proto__ is a name like any other', async () => {
  const path = write(
    'proto.safetensors',
    file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
  )
  expect([...(await readSafetensors(path)).tensors.keys()]).toEqual(['__proto__'])
})
