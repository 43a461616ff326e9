import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  huggingFaceConfig,
  huggingFaceModel,
  openCheckpoint,
  preprocessorConfig,
  readSafetensors,
  type EncoderGeometry,
} from '../../../lib/checkpoint'
import { contents, digests, scratch, tiny, write } from './scratch'

const preprocessing = {
  resize: 'shortest' as const,
  cropFraction: 0.875,
  interpolation: 'bicubic' as const,
  mean: [0.485, 0.456, 0.406] as const,
  std: [0.229, 0.224, 0.225] as const,
}

test('names and shapes are those that transformers wrote', async () => {
  const golden = await readSafetensors(join(tiny, 'hf/model.safetensors'))
  const { geometry } = await openCheckpoint(join(tiny, 'hf'))
  const { header, pieces } = huggingFaceModel(geometry as EncoderGeometry, 10)
  const path = write('names.safetensors', Buffer.concat([header, Buffer.alloc(sizeOf(golden.tensors))]))
  const { tensors, metadata } = await readSafetensors(path)
  const shapes = (map: typeof tensors) =>
    Object.fromEntries([...map].map(([name, { shape, dtype }]) => [name, { shape, dtype }]))
  expect(shapes(tensors)).toEqual(shapes(golden.tensors))
  expect(pieces).toHaveLength(tensors.size)
  expect(metadata).toEqual({ format: 'pt' })
})

test('a written model is read back byte for byte, with its classes, pooling and preprocessing', async () => {
  const source = await openCheckpoint(join(tiny, 'hf'))
  const geometry = source.geometry as EncoderGeometry
  const head = source.classifier?.plan ?? []
  const named = new Map([...(await contents(source.plan())), ...(await contents(head))])
  for (const kind of ['weight', 'bias']) named.set(`classifier.${kind}`, named.get(`head.${kind}`) as Buffer)
  const { header, pieces } = huggingFaceModel(geometry, 10)
  const rows = pieces.map(({ name, begin, end }) => {
    const bytes = named.get(name) as Buffer
    const row = name.endsWith('weight') ? 48 * 4 : 4
    return end === 0 ? bytes : bytes.subarray(begin * row, end * row)
  })
  const classes = ['10', '2', 'é', '__proto__', ...Array.from({ length: 6 }, (_, i) => `c${i}`)]
  const extra = { weights: 'target_encoder', pooling: 'norm_then_mean', formatVersion: 1 }
  mkdirSync(scratch('written'))
  write('written/model.safetensors', Buffer.concat([header, ...rows]))
  write('written/config.json', JSON.stringify(huggingFaceConfig(geometry, classes, extra)))
  write('written/preprocessor_config.json', JSON.stringify(preprocessorConfig(preprocessing, 32)))

  const read = await openCheckpoint(scratch('written'))
  expect(await digests(read.plan())).toEqual(await digests(source.plan()))
  expect(await digests(read.classifier?.plan ?? [])).toEqual(await digests(head))
  expect(read.geometry).toEqual(geometry)
  expect(read.info).toMatchObject({ weights: 'target_encoder', warnings: [] })
  expect(read.classifier).toMatchObject({
    classes,
    pooling: 'norm_then_mean',
    extra,
    preprocessing: { resize: 'shortest' },
  })
})

test('pieces of qkv are its thirds of rows: query, key, value', () => {
  const geometry = {
    embedDim: 8,
    depth: 1,
    heads: 2,
    mlpDim: 16,
    patchSize: 2,
    imageHeight: 4,
    imageWidth: 6,
    layerNormEps: 1e-6,
  }
  const { pieces } = huggingFaceModel(geometry, 3)
  expect(pieces.filter(({ name }) => name === 'blocks.0.attn.qkv.bias')).toEqual([
    { name: 'blocks.0.attn.qkv.bias', begin: 0, end: 8 },
    { name: 'blocks.0.attn.qkv.bias', begin: 8, end: 16 },
    { name: 'blocks.0.attn.qkv.bias', begin: 16, end: 24 },
  ])
  expect(pieces.slice(-2)).toEqual([
    { name: 'classifier.weight', begin: 0, end: 0 },
    { name: 'classifier.bias', begin: 0, end: 0 },
  ])
  expect(huggingFaceConfig(geometry, ['a', 'b', 'c'], {})).toMatchObject({
    image_size: [4, 6],
    num_attention_heads: 2,
  })
})

function sizeOf(tensors: Awaited<ReturnType<typeof readSafetensors>>['tensors']): number {
  return [...tensors.values()].reduce((sum, { range }) => sum + range.length, 0)
}
