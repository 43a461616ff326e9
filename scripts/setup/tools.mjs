/** The tools that a build needs: found, and what is missing named before CMake would in its own words. */

import { existsSync } from 'node:fs'

import { ask, findProgram } from './command.mjs'
import { howToInstall, SetupError } from './failure.mjs'

const leastCmake = [3, 25]

/**
 * @typedef {{generator: string, compiler: string, compilerVersion: string}} Tools
 * generator: CMake's name; compiler: path; compilerVersion: the first line that it prints of itself
 */

/** @returns {Tools} */
export function findTools() {
  checkCmake()
  const generator = findProgram('ninja') ? 'Ninja' : findProgram('make') ? 'Unix Makefiles' : undefined
  if (!generator) throw new SetupError(`Neither ninja nor make is there. ${howToInstall('make')}`)
  return { generator, ...findCompiler() }
}

function checkCmake() {
  const text = ask('cmake', ['--version'])
  if (text === undefined) throw new SetupError(`CMake is missing. ${howToInstall('cmake')}`)
  const [major, minor] = (/(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number)
  if (major < leastCmake[0] || (major === leastCmake[0] && minor < leastCmake[1]))
    throw new SetupError(
      `CMake ${major}.${minor} is too old, ${leastCmake.join('.')} is needed: python3 -m pip install cmake, or ${howToInstall('cmake')}`,
    )
}

/** CXX is a decision, as CMake takes it for one: a CXX that does not work is an error, never a reason to take another. */
function findCompiler() {
  const commands = process.env.CXX ? [commandOf(process.env.CXX)] : [['c++'], ['g++'], ['clang++']]
  const found = commands
    .map(([file, ...flags]) => ({ file, flags, version: ask(file, [...flags, '--version']) }))
    .find(({ version }) => version !== undefined)
  if (!found)
    throw new SetupError(
      process.env.CXX
        ? `CXX=${process.env.CXX} is no compiler that runs: let it name one, or unset it. ${howToInstall('compiler')}`
        : `A C++ compiler is missing. ${howToInstall('compiler')}`,
    )
  const { file, flags, version } = found
  const program = '#include <concepts>\nstatic_assert(__cplusplus >= 202002L);\n'
  const args = [...flags, '-std=c++20', '-fsyntax-only', '-x', 'c++', '-']
  if (ask(file, args, { input: program }) === undefined)
    throw new SetupError(
      `${file} does not compile C++20 (GCC 11 or Clang 14 at least; CXX names another one). ${howToInstall('compiler')}`,
    )
  return { compiler: findProgram(file) ?? file, compilerVersion: version.split('\n')[0] }
}

/** A path as it is, else a command with its arguments: CXX="ccache g++". */
function commandOf(text) {
  return existsSync(text) ? [text] : text.trim().split(/\s+/)
}
