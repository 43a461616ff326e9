/** README.md of a saved classifier: a model card with Hugging Face's metadata. */
import type { Temperature } from '../metrics'
import { fittedWords } from './calibrated-words'
import { resultsHeading } from './card-results'
import { text } from './render-markdown'
import { count, millions, percent } from './words'

export interface ModelCardInput {
  readonly name: string
  readonly library: { readonly name: string; readonly version: string }
  readonly classes: readonly string[]
  readonly encoder: { readonly source: string; readonly weights: string; readonly parameters: number }
  /** 'released': the I-JEPA authors' weights (CC BY-NC 4.0); 'random': initialised here; 'unknown': somebody's file. */
  readonly encoderOrigin: 'released' | 'random' | 'unknown'
  /** Each class is for itself: an image may have several. */
  readonly multiLabel?: boolean
  readonly training: { readonly kind: 'linear-probe' | 'finetune'; readonly images: number }
  /** How the head sees the patch tokens. */
  readonly head: {
    readonly pooling: string
    readonly features: 'last' | 'last4'
    /** Each image's features have their own mean taken off and length 1. */
    readonly normalize?: boolean
    /** Training images that vote in the place of a linear layer. */
    readonly neighbors?: number
  }
  /** That is stored with the classifier; absent where none is. */
  readonly temperature?: Temperature
  readonly preprocessing: Readonly<Record<string, unknown>>
  readonly alpha: 'white' | 'ignore'
}

const listedClasses = 100

export function modelCard(input: ModelCardInput): string {
  const { name, training, encoder, classes } = input
  const probe = input.head.pooling.endsWith('_attentive') ? 'An attentive probe on' : 'A linear probe on'
  const kind = training.kind === 'linear-probe' ? probe : 'A fine-tuned classifier from'
  return [
    frontMatter(input),
    `# ${text(name)}`,
    `${kind} an I-JEPA encoder (${text(encoder.weights)} of ${text(encoder.source)}, ${millions(encoder.parameters)} parameters), trained on ${count(training.images, 'image')} of ${count(classes.length, 'class')}. ${headWords(input)}, then ${normalWords(input)}${layerWords(input)}.${severalWords(input)}`,
    '## Licence of the weights',
    licence(input),
    resultsHeading,
    'Not measured yet: no report was made of this classifier.',
    '## Use',
    usage(input),
    ...calibration(input),
    '## Preprocessing, and where Python differs',
    preprocessing(input),
    '## Classes',
    classList(classes),
    '',
  ].join('\n\n')
}

function frontMatter(input: ModelCardInput): string {
  return [
    '---',
    `library_name: transformers`,
    'pipeline_tag: image-classification',
    'tags:',
    ...tagsOf(input).map((tag) => `  - ${tag}`),
    ...(input.encoderOrigin === 'released'
      ? ['license: cc-by-nc-4.0']
      : ['license: other', 'license_name: see-encoder']),
    '---',
  ].join('\n')
}

function tagsOf({ multiLabel = false, training, library }: ModelCardInput): string[] {
  const several = multiLabel ? ['multi-label-image-classification'] : []
  return ['image-classification', ...several, 'ijepa', training.kind, library.name]
}

/** How its outputs are read where an image may have several of the classes. */
function severalWords({ multiLabel = false }: ModelCardInput): string {
  return multiLabel
    ? ' An image may have several of the classes, or none: the probability of each is the sigmoid of its own logit (`problem_type: multi_label_classification`).'
    : ''
}

function licence({ encoderOrigin, encoder }: ModelCardInput): string {
  const words = {
    released:
      'The encoder is one that the authors of I-JEPA released under CC BY-NC 4.0: no commercial use, and so for this classifier.',
    random:
      'The encoder was initialised at random and trained here: no licence of others applies to it; that of the images may.',
    unknown: `See the encoder: the licence of ${text(encoder.source)} applies to this classifier too. (The weights that the authors of I-JEPA released are CC BY-NC 4.0.)`,
  }
  return words[encoderOrigin]
}

function headWords({ head: { pooling, features } }: ModelCardInput): string {
  const forms: Readonly<Record<string, string>> = {
    vjepa_attentive: "V-JEPA's form",
    capi_attentive: "capi's form",
  }
  const form = forms[pooling]
  if (form) return `An attentive pooler (${form}) of the normalised patch tokens`
  if (pooling !== 'norm_then_mean') return 'The normalised mean of the patch tokens'
  return features === 'last'
    ? 'Mean of the normalised patch tokens'
    : 'Means of the normalised patch tokens of the last four blocks, side by side'
}

const normalWords = ({ head: { normalize } }: ModelCardInput): string =>
  normalize ? "each image's own mean taken off and length 1, then " : ''

function layerWords({ head: { neighbors }, training }: ModelCardInput): string {
  if (neighbors === undefined) return 'one linear layer'
  return `weighted votes of the ${count(neighbors, 'training image')} whose features are most alike, by cosine similarity: the features of all ${count(training.images, 'image')} are in neighbors.safetensors`
}

function usage({ name, head: { pooling, features, normalize = false, neighbors } }: ModelCardInput): string {
  const inPython =
    pooling === 'norm_then_mean' && features === 'last' && !normalize && neighbors === undefined
      ? '`IJepaForImageClassification.from_pretrained` of transformers opens the same folder, with equal logits in float32.'
      : 'transformers has no class for this head and refuses the folder; the encoder in it has its names.'
  return `\`\`\`ts
import { Classifier } from 'ijepa-classify'

const classifier = await Classifier.load(${JSON.stringify(`./${name}`)})
await classifier.predict('image.jpg', { topK: 5 })
\`\`\`

In Python, ${inPython}`
}

/** How to have probabilities that come true. */
function calibration({ temperature }: ModelCardInput): string[] {
  if (temperature === undefined) return []
  const { value, samples } = temperature
  const divisor = value.toPrecision(6)
  return [
    '## Calibrated probabilities',
    `Logits divided by ${divisor} give probabilities that come true more nearly; the answers stay the same. This temperature was fitted on ${fittedWords({ ...temperature, images: samples })}. Here \`predict\` divides by it with \`calibrated: true\`; in Python, \`(logits / ${divisor}).softmax(-1)\` does.`,
  ]
}

function preprocessing({ preprocessing: steps, alpha }: ModelCardInput): string {
  const { cropFraction } = steps
  const crop =
    typeof cropFraction === 'number' ? ` (the crop keeps ${percent(cropFraction)} of the shortest side)` : ''
  return [
    `\`${JSON.stringify(steps)}\`${crop}, always antialiased. preprocessor\\_config.json holds the same. Pixels may differ from Python's where the file is unusual:`,
    [
      '- EXIF orientation is applied here; a Python image processor sees the picture as it is stored unless you call `ImageOps.exif_transpose`.',
      alpha === 'white'
        ? "- Transparent pixels are laid on white here; Pillow's `convert('RGB')` drops the alpha and shows what lies under it."
        : "- Alpha is ignored, as Pillow's `convert('RGB')` does.",
      '- 16-bit pictures are scaled to 8 bits here; Pillow clips 16-bit grey to white.',
    ].join('\n'),
  ].join('\n\n')
}

function classList(classes: readonly string[]): string {
  const shown = classes.slice(0, listedClasses).map(text).join(', ')
  const rest = classes.length - listedClasses
  return rest > 0 ? `${shown}, and ${rest} more in config.json` : shown
}
