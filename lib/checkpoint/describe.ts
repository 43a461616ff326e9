/** A checkpoint in words: which encoder, of which architecture, and what to beware of. */
import type { ArchitectureName, CheckpointInfo } from '../api'
import type { OpenOptions } from './checkpoint'
import { encoderParameters } from './encoder-names'
import { compactSize, type StatedConfig } from './hugging-face-config'
import type { Layout } from './layout'
import type { ModelFiles } from './model-files'

/** LayerNorm's epsilon of all I-JEPA encoders (official code); Hugging Face's default is another. */
export const layerNormEps = 1e-6

/** Widths and depths of the official architectures. */
const architectures: readonly (readonly [ArchitectureName, width: number, depth: number])[] = [
  ['vit_tiny', 192, 12],
  ['vit_small', 384, 12],
  ['vit_base', 768, 12],
  ['vit_large', 1024, 24],
  ['vit_huge', 1280, 32],
  ['vit_giant', 1408, 40],
]

/** What `inspect` tells. */
export function infoOf(
  files: ModelFiles,
  config: StatedConfig,
  { shape, encoder }: Layout,
  heads: number | undefined,
): CheckpointInfo {
  const { embedDim, depth, mlpDim, patchSize, imageHeight, imageWidth } = shape
  const name = architectures.find(([, width, blocks]) => width === embedDim && blocks === depth)?.[0]
  return {
    format: files.format,
    architecture: { embedDim, depth, heads, mlpRatio: mlpDim / embedDim, name },
    patchSize,
    imageSize: compactSize(imageHeight, imageWidth),
    weights: weightsOf(files, config),
    parameters: encoderParameters(shape),
    dtype: [...new Set(encoder.flatMap(({ ranges }) => ranges.map(({ dtype }) => dtype)))].join(', '),
    layerNormEps: config.layerNormEps ?? layerNormEps,
    ...(files.training && { training: files.training }),
    ...(config.classes && { classes: config.classes }),
  }
}

function weightsOf(files: ModelFiles, config: StatedConfig): string {
  if (typeof config.own?.weights === 'string') return config.own.weights
  if (files.config) return 'hub (context encoder)'
  return files.weights ?? 'unstated (files from timm and the hub hold the context encoder)'
}

/** What a user of these weights should know. */
export function warningsOf(
  files: ModelFiles,
  config: StatedConfig,
  { head }: Layout,
  options: OpenOptions,
): string[] {
  const warnings: string[] = []
  const official = files.training !== undefined
  if (!official && options.weights !== undefined && options.weights !== weightsOf(files, config))
    warnings.push(
      `The option weights: '${options.weights}' chooses nothing here: the file holds one encoder, ${weightsOf(files, config)}`,
    )
  if (files.config && !config.own)
    warnings.push(
      'Weights on the hub are the context encoder; the paper evaluates the target encoder, which official files hold',
    )
  if (files.config && config.layerNormEps !== layerNormEps)
    warnings.push(
      `layer_norm_eps is ${config.layerNormEps ?? 'not given'} in config.json; I-JEPA encoders were trained with ${layerNormEps} ` +
        "(1e-12 is Hugging Face's default)",
    )
  if (!files.config && head.length > 0)
    warnings.push('The head in this file is left out: nothing names its classes')
  if (files.preprocessor && head.length === 0)
    warnings.push(
      'preprocessor_config.json is not used: a bare encoder gets a centre crop and ImageNet statistics, as in pre-training',
    )
  return warnings
}
