/** npm run data -- show DIR: what a model will see of pictures. */
import { contactSheet, IjepaError } from '../dist/index.js'
import { freePath, runCommand } from './command-line.mjs'

await runCommand('data', async ({ show, script, positional }, signal) => {
  const [verb, data, ...others] = positional
  if (verb !== 'show' || data === undefined || others.length > 0) {
    throw new IjepaError('ERR_CONFIG', "Expected 'show' and the pictures' folder; --help shows how")
  }
  const out = script.out ?? freePath('contact-sheet', '.html')
  await contactSheet({ ...show, data, out, signal })
  console.log(out)
})
