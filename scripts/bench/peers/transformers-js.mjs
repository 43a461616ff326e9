/** transformers.js's side: a file to the model's input, by the preprocessor_config.json that a saved classifier of ours has. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { answerLines, timed } from './answer-lines.mjs'

const [folder, config] = process.argv.slice(2)
const entry = createRequire(join(folder, 'package.json')).resolve('@huggingface/transformers')
const { CLIPImageProcessor, RawImage, env } = await import(pathToFileURL(entry).href)
env.allowRemoteModels = false
const processor = new CLIPImageProcessor(JSON.parse(readFileSync(config, 'utf8')))

async function prepare(file) {
  const { pixel_values: values } = await processor(await RawImage.read(file))
  return values.data
}

await answerLines(
  { version: env.version },
  {
    prepare: (file, times) => timed(times, () => prepare(file)),
    values: async (file) => Array.from(await prepare(file)),
  },
)
