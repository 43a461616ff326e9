/** Builds the addon, and on demand the C++ tests, with cmake-js; only when something that they are made of has changed. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { checkPath, prepareFolder, withMark } from './build-folder.mjs'
import { findProgram, follow } from './command.mjs'
import { knownReason, SetupError } from './failure.mjs'
import { compileJobs } from './jobs.mjs'
import { hashInputs, isFresh, readJson, writeJson } from './stamp.mjs'
import { findTools } from './tools.mjs'

/** Between two lines of progress. */
const progressMs = 3000

/**
 * @param {string} root the project
 * @param {import('./libtorch.mjs').Libtorch} libtorch
 * @param {{tests?: boolean, build?: string}} options build: folder to build in
 * @returns {Promise<boolean>} whether anything was built
 */
export async function buildAddon(root, libtorch, { tests = false, build = join(root, 'build') } = {}) {
  const facts = buildFacts(root, libtorch)
  const sources = ['CMakeLists.txt', 'native']
  const jobs = [
    {
      name: 'addon',
      stamp: addonStamp(build),
      sources,
      target: 'ijepa_addon',
      outputs: [addonFile(build)],
    },
  ]
  if (tests)
    jobs.push({
      name: 'C++ tests',
      stamp: join(build, 'tests.json'),
      sources: [...sources, 'test/native'],
      target: 'all',
      outputs: [join(build, 'CTestTestfile.cmake')],
    })
  let isBuilt = false
  for (const { name, stamp, sources, target, outputs } of jobs) {
    const inputs = hashInputs(root, sources, facts)
    if (isFresh(stamp, inputs, outputs)) continue
    if (!isBuilt) await configure(root, libtorch, build)
    rmSync(stamp, { force: true })
    await withMark(build, () => compile(root, build, name, target))
    const { version: torchVersion, folder, cuda: cudaBuild } = libtorch
    writeJson(stamp, {
      torchVersion,
      libtorch: folder,
      cudaBuild,
      platform: `${process.platform}-${process.arch}`,
      inputs,
    })
    isBuilt = true
  }
  return isBuilt
}

export function addonFile(build) {
  return join(build, 'Release', 'ijepa.node')
}

/** What the addon was built for; lib/native reads it too. */
export function addonStamp(build) {
  return join(build, 'addon.json')
}

/** What decides about the result beside the sources. */
function buildFacts(root, libtorch) {
  const version = (name) => readJson(join(root, 'node_modules', name, 'package.json'))?.version
  const names = [
    'node-api-headers',
    'node-addon-api',
    '@img/sharp-libvips-dev',
    `@img/sharp-libvips-${process.platform}-${process.arch}`,
  ]
  return {
    libtorch,
    root,
    packages: names.map((name) => [name, version(name)]),
    compiler: process.env.CXX,
    flags: process.env.CXXFLAGS,
    arch: process.arch,
  }
}

async function configure(root, libtorch, build) {
  const tools = findTools()
  for (const folder of [root, build, libtorch.folder]) checkPath(folder)
  prepareFolder(root, build, tools)
  console.log(`Build: configuring in ${build}`)
  const args = ['configure', `--CDLIBTORCH=${libtorch.folder}`, '--CDIJEPA_TESTS=ON', ...compilerArgs(tools)]
  const { ok, output } = await cmakeJs(root, build, args)
  if (!ok) throw failed(build, 'CMake could not configure the build', output)
}

/** cmake-js looks for g++ and clang++ alone; where there are none it has to be told. */
function compilerArgs({ compiler }) {
  if (findProgram('g++') || findProgram('clang++')) return []
  return ['--cxx', compiler, '--cc', compiler]
}

async function compile(root, build, name, target) {
  const jobs = await compileJobs(root)
  console.log(`Build: ${name}, ${jobs} at a time`)
  let shown = 0
  const show = (line) => {
    if (!/^\[\s*\d+[/%]/.test(line) || Date.now() - shown < progressMs) return undefined
    shown = Date.now()
    return `  ${line.replace(/ CMakeFiles\/\S+\.dir\//, ' ').slice(0, 100)}`
  }
  const args = ['build', '--target', target, '--parallel', String(jobs)]
  const { ok, output } = await cmakeJs(root, build, args, show)
  if (!ok) throw failed(build, `the ${name} could not be built`, output)
}

/** cmake-js downloads nothing here: package.json names the Node-API version, whose headers are a package. */
function cmakeJs(root, build, args, show) {
  const script = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js')
  const fixed = ['--directory', root, '--out', build, '--log-level', 'warn']
  return follow(process.execPath, [script, ...args, ...fixed], { cwd: root, show, log: logFile(build) })
}

/** The output of the last step. */
function logFile(build) {
  return join(build, 'setup.log')
}

function failed(build, what, output) {
  console.error(output)
  return new SetupError(
    `${what} (${knownReason(output) ?? firstError(output)}); the end of its output is above, all of it in ${logFile(build)}.`,
  )
}

function firstError(output) {
  const line = output.split('\n').find((text) => /\berror\b|CMake Error/i.test(text))
  return (line ?? 'no error named').trim().slice(0, 200)
}
