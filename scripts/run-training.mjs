/** What `probe` and `finetune` do: a run from the flags, or a stopped one gone on with. */
import { dirname } from 'node:path'
import { IjepaError, Trainer } from '../dist/index.js'
import { duration, rate } from '../dist/progress/index.js'
import { freePath, runCommand } from './command-line.mjs'
import { profiled } from './profile.mjs'
import { dataTable, runsTable } from './tables.mjs'

/**
 * @param {'probe' | 'finetune'} command
 * @param {'linearProbe' | 'finetune'} method
 */
export function runTraining(command, method) {
  return runCommand(command, async (flags, signal) => {
    const { trainer: options, recipe, script, positional } = flags
    if (positional.length > 0) {
      throw new IjepaError('ERR_CONFIG', `Expected flags alone, got '${positional[0]}'; --help lists them`)
    }
    if (script.resume !== undefined) {
      const control = { ...controlAlone(options, { ...recipe, ...repeatedOf(script) }), signal }
      return profiled(script.profile, (listening) =>
        printRun(Trainer.resume(script.resume, { ...control, ...listening })),
      )
    }
    const trainer = await Trainer.create({ ...options, signal })
    try {
      if (script.printConfig) {
        console.log(JSON.stringify(trainer.resolve(method, recipe), undefined, 2))
        return
      }
      if (script.estimate) {
        await showEstimate(trainer, { ...recipe, kind: kindOf[method] })
        return
      }
      if (script.findLearningRate) {
        await showLearningRate(trainer, recipe, script.findLearningRate)
        return
      }
      console.log(dataTable(trainer.data))
      const over = repeatedOf(script)
      await profiled(script.profile, (listening) => {
        const control = { ...recipe, ...listening }
        if (Object.keys(over).length === 0) return printRun(trainer[method](control))
        return printRuns(trainer.repeat(kindOf[method], control, over))
      })
    } finally {
      await trainer.dispose()
    }
  })
}

const kindOf = /** @type {const} */ ({ finetune: 'finetune', linearProbe: 'linear-probe' })

/**
 * A resumed run is what it was: how it is shown may change, nothing else.
 *
 * @param {object} options
 * @param {import('../dist/index.js').FinetuneOptions | import('../dist/index.js').LinearProbeOptions} recipe
 */
function controlAlone(options, { progress, logEvery, ...recipe }) {
  const [other] = [...Object.keys(options), ...Object.keys(recipe)]
  if (other !== undefined) {
    throw new IjepaError('ERR_CONFIG', `Expected no --${other} beside --resume: a resumed run may not change`)
  }
  return { progress, logEvery }
}

/**
 * @param {Trainer} trainer
 * @param {NonNullable<Parameters<Trainer['estimate']>[0]>} recipe
 */
async function showEstimate(trainer, recipe) {
  const { seconds, bytes, imagesPerSecond, batchSize } = await trainer.estimate(recipe)
  const gigabytes = (bytes / 1e9).toPrecision(3)
  console.log(`duration   ${duration(seconds)}
memory     ${gigabytes} GB
speed      ${rate(imagesPerSecond)}
batchSize  ${batchSize}`)
}

/**
 * @param {Trainer} trainer
 * @param {import('../dist/index.js').FinetuneOptions} recipe
 * @param {true | string} file
 */
async function showLearningRate(trainer, recipe, file) {
  const curve = await trainer.findLearningRate(recipe)
  const out = file === true ? freePath('learning-rate', '.svg') : file
  await curve.save(out)
  console.log(`${out}\n--learningRate ${curve.suggestion.toPrecision(3)}`)
}

/** What `repeat` takes, if anything; it refuses both. @param {{ seeds?: number, folds?: number }} script */
const repeatedOf = ({ seeds, folds }) =>
  /** @type {{ seeds: number }} */ ({
    ...(seeds === undefined ? {} : { seeds }),
    ...(folds === undefined ? {} : { folds }),
  })

/** Resolves with the folder that holds the runs. @param {Promise<readonly import('../dist/index.js').Run[]>} running */
async function printRuns(running) {
  const runs = await running
  const directory = dirname(runs[0].directory)
  console.log(
    `\n${runsTable(runs)}\n\n${directory}\nnpm run evaluate -- ${runs[0].directory.replace(/1$/, '*')}`,
  )
  return directory
}

/** Resolves with the run's folder. @param {import('../dist/index.js').RunPromise} running */
async function printRun(running) {
  const { directory } = await running
  console.log(`\n${directory}\nnpm run evaluate -- ${directory}`)
  return directory
}
