/** npm run cache: the features that are kept on the disk; clear removes one entry, or all. */
import { featureCache, IjepaError } from '../dist/index.js'
import { runCommand } from './command-line.mjs'
import { table } from './tables.mjs'

await runCommand('cache', async ({ positional }) => {
  const [verb = 'list', key, ...others] = positional
  if (verb === 'clear' && others.length === 0) {
    await featureCache.clear(key)
  } else if (verb !== 'list' || key !== undefined) {
    throw new IjepaError('ERR_CONFIG', "Expected 'list' or 'clear [KEY]'; --help shows how")
  }
  const entries = await featureCache.list()
  if (entries.length === 0) console.log('No features are kept.')
  else console.log(table(['key', 'MB', 'last used'], entries.map(row)))
})

/** @param {Awaited<ReturnType<typeof featureCache.list>>[number]} entry */
function row({ key, bytes, used }) {
  return [key, (bytes / 1e6).toFixed(1), used.toISOString().slice(0, 16).replace('T', ' ')]
}
