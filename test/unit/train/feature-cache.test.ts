/** The cache of features as a folder: what is listed, what is cleared, and what goes where room is needed. */
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultCacheFolder, FeatureCache } from '../../../lib/train/feature-cache'
import { temporaryFolder } from '../../pictures'

const key = (digit: number) => String(digit).repeat(32)

/** Entries of 1,000 bytes, the first used longest ago. */
async function filled(folder: string, ...digits: number[]): Promise<void> {
  for (const [age, digit] of digits.entries()) {
    const parts = await new FeatureCache(folder, 1e9).open(key(digit), { digit }, 1000)
    writeFileSync(parts.path(0), Buffer.alloc(1000))
    const used = new Date(2020, 1, 1 + age)
    utimesSync(join(folder, key(digit), 'entry.json'), used, used)
  }
}

it('lists what is in it, last used first; nothing where there is no folder', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, 2)
  mkdirSync(join(folder, 'something else'))
  const entries = await new FeatureCache(folder).list()
  expect(entries.map((entry) => entry.key)).toEqual([key(2), key(1)])
  expect(entries[0]!.used).toEqual(new Date(2020, 1, 2))
  expect(entries[0]!.bytes).toBeGreaterThan(1000)
  expect(await new FeatureCache(join(folder, 'none')).list()).toEqual([])
})

it('clears one entry or all, and nothing that is not its own', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, 2, 3)
  mkdirSync(join(folder, 'something else'))
  const cache = new FeatureCache(folder)
  await cache.clear(key(2))
  expect((await cache.list()).map((entry) => entry.key)).toEqual([key(3), key(1)])
  await expect(cache.clear(key(2))).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
  await expect(cache.clear('../..')).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
  await cache.clear()
  expect(readdirSync(folder)).toEqual(['something else'])
})

it('what was not used for longest goes where the limit asks for room, never what is opened', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, 2, 3)
  const cache = new FeatureCache(folder, 3500)
  await cache.open(key(1), {}, 1000) // used now
  await cache.open(key(4), {}, 1000)
  expect(readdirSync(folder).sort()).toEqual([key(1), key(3), key(4)])
  await expect(cache.open(key(5), {}, 4000)).rejects.toMatchObject({
    code: 'ERR_FILE',
    message: expect.stringContaining('room for 0.00 GB') as string,
  })
  await expect(new FeatureCache(folder, 1e20).open(key(5), {}, 1e18)).rejects.toThrow('GB')
})

it('what a killed process left under a temporary name goes after a while', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1)
  const left = [
    'part-00000.features.writing-12-0',
    'entry.json.writing-12-ab',
    'part-00001.features.writing-7-0',
  ]
  for (const [index, name] of left.entries()) {
    const path = join(folder, key(1), name)
    writeFileSync(path, '')
    if (index < 2) utimesSync(path, new Date(2020, 1), new Date(2020, 1))
  }
  await new FeatureCache(folder).open(key(1), {}, 1000)
  expect(readdirSync(join(folder, key(1))).sort()).toEqual([
    'entry.json',
    'part-00000.features',
    'part-00001.features.writing-7-0',
  ])
})

it('remembers the pictures of a part that could not be read, and refuses nonsense', async () => {
  const folder = temporaryFolder()
  const parts = await new FeatureCache(folder).open(key(1), {}, 0)
  expect(await parts.readUnread(3)).toEqual([])
  const unread = [{ sample: 5, reason: 'truncated' }]
  await parts.writeUnread(3, unread)
  expect(await parts.readUnread(3)).toEqual(unread)
  const file = parts.path(3).replace('.features', '.unread.json')
  for (const text of ['{', '{"unread": 3}', '{"unread": [{"sample": 1.5, "reason": "x"}]}']) {
    writeFileSync(file, text)
    await expect(parts.readUnread(3)).rejects.toMatchObject({ code: 'ERR_FILE' })
  }
  await parts.writeUnread(3, [])
  expect(existsSync(file)).toBe(false)
})

it('lies where the environment says', () => {
  const before = { ...process.env }
  try {
    process.env.IJEPA_FEATURE_CACHE = '/somewhere'
    expect(defaultCacheFolder()).toBe('/somewhere')
    delete process.env.IJEPA_FEATURE_CACHE
    process.env.IJEPA_CACHE = '/downloads'
    expect(defaultCacheFolder()).toBe('/downloads/features')
    delete process.env.IJEPA_CACHE
    expect(defaultCacheFolder()).toBe(join(__dirname, '../../../.cache/features'))
  } finally {
    process.env = before
  }
})
