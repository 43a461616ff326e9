import { parsePreprocessorConfig, preprocessorConfig } from '../../../lib/checkpoint'

const mean = [0.485, 0.456, 0.406] as const
const std = [0.229, 0.224, 0.225] as const
const parse = (json: object) =>
  parsePreprocessorConfig({ file: 'preprocessor_config.json', json: json as Record<string, unknown> })

const read = (change: object) => parse({ ...preprocessorConfig(bicubic('squash', 1), 32), ...change })
const bicubic = (resize: 'shortest' | 'squash' | 'pad', cropFraction: number) => ({
  resize,
  cropFraction,
  interpolation: 'bicubic' as const,
  mean,
  std,
})

test('shortest side and centre crop are written for a processor that crops', () => {
  expect(preprocessorConfig(bicubic('shortest', 0.875), 224)).toMatchObject({
    image_processor_type: 'CLIPImageProcessor',
    size: { shortest_edge: 256 },
    do_center_crop: true,
    crop_size: { height: 224, width: 224 },
    resample: 3,
    image_mean: mean,
  })
})

test.each(['shortest', 'squash', 'pad'] as const)('%s is read back as it was written', (resize) => {
  const preprocessing = bicubic(resize, resize === 'shortest' ? 0.875 : 1)
  expect(parse(preprocessorConfig(preprocessing, 224))).toEqual(preprocessing)
  const bilinear = { ...preprocessing, interpolation: 'bilinear' as const }
  expect(parse(preprocessorConfig(bilinear, 32))).toMatchObject({ resize, interpolation: 'bilinear' })
})

test('the shortest side that is read back is the one written, for every size and fraction', () => {
  for (let size = 16; size <= 512; size += 8) {
    for (let percent = 50; percent <= 100; percent++) {
      const fraction = percent / 100
      const { cropFraction } = parse(preprocessorConfig(bicubic('shortest', fraction), size))
      expect(Math.floor(size / cropFraction)).toBe(Math.floor(size / fraction))
    }
  }
})

test('the longer side of a wide crop decides how large the shortest side is', () => {
  const json = preprocessorConfig(bicubic('shortest', 0.875), { height: 32, width: 48 })
  expect(json).toMatchObject({ size: { shortest_edge: 54 }, crop_size: { height: 32, width: 48 } })
  expect(Math.floor(48 / parse(json).cropFraction)).toBe(54)
})

test("forms of other processors: a size as a number, ConvNext's crop_pct", () => {
  expect(read({ size: 224 })).toMatchObject({ resize: 'squash' })
  expect(read({ size: { shortest_edge: 224 }, crop_pct: 0.875 })).toMatchObject({
    resize: 'shortest',
    cropFraction: 0.875,
  })
  expect(read({ size: { shortest_edge: 235 }, do_center_crop: true, crop_size: 224 })).toMatchObject({
    resize: 'shortest',
  })
})

test.each<[string, object]>([
  ['do_resize', { do_resize: false }],
  ['do_normalize', { do_normalize: false }],
  ['rescale_factor', { rescale_factor: 1 / 127.5 }],
  ['resample', { resample: 0 }],
  ['resample', { resample: undefined }],
  ['image_mean', { image_mean: [0.5] }],
  ['image_std', { image_std: [1, 0, 1] }],
  ['size', { size: { longest_edge: 3 } }],
  ['size', { size: { shortest_edge: 224 } }],
  ['crop_size', { do_center_crop: true, size: { shortest_edge: 224 }, crop_size: { height: -1, width: 2 } }],
])('refused: %s of %j', (key, change) => {
  expect(() => read(change)).toThrow(
    expect.objectContaining({ code: 'ERR_CHECKPOINT_FORMAT', message: expect.stringContaining(key) }),
  )
})
