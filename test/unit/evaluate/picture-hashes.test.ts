/** Judged pictures are hashed once, for all suites and runs. */
import { rmSync } from 'node:fs'
import { contentFingerprint, openSplit, subset } from '../../../lib/dataset'
import { PictureHashes } from '../../../lib/evaluate/picture-hashes'
import { classTree, temporaryFolder } from '../dataset/pictures'

const folder = temporaryFolder()
const { signal } = new AbortController()

test('the same pictures are read once, other ones anew', async () => {
  const split = await openSplit(classTree(folder.path('set'), ['cat', 'dog'], 3), ['cat', 'dog'])
  const hashes = new PictureHashes(split, signal)
  const first = await hashes.of(Int32Array.of(0, 4))
  expect(first).toBe(await contentFingerprint(subset(split, [0, 4]).table, { signal }))
  expect(await hashes.of(Int32Array.of(0, 5))).not.toBe(first)
  rmSync(folder.path('set'), { recursive: true })
  expect(await hashes.of(Int32Array.of(0, 4))).toBe(first)
  await expect(hashes.of(Int32Array.of(4, 0))).rejects.toMatchObject({ code: 'ERR_FILE' })
})
