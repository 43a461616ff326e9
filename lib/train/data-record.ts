/** What a run's data were, class by class: so that a resumed run can say what has changed. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Run } from '../api'
import type { Dataset, Split } from '../dataset'
import { IjepaError } from '../errors'
import { checksumOf } from './checksums'
import { readJson } from './durable-files'
import { RunFolder } from './run-folder'

/** Files of larger data sets are not read through for this: of them names and sizes alone are known. */
const contentLimit = { bytes: 256 << 20, files: 20_000 }
const filesAtATime = 8

interface ClassRecord {
  readonly images: number
  /** Hash of the pictures' names and sizes. */
  readonly listing: string
  /** Hash of the files that hold them; null: not read. */
  readonly contents: string | null
}

export interface DataRecord {
  readonly splits: Readonly<Record<string, Readonly<Record<string, ClassRecord>>>>
}

/** `contents`: false leaves the files unread. */
export async function recordData(
  { classes, train, validation, test }: Dataset,
  { contents, signal }: { contents: boolean; signal?: AbortSignal },
): Promise<DataRecord> {
  const splits = Object.entries({ train, validation, test }).flatMap(([name, split]) =>
    split ? [[name, split] as const] : [],
  )
  const files = new Set(splits.flatMap(([, split]) => split.table.files))
  const hashes = contents ? await hashFiles(files, signal) : undefined
  const recorded: Record<string, Record<string, ClassRecord>> = {}
  for (const [name, split] of splits) recorded[name] = await recordSplit(split, classes, hashes, signal)
  return { splits: recorded }
}

type FileHashes = ReadonlyMap<string | Uint8Array, string>

async function recordSplit(
  { names, keyStarts, labels, perClass, table }: Split,
  classes: readonly string[],
  hashes: FileHashes | undefined,
  signal: AbortSignal | undefined,
): Promise<Record<string, ClassRecord>> {
  const parts = classes.map(() => ({
    listing: createHash('sha256'),
    contents: createHash('sha256'),
    file: -1,
  }))
  for (let row = 0; row < names.length; row++) {
    const part = parts[labels[row]!]!
    part.listing.update(`${names[row]!.slice(keyStarts[row])}\n${table.length[row]}\n`)
    const file = table.file[row]!
    if (file !== part.file) part.contents.update(hashes?.get(table.files[file]!) ?? '')
    part.file = file
    if (row % 8192 === 8191) await nextTurn()
  }
  signal?.throwIfAborted()
  const entries = parts.map(({ listing, contents }, index) => ({
    images: perClass[index] ?? 0,
    listing: listing.digest('hex').slice(0, 32),
    contents: hashes ? contents.digest('hex').slice(0, 32) : null,
  }))
  return Object.fromEntries(classes.map((name, index) => [name, entries[index]!]))
}

/** Undefined for a data set that is too large to be read through. */
async function hashFiles(
  files: ReadonlySet<string | Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<FileHashes | undefined> {
  if (files.size > contentLimit.files) return undefined
  const paths = [...files].filter((file) => typeof file === 'string')
  let bytes = 0
  for (const path of paths) if ((bytes += (await stat(path)).size) > contentLimit.bytes) return undefined
  const hashes = new Map<string | Uint8Array, string>()
  const waiting = paths.values()
  const lane = async (): Promise<void> => {
    for (const path of waiting) hashes.set(path, (await checksumOf(path, signal)).sha256)
  }
  await Promise.all(Array.from({ length: filesAtATime }, lane))
  return hashes
}

/**
 * Refuses data that are not what the run began with. `contents`: the files are compared too, where the run has recorded them.
 * @throws ERR_RESUME
 */
export async function checkData(
  folder: RunFolder,
  { dataFingerprint }: Readonly<Record<string, unknown>>,
  dataset: Dataset,
  { contents, signal }: { contents: boolean; signal?: AbortSignal },
): Promise<void> {
  const before = existsSync(folder.data)
    ? ((await readJson(folder.data)) as unknown as DataRecord)
    : undefined
  const changes = before
    ? dataChanges(before, await recordData(dataset, { contents: contents && hasContents(before), signal }))
    : []
  if (changes.length === 0 && dataset.fingerprint === dataFingerprint) return
  const what = changes.length > 0 ? changes.slice(0, 5).join('; ') : 'their order or split is another'
  throw new IjepaError(
    'ERR_RESUME',
    `The data of the run in ${folder.path} have changed since it began: ${what}. ` +
      `Put them back, or start a new run with encoder: '${folder.path}'`,
    { file: folder.path, changes },
  )
}

/** Whether the pictures that the run was trained on are those of this data set's train, by names and sizes. */
export async function hasTrainedOn(
  { directory, config }: Pick<Run, 'directory' | 'config'>,
  { classes, train, fingerprint }: Dataset,
  signal?: AbortSignal,
): Promise<boolean> {
  if (config.dataFingerprint === fingerprint) return true
  const { data } = new RunFolder(directory)
  if (!existsSync(data)) return false
  const before = (await readJson(data)) as unknown as DataRecord
  const splits = { train: await recordSplit(train, classes, undefined, signal) }
  return dataChanges({ splits: { train: before.splits.train ?? {} } }, { splits }).length === 0
}

/** How many pictures the run was trained on; undefined where they are this data set's train, or are not known. */
export async function otherTrainImages(
  run: Pick<Run, 'directory' | 'config'>,
  dataset: Dataset,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (await hasTrainedOn(run, dataset, signal)) return undefined
  const { data } = new RunFolder(run.directory)
  if (!existsSync(data)) return undefined
  const { splits } = (await readJson(data)) as unknown as DataRecord
  return Object.values(splits.train ?? {}).reduce((sum, { images }) => sum + images, 0)
}

/** Whether the record's files were read. */
function hasContents({ splits }: DataRecord): boolean {
  return Object.values(splits).some((classes) =>
    Object.values(classes).some(({ contents }) => contents !== null),
  )
}

/** One line for each thing that differs, the largest first. */
export function dataChanges(before: DataRecord, now: DataRecord): string[] {
  const names = (record: DataRecord) => new Set(Object.keys(record.splits.train ?? {}))
  const [old, present] = [names(before), names(now)]
  const classes = [
    ...[...present].filter((name) => !old.has(name)).map((name) => `class '${name}' is new`),
    ...[...old].filter((name) => !present.has(name)).map((name) => `class '${name}' is gone`),
  ]
  const splits = [...new Set([...Object.keys(before.splits), ...Object.keys(now.splits)])]
  return [
    ...classes,
    ...splits.flatMap((split) => splitChanges(split, before.splits[split], now.splits[split])),
  ]
}

function splitChanges(
  split: string,
  before: DataRecord['splits'][string] | undefined,
  now: DataRecord['splits'][string] | undefined,
): string[] {
  if (!before) return [`there is a split '${split}' now`]
  if (!now) return [`the split '${split}' is gone`]
  return Object.entries(now).flatMap(([name, found]) => {
    const known = before[name]
    const change = known && classChange(known, found)
    return change === undefined ? [] : [`${split}, class '${name}': ${change}`]
  })
}

function classChange(before: ClassRecord, now: ClassRecord): string | undefined {
  if (before.images !== now.images) return `${now.images} pictures, there were ${before.images}`
  if (before.listing !== now.listing) return 'the name or size of a picture has changed'
  const compared = before.contents !== null && now.contents !== null
  return compared && before.contents !== now.contents ? 'the content of a picture has changed' : undefined
}
