/**
 * Fuzzes what reads pictures: builds test/fuzz with Clang's libFuzzer and its address and undefined-behaviour sanitizers in
 * build-fuzz/, and runs each fuzzer for a while, from the pictures of test/fixtures/pictures on.
 *
 *   npm run fuzz -- [--seconds 120] [--only png,tiff]
 *
 * CXX names the clang++ to use. Corpora are kept in build-fuzz/corpus, inputs that fail in build-fuzz/findings: give one to
 * build-fuzz/fuzz_NAME to see it again. Ends with 1 where there is a finding.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { ask, follow } from './setup/command.mjs'
import { howToInstall, SetupError } from './setup/failure.mjs'
import { readJson } from './setup/stamp.mjs'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))
const build = join(root, 'build-fuzz')
const names = ['kind', 'jpeg', 'png', 'webp', 'gif', 'tiff', 'avif', 'bmp', 'netpbm']

/** A picture of a megapixel at most that takes longer, or more memory at once, is a finding. */
const limits = ['-timeout=25', '-malloc_limit_mb=400', '-rss_limit_mb=4096', '-max_len=16384']

try {
  const { seconds, chosen } = readOptions()
  await buildFuzzers(findClang())
  const found = []
  for (const name of chosen) if (!(await fuzz(name, seconds))) found.push(name)
  console.log(found.length === 0 ? 'fuzz: no finding' : `fuzz: findings in ${found.join(', ')}`)
  process.exitCode = found.length === 0 ? 0 : 1
} catch (error) {
  console.error(error instanceof SetupError ? `fuzz: ${error.message}` : error)
  process.exitCode = 1
}

function readOptions() {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '120' }, only: { type: 'string' } },
  })
  const seconds = Number(values.seconds)
  if (!Number.isInteger(seconds) || seconds <= 0)
    throw new SetupError(`Expected whole seconds above 0 for --seconds, got ${values.seconds}.`)
  const chosen = values.only?.split(',') ?? names
  const unknown = chosen.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new SetupError(`Expected names of ${names.join(', ')} for --only, got ${unknown}.`)
  return { seconds, chosen }
}

/** A Clang that links a fuzzer: Apple's own, and some distributions' without its runtime library, do not. */
function findClang() {
  const versions = Array.from({ length: 12 }, (_, i) => `clang++-${25 - i}`)
  const candidates = [process.env.CXX, 'clang++', ...versions].filter((name) => name !== undefined)
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-fuzz-'))
  const program =
    '#include <stddef.h>\n#include <stdint.h>\nextern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }\n'
  const args = ['-fsanitize=fuzzer,address,undefined', '-x', 'c++', '-', '-o', join(folder, 'fuzzer')]
  const clang = candidates.find((name) => ask(name, args, { input: program }) !== undefined)
  rmSync(folder, { recursive: true })
  if (clang === undefined)
    throw new SetupError(
      `No Clang with libFuzzer: tried ${process.env.CXX ?? 'clang++'} and clang++-14 to clang++-25. ${howToInstall('clang')}`,
    )
  return clang
}

/** Against the LibTorch that set-up has chosen. */
async function buildFuzzers(clang) {
  const { libtorch } = readJson(join(root, 'build', 'addon.json')) ?? {}
  if (libtorch === undefined)
    throw new SetupError('The addon is not built: run `node scripts/setup.mjs` first.')
  mkdirSync(build, { recursive: true })
  const settings = {
    LIBTORCH: libtorch,
    IJEPA_FUZZ: 'ON',
    IJEPA_TESTS: 'OFF',
    CMAKE_BUILD_TYPE: 'RelWithDebInfo',
  }
  const definitions = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`)
  console.log(`fuzz: building in ${build} with ${clang}`)
  await must('cmake', ['-S', root, '-B', build, `-DCMAKE_CXX_COMPILER=${clang}`, ...definitions])
  await must('cmake', ['--build', build, '--target', 'fuzzers', '--parallel', '2'])
}

async function must(file, args) {
  const { ok, output } = await follow(file, args, { log: join(build, 'build.log') })
  if (ok) return
  console.error(output)
  throw new SetupError(
    `${file} failed; the end of its output is above, all of it in ${join(build, 'build.log')}.`,
  )
}

/** Resolves with false where there was a finding, which is shown. */
async function fuzz(name, seconds) {
  const corpus = join(build, 'corpus', name)
  const findings = join(build, 'findings')
  mkdirSync(corpus, { recursive: true })
  mkdirSync(findings, { recursive: true })
  const folders = [corpus, join(root, 'test', 'fixtures', 'pictures')]
  const args = [...limits, `-max_total_time=${seconds}`, `-artifact_prefix=${findings}/${name}-`, ...folders]
  const log = join(build, `${name}.log`)
  const env = { ...process.env, OMP_NUM_THREADS: '1' }
  let last = ''
  const show = (line) => {
    if (/^#\d+\s+DONE/.test(line)) last = line
  }
  const { ok, output } = await follow(join(build, `fuzz_${name}`), args, { show, env, log, cwd: build })
  const [, runs, coverage, corpusSize] = /^#(\d+)\s+DONE\s+cov: (\d+).*?corp: (\d+)/.exec(last) ?? []
  if (!ok)
    console.error(`${output}\nfuzz: ${name}: a finding; its input is in ${findings}, all output in ${log}`)
  else
    console.log(
      `fuzz: ${name}: ${runs} executions in ${seconds} s, coverage ${coverage} edges, corpus ${corpusSize}`,
    )
  return ok
}
