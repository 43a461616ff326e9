/**
 * Trains the demo's recipes over several seeds and compares the mean top-1 with PyTorch's (demo/README.md).
 * Passes where |difference| <= 3 sqrt(s1^2/n1 + s2^2/n2) + 0.2 points. `--only probe,finetune`, `--seeds 3` narrow it;
 * `--cifar10 FOLDER` (cifar10-train.tar, cifar10-test.tar) adds a fine-tune on all of CIFAR-10 (fidelity/cifar10.py) and the published
 * probes on it (`protocols`, fidelity/protocols.mjs).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Trainer } from '../dist/index.mjs'
import { compareProtocols } from './fidelity/protocols.mjs'

const demo = fileURLToPath(new URL('../demo/', import.meta.url))
const pretrained = join(demo, 'encoder.safetensors')
const random = { architecture: { embedDim: 128, depth: 6, heads: 2 }, patchSize: 4, imageSize: 32 }

/** Top-1 in percent of each seed, PyTorch 2.13. */
const experiments = {
  probe: {
    encoder: pretrained,
    train: (trainer, control) => trainer.linearProbe({ preset: 'demo-probe', ...control }),
    pytorch: [38.0, 38.2, 38.0, 37.9, 38.9],
  },
  'probe-random': {
    encoder: random,
    train: (trainer, control) => trainer.linearProbe({ preset: 'demo-probe', ...control }),
    pytorch: [28.6, 29.7, 29.4, 28.5, 31.1],
  },
  finetune: {
    encoder: pretrained,
    train: (trainer, control) => trainer.finetune({ preset: 'demo-finetune', ...control }),
    pytorch: [41.8, 41.3, 42.2, 43.5, 42.1],
  },
  'last-two-blocks': {
    encoder: pretrained,
    train: (trainer, control) =>
      trainer.finetune({
        preset: 'demo-finetune',
        freeze: [{ from: 0, train: ['head', 'blocks.-2..'] }],
        ...control,
      }),
    pytorch: [39.3, 38.5, 38.4],
  },
  scratch: {
    encoder: random,
    train: (trainer, control) => trainer.finetune({ preset: 'demo-finetune', layerDecay: 1, ...control }),
    pytorch: [38.9, 39.1, 39.6],
  },
  cifar10: {
    encoder: pretrained,
    needs: 'cifar10',
    train: (trainer, control) =>
      trainer.finetune({
        preset: 'demo-finetune',
        epochs: 2,
        warmupEpochs: 0.2,
        batchSize: 256,
        learningRate: 2e-3,
        ...control,
      }),
    pytorch: [50.75, 50.18, 50.91],
  },
}

/** Top-1 in percent after the last epoch; the test pictures choose nothing, so they may stand as validation here. */
async function topOne({ encoder, train, needs }, seed, directory) {
  const pictures = needs ? join(resolve(flags[needs]), 'cifar10') : join(demo, 'photographs')
  const trainer = await Trainer.create({
    encoder,
    data: { train: `${pictures}-train.tar`, validation: `${pictures}-test.tar` },
    preprocessing: { cropFraction: 1 },
    directory,
    seed,
  })
  try {
    const run = await train(trainer, { progress: 'none' })
    return 100 * run.history.at(-1).validation.top1
  } finally {
    await trainer.dispose()
  }
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length
const deviation = (values) =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1))

const { values: flags } = parseArgs({
  options: { only: { type: 'string' }, seeds: { type: 'string' }, cifar10: { type: 'string' } },
})
const possible = Object.keys(experiments).filter(
  (name) => flags[experiments[name].needs] || !experiments[name].needs,
)
const asked = flags.only ? flags.only.split(',') : [...possible, ...(flags.cifar10 ? ['protocols'] : [])]
const chosen = asked.filter((name) => name !== 'protocols')
const directory = await mkdtemp(join(tmpdir(), 'ijepa-fidelity-'))
let failed = 0
if (chosen.length > 0)
  console.log('experiment        ours            PyTorch         difference  allowed  seeds (ours)')
for (const name of chosen) {
  const experiment = experiments[name]
  if (!experiment)
    throw new Error(`Unknown experiment ${name}: one of ${Object.keys(experiments).join(', ')}`)
  if (experiment.needs && !flags[experiment.needs])
    throw new Error(`${name} needs --${experiment.needs} FOLDER`)
  const theirs = experiment.pytorch
  const ours = []
  for (let seed = 0; seed < (Number(flags.seeds) || theirs.length); seed++) {
    ours.push(await topOne(experiment, seed, directory))
  }
  const difference = mean(ours) - mean(theirs)
  const allowed =
    3 * Math.sqrt(deviation(ours) ** 2 / ours.length + deviation(theirs) ** 2 / theirs.length) + 0.2
  const passed = Math.abs(difference) <= allowed
  if (!passed) failed++
  const cell = (values) => `${mean(values).toFixed(2)} ± ${deviation(values).toFixed(2)}`.padEnd(16)
  console.log(
    name.padEnd(18) +
      cell(ours) +
      cell(theirs) +
      difference.toFixed(2).padStart(10) +
      allowed.toFixed(2).padStart(9) +
      `  ${ours.map((value) => value.toFixed(1)).join(' ')}${passed ? '' : '  FAILED'}`,
  )
}
if (asked.includes('protocols')) {
  if (!flags.cifar10) throw new Error('protocols needs --cifar10 FOLDER')
  const pictures = join(resolve(flags.cifar10), 'cifar10')
  failed += await compareProtocols({ encoder: pretrained, pictures, directory })
}
await rm(directory, { recursive: true })
process.exitCode = failed === 0 ? 0 : 1
