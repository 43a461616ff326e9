/** A project that set-up builds in seconds: its real scripts, an addon of a few lines, a LibTorch that is only looked at. */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'

import { scripts } from './evaluate-module'
import { fakeLibtorch } from './fake-libtorch'

const root = resolve(scripts, '..')

const cmakeLists = `
cmake_minimum_required(VERSION 3.25)
project(small CXX)
file(GLOB sources native/*.cc)
add_library(ijepa_addon SHARED \${sources} \${CMAKE_JS_SRC})
set_target_properties(ijepa_addon PROPERTIES PREFIX "" SUFFIX ".node" OUTPUT_NAME ijepa)
target_include_directories(ijepa_addon PRIVATE \${CMAKE_JS_INC})
`
const addon = `
#include <node_api.h>
int last();
NAPI_MODULE_INIT() {
  napi_value value;
  napi_create_int32(env, last(), &value);
  napi_set_named_property(env, exports, "answer", value);
  return exports;
}
`

/** The project's folder and that of its LibTorch; the npm packages are this project's own. */
export function makeProject(folder: string): { project: string; libtorch: string } {
  const project = join(folder, 'project')
  const copied = [
    'scripts/setup.mjs',
    'scripts/setup',
    'binding.gyp.d.ts',
    'tsconfig.json',
    'tsconfig.build.json',
  ]
  const limits = ['threads', 'control-groups', 'memory'].map((name) => `lib/native/${name}.ts`)
  for (const name of [...copied, ...limits])
    cpSync(join(root, name), join(project, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
  const files = {
    'package.json': '{ "name": "small", "version": "1.0.0", "binary": { "napi_versions": [8] } }',
    'package-lock.json': '{ "lockfileVersion": 3, "packages": { "": {} } }',
    'lib/index.ts': 'export const answer = 42\n',
    'lib/report/index.ts': 'export {}\n',
    'lib/report/report.schema.json': '{}',
    'native/addon.cc': addon,
    'native/last.cc': 'int last() { return 42; }\n',
    'CMakeLists.txt': cmakeLists,
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true })
    writeFileSync(join(project, name), content)
  }
  return { project, libtorch: fakeLibtorch(join(folder, 'libtorch'), '2.13.0') }
}

/** A new folder in `parent`, for PATH: all programs of this PATH but those whose names match. */
export function pathWithout(parent: string, names: RegExp): string {
  const folder = mkdtempSync(join(parent, 'bin '))
  for (const from of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of programsIn(from)) {
      if (names.test(name)) continue
      try {
        symlinkSync(join(from, name), join(folder, name))
      } catch {
        // An earlier folder has one of this name.
      }
    }
  }
  return folder
}

function programsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** What the built addon exports, asked in a process of its own. */
export function answerOf(project: string): string {
  const script = 'console.log(require(process.argv[1]).answer)'
  const file = join(project, 'build/Release/ijepa.node')
  return spawnSync(process.execPath, ['-e', script, file], { encoding: 'utf8' }).stdout.trim()
}
