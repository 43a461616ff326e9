/** The main job on real pictures: probes and fine-tunes the demo's encoder, evaluates both, and says where the report is. */
import { join } from 'node:path'
import { Trainer } from '../dist/index.js'
import { freePath, projectRoot, runScript } from './command-line.mjs'
import { dataTable, resultsTable } from './tables.mjs'

const demo = join(projectRoot, 'demo')
const directory = join('runs', 'demo')

/** Of the same recipes in PyTorch 2.13, five seeds: demo/README.md. */
const pytorch = { 'PyTorch, 5 seeds': ['38.2 ± 0.4%', '42.2 ± 0.8%'] }

await runScript(async (signal) => {
  const trainer = await Trainer.create({
    encoder: join(demo, 'encoder.safetensors'),
    data: {
      train: join(demo, 'photographs-train.tar'),
      test: join(demo, 'photographs-test.tar'),
      validation: 'none',
    },
    preprocessing: { cropFraction: 1 },
    directory,
    signal,
  })
  try {
    console.log(dataTable(trainer.data))
    const probe = await trainer.linearProbe({ preset: 'demo-probe' })
    const tuned = await trainer.finetune({ preset: 'demo-finetune' })
    const report = await trainer.evaluate([probe, tuned], { split: 'test' })
    const out = freePath(join(directory, 'report'))
    await report.save(out)
    console.log(`\n${resultsTable(report.data, pytorch)}\n\nReport: ${join(out, 'report.html')}`)
  } finally {
    await trainer.dispose()
  }
})
