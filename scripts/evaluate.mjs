/** npm run evaluate: runs judged on held-out pictures, side by side, into a report. */
import { dirname, join } from 'node:path'
import { IjepaError, Trainer } from '../dist/index.js'
import { freePath, runCommand } from './command-line.mjs'
import { profiled } from './profile.mjs'
import { resultsTable } from './tables.mjs'

await runCommand('evaluate', async ({ open, evaluate, script, positional: directories }, signal) => {
  const [first] = directories
  if (first === undefined)
    throw new IjepaError('ERR_CONFIG', 'Expected the folder of a run; --help shows how')
  const opened = []
  try {
    for (const directory of directories) opened.push(await Trainer.open(directory, open))
    const runs = opened.map(({ run }) => run)
    await profiled(script.profile, async (listening) => {
      const report = await opened[0].trainer.evaluate(runs, { ...evaluate, ...listening, signal })
      const out = script.out ?? freePath(join(runs.length === 1 ? first : dirname(first), 'report'))
      await report.save(out)
      console.log(`${resultsTable(report.data)}\n\nReport: ${join(out, 'report.html')}`)
      return out
    })
  } finally {
    for (const { trainer } of opened) await trainer.dispose()
  }
})
