/** Class folders or split folders: which class and split a picture belongs to, from its path within a source alone. */
import { IjepaError } from '../errors'
import { some, type DatasetWarning, type SplitName } from './listing'
import type { Pace } from './pace'

const splitFolders: ReadonlyMap<string, SplitName> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
])

export interface LayoutInput {
  /** For messages: the option and the place, such as `data.train: "flowers"`. */
  where: string
  /** Paths of pictures within the source, with '/'. */
  names: readonly string[]
  /** Paths of all folders within the source, with '/' and none at the end. */
  folders: readonly string[]
  /** Names that are classes for sure (`data.classes`). */
  known?: ReadonlySet<string>
  pace: Pace
}

export interface Layout {
  /** Per picture: its class, '' for one that belongs to none (it is in `skipped`). */
  className: string[]
  /** Per picture. */
  split: SplitName[]
  /** Class folders, with or without pictures. */
  classFolders: string[]
  /** By index of the picture. */
  skipped: { picture: number; reason: string }[]
  warnings: DatasetWarning[]
}

/** Reads the tree: [wrapper folders/][split folder/]class folder/anything/picture. */
export async function readLayout(input: LayoutInput): Promise<Layout> {
  const root = await descend(input)
  const tops = await surveyTops(input, root)
  const splits = splitTops(input, tops)
  const layout: Layout = { className: [], split: [], classFolders: [], skipped: [], warnings: [] }
  if (splits) sayRecognised(input, root, splits, layout)
  else judgeSplitNames(input, tops, layout)
  sayWrapped(input, root, layout)
  for (const [picture, name] of input.names.entries()) {
    place(picture, name, root, splits, layout)
    if (input.pace.due()) await input.pace.rest()
  }
  const classDepth = root.split('/').length + (splits ? 1 : 0)
  const classFolders = input.folders.filter((folder) => {
    const parts = folder.split('/')
    return folder.startsWith(root) && parts.length === classDepth && (!splits || splits.has(parts.at(-2)!))
  })
  layout.classFolders = classFolders.map((folder) => folder.slice(folder.lastIndexOf('/') + 1))
  return layout
}

interface Top {
  /** Pictures right in this folder. */
  direct: number
  /** Folders right in it, with pictures somewhere below. */
  below: Set<string>
}

/** Follows folders that hold nothing but one folder of folders, as archives wrap their contents: 'train/' of train/cat/1.jpg. */
async function descend(input: LayoutInput): Promise<string> {
  let root = ''
  for (;;) {
    const tops = await surveyTops(input, root)
    const [only, ...others] = tops.keys()
    if (only === undefined || only === '' || others.length > 0) return root
    const { direct, below } = tops.get(only)!
    if (direct > 0 || below.size === 0 || input.known?.has(only.normalize('NFC'))) return root
    root += `${only}/`
  }
}

/** The folders right below `root`; the key '' stands for pictures that lie in `root` itself. */
async function surveyTops(input: LayoutInput, root: string): Promise<Map<string, Top>> {
  const tops = new Map<string, Top>()
  const top = (name: string): Top => {
    let entry = tops.get(name)
    if (!entry) tops.set(name, (entry = { direct: 0, below: new Set() }))
    return entry
  }
  for (const folder of input.folders) {
    const first = folder.slice(root.length).split('/', 1)[0]
    if (folder.startsWith(root) && first) top(first)
  }
  for (const name of input.names) {
    const slash = name.indexOf('/', root.length)
    const next = slash < 0 ? -1 : name.indexOf('/', slash + 1)
    if (!name.startsWith(root)) continue
    if (slash < 0) top('').direct++
    else if (next < 0) top(name.slice(root.length, slash)).direct++
    else top(name.slice(root.length, slash)).below.add(name.slice(slash + 1, next))
    if (input.pace.due()) await input.pace.rest()
  }
  return tops
}

/** Folder -> split where the tree is train/ + val/ (+ test/) of class folders; undefined where it is class folders. */
function splitTops(input: LayoutInput, tops: Map<string, Top>): Map<string, SplitName> | undefined {
  const splits = new Map<string, SplitName>()
  for (const [name, { direct, below }] of tops) {
    const split = splitFolders.get(name.toLowerCase())
    if (split && direct === 0 && below.size > 0 && !input.known?.has(name)) splits.set(name, split)
  }
  const found = [...splits.values()]
  const twice = [...splits].filter(([, split]) => found.indexOf(split) !== found.lastIndexOf(split))
  if (twice.length > 0) {
    const names = twice.map(([name]) => name)
    throw new IjepaError(
      'ERR_DATASET',
      `${input.where} holds more than one folder for the same split: ${some(names)}. Give the ones you mean, such as data: { train: '…/train', validation: '…/val' }.`,
    )
  }
  const others = [...tops.keys()].filter((name) => name !== '' && !splits.has(name))
  if (found.length === 0) return undefined
  if (found.includes('train') && (found.length > 1 || others.length === 0)) return splits
  throw new IjepaError(
    'ERR_DATASET',
    `${input.where}: ${some([...splits.keys()])} looks like a split (it holds folders of pictures), yet it lies beside ${some(others)}, so neither a train/ + val/ layout nor class folders. Give each split by its own path, or name all classes in data.classes.`,
  )
}

function sayRecognised(
  input: LayoutInput,
  root: string,
  splits: ReadonlyMap<string, SplitName>,
  layout: Layout,
): void {
  const said = [...splits].map(([name, split]) => `${root}${name} → ${split}`)
  layout.warnings.push({
    code: 'split-folders',
    message: `${input.where} holds split folders: ${said.join(', ')}.`,
  })
}

function sayWrapped(input: LayoutInput, root: string, layout: Layout): void {
  const wrapper = root.slice(0, -1)
  if (wrapper === '' || splitFolders.get(wrapper.toLowerCase())) return
  layout.warnings.push({
    code: 'wrapper-folder',
    message: `${input.where}: the class folders are those in ${JSON.stringify(wrapper)}, its only folder.`,
  })
}

/** `test` and `val` full of pictures beside class folders are nearly always a split: a class only when data.classes says so. */
function judgeSplitNames(input: LayoutInput, tops: Map<string, Top>, layout: Layout): void {
  for (const name of tops.keys()) {
    const lower = name.toLowerCase()
    if (!splitFolders.get(lower) || tops.size < 2 || input.known?.has(name)) continue
    if (lower !== 'train' && lower !== 'valid') {
      throw new IjepaError(
        'ERR_DATASET',
        `${input.where}: the folder ${JSON.stringify(name)} beside class folders looks like a split. Move it out and give it as its own source, or, if it is a class, list it in data.classes.`,
      )
    }
    layout.warnings.push({
      code: 'class-named-as-split',
      message: `${input.where}: ${JSON.stringify(name)} is taken as a class, because it lies beside other class folders and holds pictures itself.`,
    })
  }
}

function place(
  picture: number,
  name: string,
  root: string,
  splits: ReadonlyMap<string, SplitName> | undefined,
  layout: Layout,
): void {
  const parts = name.slice(root.length).split('/')
  const split = splits?.get(parts[0]!)
  const depth = splits ? 1 : 0
  const inside = name.startsWith(root) && parts.length > depth + 1 && (!splits || split !== undefined)
  if (!inside) {
    layout.skipped.push({
      picture,
      reason: splits && !split ? 'outside the split folders' : 'not in a class folder',
    })
  }
  layout.className.push(inside ? parts[depth]! : '')
  layout.split.push(split ?? 'whole')
}
