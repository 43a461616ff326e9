/**
 * Makes everything ready that is not yet: npm packages, LibTorch, the addon, the compiled library. Needs Node alone.
 *
 *   node scripts/setup.mjs [--tests] [--cpu | --cuda]
 *
 * --tests  builds the C++ tests too
 * --cpu, --cuda  that kind of LibTorch; default: whichever is there, a CUDA one when it is downloaded and there is a GPU
 *
 * LIBTORCH          folder of a LibTorch to use (lib/ and include/ in it)
 * IJEPA_CACHE       folder for downloads instead of .cache/ in the project
 * IJEPA_TORCH_INDEX package index that has the CPU build of torch, instead of PyTorch's own
 */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))
const started = process.hrtime.bigint()

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 17)) {
  console.error(
    `Node.js 20.17 or newer is needed, this is ${process.versions.node}: install it from https://nodejs.org`,
  )
  process.exit(1)
}

process.on('uncaughtException', fail)
// Who reads the output may leave early (`| head`): the work goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
await setUp(readOptions(process.argv.slice(2))).catch(fail)

async function fail(error) {
  const { failureLine } = await import('./setup/failure.mjs')
  console.error(`Set-up: ${failureLine(error)}`)
  process.exit(error?.exitCode ?? 1)
}

async function setUp({ tests, wanted }) {
  const { withLock } = await import('./setup/lock.mjs')
  const { fromEnvironment } = await import('./setup/libtorch.mjs')
  const { checkPath } = await import('./setup/build-folder.mjs')
  // What is wrong with LIBTORCH or the project's own path is said before anything is done.
  fromEnvironment(process.env)
  checkPath(root)
  await withLock(join(root, '.cache', 'setup.lock'), async () => {
    const { installPackages } = await import('./setup/packages.mjs')
    const { buildAddon } = await import('./setup/addon.mjs')
    const { buildTypescript } = await import('./setup/typescript.mjs')
    const hasInstalled = await installPackages(root)
    // The library first: without a compiler or LibTorch it still says what is missing (npm run doctor).
    const hasCompiled = await buildTypescript(root)
    const { libtorch, line, passed } = await findLibtorch(wanted)
    console.log(passed.length > 0 ? `${line} (${passed.join('; ')})` : line)
    const hasBuilt = await buildAddon(root, libtorch, { tests })
    const seconds = (Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)
    console.log(
      `Set-up: ${hasInstalled || hasBuilt || hasCompiled ? 'done' : 'nothing to do'} (${seconds} s)`,
    )
  })
}

async function findLibtorch(wanted) {
  const { chooseLibtorch, describe, fromBuild, fromCache, fromEnvironment, fromPython } =
    await import('./setup/libtorch.mjs')
  const { addonStamp } = await import('./setup/addon.mjs')
  const { checkPath } = await import('./setup/build-folder.mjs')
  const { readJson } = await import('./setup/stamp.mjs')
  const { findTools } = await import('./setup/tools.mjs')
  const cache = join(resolve(process.env.IJEPA_CACHE || join(root, '.cache')), 'libtorch')
  const download = async () => {
    // What a build would miss is said before anything large is fetched.
    findTools()
    checkPath(cache)
    const { downloadLibtorch } = await import('./setup/download.mjs')
    const kind = wanted ?? (existsSync('/proc/driver/nvidia/version') ? 'cuda' : 'cpu')
    return { libtorch: await downloadLibtorch(cache, { kind }) }
  }
  const { libtorch, from, passed } = await chooseLibtorch([
    { name: 'LIBTORCH', find: () => fromEnvironment(process.env) },
    { name: 'the last build', find: () => fromBuild(readJson(addonStamp(join(root, 'build'))), wanted) },
    { name: "the project's cache", find: () => fromCache(cache, wanted) },
    { name: "Python's torch", find: () => fromPython(wanted) },
    { name: 'a download', find: download },
  ])
  return { libtorch, line: describe(libtorch, from), passed }
}

function readOptions(args) {
  const unknown = args.find((arg) => !['--tests', '--cpu', '--cuda'].includes(arg))
  if (unknown) {
    console.error(`Unknown option ${unknown}: node scripts/setup.mjs [--tests] [--cpu | --cuda]`)
    process.exit(1)
  }
  const wanted = args.includes('--cuda') ? 'cuda' : args.includes('--cpu') ? 'cpu' : undefined
  return { tests: args.includes('--tests'), wanted }
}
