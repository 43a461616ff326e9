/** Builds the addon, and on demand the C++ tests, with cmake-js; only when something that they are made of has changed. */

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import { delimiter, join } from 'node:path'

import { ask, follow } from './command.mjs'
import { howToInstall, knownReason, SetupError } from './failure.mjs'
import { hashInputs, isFresh, readJson, writeJson } from './stamp.mjs'

const leastCmake = [3, 25]
/** What one compiler takes with LibTorch's headers. */
const compilerBytes = 1.5e9
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
      stamp: join(build, 'addon.json'),
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
    await compile(root, build, name, target)
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
  checkTools()
  mkdirSync(build, { recursive: true })
  dropForeignCache(root, build)
  console.log(`Build: configuring in ${build}`)
  const args = ['configure', `--CDLIBTORCH=${libtorch.folder}`, '--CDIJEPA_TESTS=ON']
  const { ok, output } = await cmakeJs(root, build, args)
  if (!ok) throw failed(build, 'CMake could not configure the build', output)
}

async function compile(root, build, name, target) {
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / compilerBytes)))
  console.log(`Build: ${name}, ${jobs} at a time`)
  let shown = 0
  const show = (line) => {
    if (!/^\[\s*\d+[/%]/.test(line) || Date.now() - shown < progressMs) return undefined
    shown = Date.now()
    return `  ${line.replace(/ CMakeFiles\/\S+\.dir\//, ' ').slice(0, 100)}`
  }
  const { ok, output } = await cmakeJs(
    root,
    build,
    ['build', '--target', target, '--parallel', String(jobs)],
    show,
  )
  if (!ok) throw failed(build, `the ${name} could not be built`, output)
}

/** cmake-js downloads nothing here: package.json names the Node-API version, whose headers are a package. */
function cmakeJs(root, build, args, show) {
  const script = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js')
  const fixed = ['--directory', root, '--out', build, '--log-level', 'warn']
  return follow(process.execPath, [script, ...args, ...fixed], { cwd: root, show, log: logFile(build) })
}

/** CMake refuses a cache that was made for another folder or another generator: begin anew then. */
function dropForeignCache(root, build) {
  const file = join(build, 'CMakeCache.txt')
  if (!existsSync(file)) return
  const cache = readFileSync(file, 'utf8')
  const value = (name) => new RegExp(`^${name}:[A-Z]+=(.*)$`, 'm').exec(cache)?.[1]
  const generator = isOnPath('ninja') ? 'Ninja' : 'Unix Makefiles'
  const isOurs = value('CMAKE_HOME_DIRECTORY') === root && value('CMAKE_CACHEFILE_DIR') === build
  if (isOurs && value('CMAKE_GENERATOR') === generator) return
  rmSync(build, { recursive: true, force: true })
  mkdirSync(build, { recursive: true })
}

/** Names what is missing before cmake-js would in its own words. */
function checkTools() {
  const cmake = ask('cmake', ['--version'])
  if (!cmake) throw new SetupError(`CMake is missing. ${howToInstall('cmake')}`)
  const found = /(\d+)\.(\d+)/.exec(cmake)
  const [major, minor] = [Number(found?.[1]), Number(found?.[2])]
  if (major < leastCmake[0] || (major === leastCmake[0] && minor < leastCmake[1]))
    throw new SetupError(
      `CMake ${major}.${minor} is too old, ${leastCmake.join('.')} is needed: python3 -m pip install cmake, or ${howToInstall('cmake')}`,
    )
  if (!isOnPath('ninja') && !isOnPath('make'))
    throw new SetupError(`Neither ninja nor make is there. ${howToInstall('make')}`)
  const compiler = [process.env.CXX, 'c++', 'g++', 'clang++'].find(
    (name) => name && ask(name, ['--version']) !== undefined,
  )
  if (!compiler) throw new SetupError(`A C++ compiler is missing. ${howToInstall('compiler')}`)
  const program = '#include <concepts>\nstatic_assert(__cplusplus >= 202002L);\n'
  if (ask(compiler, ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], { input: program }) === undefined)
    throw new SetupError(
      `${compiler} does not compile C++20 (GCC 11 or Clang 14 at least; CXX names another one). ${howToInstall('compiler')}`,
    )
}

/** The output of the last step. */
function logFile(build) {
  return join(build, 'setup.log')
}

function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
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
