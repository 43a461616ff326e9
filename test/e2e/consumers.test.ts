/** Small programs that use the package as an installed one: from CommonJS, ES modules and TypeScript 5.0.4. */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(__dirname, '..', '..')
const compiler = join(root, 'scripts/notebooks/node_modules/@tslab/typescript-for-tslab/bin/tsc')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ijepa-consumer-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'ijepa-classify'), 'junction')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('CommonJS, with the ES module of the same process sharing its classes', () => {
  expect(runProgram('commonjs.cjs')).toBe('commonjs: ok\n')
}, 120_000)

test('an ES module, events by iteration and the result by await', () => {
  expect(runProgram('module.mjs')).toBe('module: ok\n')
}, 120_000)

test('the schema of report.json is where the compiled package writes the report', () => {
  const schema = join('report', 'report.schema.json')
  expect(readFileSync(join(root, 'dist', schema))).toEqual(readFileSync(join(root, 'lib', schema)))
})

const installed = spawnSync(process.execPath, [join(root, 'scripts/notebooks/install.mjs'), '--kernel-only'])
const canCompile = installed.status === 0 && existsSync(compiler)
const testOrSkip = canCompile ? test : test.skip

testOrSkip(
  `TypeScript 5.0.4 compiles the types strictly, library declarations included, and the program runs${canCompile ? '' : ' (skipped: tslab, which carries TypeScript 5.0.4, could not be installed)'}`,
  () => {
    copyFileSync(join(root, 'test', 'consumer', 'typescript.ts'), join(folder, 'typescript.ts'))
    const options = {
      strict: true,
      skipLibCheck: false,
      target: 'ES2022',
      module: 'CommonJS',
      types: [] as string[],
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['typescript.ts'] }),
    )
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
    expect(run(join(folder, 'typescript.js'))).toMatch(/^typescript: ok \(ERR_\w+\)\n$/)
  },
  180_000,
)

/** Node resolves the package from where a program lies: so it runs from a folder of its own, outside the checkout. */
function runProgram(name: string): string {
  copyFileSync(join(root, 'test', 'consumer', name), join(folder, name))
  return run(join(folder, name))
}

function run(program: string): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, join(root, 'demo'), join(folder, 'runs')],
    { encoding: 'utf8', cwd: folder },
  )
  if (status !== 0) throw new Error(`${program} ended with status ${status}:\n${stderr}`)
  return stdout
}
