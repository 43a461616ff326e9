import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { sessionConfig } from './handles'

const root = resolve(__dirname, '../..')

/** Runs a program on the compiled package; jest's module registry and one addon a process rule out doing it in here. */
function run(program: string) {
  return spawnSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8', timeout: 120_000 })
}

const small = JSON.stringify({
  encoder: { architecture: { embedDim: 32, depth: 2, heads: 2 }, patchSize: 8, imageSize: 32 },
})

describe('the addon', () => {
  it('lives in two workers and the main thread at once', () => {
    const child = run(`
      const { Worker, isMainThread } = require('node:worker_threads')
      const program = \`
        const { Session } = require('${root}/dist/native')
        const { sessionConfig } = require('node:worker_threads').workerData ?? globalThis
        ;(async () => {
          const session = await Session.create(sessionConfig)
          const bias = await session.read('head.bias')
          await session.dispose()
          if (bias.length !== 3) throw new Error('wrong bias')
        })()
      \`
      const sessionConfig = ${JSON.stringify(sessionConfig)}
      globalThis.sessionConfig = sessionConfig
      const workers = [0, 1].map(() => new Worker(program, { eval: true, workerData: { sessionConfig } }))
      eval(program)
      for (const worker of workers) worker.on('error', (error) => { console.error(error); process.exitCode = 1 })
    `)
    expect(child).toMatchObject({ status: 0, stderr: '' })
  })

  it('survives a worker that is terminated in the middle of a step', () => {
    const child = run(`
      const { Worker } = require('node:worker_threads')
      const worker = new Worker(\`
        const { parentPort } = require('node:worker_threads')
        const { Trainer } = require('${root}')
        ;(async () => {
          const trainer = await Trainer.create({ ...${small}, data: { train: '${root}/demo/photographs-train.tar' }, directory: require('node:fs').mkdtempSync('/tmp/ijepa-worker-') })
          await trainer.finetune({ epochs: 50, progress: 'none', onEvent: (event) => event.type === 'step' && parentPort.postMessage(event.step) })
        })()
      \`, { eval: true })
      worker.on('error', (error) => { console.error(error); process.exitCode = 1 })
      worker.on('message', (step) => step === 3 && worker.terminate().then(() => console.log('terminated')))
    `)
    expect(child).toMatchObject({ status: 0, stdout: 'terminated\n' })
  })

  it('lets the process exit in the middle of training', () => {
    const child = run(`
      const { Trainer } = require('${root}')
      ;(async () => {
        const trainer = await Trainer.create({ ...${small}, data: { train: '${root}/demo/photographs-train.tar' }, directory: require('node:fs').mkdtempSync('/tmp/ijepa-exit-') })
        await trainer.finetune({ epochs: 50, progress: 'none', onEvent: (event) => event.type === 'step' && event.step === 3 && process.exit(7) })
      })()
    `)
    expect(child).toMatchObject({ status: 7, signal: null, stderr: '' })
  })
})
