/**
 * Type-checks programs that use the library (test/consumer) against the compiled declarations, with skipLibCheck off:
 * by the project's TypeScript and by 5.0.4, the one that tslab bundles, under the module resolutions that people have.
 */

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))
const oldTypescript = '5.0.4'
const settings = [
  { include: ['*.ts'], module: 'CommonJS', moduleResolution: 'node10' },
  { include: ['*.ts', '*.mts'], module: 'NodeNext', moduleResolution: 'NodeNext' },
]

/** A folder of its own, so that the library is found as a package: node_modules/ijepa-classify leads to the project. */
const folder = makeConsumer()
let isOk = true
try {
  for (const { name, command } of compilers())
    for (const options of settings) isOk = check(name, command, options) && isOk
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = isOk ? 0 : 1

function makeConsumer() {
  if (!existsSync(join(root, 'dist', 'index.d.ts')))
    throw new Error('dist/index.d.ts is missing: node scripts/setup.mjs')
  const programs = join(root, 'test', 'consumer')
  if (!readdirSync(programs).some((name) => /\.m?ts$/.test(name)))
    throw new Error(`No program in ${programs}`)
  mkdirSync(join(root, 'build'), { recursive: true })
  const path = mkdtempSync(join(root, 'build', 'consumer-'))
  cpSync(programs, path, { recursive: true })
  mkdirSync(join(path, 'node_modules', '@types'), { recursive: true })
  symlinkSync(root, join(path, 'node_modules', 'ijepa-classify'))
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(path, 'node_modules', '@types', 'node'))
  return path
}

function compilers() {
  const own = [process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc')]
  const old = ['npx', '--yes', '-p', `typescript@${oldTypescript}`, 'tsc']
  return [
    { name: "the project's TypeScript", command: own },
    { name: `TypeScript ${oldTypescript}`, command: old },
  ]
}

function check(name, command, { include, ...options }) {
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...options,
        target: 'ES2022',
        lib: ['ES2022'],
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: ['node'],
      },
      include,
    }),
  )
  const [file, ...args] = [...command, '-p', folder]
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: folder, encoding: 'utf8' })
  console.log(`${name}, ${options.moduleResolution}: ${status === 0 ? 'no error' : 'errors'}`)
  if (status !== 0) console.error(stdout + stderr)
  return status === 0
}
