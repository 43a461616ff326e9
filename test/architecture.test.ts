/** The house keeps its directions: imports in lib/ and includes in native/ are only those that are drawn here. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(__dirname, '..')
type Arrows = Readonly<Record<string, readonly string[]>>

/** Complete, not transitive. A room is a folder of lib/, or a file directly in it. */
const rooms = [
  'evaluate',
  'train',
  'inference',
  'checkpoint',
  'dataset',
  'schedule',
  'config',
  'native',
  'metrics',
  'report',
  'progress',
  'worker',
]
const libArrows: Arrows = {
  'index.ts': ['trainer.ts', 'run.ts', 'classifier.ts', 'contact-sheet.ts', ...rooms],
  'trainer.ts': ['open-plan.ts', 'run.ts', 'classifier.ts', 'describe-run.ts', 'report-input.ts', ...rooms],
  'open-plan.ts': rooms,
  'describe-run.ts': ['report-input.ts', ...rooms],
  'report-input.ts': rooms,
  'contact-sheet.ts': rooms,
  'explain-picture.ts': ['open-plan.ts', ...rooms],
  'run.ts': ['classifier.ts', ...rooms],
  'classifier.ts': rooms,
  'errors.ts': [],
  'api.ts': [],
  evaluate: ['train', 'inference', 'dataset', 'metrics', 'config', 'native'],
  train: ['native', 'checkpoint', 'inference', 'dataset', 'schedule', 'config', 'metrics'],
  inference: ['native', 'checkpoint', 'dataset', 'config'],
  checkpoint: [],
  dataset: [],
  schedule: ['config'],
  config: [],
  native: [],
  metrics: ['worker'],
  report: ['worker'],
  progress: [],
  worker: [],
}
/** Types alone may take these ways too. */
const libTypeArrows: Arrows = {
  report: ['metrics'],
  inference: ['metrics'],
  'api.ts': ['classifier.ts'],
  'explain-picture.ts': ['classifier.ts'],
}

const nativeArrows: Arrows = {
  base: [],
  image: ['base'],
  augment: ['base', 'image'],
  corrupt: ['base', 'image', 'augment'],
  loader: ['base', 'image', 'augment', 'corrupt'],
  checkpoint: ['base'],
  encoder: ['base'],
  head: ['base'],
  optim: ['base'],
  session: ['base', 'augment', 'encoder', 'head', 'optim', 'checkpoint'],
  cuda: ['base', 'session'],
  binding: ['base', 'image', 'corrupt', 'session', 'loader', 'checkpoint', 'cuda'],
}

interface Import {
  target: string
  typesOnly: boolean
}

describe('lib/', () => {
  const folder = join(root, 'lib')
  const files = filesIn(folder, '.ts')

  it('imports along the arrows only', () => {
    expect(
      files.flatMap((file) => importsOf(file).flatMap((found) => forbiddenImport(folder, file, found))),
    ).toEqual([])
  })

  it('has only rooms that are drawn, and no room for the homeless', () => {
    expect(readdirSync(folder).filter((name) => !(name in libArrows))).toEqual([])
  })

  it('loads the addon in lib/native alone', () => {
    const importers = files.filter((file) => /\.node\b|dlopen/.test(code(file)))
    expect(new Set(importers.map((file) => room(folder, file)))).toEqual(new Set(['native']))
  })
})

describe('native/', () => {
  const folder = join(root, 'native')
  const files = [...filesIn(folder, '.h'), ...filesIn(folder, '.cc')]

  it('includes along the arrows only', () => {
    const forbidden = files.flatMap((file) => {
      const from = room(folder, file)
      return includesOf(file)
        .filter((header) => header.split('/')[0] !== from)
        .filter((header) => !nativeArrows[from]?.includes(header.split('/')[0] ?? ''))
        .map((header) => `${relative(root, file)} includes ${header}`)
    })
    expect(forbidden).toEqual([])
  })

  it('has only rooms that are drawn', () => {
    expect(foldersIn(folder).filter((name) => !(name in nativeArrows))).toEqual([])
  })

  it('knows Node-API in native/binding alone', () => {
    const users = files.filter((file) =>
      /#include\s*[<"](napi|node_api|js_native_api)/.test(readFileSync(file, 'utf8')),
    )
    expect(users.map((file) => room(folder, file)).filter((name) => name !== 'binding')).toEqual([])
  })
})

describe('the reading of imports', () => {
  it('tells types from values, and finds every form of import', () => {
    const found = parseImports(`
      import type { A } from '../a'
      import { type B, type C } from '../b'
      import d, { type E } from '../d'
      import '../f'
      export type { G } from '../g'
      export * from '../h'
      const i = require('../i')
      const j = await import('../j')
      type K = import('../k').K
    `)
    expect(found).toEqual([
      { target: '../a', typesOnly: true },
      { target: '../b', typesOnly: true },
      { target: '../d', typesOnly: false },
      { target: '../f', typesOnly: false },
      { target: '../g', typesOnly: true },
      { target: '../h', typesOnly: false },
      { target: '../i', typesOnly: false },
      { target: '../j', typesOnly: false },
      { target: '../k', typesOnly: false },
    ])
  })

  it.each([
    ['lib/metrics/a.ts', '../train/fit', false, true],
    ['lib/metrics/a.ts', './b', false, false],
    ['lib/metrics/a.ts', '../errors', false, false],
    ['lib/metrics/a.ts', '../api', true, false],
    ['lib/metrics/a.ts', '../api', false, true],
    ['lib/metrics/a.ts', '../../binding.gyp', true, false],
    ['lib/metrics/a.ts', '../../binding.gyp', false, true],
    ['lib/report/a.ts', '../metrics/b', true, false],
    ['lib/report/a.ts', '../metrics/b', false, true],
    ['lib/native/a.ts', '../index', false, true],
  ])('%s importing %s (types only: %s): forbidden is %s', (file, target, typesOnly, isForbidden) => {
    const found = forbiddenImport(join(root, 'lib'), join(root, file), { target, typesOnly })
    expect(found.length > 0).toBe(isForbidden)
  })
})

function forbiddenImport(folder: string, file: string, { target, typesOnly }: Import): string[] {
  if (!target.startsWith('.')) return []
  const path = resolve(dirname(file), target)
  const from = room(folder, file)
  const to = room(folder, path)
  if (to === from || to === 'errors.ts') return []
  if (typesOnly && (to === 'api.ts' || path === join(root, 'binding.gyp'))) return []
  if (libArrows[from]?.includes(to)) return []
  if (typesOnly && libTypeArrows[from]?.includes(to)) return []
  return [`${relative(root, file)} imports ${typesOnly ? 'types of ' : ''}${target}`]
}

/** The room that a path under `folder` (a file, or a module without its ending) is in. */
function room(folder: string, path: string): string {
  const [first = '', ...rest] = relative(folder, path).split('/')
  if (rest.length > 0 || foldersIn(folder).includes(first)) return first
  return first.endsWith('.ts') ? first : `${first}.ts`
}

function importsOf(file: string): Import[] {
  return parseImports(code(file))
}

function parseImports(text: string): Import[] {
  const forms =
    /\b(?:import|export)\s+(type\s)?([^'";]*?)\bfrom\s*'([^']+)'|\bimport\s*'([^']+)'|\b(?:require|import)\(\s*'([^']+)'\s*\)/g
  return [...text.matchAll(forms)].map(([, type, clause, from, bare, call]) => ({
    target: from ?? bare ?? call ?? '',
    typesOnly: type !== undefined || isTypesOnly(clause),
  }))
}

/** `{ type A, type B }`: every name is marked, and there is no default import beside them. */
function isTypesOnly(clause: string | undefined): boolean {
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause ?? '')?.[1]
  if (names === undefined) return false
  const parts = names.split(',').filter((name) => name.trim() !== '')
  return parts.length > 0 && parts.every((name) => /^\s*type\s/.test(name))
}

/** Own headers as `"room/file.h"`; system headers are not a matter of rooms. */
function includesOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map(
    ([, header = '']) => header,
  )
}

/** A source without comments. */
function code(file: string): string {
  return readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1')
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory())
}
