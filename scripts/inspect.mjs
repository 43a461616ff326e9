/** npm run inspect: what a checkpoint holds, from its headers. */
import { IjepaError, inspect } from '../dist/index.js'
import { runCommand } from './command-line.mjs'

await runCommand('inspect', async ({ inspect: options, positional }, signal) => {
  if (positional.length === 0) throw new IjepaError('ERR_CONFIG', 'Expected a checkpoint; --help shows how')
  for (const path of positional) {
    const info = await inspect(path, { ...options, signal })
    if (positional.length > 1) console.log(path)
    for (const [name, value] of Object.entries(info)) {
      if (!isEmpty(value)) console.log(`${name.padEnd(16)} ${shown(value)}`)
    }
  }
})

/** @param {unknown} value */
function shown(value) {
  if (typeof value === 'string') return value
  return Number.isInteger(value) ? Number(value).toLocaleString('en-US') : JSON.stringify(value)
}

/** @param {unknown} value */
function isEmpty(value) {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}
