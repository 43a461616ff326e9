/** What the comparison needs, installed once into .cache: a Python environment, two npm packages, pictures, a model. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PeerProcess } from './peer-process.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const scripts = fileURLToPath(new URL('peers/', import.meta.url))
const pythonPackages = [
  'torch==2.13.0',
  'torchvision==0.28.0',
  'transformers==5.17.0',
  'timm==1.0.31',
  'numpy',
  'onnx',
  'onnxscript',
  'scikit-learn==1.9.1',
  'imagecorruptions==1.1.2',
  'opencv-python==5.0.0.93',
  'scikit-image==0.26.0',
]
const nodePackages = ['onnxruntime-node@1.30.0', '@huggingface/transformers@4.3.1']

/** A peer or its material that cannot be had here: its rows say so. */
export class Unavailable extends Error {}

export class Peers {
  #threads
  #processes = new Map()

  /** @param {number} threads */
  constructor(threads) {
    this.#threads = threads
  }

  pytorch() {
    return this.#started('pytorch', () => [pythonExecutable(), [script('pytorch.py'), String(this.#threads)]])
  }

  /** scikit-learn and PyTorch, for the probe's rows. */
  probe() {
    return this.#started('probe', () => [pythonExecutable(), [script('probe.py'), String(this.#threads)]])
  }

  /** scikit-learn, for the metrics. */
  report() {
    return this.#started('report', () => [pythonExecutable(), [script('report.py')]])
  }

  corruptions() {
    return this.#started('corruptions', () => [
      pythonExecutable(),
      [script('corruptions.py'), String(this.#threads)],
    ])
  }

  /** PyTorch and imagecorruptions. */
  robustness() {
    return this.#started('robustness', () => [
      pythonExecutable(),
      [script('robustness.py'), String(this.#threads)],
    ])
  }

  onnxruntime() {
    return this.#started('onnxruntime', () => {
      const model = join(modelFolder(), 'model.onnx')
      return [process.execPath, [script('onnxruntime.mjs'), nodeFolder(), model, String(this.#threads)]]
    })
  }

  /** @param {string} config a preprocessor_config.json */
  transformersJs(config) {
    return this.#started('transformers.js', () => [
      process.execPath,
      [script('transformers-js.mjs'), nodeFolder(), config],
    ])
  }

  /** Memory of a training step in PyTorch, of a process that does only that. */
  async pytorchMemory(precision, batch, what) {
    const args = [script('memory.py'), String(this.#threads), precision, String(batch), what]
    const peer = await PeerProcess.start(pythonExecutable(), args)
    return peer.about
  }

  /** Ends a process, so that its memory and its threads are out of the way of the rows to come. */
  async stop(...names) {
    for (const name of names.length > 0 ? names : [...this.#processes.keys()]) {
      const started = this.#processes.get(name)
      this.#processes.delete(name)
      await started?.then(
        (peer) => peer.stop(),
        () => undefined,
      )
    }
  }

  #started(name, command) {
    if (!this.#processes.has(name)) {
      const start = async () => {
        const [executable, args] = command()
        return PeerProcess.start(executable, args)
      }
      this.#processes.set(name, start())
    }
    return this.#processes.get(name)
  }
}

/** A folder with a Hugging Face model and the same one as model.onnx. */
export function modelFolder() {
  const folder = cache('vit-small')
  once(folder, 'Exporting ViT-S/16 to ONNX', readFileSync(script('export.py'), 'utf8'), () => {
    run(pythonExecutable(), [script('export.py'), folder])
  })
  return folder
}

/** A folder with the folders imagenet and photographs, each with its JPEGs in one class folder `all`. */
export function picturesFolder() {
  const folder = cache('pictures')
  once(folder, 'Making pictures', readFileSync(script('make_pictures.py'), 'utf8'), () => {
    const photographs = join(root, 'test', 'fixtures', 'golden', 'images')
    run(pythonExecutable(), [script('make_pictures.py'), photographs, folder])
  })
  return folder
}

/** libjpeg-turbo's bare decoding, compiled against the libjpeg that the addon is built with. */
export function bareDecoder() {
  const folder = cache('bare-decode')
  const executable = join(folder, 'bare_decode')
  once(
    folder,
    "Compiling libjpeg-turbo's bare decoding",
    readFileSync(script('bare_decode.cc'), 'utf8'),
    () => {
      const compiler = process.env.CXX ?? 'c++'
      run(compiler, ['-O3', '-std=c++20', script('bare_decode.cc'), '-o', executable, '-ljpeg'])
    },
  )
  return executable
}

function pythonExecutable() {
  const folder = join(root, '.cache', 'bench-python')
  const executable = join(folder, 'bin', 'python')
  once(folder, 'Installing PyTorch for the comparison', pythonPackages.join('\n'), () => {
    if (!existsSync(executable)) run('python3', ['-m', 'venv', folder])
    const index = process.env.IJEPA_TORCH_INDEX ?? 'https://download.pytorch.org/whl/cpu'
    const pip = ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--timeout', '15']
    run(executable, [...pip, '--extra-index-url', index, ...pythonPackages])
  })
  return executable
}

/** Without install scripts: those of onnxruntime-node download what the CPU does not need. */
function nodeFolder() {
  const folder = cache('node')
  once(folder, 'Installing onnxruntime-node and transformers.js', nodePackages.join('\n'), () => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    run('npm', [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefix',
      folder,
      ...nodePackages,
    ])
  })
  return folder
}

const script = (name) => join(scripts, name)
const cache = (name) => join(root, '.cache', 'bench', name)

/** Does the work unless the folder was completed with this content before. */
function once(folder, what, content, work) {
  const stamp = join(folder, 'complete')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === content) return
  console.error(`${what} (once) …`)
  mkdirSync(folder, { recursive: true })
  work()
  writeFileSync(stamp, content)
}

/** @throws Unavailable */
function run(command, args) {
  try {
    execFileSync(command, args, { stdio: ['ignore', 2, 2] })
  } catch (error) {
    throw new Unavailable(
      `${command} ${error.status === undefined ? error.message : `ended with status ${error.status}`}`,
    )
  }
}
