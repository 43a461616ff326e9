/** Folders on disk: walking them, and reading one as class folders or split folders. */
import * as fs from 'node:fs/promises'
import * as path from 'node:path'
import { IjepaError } from '../errors'
import { isClutter } from './image-format'
import { readLayout } from './layout'
import { putAside, type Listing, type Skipped } from './listing'
import { sortNames } from './name-order'
import type { Pace } from './pace'
import { probeFiles } from './probe'

export interface Walk {
  /** Paths within the folder, with '/', in order of code points, a folder's files before its folders. */
  files: string[]
  folders: string[]
  skipped: Skipped[]
}

/** All files below a folder. Links are followed and keep their own place's name; a link back to a folder above it is not. */
export async function walkFolder(root: string, pace: Pace): Promise<Walk> {
  const walk: Walk = { files: [], folders: [], skipped: [] }
  await walkInto(walk, root, '', [await identity(root)], pace)
  return walk
}

async function walkInto(
  walk: Walk,
  root: string,
  inside: string,
  above: readonly string[],
  pace: Pace,
): Promise<void> {
  const { files, folders } = await readFolder(path.join(root, inside), pace)
  for (const name of await sortNames(files, pace)) walk.files.push(inside + name)
  for (const name of await sortNames(folders, pace)) {
    const folder = inside + name
    const id = await identity(path.join(root, folder))
    if (above.includes(id)) {
      walk.skipped.push({ file: path.join(root, folder), reason: 'a link to a folder above it' })
      continue
    }
    walk.folders.push(folder)
    await walkInto(walk, root, `${folder}/`, [...above, id], pace)
  }
}

async function readFolder(folder: string, pace: Pace): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = []
  const folders: string[] = []
  try {
    for await (const entry of await fs.opendir(folder, { bufferSize: 512 })) {
      if (pace.due()) await pace.rest()
      if (isClutter(entry.name)) continue
      const isFolder = entry.isDirectory() || (!entry.isFile() && (await leadsToFolder(folder, entry.name)))
      const kind = isFolder ? folders : files
      kind.push(entry.name)
    }
  } catch (error) {
    pace.signal?.throwIfAborted()
    throw unreadable(folder, error)
  }
  return { files, folders }
}

/** For links, and for file systems that do not tell an entry's type. */
async function leadsToFolder(folder: string, name: string): Promise<boolean> {
  const stats = await fs.stat(path.join(folder, name)).catch(() => undefined) // a link to nothing is judged as a file
  return stats?.isDirectory() ?? false
}

async function identity(folder: string): Promise<string> {
  try {
    const { dev, ino } = await fs.stat(folder, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    throw unreadable(folder, error)
  }
}

function unreadable(folder: string, error: unknown): IjepaError {
  const reason = (error as Error).message
  return new IjepaError(
    'ERR_FILE',
    `Cannot read the folder ${JSON.stringify(folder)}: ${reason}. Check that it is there and that you may read it.`,
    { file: folder },
    { cause: error },
  )
}

/** Appends a folder's pictures to the listing. `where` names the option for messages. */
export async function listFolder(
  listing: Listing,
  where: string,
  root: string,
  known: ReadonlySet<string> | undefined,
  pace: Pace,
): Promise<void> {
  const walk = await walkFolder(root, pace)
  const pictures = await keepPictures(listing, root, walk, pace)
  if (pictures.names.length === 0) throw noPictures(where, root, walk)
  const layout = await readLayout({ where, names: pictures.names, folders: walk.folders, known, pace })
  const keyStart = path.join(root, 'x').length - 1
  for (let i = 0; i < pictures.names.length; i++) {
    if (pace.due()) await pace.rest()
    const className = layout.className[i]!
    if (className === '') continue
    const name = path.join(root, pictures.names[i]!)
    const file = listing.samples.addFile(name)
    const row = { name, keyStart, className, split: layout.split[i]! }
    listing.push(row, { file, offset: 0, length: pictures.sizes[i]! })
  }
  for (const name of layout.classFolders) listing.addClass(name)
  for (const { picture, reason } of layout.skipped) {
    listing.skipped.push({ file: path.join(root, pictures.names[picture]!), reason })
  }
  listing.warnings.push(...layout.warnings)
}

/** The walk's files that are pictures by their first bytes; the others go to `skipped` or `bad`. */
export async function keepPictures(
  into: Pick<Listing, 'skipped' | 'bad'>,
  root: string,
  walk: Walk,
  pace: Pace,
): Promise<{ names: string[]; sizes: number[] }> {
  const files = walk.files.map((name) => path.join(root, name))
  const { sizes, rejects } = await probeFiles(files, pace)
  into.skipped.push(...walk.skipped)
  const kept = { names: [] as string[], sizes: [] as number[] }
  for (let i = 0; i < files.length; i++) {
    const reject = rejects.get(i)
    if (reject) putAside(into, files[i]!, reject)
    else {
      kept.names.push(walk.files[i]!)
      kept.sizes.push(sizes[i]!)
    }
  }
  return kept
}

function noPictures(where: string, root: string, walk: Walk): IjepaError {
  const tars = walk.files.filter((name) => name.toLowerCase().endsWith('.tar'))
  const advice =
    tars.length > 0
      ? `It holds ${tars.length} tar files: give these as a list of paths.`
      : 'Expected one folder a class with pictures in it, such as cat/1.jpg and dog/2.jpg.'
  return new IjepaError(
    'ERR_DATASET',
    `${where}: no pictures in the folder ${JSON.stringify(root)} (${walk.files.length} other files). ${advice}`,
    { file: root },
  )
}
