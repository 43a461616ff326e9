/** Counts what is done, and says at 100, 1,000, … and at the end how much memory the process has. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/** So that the engine, which puts its collections off while there is memory, lets no garbage of the test heap up. */
const collectEvery = 200

export class Watch {
  #done = 0

  /** @param {number} count all that is to be done */
  constructor(count) {
    this.count = count
  }

  /** One more is done. */
  async tick() {
    const done = ++this.#done
    if (done % collectEvery === 0) collectGarbage()
    if (done !== this.count && !/^10{2,}$/.test(String(done))) return
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 50)) // finalizers, and threads that are ending
    collectGarbage()
    console.log(JSON.stringify({ done, bytes: process.memoryUsage.rss() }))
  }
}
