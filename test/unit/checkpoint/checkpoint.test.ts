import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DType, PlannedTensor } from '../../../binding.gyp'
import { encoderNames, openCheckpoint, requireHeads, safetensorsHeader } from '../../../lib/checkpoint'
import { call, dict, global, pickle, tensor, text } from './pickle-writer'
import { contents, digests, scratch, tiny, write } from './scratch'
import { zip, type Entry } from './zip-writer'

const official = join(tiny, 'official.pth.tar')
const huggingFace = join(tiny, 'hf')
const targetEncoder = async () => digests((await openCheckpoint(official)).plan())

interface Named {
  name: string
  shape: readonly number[]
  bytes: Buffer
  dtype?: DType
}

/** The golden target encoder, tensor by tensor. */
async function tensors(): Promise<Named[]> {
  const plan = (await openCheckpoint(official)).plan()
  const bytes = await contents(plan)
  return plan.map(({ name, shape }) => ({ name, shape, bytes: bytes.get(name) as Buffer }))
}

function writeSafetensors(name: string, named: readonly Named[], metadata?: Record<string, string>): string {
  const header = safetensorsHeader(
    named.map(({ name: tensorName, shape, dtype = 'F32' }) => ({ name: tensorName, shape, dtype })),
    metadata,
  )
  return write(name, Buffer.concat([header, ...named.map(({ bytes }) => bytes)]))
}

function copyOfFolder(name: string, change: (config: Record<string, unknown>) => void): string {
  cpSync(huggingFace, scratch(name), { recursive: true })
  const file = join(scratch(name), 'config.json')
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  change(config)
  writeFileSync(file, JSON.stringify(config))
  return scratch(name)
}

const geometry = {
  embedDim: 48,
  depth: 3,
  mlpDim: 192,
  patchSize: 4,
  imageHeight: 32,
  imageWidth: 32,
  layerNormEps: 1e-6,
}

describe('one encoder in every format', () => {
  test('the official zip: names in official order, the grid beside the positions', async () => {
    const checkpoint = await openCheckpoint(official)
    expect(checkpoint.plan().map(({ name }) => name)).toEqual(encoderNames(3))
    expect(checkpoint.plan()[0]).toMatchObject({ name: 'pos_embed', shape: [1, 64, 48], grid: [8, 8] })
    expect(checkpoint.geometry).toEqual(geometry)
    expect(checkpoint.info).toMatchObject({
      format: 'official (zip .pth.tar)',
      weights: 'target_encoder',
      parameters: 90336,
      dtype: 'F32',
      training: { epoch: 300 },
      warnings: [],
    })
  })

  test('the older container holds the same bytes', async () => {
    const legacy = await openCheckpoint(join(tiny, 'official-legacy.pth.tar'))
    expect(legacy.info.format).toBe('official (legacy .pth.tar)')
    expect(await digests(legacy.plan())).toEqual(await targetEncoder())
  })

  test("the Hugging Face folder holds the same bytes, qkv in three parts, and says it may be the hub's encoder", async () => {
    const folder = await openCheckpoint(huggingFace)
    expect(await digests(folder.plan())).toEqual(await targetEncoder())
    const qkv = folder.plan().find(({ name }) => name === 'blocks.2.attn.qkv.weight') as PlannedTensor
    expect([qkv.shape, qkv.ranges.length]).toEqual([[144, 48], 3])
    expect(folder.geometry).toEqual({ ...geometry, heads: 4 })
    expect(folder.info.weights).toBe('hub (context encoder)')
    expect(folder.info.warnings).toEqual([expect.stringContaining('the paper evaluates the target encoder')])
  })

  test('shards of a Hugging Face folder are joined', async () => {
    const folder = scratch('sharded')
    mkdirSync(folder)
    for (const name of ['config.json', 'preprocessor_config.json'])
      writeFileSync(join(folder, name), readFileSync(join(huggingFace, name)))
    const all = await huggingFaceTensors()
    const halves = [all.slice(0, 20), all.slice(20)]
    const map = halves.flatMap((half, i) => half.map(({ name }) => [name, `model-${i}.safetensors`]))
    halves.forEach((half, i) => writeSafetensors(`sharded/model-${i}.safetensors`, half))
    const index = join(folder, 'model.safetensors.index.json')
    writeFileSync(index, JSON.stringify({ weight_map: Object.fromEntries(map) as unknown }))
    const checkpoint = await openCheckpoint(folder)
    expect(await digests(checkpoint.plan())).toEqual(await targetEncoder())
    expect(checkpoint.classifier?.classes).toHaveLength(10)
    writeFileSync(index, JSON.stringify({ weight_map: { a: '../hf/model.safetensors' } }))
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
      message: expect.stringMatching(/no name of a \.safetensors file in the same folder/),
    })
    writeFileSync(index, JSON.stringify({ weight_map: { a: 'model-0.safetensors' } }))
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      message: expect.stringMatching(/not in their shards, first a/),
    })
  })

  test.each(['', 'module.'])('safetensors under official names with prefix "%s"', async (prefix) => {
    const named = (await tensors()).map((one) => ({ ...one, name: prefix + one.name }))
    const path = writeSafetensors('official.safetensors', named, {
      num_heads: '6',
      weights: 'target_encoder',
    })
    const checkpoint = await openCheckpoint(path)
    expect(await digests(checkpoint.plan())).toEqual(await targetEncoder())
    expect(checkpoint.geometry.heads).toBe(6)
    expect(checkpoint.info.weights).toBe('target_encoder')
  })

  test('safetensors under Hugging Face names, with and without ijepa., F16 or not', async () => {
    const path = writeSafetensors('hf.safetensors', await huggingFaceTensors())
    expect(await digests((await openCheckpoint(path)).plan())).toEqual(await targetEncoder())
    const bare = (await huggingFaceTensors()).filter(({ name }) => name.startsWith('ijepa.'))
    const half = bare.map(({ name, shape, bytes }) => ({
      name: name.slice('ijepa.'.length),
      shape,
      dtype: 'F16' as const,
      bytes: bytes.subarray(0, bytes.length / 2),
    }))
    const checkpoint = await openCheckpoint(writeSafetensors('half.safetensors', half))
    expect(checkpoint.info.dtype).toBe('F16')
    expect(checkpoint.plan()[0]?.ranges[0]).toMatchObject({ dtype: 'F16', length: 64 * 48 * 2 })
  })

  test('a bare state dict', async () => {
    const named = await tensors()
    const code = dict(named.map(({ name, shape }, i) => [name, tensor({ key: String(i), shape })] as const))
    const storages: Entry[] = named.map(({ bytes }, i) => ({ name: `archive/data/${i}`, bytes }))
    const path = write('bare.pth', zip([{ name: 'archive/data.pkl', bytes: pickle(code) }, ...storages]))
    const checkpoint = await openCheckpoint(path)
    expect(await digests(checkpoint.plan())).toEqual(await targetEncoder())
    expect(checkpoint.info.format).toBe('state dict (zip)')
    expect(checkpoint.info.weights).toMatch(/^unstated/)
  })
})

async function huggingFaceTensors(): Promise<Named[]> {
  const { readSafetensors } = await import('../../../lib/checkpoint')
  const { tensors: stored } = await readSafetensors(join(huggingFace, 'model.safetensors'))
  const plan = [...stored].map(([name, { shape, range }]) => ({ name, shape: [...shape], ranges: [range] }))
  const bytes = await contents(plan)
  return plan.map(({ name, shape }) => ({ name, shape, bytes: bytes.get(name) as Buffer }))
}

describe('options', () => {
  test('weights: the context encoder is another one', async () => {
    const context = await openCheckpoint(official, { weights: 'encoder' })
    expect(context.info.weights).toBe('encoder')
    const [ours, theirs] = [await digests(context.plan()), await targetEncoder()]
    expect(ours['norm.weight']).not.toBe(theirs['norm.weight'])
    expect(ours.pos_embed).toBe(theirs.pos_embed)
  })

  test('weights that are not in the file: the message names those that are', async () => {
    const bytes = pickle(dict([['encoder', dict([['w', tensor({ key: '0', shape: [1] })]])]]))
    const path = write('only-encoder.pth', zip([{ name: 'a/data.pkl', bytes }]))
    await expect(openCheckpoint(path)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: expect.stringMatching(/has no target_encoder.*weights: 'encoder'/),
    })
  })

  test('weights of a file with one encoder: a warning', async () => {
    const { info } = await openCheckpoint(huggingFace, { weights: 'target_encoder' })
    expect(info.warnings).toContainEqual(expect.stringMatching(/chooses nothing here/))
  })

  test('heads: unknown where nothing says them, and required by name', async () => {
    const checkpoint = await openCheckpoint(official)
    expect(checkpoint.geometry.heads).toBeUndefined()
    expect(() => requireHeads(checkpoint)).toThrow(
      expect.objectContaining({ code: 'ERR_HEADS_UNKNOWN', message: expect.stringMatching(/option heads/) }),
    )
    expect(requireHeads(await openCheckpoint(official, { heads: 4 }))).toBe(4)
    expect(requireHeads(await openCheckpoint(huggingFace))).toBe(4)
  })

  test('heads: the option overrides the file with a warning', async () => {
    const { geometry: chosen, info } = await openCheckpoint(huggingFace, { heads: 6 })
    expect(chosen.heads).toBe(6)
    expect(info.warnings).toContainEqual(expect.stringMatching(/heads: 6 overrides the 4/))
  })

  test.each([7, 0, -4, 1.5])('heads: %d does not divide the width', async (heads) => {
    await expect(openCheckpoint(official, { heads })).rejects.toMatchObject({ code: 'ERR_CONFIG' })
  })

  test('imageSize: the geometry gets it, the positions keep the grid of the file', async () => {
    const checkpoint = await openCheckpoint(official, { imageSize: { height: 32, width: 40 } })
    expect(checkpoint.geometry).toEqual({ ...geometry, imageWidth: 40 })
    expect(checkpoint.plan()[0]).toMatchObject({ shape: [1, 64, 48], grid: [8, 8] })
    expect(checkpoint.info.imageSize).toBe(32)
  })

  test.each([30, 0, -32, NaN])('imageSize: %d is not divided by the patches', async (imageSize) => {
    await expect(openCheckpoint(official, { imageSize })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/patches of 4 pixels/),
    })
  })

  test("positions: 'regenerate' leaves them out of the plan, and nothing else", async () => {
    const plan = (await openCheckpoint(official, { positions: 'regenerate' })).plan()
    expect(plan.map(({ name }) => name)).toEqual(encoderNames(3).slice(1))
  })
})

describe('a Hugging Face classifier', () => {
  test('classes by index, head under official names, its own preprocessing', async () => {
    const { classifier } = await openCheckpoint(huggingFace)
    expect(classifier).toMatchObject({ pooling: 'norm_then_mean', extra: undefined })
    expect(classifier?.classes).toEqual(Array.from({ length: 10 }, (_, i) => `class_${i}`))
    expect(classifier?.plan.map(({ name, shape }) => [name, shape])).toEqual([
      ['head.weight', [10, 48]],
      ['head.bias', [10]],
    ])
    expect(classifier?.preprocessing).toMatchObject({ resize: 'squash', interpolation: 'bicubic' })
  })

  test('our own key says which encoder it was, and the pooling', async () => {
    const own = { weights: 'target_encoder', pooling: 'mean_then_norm', other: [1] }
    const folder = copyOfFolder('own', (config) => (config.ijepa_classify = own))
    const { info, classifier } = await openCheckpoint(folder)
    expect(info).toMatchObject({ weights: 'target_encoder', warnings: [] })
    expect(classifier).toMatchObject({ pooling: 'mean_then_norm', extra: own })
  })

  test('preprocessing that cannot be followed is refused when it is asked for: the encoder is of use without', async () => {
    const folder = copyOfFolder('rescaled', () => {})
    write('rescaled/preprocessor_config.json', JSON.stringify({ do_resize: false }))
    const { classifier } = await openCheckpoint(folder)
    expect(() => classifier?.preprocessing).toThrow(
      expect.objectContaining({ code: 'ERR_CHECKPOINT_FORMAT' }),
    )
  })

  test("Hugging Face's default epsilon is used and warned of", async () => {
    const folder = copyOfFolder('epsilon', (config) => (config.layer_norm_eps = 1e-12))
    const { info, geometry: found } = await openCheckpoint(folder)
    expect(found.layerNormEps).toBe(1e-12)
    expect(info.warnings).toContainEqual(expect.stringMatching(/layer_norm_eps is 1e-12/))
  })

  test('positions of a picture that is not square, where the config says its size', async () => {
    const folder = copyOfFolder('wide', (config) => (config.image_size = [16, 64]))
    const checkpoint = await openCheckpoint(folder)
    expect(checkpoint.plan()[0]?.grid).toEqual([4, 16])
    expect(checkpoint.info.imageSize).toEqual({ height: 16, width: 64 })
  })

  test.each<[string, (config: Record<string, unknown>) => void, RegExp]>([
    ['another model', (c) => (c.model_type = 'vit'), /expected model_type "ijepa", found "vit"/],
    ['a run folder', (c) => delete c.model_type, /checkpoints\/best/],
    ['another activation', (c) => (c.hidden_act = 'gelu_new'), /hidden_act/],
    ['another width', (c) => (c.hidden_size = 64), /hidden_size is 64, but the tensors have 48/],
    ['another image size', (c) => (c.image_size = 64), /pos_embed \[1, 64, 48\], expected \[1, 256, 48\]/],
    ['an impossible image size', (c) => (c.image_size = 'large'), /image_size "large" is no size/],
    ['heads that do not divide', (c) => (c.num_attention_heads = 5), /5 attention heads do not divide/],
    ['a class missing', (c) => (c.id2label = { 0: 'a', 2: 'c' }), /id2label/],
    ['equal classes', (c) => (c.id2label = { 0: 'a', 1: 'a' }), /id2label/],
    ['too few classes', (c) => (c.id2label = { 0: 'a', 1: 'b' }), /names 2 classes, the head has 10/],
    ['unknown pooling', (c) => (c.ijepa_classify = { pooling: 'max' }), /pooling "max"/],
  ])('refused: %s', async (name, change, message) => {
    await expect(openCheckpoint(copyOfFolder(name.replaceAll(' ', '-'), change))).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: expect.stringMatching(message),
    })
  })
})

describe('what does not fit', () => {
  const openWith = async (change: (named: Named[]) => Named[]) =>
    openCheckpoint(writeSafetensors('changed.safetensors', change(await tensors())))
  const vector = (name: string, size = 48) => ({ name, shape: [size], bytes: Buffer.alloc(4 * size) })
  const mismatch = (message: RegExp, details = {}) => ({
    code: 'ERR_CHECKPOINT_MISMATCH',
    message: expect.stringMatching(message),
    details: expect.objectContaining(details),
  })

  test('a missing parameter is named', async () => {
    const opening = openWith((named) => named.filter(({ name }) => name !== 'blocks.1.mlp.fc2.bias'))
    await expect(opening).rejects.toMatchObject(
      mismatch(/1 missing: blocks\.1\.mlp\.fc2\.bias/, {
        missing: ['blocks.1.mlp.fc2.bias'],
        unexpected: [],
      }),
    )
  })

  test('of many unexpected ones, ten are named and all are counted', async () => {
    const extra = Array.from({ length: 12 }, (_, i) => vector(`extra.${i}`))
    const names = extra.map(({ name }) => name)
    await expect(openWith((named) => [...named, ...extra])).rejects.toMatchObject(
      mismatch(/12 unexpected: extra\.0; .*extra\.9; …$/, { unexpected: names }),
    )
  })

  test('another shape is shown beside the expected one', async () => {
    const opening = openWith((named) =>
      named.map((one) => (one.name === 'blocks.2.norm1.bias' ? vector(one.name, 47) : one)),
    )
    await expect(opening).rejects.toMatchObject(mismatch(/blocks\.2\.norm1\.bias \[47\], expected \[48\]/))
  })

  test('a block number out of line is missing and unexpected, without an allocation for it', async () => {
    const rename = (name: string) => name.replace('blocks.2.', 'blocks.4000000000.')
    const opening = openWith((named) => named.map((one) => ({ ...one, name: rename(one.name) })))
    await expect(opening).rejects.toMatchObject(mismatch(/12 missing.*12 unexpected/))
  })

  test('a class token is refused by its key', async () => {
    await expect(openWith((named) => [...named, vector('cls_token')])).rejects.toMatchObject(
      mismatch(/class token \(cls_token\); I-JEPA encoders have none/),
    )
  })

  test('a grid that is not square needs a config', async () => {
    const positions = { name: 'pos_embed', shape: [1, 63, 48], bytes: Buffer.alloc(63 * 48 * 4) }
    await expect(openWith((named) => [positions, ...named.slice(1)])).rejects.toMatchObject(
      mismatch(/63 positions/),
    )
  })

  test('integers are no weights', async () => {
    const opening = openWith((named) =>
      named.map((one) => (one.name === 'norm.bias' ? { ...one, dtype: 'I32' as const } : one)),
    )
    await expect(opening).rejects.toMatchObject(mismatch(/norm\.bias of I32/))
  })

  test('empty parameters', async () => {
    const opening = openWith((named) =>
      named.map(({ name, shape }) => ({ name, shape: shape.map(() => 0), bytes: Buffer.alloc(0) })),
    )
    await expect(opening).rejects.toMatchObject(mismatch(/empty/))
  })

  test('a head without class names is left out with a warning', async () => {
    const { classifier, info } = await openWith((named) => [
      ...named,
      { name: 'head.weight', shape: [2, 48], bytes: Buffer.alloc(2 * 48 * 4) },
      vector('head.bias', 2),
    ])
    expect(classifier).toBeUndefined()
    expect(info.warnings).toEqual([expect.stringMatching(/head in this file is left out/)])
  })
})

describe('hostile and damaged files', () => {
  test('a pickle that calls os.system is refused, and nothing runs', async () => {
    const witness = scratch('witness')
    const bytes = pickle(dict([['w', call(global('posix', 'system'), text(`touch ${witness}`))]]))
    const path = write('evil.pth.tar', zip([{ name: 'a/data.pkl', bytes }]))
    await expect(openCheckpoint(path)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
      message: expect.stringMatching(/asks for "posix\.system"/),
    })
    expect(existsSync(witness)).toBe(false)
  })

  test('every truncation of the official files is refused', async () => {
    for (const name of ['official.pth.tar', 'official-legacy.pth.tar', 'hf/model.safetensors']) {
      const bytes = readFileSync(join(tiny, name))
      for (const part of [0, 3, 20, 1000, 20_000, bytes.length / 2, bytes.length - 1]) {
        const path = write('truncated', bytes.subarray(0, part))
        await expect(openCheckpoint(path)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' })
      }
    }
  })

  test.each([
    ['an image', Buffer.from('\x89PNG\r\n\x1a\n0000IHDR'), /its first bytes are of none of them/],
    ['nothing', Buffer.alloc(0), /its first bytes/],
    ['a number', pickle(Buffer.from('N')), /its first bytes/],
  ])('a file that is %s', async (_, bytes, message) => {
    await expect(openCheckpoint(write('unknown', bytes))).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
      message: expect.stringMatching(message),
    })
  })

  test.each([
    ['a number', Buffer.from('N'), /expected a dict/],
    [
      'a dict of numbers',
      dict([['epoch', Buffer.from('K\x07', 'latin1')]]),
      /expected only tensors in the state dict, found epoch/,
    ],
  ])('a pickle of %s', async (_, code, message) => {
    const path = write('other.pth', zip([{ name: 'a/data.pkl', bytes: pickle(code) }]))
    await expect(openCheckpoint(path)).rejects.toMatchObject({ message: expect.stringMatching(message) })
  })

  test('nesting without end in a value that an error speaks of', async () => {
    const deep = Buffer.concat([Buffer.from(']'), Buffer.alloc(400_000, 0x85)])
    const key = Buffer.concat([Buffer.from('}'), deep, Buffer.from('Ns')])
    const encoder = Buffer.concat([dict([['encoder', dict([])]]), deep, Buffer.from('Ns')])
    for (const code of [key, encoder]) {
      const path = write('deep.pth', zip([{ name: 'a/data.pkl', bytes: pickle(code) }]))
      await expect(openCheckpoint(path)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_CHECKPOINT/),
      })
    }
    mkdirSync(scratch('deep'))
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    write('deep/model.safetensors', readFileSync(join(huggingFace, 'model.safetensors')))
    write('deep/config.json', `{"model_type": ${nested}}`)
    await expect(openCheckpoint(scratch('deep'))).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: expect.stringMatching(/expected model_type "ijepa", found a list/),
    })
  })

  test('missing files and folders', async () => {
    const missing = { code: 'ERR_FILE' }
    await expect(openCheckpoint(scratch('nowhere'))).rejects.toMatchObject(missing)
    mkdirSync(scratch('empty'))
    await expect(openCheckpoint(scratch('empty'))).rejects.toMatchObject(missing)
    await expect(openCheckpoint('/dev/null')).rejects.toMatchObject(missing)
  })

  test('a config.json that is no JSON', async () => {
    mkdirSync(scratch('no-json'))
    write('no-json/config.json', '{')
    await expect(openCheckpoint(scratch('no-json'))).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' })
  })
})
