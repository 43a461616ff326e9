/** The addon in several threads, and at the end of threads and processes in the middle of its work. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Trainer } from '../../lib'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'
import { sessionConfig } from './handles'

const root = resolve(__dirname, '../..')
const train = colourFolder(24, 32)
const directory = temporaryFolder()
let model: string

beforeAll(async () => {
  const data = { train, validation: 'none' } as const
  const trainer = await Trainer.create({ encoder: tinyEncoder, data, directory, threads: 2 })
  model = (await trainer.finetune({ epochs: 1, batchSize: 8, progress: 'none' })).directory
  await trainer.dispose()
})
afterAll(() => {
  for (const folder of [train, directory]) rmSync(folder, { recursive: true, force: true })
})

/** What the programs below begin with: in a process or a worker of its own, on the compiled package. */
function preamble(): string {
  return `
    const { Classifier, Trainer } = require(${JSON.stringify(root)})
    const { Session } = require(${JSON.stringify(join(root, 'dist', 'native'))})
    const { Worker, isMainThread, parentPort } = require('node:worker_threads')
    const model = ${JSON.stringify(model)}
    const sessionConfig = ${JSON.stringify(sessionConfig)}
    const tiny = ${JSON.stringify(tinyEncoder)}
    const small = { architecture: 'vit_small', patchSize: 16, imageSize: 224 }
    const picture = { data: new Uint8Array(3 * 512 * 512).fill(90), width: 512, height: 512, channels: 3 }
    async function train(encoder, batchSize, onEvent, epochs = 1e6) {
      const data = { train: ${JSON.stringify(train)}, validation: 'none' }
      const trainer = await Trainer.create({ encoder, data, directory: ${JSON.stringify(directory)} })
      return trainer.finetune({ epochs, batchSize, progress: 'none', ...(onEvent ? { onEvent } : {}) })
    }
    async function predictForEver(started) {
      const classifier = await Classifier.load(model)
      for (;;) {
        started()
        await classifier.predict(Array(64).fill(picture))
      }
    }
    const inWorker = (program) => {
      const worker = new Worker(preamble + program, { eval: true })
      worker.on('error', (error) => { console.error(error); process.exitCode = 1 })
      return worker
    }
  `
}

/** jest's module registry and one addon a process rule out doing it in here. */
function run(program: string) {
  const before = preamble()
  const text = `const preamble = ${JSON.stringify(before)}\n${before}\n;(async () => { ${program} })()`
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', text], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  })
  return { status, signal, stdout, stderr }
}

const ended = (status: number, stdout = '') => ({ status, signal: null, stdout, stderr: '' })

describe('two workers and the main thread at once', () => {
  it('predict the same, each on a classifier of its own', () => {
    const predict = `
      const classifier = await Classifier.load(model)
      const found = await Promise.all(Array.from({ length: 50 }, () => classifier.predict(picture)))
      await classifier.dispose()
      const texts = new Set(found.map((predictions) => predictions.map(({ label, probability }) => label + probability.toFixed(4)).join()))
      const result = [...texts].join(' | ')
    `
    const child = run(`
      const workers = [0, 1].map(() => inWorker(${JSON.stringify(`;(async () => { ${predict}; parentPort.postMessage(result) })()`)}))
      const others = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)))
      ${predict}
      for (const other of others) console.log(await other === result)
    `)
    expect(child).toEqual(ended(0, 'true\ntrue\n'))
  })

  it('make sessions, use them and dispose of them', () => {
    const use = `
      for (let i = 0; i < 10; i++) {
        const session = await Session.create(sessionConfig)
        if ((await session.read('head.bias')).length !== 3) throw new Error('wrong bias')
        await session.dispose()
      }
    `
    const child = run(`
      for (let i = 0; i < 2; i++) inWorker(${JSON.stringify(`;(async () => { ${use} })()`)})
      ${use}
    `)
    expect(child).toEqual(ended(0))
  })
})

const trainTiny = `train(tiny, 8, ({ type }) => type === 'step' && STARTED())`
/** In the batch of the dry run. */
const trainSmall = `train(small, 16, ({ type }) => type === 'start' && setTimeout(STARTED, 1500))`
const works = [
  ['a step', trainTiny],
  ['a step of seconds', trainSmall],
  ['a prediction', `predictForEver(() => STARTED())`],
  [
    'making a large encoder',
    `setTimeout(STARTED, 100), Session.create({ ...sessionConfig, embedDim: 1280, depth: 8, heads: 16, mlpDim: 5120 })`,
  ],
] as const

/** The work, which calls `then` once it is under way. */
const under = (work: string, then: string) =>
  `let begun = false; const STARTED = () => { if (!begun) { begun = true; ${then} } }; await (${work})`

describe('in the middle of', () => {
  it.each(works)(
    '%s a worker can be terminated',
    (_, work) => {
      const program = `;(async () => { ${under(work, `parentPort.postMessage('begun')`)} })()`
      const child = run(`
      for (let i = 0; i < 2; i++) {
        const worker = inWorker(${JSON.stringify(program)})
        await new Promise((resolve) => worker.once('message', resolve))
        await worker.terminate()
      }
      const classifier = await Classifier.load(model)
      console.log((await classifier.predict(picture)).length)
    `)
      expect(child).toEqual(ended(0, '2\n'))
    },
    120_000,
  )

  it.each(works)('%s the process can exit, and soon', (_, work) => {
    const { stdout, ...child } = run(under(work, 'console.log(Date.now()); process.exit(7)'))
    expect({ ...child, stdout: '' }).toEqual(ended(7))
    expect(Date.now() - Number(stdout)).toBeLessThan(3000) // a second, on a machine that has other work too
  })

  it('training an exception that nobody catches ends the process with its message alone', () => {
    const child = run(under(trainTiny, `setTimeout(() => { throw new Error('nobody catches this') }, 1)`))
    expect(child).toMatchObject({ status: 1, signal: null, stdout: '' })
    expect(child.stderr).toContain('Error: nobody catches this')
    expect(child.stderr).not.toMatch(/terminate|core dumped|Segmentation/)
  })

  it('training a worker can exit by itself', () => {
    const program = `;(async () => { ${under(trainTiny, 'process.exit(5)')} })()`
    const child = run(`
      const worker = inWorker(${JSON.stringify(program)})
      console.log(await new Promise((resolve) => worker.once('exit', resolve)))
    `)
    expect(child).toEqual(ended(0, '5\n'))
  })

  it('training in two workers and the main thread the process can exit', () => {
    const program = `;(async () => { ${under(trainTiny, `parentPort.postMessage('begun')`)} })()`
    const child = run(`
      const workers = [0, 1].map(() => inWorker(${JSON.stringify(program)}))
      const begins = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)))
      void (${trainTiny.replace('STARTED()', 'begins.push(0)')})
      await Promise.all(begins)
      process.exit(7)
    `)
    expect(child).toEqual(ended(7))
  })
})

describe('the process ends by itself when all is done', () => {
  it.each([
    [
      'with a classifier that is still there',
      `const c = await Classifier.load(model); console.log((await c.predict(picture)).length)`,
    ],
    [
      'with a stream that was left',
      `const c = await Classifier.load(model); for await (const p of c.predictStream(Array(100).fill(picture))) { console.log(p.length); break }`,
    ],
    ['with a trainer that is still there', `await train(tiny, 8, undefined, 1); console.log(2)`],
  ])('%s', (_, program) => {
    expect(run(program)).toEqual(ended(0, '2\n'))
  })
})
