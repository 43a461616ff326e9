/** npm run predict: the classes of pictures and of folders of them, on the screen, into a CSV file, or explained on a page. */
import { open } from 'node:fs/promises'
import { Classifier, IjepaError } from '../dist/index.js'
import { listImages } from '../dist/dataset/index.js'
import { explainPage } from '../dist/explain-picture.js'
import { runCommand } from './command-line.mjs'

/** Pictures asked for at a time; the classifier merges them into batches. */
const inFlight = 128
/** Pictures that one page explains. */
const mostExplained = 20

await runCommand('predict', async ({ load, predict, script, positional }, signal) => {
  const [run, ...inputs] = positional
  if (run === undefined || inputs.length === 0) {
    throw new IjepaError(
      'ERR_CONFIG',
      'Expected the folder of a run, then pictures or folders; --help shows how',
    )
  }
  if (script.explain !== undefined) {
    await explain(run, inputs, script.explain, { ...load, ...predict, signal })
    return
  }
  const classifier = await Classifier.load(run, { ...load, signal })
  try {
    const columns = Math.min(predict.topK ?? 5, classifier.classes.length)
    const out = script.csv === undefined ? screen(classifier.classes) : await csvFile(script.csv, columns)
    const count = { pictures: 0, failed: 0 }
    for await (const result of inOrder(picturesOf(inputs, signal), (file) =>
      answer(classifier, file, predict, signal),
    )) {
      count.pictures++
      if (result.error) count.failed++
      await out.write(result)
    }
    await out.close()
    if (script.csv !== undefined) console.log(`${count.pictures} pictures: ${script.csv}`)
    if (count.failed > 0) {
      throw new IjepaError(
        'ERR_IMAGE_DECODE',
        `${count.failed} of ${count.pictures} pictures could not be read`,
      )
    }
  } finally {
    await classifier.dispose()
  }
})

/**
 * @typedef {{ file: string, predictions: readonly import('../dist/index.js').Prediction[], error?: string }} Result
 * @typedef {{ write(result: Result): void | Promise<void>, close(): void | Promise<void> }} Output
 */

/**
 * @param {string} run
 * @param {readonly string[]} inputs
 * @param {string} out
 * @param {Omit<import('../dist/explain-picture.js').ExplainPageOptions, 'out'> & { signal: AbortSignal }} options
 */
async function explain(run, inputs, out, options) {
  const images = []
  for await (const image of picturesOf(inputs, options.signal)) images.push(image)
  if (images.length === 0 || images.length > mostExplained) {
    throw new IjepaError(
      'ERR_CONFIG',
      `Expected from 1 to ${mostExplained} pictures to explain, got ${images.length}`,
    )
  }
  const { isTTY } = process.stderr
  /** @param {number} done @param {number} total */
  const onProgress = (done, total) => {
    if (isTTY) process.stderr.write(`\rfeatures ${done}/${total}${done < total ? '' : '\n'}`)
  }
  await explainPage(run, images, { ...options, out, onProgress })
  console.log(out)
}

/** @param {readonly string[]} inputs @param {AbortSignal} signal */
async function* picturesOf(inputs, signal) {
  for (const input of inputs) {
    const { images, bad } = await listImages(input, { signal })
    yield* images
    for (const { file } of bad) yield file // fails by name, like any that cannot be read
  }
}

/**
 * One bad picture does not end the others.
 *
 * @param {Classifier} classifier
 * @param {string} file
 * @param {import('../dist/index.js').PredictOptions} options
 * @param {AbortSignal} signal
 * @returns {Promise<Result>}
 */
async function answer(classifier, file, options, signal) {
  try {
    return { file, predictions: await classifier.predict(file, { ...options, signal }) }
  } catch (error) {
    const isPicture =
      error instanceof IjepaError &&
      ['ERR_IMAGE_DECODE', 'ERR_IMAGE_REFUSED', 'ERR_FILE'].includes(error.code)
    if (!isPicture) throw error
    return { file, predictions: [], error: error.message }
  }
}

/**
 * @param {AsyncIterable<string>} files
 * @param {(file: string) => Promise<Result>} work
 */
async function* inOrder(files, work) {
  /** @type {Promise<Result>[]} */
  const waiting = []
  for await (const file of files) {
    const result = work(file)
    result.catch(() => {}) // whoever awaits it, in its turn, gets the error
    waiting.push(result)
    if (waiting.length >= inFlight) yield /** @type {Promise<Result>} */ (waiting.shift())
  }
  yield* waiting
}

/** @param {readonly string[]} classes @returns {Output} */
function screen(classes) {
  const width = Math.max(...classes.map((label) => label.length))
  /** @param {import('../dist/index.js').Prediction} prediction */
  const cell = ({ label, probability }) =>
    `${label.padEnd(width)} ${(100 * probability).toFixed(1).padStart(5)}%`
  return {
    write({ file, predictions, error }) {
      if (error) console.error(error)
      else console.log(`${predictions.map(cell).join('   ')}   ${file}`)
    },
    close() {},
  }
}

/** @param {string} path @param {number} columns @returns {Promise<Output>} */
async function csvFile(path, columns) {
  const file = await open(path, 'w').catch((error) => {
    throw new IjepaError('ERR_FILE', `${path} cannot be written: ${error.message}`)
  })
  const numbers = Array.from({ length: columns }, (_, index) => index + 1)
  const head = [
    'image',
    ...numbers.flatMap((number) => [`label_${number}`, `probability_${number}`]),
    'error',
  ]
  await file.write(`${head.join(',')}\n`)
  return {
    async write({ file: image, predictions, error = '' }) {
      const best = numbers.map((_, index) => predictions[index])
      const cells = best.flatMap((prediction) => [prediction?.label ?? '', prediction?.probability ?? ''])
      await file.write(`${[image, ...cells, error].map((cell) => quoted(String(cell))).join(',')}\n`)
    },
    close: () => file.close(),
  }
}

/** RFC 4180. @param {string} cell */
function quoted(cell) {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
