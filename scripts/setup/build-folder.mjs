/** The folder that CMake builds in: kept from build to build, begun anew where what it holds is of no use any more. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { SetupError } from './failure.mjs'
import { readJson, writeJson } from './stamp.mjs'

/** CMake's lists, the loader's search path and the linker's options have a meaning of their own for these (all were tried). */
const forbidden = /[;:"|[\],\\\n]/

/** @throws {SetupError} the path has a character that CMake, the linker or make cannot be given */
export function checkPath(folder) {
  const [character] = forbidden.exec(folder) ?? []
  if (character)
    throw new SetupError(
      `The path ${JSON.stringify(folder)} has the character ${JSON.stringify(character)}, which CMake or the linker takes for its own: move it to a path without (spaces and letters of any script are fine).`,
    )
}

/**
 * Makes the folder ready for CMake. It is emptied where its cache was made for another folder, generator or compiler (CMake
 * keeps the first, and precompiled headers of another version are an error), and where a build with make was killed: make
 * takes a file that is half written for finished, ninja does not.
 * @param {import('./tools.mjs').Tools} tools
 */
export function prepareFolder(root, build, tools) {
  const isForeign = differsFromCache(root, build, tools) || differsFromOrigin(build, tools)
  const isTorn = existsSync(unfinishedFile(build)) && tools.generator !== 'Ninja'
  if (isForeign || isTorn) rmSync(build, { recursive: true, force: true })
  mkdirSync(build, { recursive: true })
  writeJson(originFile(build), tools)
}

/** Runs `work` with a mark in the folder that a killed build leaves behind. */
export async function withMark(build, work) {
  writeFileSync(unfinishedFile(build), '')
  try {
    return await work()
  } finally {
    rmSync(unfinishedFile(build), { force: true })
  }
}

function differsFromCache(root, build, { generator }) {
  const file = join(build, 'CMakeCache.txt')
  if (!existsSync(file)) return false
  const cache = readFileSync(file, 'utf8')
  const value = (name) => new RegExp(`^${name}:[A-Z]+=(.*)$`, 'm').exec(cache)?.[1]
  const isOurs = value('CMAKE_HOME_DIRECTORY') === root && value('CMAKE_CACHEFILE_DIR') === build
  return !isOurs || value('CMAKE_GENERATOR') !== generator
}

function differsFromOrigin(build, { compiler, compilerVersion }) {
  const origin = readJson(originFile(build))
  if (!origin) return false
  return origin.compiler !== compiler || origin.compilerVersion !== compilerVersion
}

/** What the folder was made with. */
function originFile(build) {
  return join(build, 'tools.json')
}

function unfinishedFile(build) {
  return join(build, 'unfinished')
}
