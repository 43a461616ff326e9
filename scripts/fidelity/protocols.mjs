/** Published probes by name on all of CIFAR-10, beside PyTorch's and scikit-learn's (test/parity/protocols.py). */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer } from '../../dist/index.mjs'

const golden = new URL('../../test/fixtures/golden/protocols.json', import.meta.url)

/** Each with what the script has in the place of a choice. */
const protocols = {
  mae: { preset: 'mae' },
  'ijepa-transfer': { preset: 'ijepa-transfer', features: 'last4', head: 'batchnorm-linear' },
  dinov2: { preset: 'dinov2', features: 'last4', sweep: { learningRates: [0.04] } },
  capi: {
    preset: 'capi',
    headInit: 'zero', // the session's own head has draws of its own
    sweep: { learningRates: [0.004], weightDecays: [1e-3] },
  },
  logistic: { preset: 'logistic', c: [1] },
  'msn-lowshot': { preset: 'msn-lowshot' },
  knn: { preset: 'knn', k: [20] },
  // test/parity/attentive_cifar10.py, which begins with what first-weights.mjs writes
  'vjepa-attentive': { preset: 'vjepa-attentive', epochs: 5 },
}

const lossAllowed = 1e-3
const top1Allowed = 0.3

/**
 * Prints a line for each protocol; resolves with the number of those that differ: by more than 1e-3 in the loss of an epoch, or by
 * more than 0.3 points in top-1 on the test pictures.
 *
 * @param {{ encoder: string, pictures: string, directory: string }} where `pictures`: the tars' path without their endings
 */
export async function compareProtocols({ encoder, pictures, directory }) {
  const expected = JSON.parse(readFileSync(golden, 'utf8'))
  let failed = 0
  console.log('protocol          ours   script  difference  allowed  largest difference of an epoch’s loss')
  for (const [name, options] of Object.entries(protocols)) {
    const { losses = [], top1, list } = expected[name]
    const { history } = await probed({ encoder, pictures, directory, list }, options)
    const ours = 100 * history.at(-1).validation.top1
    const worst = Math.max(0, ...losses.map((loss, epoch) => Math.abs(loss - history[epoch].train.loss)))
    const passed = Math.abs(ours - top1) <= top1Allowed && worst <= lossAllowed
    if (!passed) failed++
    console.log(
      name.padEnd(16) +
        ours.toFixed(2).padStart(6) +
        top1.toFixed(2).padStart(9) +
        (ours - top1).toFixed(2).padStart(12) +
        top1Allowed.toFixed(1).padStart(9) +
        `  ${losses.length === 0 ? 'fitted at once' : `${worst.toExponential(1)}, allowed ${lossAllowed.toExponential(0)}`}` +
        (passed ? '' : '  FAILED'),
    )
  }
  return failed
}

/** Features are encoded once, and kept. @returns a run, on the listed pictures alone where there is a list */
async function probed({ encoder, pictures, directory, list }, options) {
  const listed = join(directory, 'list.txt')
  if (list) writeFileSync(listed, list.join('\n'))
  const trainer = await Trainer.create({
    encoder,
    data: {
      train: `${pictures}-train.tar`,
      validation: `${pictures}-test.tar`,
      ...(list ? { subset: { list: listed } } : {}),
    },
    preprocessing: { cropFraction: 1 },
    directory,
  })
  try {
    return await trainer.linearProbe({ ...options, progress: 'none', cache: join(directory, 'features') })
  } finally {
    await trainer.dispose()
  }
}
