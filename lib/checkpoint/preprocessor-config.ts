/**
 * preprocessor_config.json: how pictures become pixels, in the words of transformers' image processors.
 *
 * Shortest side and centre crop are written for CLIPImageProcessor, squashing for ViTImageProcessor: both are in transformers
 * 4 and 5 and in transformers.js, with Pillow's and with torchvision's backend. ViTImageProcessor cannot crop.
 */
import type { ImageSize, Preprocessing } from '../api'
import { formatError } from './checkpoint-file'
import type { JsonFile } from './model-files'
import { shown } from './shown'

/** Pillow's numbers of the filters. */
const resample = { bilinear: 2, bicubic: 3 } as const

/** Python has no such class and refuses it: none of its processors pads as we do. */
const padProcessor = 'IjepaClassifyPadImageProcessor'

/** The JSON for a model of this image size; `parsePreprocessorConfig` gives the same preprocessing back. */
export function preprocessorConfig(preprocessing: Required<Preprocessing>, imageSize: ImageSize): object {
  const { resize, cropFraction, interpolation, mean, std } = preprocessing
  const crop = typeof imageSize === 'number' ? { height: imageSize, width: imageSize } : imageSize
  const shared = {
    do_convert_rgb: true,
    do_resize: true,
    resample: resample[interpolation],
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  }
  if (resize !== 'shortest') {
    const type = resize === 'pad' ? padProcessor : 'ViTImageProcessor'
    return { image_processor_type: type, ...shared, size: crop }
  }
  const shortest = Math.floor(Math.max(crop.height, crop.width) / cropFraction)
  const size = { shortest_edge: shortest }
  return {
    image_processor_type: 'CLIPImageProcessor',
    ...shared,
    size,
    do_center_crop: true,
    crop_size: crop,
  }
}

/**
 * Reads a preprocessor_config.json of any processor class that resizes, centre-crops, rescales by 1/255 and normalises.
 * @throws ERR_CHECKPOINT_FORMAT when it says anything else
 */
export function parsePreprocessorConfig({ file, json }: JsonFile): Required<Preprocessing> {
  const refuse = (key: string, expected: string) =>
    formatError(file, `${key} is ${shown(json[key])}, expected ${expected}`)
  for (const key of ['do_resize', 'do_rescale', 'do_normalize']) {
    if ((json[key] ?? true) !== true) throw refuse(key, 'true')
  }
  if (Math.abs(Number(json.rescale_factor ?? 1 / 255) * 255 - 1) > 1e-6)
    throw refuse('rescale_factor', '1/255')
  const interpolation = json.resample === resample.bicubic ? 'bicubic' : 'bilinear'
  if (json.resample !== resample[interpolation]) throw refuse('resample', '2 (bilinear) or 3 (bicubic)')
  const { image_mean: mean, image_std: std } = json
  if (!isTriple(mean)) throw refuse('image_mean', 'three numbers')
  if (!isTriple(std) || !std.every((value) => value > 0)) throw refuse('image_std', 'three numbers above 0')
  return { ...geometryOf({ file, json }), interpolation, mean, std }
}

function geometryOf({ file, json }: JsonFile): {
  resize: 'shortest' | 'squash' | 'pad'
  cropFraction: number
} {
  const crop = json.do_center_crop === true ? sides(json.crop_size) : undefined
  const shortest = (json.size as { shortest_edge?: unknown } | undefined)?.shortest_edge
  if (crop && isPixels(shortest))
    return { resize: 'shortest', cropFraction: fraction(Math.max(...crop), shortest) }
  // ConvNext's form: the shortest side to size / crop_pct, then a centre crop of size.
  const { crop_pct: percent } = json
  if (isPixels(shortest) && typeof percent === 'number' && percent > 0 && percent <= 1)
    return { resize: 'shortest', cropFraction: percent }
  if (json.image_processor_type === padProcessor) return { resize: 'pad', cropFraction: 1 }
  if (json.do_center_crop !== true && sides(json.size)) return { resize: 'squash', cropFraction: 1 }
  throw formatError(
    file,
    'expected size {height, width} without a crop, or size {shortest_edge} with do_center_crop and crop_size, ' +
      'each in whole pixels',
  )
}

/** A fraction for which floor(crop / fraction) is exactly `shortest`, in spite of rounding. */
function fraction(crop: number, shortest: number): number {
  const exact = crop / shortest
  return Math.floor(crop / exact) === shortest ? exact : crop / (shortest + 0.5)
}

function sides(size: unknown): [height: number, width: number] | undefined {
  const { height, width } = isPixels(size)
    ? { height: size, width: size }
    : ((size ?? {}) as Record<string, unknown>)
  return isPixels(height) && isPixels(width) ? [height, width] : undefined
}

function isPixels(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isTriple(value: unknown): value is [number, number, number] {
  return Array.isArray(value) && value.length === 3 && value.every(Number.isFinite)
}
