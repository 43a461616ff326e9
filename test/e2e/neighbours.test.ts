/** Beside onnxruntime-node and sharp, which bring an OpenMP-like pool and a libvips of their own, in one process. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer } from '../../lib'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'

const root = join(__dirname, '..', '..')
const source = join(root, 'test', 'neighbours')
const folder = join(root, '.cache', 'neighbours')
const temporary = temporaryFolder()
const onnx = join(temporary, 'double.onnx')
let classifier: string

const missing = install()
const testOrSkip = missing === undefined ? test : test.skip
if (missing !== undefined) console.log(`skipped: ${missing}`)

/** @returns why it cannot be, where it cannot */
function install(): string | undefined {
  const modules = join(folder, 'node_modules')
  if (!existsSync(join(modules, 'sharp')) || !existsSync(join(modules, 'onnxruntime-node'))) {
    mkdirSync(folder, { recursive: true })
    for (const name of ['package.json', 'package-lock.json'])
      copyFileSync(join(source, name), join(folder, name))
    const options = ['--ignore-scripts', '--no-audit', '--no-fund']
    const { status, stderr } = spawnSync('npm', ['ci', ...options], { cwd: folder, encoding: 'utf8' })
    if (status !== 0)
      return `sharp and onnxruntime-node cannot be installed: ${stderr.trim().split('\n')[0] ?? ''}`
  }
  const link = join(modules, 'ijepa-classify')
  if (!existsSync(link)) symlinkSync(root, link, 'junction')
  copyFileSync(join(source, 'program.cjs'), join(folder, 'program.cjs'))
  return undefined
}

beforeAll(async () => {
  writeFileSync(onnx, doublingModel())
  const train = colourFolder(8, 32)
  const trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { train, validation: 'none' },
    directory: temporary,
    threads: 2,
  })
  classifier = (await trainer.finetune({ epochs: 1, batchSize: 8, progress: 'none' })).directory
  await trainer.dispose()
  rmSync(train, { recursive: true })
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

testOrSkip.each([
  'ijepa-classify,sharp,onnxruntime-node',
  'onnxruntime-node,sharp,ijepa-classify',
  'sharp,ijepa-classify,onnxruntime-node',
])('%s work at once, each as alone, and the process ends', (order) => {
  const args = [join(folder, 'program.cjs'), order, classifier, onnx]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 120_000,
  })
  expect({ status, signal, stdout, stderr }).toEqual({ status: 0, signal: null, stdout: 'ok\n', stderr: '' })
})

/** The ONNX file of y = x + x on 64 floats: protocol buffers by hand, field numbers as in onnx.proto. */
function doublingModel(): Buffer {
  const number = (field: number, value: number) => Buffer.from([field << 3, value])
  const bytes = (field: number, value: Buffer | string) => {
    const data = Buffer.from(value as string)
    return Buffer.concat([Buffer.from([(field << 3) | 2, data.length]), data])
  }
  const message = (field: number, ...parts: Buffer[]) => bytes(field, Buffer.concat(parts))
  const shape = message(2, message(1, number(1, 64)))
  const value = (field: number, name: string) =>
    message(field, bytes(1, name), message(2, message(1, number(1, 1), shape)))
  const node = message(1, bytes(1, 'x'), bytes(1, 'x'), bytes(2, 'y'), bytes(4, 'Add'))
  const graph = message(7, node, bytes(2, 'double'), value(11, 'x'), value(12, 'y'))
  return Buffer.concat([number(1, 8), graph, message(8, number(2, 13))])
}
