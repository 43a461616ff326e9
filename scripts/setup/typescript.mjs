/** Compiles lib/ into dist/, CommonJS, and puts an ES-module wrapper over it: one copy of every class in a process. */

import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ask, follow } from './command.mjs'
import { SetupError } from './failure.mjs'
import { hashInputs, isFresh, readJson, writeJson } from './stamp.mjs'

const sources = [
  'lib',
  'binding.gyp.d.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/setup/typescript.mjs',
]

/** @returns whether anything was compiled */
export async function buildTypescript(root) {
  const dist = join(root, 'dist')
  const stamp = join(dist, 'build.json')
  const typescript = readJson(join(root, 'node_modules', 'typescript', 'package.json'))?.version
  const inputs = hashInputs(root, sources, { typescript })
  if (isFresh(stamp, inputs, [join(dist, 'index.js'), join(dist, 'index.mjs')])) return false
  console.log('TypeScript: compiling lib/ into dist/')
  rmSync(dist, { recursive: true, force: true })
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { ok, output } = await follow(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
  })
  if (!ok) {
    console.error(output)
    throw new SetupError(
      'TypeScript does not compile lib/: its words are above (an error in lib/, or a damaged node_modules: delete it).',
    )
  }
  copyFileSync(join(root, 'lib/report/report.schema.json'), join(dist, 'report/report.schema.json'))
  writeFileSync(join(dist, 'index.mjs'), wrapper(exportedNames(join(dist, 'index.js'))))
  writeFileSync(join(dist, 'index.d.mts'), `export * from './index.js'\n`)
  writeJson(stamp, { inputs })
  return true
}

/** The ES module that gives a CommonJS module's exports by name. */
export function wrapper(names) {
  return `import library from './index.js'\n\nexport const { ${[...names].sort().join(', ')} } = library\n`
}

function exportedNames(file) {
  const names = ask(process.execPath, ['-p', 'JSON.stringify(Object.keys(require(process.argv[1])))', file])
  if (!names)
    throw new SetupError(`The compiled library cannot be loaded: node -e "require('${file}')" shows why.`)
  return JSON.parse(names).filter((name) => name !== '__esModule' && name !== 'default')
}
