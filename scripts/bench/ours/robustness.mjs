/** Our side of the robustness suite's row: a run on pictures, evaluated as people do. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer } from '../../../dist/index.mjs'

export class RobustnessSuite {
  #trainer
  #run

  /**
   * ViT-S/16 with random weights and ten classes, trained for one update.
   *
   * @param {readonly string[]} files pictures that are judged
   * @param {string} directory of the run
   */
  static async create(files, directory, threads) {
    const suite = new RobustnessSuite()
    const samples = files.map((image, i) => ({ image, label: `class ${i % 10}` }))
    suite.#trainer = await Trainer.create({
      encoder: { architecture: 'vit_small', patchSize: 16, imageSize: 224 },
      data: { train: samples.slice(0, 20), validation: samples },
      directory,
      threads,
    })
    const once = { epochs: 1, batchSize: 20, dropLast: false, progress: 'none' }
    suite.#run = await suite.#trainer.finetune(once)
    return suite
  }

  /** Seconds of all corruptions at one severity, of the pictures as they are, and of what the report says of them. */
  async seconds(severity, precision) {
    rmSync(join(this.#run.directory, 'suites'), { recursive: true, force: true }) // what was measured is kept there
    const begun = performance.now()
    await this.#trainer.evaluate(this.#run, {
      suites: ['robustness'],
      budget: 'full',
      severities: [severity],
      precision,
      thumbnails: false,
      progress: 'none',
    })
    return (performance.now() - begun) / 1000
  }

  dispose() {
    return this.#trainer.dispose()
  }
}
