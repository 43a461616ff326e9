/**
 * Builds the addon against the CUDA wheel of PyTorch (no CUDA toolkit), loads it in a process of its own and trains a
 * small classifier there: on the first GPU that answers, else on the CPU, which is said.
 *
 *   npm run check:cuda-build
 *
 * Downloads about 3 GB into the cache (IJEPA_CACHE, default .cache/), builds in build/cuda; neither touches what
 * scripts/setup.mjs makes.
 */

import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { addonFile, buildAddon } from './setup/addon.mjs'
import { follow } from './setup/command.mjs'
import { downloadLibtorch } from './setup/download.mjs'
import { SetupError } from './setup/failure.mjs'
import { describe, fromCache, manifest } from './setup/libtorch.mjs'
import { installPackages } from './setup/packages.mjs'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))
const updates = 30

async function check() {
  await installPackages(root)
  const cache = join(resolve(process.env.IJEPA_CACHE ?? join(root, '.cache')), 'libtorch')
  const cached = fromCache(cache, 'cuda', [manifest.cudaCheck])
  const libtorch =
    cached.libtorch ?? (await downloadLibtorch(cache, { kind: 'cuda', version: manifest.cudaCheck }))
  if (!libtorch.cuda)
    throw new SetupError(`torch==${manifest.cudaCheck} is not a CUDA build on this platform.`)
  console.log(describe(libtorch, cached.libtorch ? 'the cache' : 'a download'))

  const build = join(root, 'build', 'cuda')
  await buildAddon(root, libtorch, { build })
  const self = fileURLToPath(import.meta.url)
  const show = (line) => line
  const { ok, output } = await follow(process.execPath, [self, '--train', addonFile(build)], { show })
  if (!ok)
    throw new SetupError(
      `The addon built against LibTorch ${libtorch.version} (CUDA) does not load or train.`,
    )
  console.log(`check:cuda-build: ${output.split('\n').at(-1)}`)
}

/** A few updates on pictures of one colour a class: the loss has to fall to a tenth. */
async function train(native) {
  const { torchBuilt, torchLoaded, cudaBuild, cudaDevices } = native.environment()
  console.log(
    `Loaded: LibTorch ${torchLoaded}, built for ${torchBuilt}; GPUs: ${cudaDevices.join(', ') || 'none'}`,
  )
  if (!cudaBuild || torchBuilt !== torchLoaded)
    throw new SetupError('This is not the CUDA LibTorch that it was built for.')
  const device = cudaDevices[0] ?? 'cpu'
  const session = await native.createSession(sessionConfig(device))
  const loader = native.createLoader(colours(), loaderOptions)
  const names = session.parameters().map(({ name }) => name)
  await session.configureTraining(trainingConfig(names.filter((name) => name !== 'pos_embed')))
  const losses = []
  for (let update = 0; update < updates; update++) {
    loader.start(
      Int32Array.from({ length: classes }, (_, i) => i),
      update,
      0,
    )
    await session.trainStep(loader, 3e-3)
    losses.push((await session.readMeans()).loss)
  }
  loader.dispose()
  await session.dispose()
  const [first, last] = [losses[0], losses.at(-1)]
  if (!(last < first / 10))
    throw new SetupError(`Training on ${device} does not learn: loss ${first}, then ${last}.`)
  const where = device === 'cpu' ? 'the CPU, since no GPU answers' : device
  console.log(`trained on ${where}: loss ${first.toFixed(4)} to ${last.toFixed(4)} in ${updates} updates`)
}

const classes = 8
const side = 32

/** One picture a class, raw [H, W, 3] of one colour. */
function colours() {
  const picture = (i) =>
    Uint8Array.from({ length: 3 * side * side }, (_, at) => ((i >> (at % 3)) & 1 ? 230 : 25))
  const filled = (Type, value) => new Type(classes).fill(value)
  return {
    files: Array.from({ length: classes }, (_, i) => picture(i)),
    file: Int32Array.from({ length: classes }, (_, i) => i),
    offset: filled(Float64Array, 0),
    length: filled(Float64Array, 3 * side * side),
    format: filled(Uint8Array, 1),
    width: filled(Int32Array, side),
    height: filled(Int32Array, side),
    channels: filled(Uint8Array, 3),
    label: Int32Array.from({ length: classes }, (_, i) => i),
  }
}

const loaderOptions = {
  height: side,
  width: side,
  resize: 'shortest',
  cropFraction: 1,
  interpolation: 'bicubic',
  alpha: 'white',
  decoding: 'exact',
  scaleMin: 1,
  scaleMax: 1,
  ratioMin: 1,
  ratioMax: 1,
  retries: false,
  flip: 0,
  batchSize: classes,
  dropLast: false,
  threads: 2,
  seed: 0,
  maxPixels: 1e6,
  onBadImage: 'throw',
}

function sessionConfig(device) {
  return {
    embedDim: 64,
    depth: 2,
    heads: 2,
    mlpDim: 256,
    patchSize: 8,
    imageHeight: side,
    imageWidth: side,
    layerNormEps: 1e-6,
    classes,
    layers: 1,
    pooling: 'norm_then_mean',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    device,
    threads: 2,
    seed: 0,
    headInit: 0.01,
    linearKernel: 'onednn',
    normalizeRows: false,
  }
}

function trainingConfig(names) {
  return {
    optimizer: 'adamw',
    beta1: 0.9,
    momentum: 0,
    beta2: 0.999,
    epsilon: 1e-8,
    groups: [{ names, learningRateScale: 1, weightDecay: 0 }],
    precision: 'fp32',
    loss: 'cross-entropy',
    labelSmoothing: 0,
    classWeights: [],
    mixup: 0,
    cutmix: 0,
    mixupSwitchProbability: 0,
    microBatch: 0,
    clipGradient: 0,
    dropPath: 0,
    average: 0,
    checkpointing: false,
  }
}

const [option, addon] = process.argv.slice(2)
try {
  if (option === '--train') await train(createRequire(import.meta.url)(resolve(addon)))
  else await check()
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error)
  process.exitCode = 1
}
