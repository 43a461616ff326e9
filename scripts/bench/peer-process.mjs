/** A peer in a process of its own, which answers one line of JSON with another. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Peers wait as people run them: what the caller's shell says of OpenMP is not passed on. */
function peerEnvironment(added) {
  const env = { ...process.env, ...added }
  for (const name of ['OMP_WAIT_POLICY', 'GOMP_SPINCOUNT', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'])
    delete env[name]
  return env
}

export class PeerProcess {
  #process
  #answers
  /** What it said of itself at the start. */
  about

  /**
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Record<string, string>} [env] added
   */
  static async start(command, args, env = {}) {
    const peer = new PeerProcess()
    peer.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: peerEnvironment(env) })
    const failed = new Promise((_, reject) => peer.#process.on('error', reject))
    peer.#process.stdin.on('error', () => undefined) // its end is noticed at the next answer
    peer.#answers = createInterface({ input: peer.#process.stdout })[Symbol.asyncIterator]()
    peer.about = await Promise.race([peer.#answer(), failed])
    return peer
  }

  /** The answer to a request: for timed work, seconds as the mean of `times`. */
  ask(work, ...parameters) {
    this.#process.stdin.write(JSON.stringify({ work, arguments: parameters }) + '\n')
    return this.#answer()
  }

  stop() {
    this.#process.stdin.end()
  }

  /** Lines that are no JSON are a library's own talk. */
  async #answer() {
    for (;;) {
      const { value, done } = await this.#answers.next()
      if (done)
        throw new Error(`The process of ${this.#process.spawnargs.join(' ')} ended; its message is above`)
      if (value.startsWith('{')) {
        const { error, answer } = JSON.parse(value)
        if (error) throw new Error(error)
        return answer
      }
    }
  }
}
