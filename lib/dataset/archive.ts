/** Tars as sources: class folders, split folders, or WebDataset shards (key.jpg beside key.cls). */
import * as path from 'node:path'
import { IjepaError } from '../errors'
import { isClutter } from './image-format'
import { readLayout } from './layout'
import { putAside, some, type Listing } from './listing'
import type { Pace } from './pace'
import { judge } from './probe'
import { tarEntries, type TarEntry } from './tar'

/** Members that are pictures, in columns. */
export interface ArchivePictures {
  tars: readonly string[]
  /** Names within the tar, with '/', no './' at the front. */
  names: string[]
  tarOf: number[]
  offsets: number[]
  sizes: number[]
  folders: string[]
  /** Contents of .cls members by tar index and key. */
  labels: Map<string, string>
}

type Findings = Pick<Listing, 'skipped' | 'bad' | 'warn'>

/** Appends the pictures of tars, which together are one source (shards). */
export async function listArchives(
  listing: Listing,
  where: string,
  tars: readonly string[],
  known: ReadonlySet<string> | undefined,
  pace: Pace,
): Promise<void> {
  const pictures = await readArchives(listing, tars, pace)
  if (pictures.names.length === 0) {
    throw new IjepaError(
      'ERR_DATASET',
      `${where}: no pictures in ${some(tars)}. Expected a tar of class folders (cat/1.jpg, dog/2.jpg) or WebDataset shards (1.jpg beside 1.cls).`,
    )
  }
  if (pictures.labels.size > 0) await listShards(listing, pictures, pace)
  else await listClassFolders(listing, where, pictures, known, pace)
}

export async function readArchives(
  into: Findings,
  tars: readonly string[],
  pace: Pace,
): Promise<ArchivePictures> {
  const columns = { names: [], tarOf: [], offsets: [], sizes: [] }
  const pictures: ArchivePictures = { tars, ...columns, folders: [], labels: new Map() }
  for (const [index, tar] of tars.entries()) await readArchive(into, pictures, tar, index, pace)
  return pictures
}

interface Link {
  name: string
  target: string
}

async function readArchive(
  into: Findings,
  pictures: ArchivePictures,
  tar: string,
  index: number,
  pace: Pace,
): Promise<void> {
  const first = pictures.names.length
  const links: Link[] = []
  const onNoEnd = (): void =>
    into.warn(
      'tar-without-end',
      `The tar ${JSON.stringify(tar)} has no mark of its end: it may be truncated.`,
    )
  for await (const member of tarEntries(tar, pace, onNoEnd)) {
    const name = plainName(member.name)
    if (name === '' || name.split('/').some(isClutter)) continue
    if (member.type === 'folder') pictures.folders.push(name)
    else if (member.type === 'file') takeFile(into, pictures, index, name, member)
    else if (member.type === 'hard-link') links.push({ name, target: plainName(member.linkName) })
    else if (member.type === 'symbolic-link') links.push({ name, target: besideLink(name, member.linkName) })
    else into.skipped.push({ file: `${tar}!${name}`, reason: 'not a regular file' })
  }
  resolveLinks(into, pictures, index, first, links)
}

/** Without './', '..' and double or final slashes; what climbs out of the archive starts at its top, as with GNU tar. */
function plainName(name: string): string {
  const parts = path.posix.normalize(name).split('/')
  return parts.filter((part) => part !== '' && part !== '.' && part !== '..').join('/')
}

function besideLink(name: string, target: string): string {
  return plainName(path.posix.join(path.posix.dirname(name), target))
}

function takeFile(
  into: Findings,
  pictures: ArchivePictures,
  index: number,
  name: string,
  member: TarEntry,
): void {
  const file = `${pictures.tars[index]!}!${name}`
  if (name.endsWith('.cls')) {
    pictures.labels.set(shardKey(index, name), classOfMember(file, member))
    return
  }
  const reject = judge(name, member.head)
  if (reject) putAside(into, file, reject)
  else pushPicture(pictures, index, name, member.offset, member.size)
}

function pushPicture(
  pictures: ArchivePictures,
  index: number,
  name: string,
  offset: number,
  size: number,
): void {
  pictures.names.push(name)
  pictures.tarOf.push(index)
  pictures.offsets.push(offset)
  pictures.sizes.push(size)
}

/** A link in a tar is a picture under the link's own name, with the bytes of the member it names. */
function resolveLinks(
  into: Findings,
  pictures: ArchivePictures,
  index: number,
  first: number,
  links: readonly Link[],
): void {
  if (links.length === 0) return
  const rowOf = new Map<string, number>()
  for (let row = first; row < pictures.names.length; row++) rowOf.set(pictures.names[row]!, row)
  for (const { name, target } of links) {
    const row = rowOf.get(target)
    if (row === undefined) {
      const reason = `a link to ${JSON.stringify(target)}, which is no picture in this tar`
      into.skipped.push({ file: `${pictures.tars[index]!}!${name}`, reason })
    } else {
      rowOf.set(name, pictures.names.length) // so that a link to this link resolves
      pushPicture(pictures, index, name, pictures.offsets[row]!, pictures.sizes[row]!)
    }
  }
}

async function listClassFolders(
  listing: Listing,
  where: string,
  pictures: ArchivePictures,
  known: ReadonlySet<string> | undefined,
  pace: Pace,
): Promise<void> {
  const layout = await readLayout({
    where,
    names: pictures.names,
    folders: withParents(pictures),
    known,
    pace,
  })
  const files = pictures.tars.map((tar) => listing.samples.addFile(tar))
  for (let i = 0; i < pictures.names.length; i++) {
    if (pace.due()) await pace.rest()
    const className = layout.className[i]!
    if (className !== '') pushRow(listing, pictures, files, i, className, layout.split[i]!)
  }
  for (const name of layout.classFolders) listing.addClass(name)
  for (const { picture, reason } of layout.skipped) {
    listing.skipped.push({ file: memberName(pictures, picture), reason })
  }
  listing.warnings.push(...layout.warnings)
}

/** 'tar!member' of a picture. */
function memberName({ tars, tarOf, names }: ArchivePictures, picture: number): string {
  return `${tars[tarOf[picture]!]!}!${names[picture]!}`
}

/** Tars need not have members for folders; the names of pictures tell them. */
function withParents(pictures: ArchivePictures): string[] {
  const folders = new Set(pictures.folders)
  for (const name of pictures.names) {
    for (let parent = path.posix.dirname(name); parent !== '.'; parent = path.posix.dirname(parent)) {
      if (folders.has(parent)) break
      folders.add(parent)
    }
  }
  return [...folders]
}

function pushRow(
  listing: Listing,
  pictures: ArchivePictures,
  files: readonly number[],
  i: number,
  className: string,
  split: Listing['splits'][number],
): void {
  const tar = pictures.tarOf[i]!
  const place = `${pictures.tars[tar]!}!`
  const row = { name: place + pictures.names[i]!, keyStart: place.length, className, split }
  listing.push(row, { file: files[tar]!, offset: pictures.offsets[i]!, length: pictures.sizes[i]! })
}

// -- WebDataset: members of one sample share the name up to the first dot of its last part
// (github.com/webdataset/webdataset, "The WebDataset Format")

function shardKey(index: number, name: string): string {
  const base = name.lastIndexOf('/') + 1
  const dot = name.indexOf('.', base)
  return `${index}:${dot < 0 ? name : name.slice(0, dot)}`
}

function classOfMember(file: string, member: TarEntry): string {
  const label = Buffer.from(member.head).toString('utf8').trim()
  if (label !== '' && member.size <= member.head.length) return label
  throw new IjepaError(
    'ERR_DATASET',
    `${JSON.stringify(file)}: expected a class name of 1 to 512 bytes, found ${member.size} bytes.`,
    { file },
  )
}

async function listShards(listing: Listing, pictures: ArchivePictures, pace: Pace): Promise<void> {
  const files = pictures.tars.map((tar) => listing.samples.addFile(tar))
  for (let i = 0; i < pictures.names.length; i++) {
    if (pace.due()) await pace.rest()
    const tar = pictures.tarOf[i]!
    const className = pictures.labels.get(shardKey(tar, pictures.names[i]!))
    if (className === undefined) {
      listing.skipped.push({ file: memberName(pictures, i), reason: 'no .cls member with its key' })
    } else pushRow(listing, pictures, files, i, className, 'whole')
  }
}
