/** PyTorch beside us: a virtual environment in the cache, made once, and a process that is asked for timings. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const packages = ['torch==2.13.0', 'torchvision==0.28.0', 'transformers==5.17.0', 'numpy']

function python() {
  const folder = join(root, '.cache', 'bench-python')
  const executable = join(folder, 'bin', 'python')
  if (!existsSync(join(folder, 'complete'))) {
    console.error('Installing PyTorch for the comparison (once) …')
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' })
    const index = process.env.IJEPA_TORCH_INDEX ?? 'https://download.pytorch.org/whl/cpu'
    execFileSync(executable, ['-m', 'pip', 'install', '--quiet', '--extra-index-url', index, ...packages], {
      stdio: 'inherit',
    })
    execFileSync('touch', [join(folder, 'complete')])
  }
  return executable
}

export class Peer {
  #process
  #answers

  /** @param {number} threads */
  static async start(threads) {
    const peer = new Peer()
    const script = fileURLToPath(new URL('peer.py', import.meta.url))
    peer.#process = spawn(python(), [script, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] })
    peer.#answers = createInterface({ input: peer.#process.stdout })[Symbol.asyncIterator]()
    const { torch } = await peer.#answer()
    peer.version = torch
    return peer
  }

  /** Seconds that the peer takes for the work. */
  async seconds(work, ...parameters) {
    this.#process.stdin.write(JSON.stringify({ work, arguments: parameters }) + '\n')
    return this.#answer()
  }

  stop() {
    this.#process.stdin.end()
  }

  async #answer() {
    const { value, done } = await this.#answers.next()
    if (done) throw new Error('The PyTorch process ended: its message is above')
    return JSON.parse(value)
  }
}
