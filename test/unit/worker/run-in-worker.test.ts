import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { transpileModule, ModuleKind, ScriptTarget } from 'typescript'

/** The rooms as the package ships them: CommonJS, compiled into a folder of their own inside the project. */
const root = join(__dirname, '../../..')
let compiled: string

beforeAll(() => {
  mkdirSync(join(root, 'build'), { recursive: true })
  compiled = mkdtempSync(join(root, 'build', 'worker-test-'))
  for (const room of ['.', 'metrics', 'worker']) {
    mkdirSync(join(compiled, room), { recursive: true })
    for (const file of readdirSync(join(root, 'lib', room)).filter((name) => name.endsWith('.ts'))) {
      const source = readFileSync(join(root, 'lib', room, file), 'utf8')
      const compilerOptions = {
        module: ModuleKind.CommonJS,
        target: ScriptTarget.ES2022,
        esModuleInterop: true,
      }
      const { outputText } = transpileModule(source, { compilerOptions })
      writeFileSync(join(compiled, room, file.replace(/\.ts$/, '.js')), outputText)
    }
  }
})
afterAll(() => {
  rmSync(compiled, { recursive: true })
})

async function inChild(script: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: compiled })
  return JSON.parse(stdout)
}

test('scoreAsync equals score, from a thread, with the event loop free', async () => {
  const found = await inChild(`
    const { threadId } = require('node:worker_threads')
    const { score, scoreAsync } = require('./metrics')
    const labels = Int32Array.from({ length: 4000 }, (_, i) => i % 100)
    const logits = Float32Array.from({ length: 400000 }, (_, i) => Math.sin(i * i))
    const groups = Array.from(labels, (label) => 'g' + (label % 3))
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    scoreAsync({ logits, labels, groups }).then((found) => {
      clearInterval(timer)
      const expected = score({ logits, labels, groups })
      require('node:assert').deepStrictEqual(found, expected)
      console.log(JSON.stringify({ turns, top1: found.top1, untouched: logits.length }))
    })
  `)
  expect(found).toMatchObject({ top1: expect.any(Number), untouched: 400000 })
  expect((found as { turns: number }).turns).toBeGreaterThan(5)
})

test('analyseAsync equals analyse, its confusion matrix too', async () => {
  const found = await inChild(`
    const { analyse, analyseAsync } = require('./metrics')
    const labels = Int32Array.from({ length: 300 }, (_, i) => i % 30)
    const logits = Float32Array.from({ length: 9000 }, (_, i) => Math.sin(i * i))
    analyseAsync({ logits, labels }, { resamples: 5 }).then((found) => {
      require('node:assert').deepStrictEqual(found, analyse({ logits, labels }, { resamples: 5 }))
      console.log(JSON.stringify(found.scores.confusion.length))
    })
  `)
  expect(found).toBe(30)
})

test('an error of the thread keeps its class, code and details', async () => {
  const found = await inChild(`
    const { IjepaError } = require('./errors')
    require('./metrics').scoreAsync({ logits: Float32Array.of(NaN, 1), labels: Int32Array.of(0) }).catch((error) => {
      console.log(JSON.stringify({ is: error instanceof IjepaError, code: error.code, details: error.details }))
    })
  `)
  expect(found).toEqual({ is: true, code: 'ERR_NOT_FINITE', details: { sample: 0 } })
})

test('from the sources the call runs on this thread, with the same result', async () => {
  const { score, scoreAsync } = await import('../../../lib/metrics')
  const predictions = { logits: Float32Array.of(1, 2, 3, 0), labels: Int32Array.of(1, 1) }
  expect(await scoreAsync(predictions)).toEqual(score(predictions))
})
