/** One life of a run, in a process that may be killed: begins it, or goes on with it. What it came to is written at its end. */
import { writeFileSync } from 'node:fs'
import { Trainer } from '../../dist/index.mjs'
import { encoder, recipeOf } from './runs.mjs'

/** @type {{ kind: 'finetune' | 'finetune-fp16' | 'finetune-views' | 'linear-probe' | 'linear-probe-batchnorm' | 'logistic', epochs: number, data: object, run?: string, directory?: string, result: string }} */
const life = JSON.parse(process.argv[2])

async function begin() {
  const trainer = await Trainer.create({
    encoder,
    data: life.data,
    directory: life.directory,
    threads: 2,
    seed: 5,
  })
  const recipe = { ...recipeOf(life.kind, life.epochs), progress: 'none', onEvent }
  const run = await (life.kind.startsWith('linear-probe') || life.kind === 'logistic'
    ? trainer.linearProbe(recipe)
    : trainer.finetune(recipe))
  await trainer.dispose()
  return run
}

/** How long it takes until training begins. */
let prepared = 0
const onEvent = ({ type }) => {
  if (type === 'start') prepared = process.uptime()
}
const goOn = () => Trainer.resume(life.run, { progress: 'none', exact: true })

const { directory, history, best } = await (life.run === undefined ? begin() : goOn())
writeFileSync(life.result, JSON.stringify({ directory, history, best, prepared }))
