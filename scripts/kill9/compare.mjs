/** Whether two runs ended in the same bits. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What says how long something took, or follows from it. */
const times = new Set(['seconds', 'imagesPerSecond', 'etaSeconds', 'metricsBytes'])

const files = {
  last: [
    'model.safetensors',
    'state.safetensors',
    'config.json',
    'preprocessor_config.json',
    'self_check.json',
  ],
  best: ['model.safetensors', 'config.json', 'preprocessor_config.json', 'self_check.json', 'README.md'],
  previous: ['state.safetensors'],
}

/**
 * One line for each thing that differs.
 *
 * @param {{ directory: string, history: object[], best: object }} expected
 * @param {{ directory: string, history: object[], best: object }} found
 */
export function differences(expected, found) {
  const pairs = [
    ...Object.entries(files).flatMap(([checkpoint, names]) =>
      names.map((name) => join('checkpoints', checkpoint, name)).map((name) => [name, bytesOf(name)]),
    ),
    ['checkpoints/last/state.json', jsonOf('checkpoints/last/state.json')],
    ['checkpoints/best/state.json', jsonOf('checkpoints/best/state.json')],
    ['metrics.jsonl', metricsOf],
    ['history', (run) => withoutTimes(run.history)],
    ['best', (run) => withoutTimes(run.best)],
    ['the list of files', (run) => listing(run.directory)],
  ]
  return pairs.filter(([, read]) => read(expected) !== read(found)).map(([name]) => `${name} differs`)
}

const bytesOf = (name) => (run) => readFileSync(join(run.directory, name), 'latin1')
const jsonOf = (name) => (run) => withoutTimes(JSON.parse(readFileSync(join(run.directory, name), 'utf8')))

function metricsOf({ directory }) {
  const lines = readFileSync(join(directory, 'metrics.jsonl'), 'utf8').split('\n')
  return lines.map((line) => (line === '' ? '' : withoutTimes(JSON.parse(line)))).join('\n')
}

function withoutTimes(value) {
  return JSON.stringify(value, (name, part) => (times.has(name) ? undefined : part))
}

/** What a kill has left behind would be seen here: half-written folders, locks. */
/** A run that went on has another of TensorBoard's files, with the time in its name. */
function listing(directory) {
  const names = readdirSync(directory, { recursive: true }).filter(
    (name) => !name.startsWith('events.out.tfevents.'),
  )
  return names.sort().join('\n')
}
