/** Pooled features, and tokens, on the disk, a folder for each key, in files of equal parts; what was not used for longest goes first. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { IjepaError } from '../errors'
import { packageFolder } from '../native'
import { orFileError, readJson, removeFolder } from './durable-files'

const entryFile = 'entry.json'
const keyName = /^[0-9a-f]{32}$/
const temporaryName = /\.writing-[\w-]+$/
/** A file under a temporary name is written in seconds: an older one is of a process that was killed. */
const staleMs = 600_000
const defaultGigabytes = 20

export interface CacheEntry {
  readonly key: string
  readonly bytes: number
  /** When it was last written or read. */
  readonly used: Date
}

/** A picture of a part that could not be read. */
export interface UnreadSample {
  readonly sample: number
  readonly reason: string
}

/** Where they lie unless the option `cache` says: IJEPA_FEATURE_CACHE, else features/ in IJEPA_CACHE or the project's .cache/. */
export function defaultCacheFolder(): string {
  const { IJEPA_FEATURE_CACHE: features, IJEPA_CACHE: downloads } = process.env
  return resolve(features || join(downloads || join(packageFolder, '.cache'), 'features'))
}

/** @throws ERR_CONFIG */
function limitBytes(): number {
  const given = process.env.IJEPA_FEATURE_CACHE_GB
  const gigabytes = given ? Number(given) : defaultGigabytes
  if (gigabytes >= 0) return gigabytes * 1e9
  throw new IjepaError(
    'ERR_CONFIG',
    `Expected a number of gigabytes in IJEPA_FEATURE_CACHE_GB, got '${given}'`,
  )
}

export class FeatureCache {
  constructor(
    readonly folder: string = defaultCacheFolder(),
    /** Bytes of all that is kept. */
    readonly limit: number = limitBytes(),
  ) {}

  /** Last used first. */
  async list(): Promise<CacheEntry[]> {
    if (!existsSync(this.folder)) return []
    const keys = (await orFileError(this.folder, () => readdir(this.folder))).filter((name) =>
      keyName.test(name),
    )
    const entries = await Promise.all(keys.map((key) => this.describe(key)))
    return entries.flatMap((entry) => entry ?? []).sort((a, b) => b.used.getTime() - a.used.getTime())
  }

  /** Removes one entry, or all. @throws ERR_ARGUMENT: there is no such key */
  async clear(key?: string): Promise<void> {
    const entries = await this.list()
    const chosen = entries.filter((entry) => key === undefined || entry.key === key)
    if (key !== undefined && chosen.length === 0)
      throw new IjepaError('ERR_ARGUMENT', `There are no features with the key '${key}' in ${this.folder}`)
    for (const entry of chosen) await removeFolder(join(this.folder, entry.key))
  }

  /**
   * The parts of this key, for reading and for writing what is missing; others go where room is needed.
   * @throws ERR_FILE: it cannot be written, or is larger than the limit or the disk
   */
  async open(key: string, identity: object, bytes: number): Promise<FeatureParts> {
    const folder = join(this.folder, key)
    await orFileError(folder, () => mkdir(folder, { recursive: true }))
    await this.makeRoom(key, bytes)
    const entry = join(folder, entryFile)
    if (existsSync(entry)) await orFileError(entry, () => utimes(entry, new Date(), new Date()))
    else await writeShared(entry, identity)
    return new FeatureParts(folder)
  }

  /** The parts of this key that are there, for reading: nothing is made for it. */
  peek(key: string): FeatureParts {
    return new FeatureParts(join(this.folder, key))
  }

  /** Undefined where it has just been removed. */
  private async describe(key: string): Promise<CacheEntry | undefined> {
    const folder = join(this.folder, key)
    try {
      const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size)
      const bytes = (await Promise.all(sizes)).reduce((a, b) => a + b, 0)
      const marked = await stat(join(folder, entryFile)).catch(() => stat(folder))
      return { key, bytes, used: marked.mtime }
    } catch {
      return undefined
    }
  }

  private async makeRoom(key: string, needed: number): Promise<void> {
    const entries = await this.list()
    const own = entries.find((entry) => entry.key === key)?.bytes ?? 0
    await removeStale(join(this.folder, key))
    const { bavail, bsize } = await orFileError(this.folder, () => statfs(this.folder))
    const others = entries.filter((entry) => entry.key !== key)
    let total = others.reduce((sum, { bytes }) => sum + bytes, Math.max(own, needed))
    let free = bavail * bsize + own
    for (const { key: oldest, bytes } of others.reverse()) {
      if (total <= this.limit && free >= needed) break
      await removeFolder(join(this.folder, oldest))
      total -= bytes
      free += bytes
    }
    if (total <= this.limit && free >= needed) return
    const room = Math.min(this.limit, free)
    throw new IjepaError(
      'ERR_FILE',
      `${this.folder} has room for ${gigabytes(room)} GB, these features take ${gigabytes(needed)} GB`,
      { file: this.folder },
    )
  }
}

/** The default folder's entries. */
export const featureCache = {
  /** Last used first; `bytes` on the disk. */
  list: (): Promise<readonly CacheEntry[]> => new FeatureCache().list(),
  /** Removes the entry with this key, or all. @throws ERR_ARGUMENT: there is no such key */
  clear: (key?: string): Promise<void> => new FeatureCache().clear(key),
}

/** One key's files: `part-00000.features`, and beside it the pictures of that part that could not be read, where there are any. */
export class FeatureParts {
  constructor(private readonly folder: string) {}

  path(part: number): string {
    return join(this.folder, `part-${String(part).padStart(5, '0')}.features`)
  }

  has(part: number): boolean {
    return existsSync(this.path(part))
  }

  async remove(part: number): Promise<void> {
    await rm(this.path(part), { force: true })
  }

  /** To be called before the part itself is written: a part counts with what is said beside it. */
  async writeUnread(part: number, unread: readonly UnreadSample[]): Promise<void> {
    await orFileError(this.folder, () => mkdir(this.folder, { recursive: true })) // cleared meanwhile
    if (unread.length > 0) await writeShared(this.unreadPath(part), { unread })
    else await rm(this.unreadPath(part), { force: true })
  }

  async readUnread(part: number): Promise<readonly UnreadSample[]> {
    const file = this.unreadPath(part)
    if (!existsSync(file)) return []
    const { unread } = await readJson(file)
    if (Array.isArray(unread) && unread.every(isUnread)) return unread
    throw new IjepaError('ERR_FILE', `${file} does not list pictures that could not be read`, { file })
  }

  private unreadPath(part: number): string {
    return this.path(part).replace(/\.features$/, '.unread.json')
  }
}

const isUnread = (value: unknown): value is UnreadSample =>
  typeof value === 'object' &&
  value !== null &&
  'sample' in value &&
  Number.isSafeInteger(value.sample) &&
  'reason' in value &&
  typeof value.reason === 'string'

async function removeStale(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => temporaryName.test(name))
  for (const path of names.map((name) => join(folder, name))) {
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > staleMs) await rm(path, { force: true })
  }
}

/** Whole or not at all, also where two processes write it. */
async function writeShared(path: string, value: object): Promise<void> {
  const temporary = `${path}.writing-${process.pid}-${randomUUID()}`
  await orFileError(path, async () => {
    await writeFile(temporary, JSON.stringify(value, undefined, 2) + '\n', { flush: true })
    await rename(temporary, path)
  })
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2)
