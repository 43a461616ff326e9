/** Splits made from train: stratified, seeded, stable, equal pictures and groups on one side. */
import { appendFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'
import { openDataset, splitFingerprint, type Dataset } from '../../../lib/dataset'
import { chooseHoldout, type Holdout } from '../../../lib/dataset/holdout'
import { Pace } from '../../../lib/dataset/pace'
import { hashText } from '../../../lib/dataset/ranks'
import { classTree, temporaryFolder, writeTree } from './pictures'

const temporary = temporaryFolder()

const open = (train: string, more: object = {}, seed = 0): Promise<Dataset> =>
  openDataset({ train, ...more }, { seed })

/** Contents by name; labels by the name's first letter. */
function hold(contents: readonly string[], labels: readonly number[], more: object = {}): Promise<Holdout> {
  const hashes = contents.map(hashText)
  const classes = Math.max(...labels) + 1
  const base = { labels: Int32Array.from(labels), classes, hashes, fraction: 0.1, seed: 0, pace: new Pace() }
  return chooseHoldout({ ...base, ...more })
}

test('a tenth of every class is held out by default, and the rest is train', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog', 'eel'], 20)
  const { train, validation } = await open(root)
  expect([train.perClass, validation!.perClass]).toEqual([
    [18, 18, 18],
    [2, 2, 2],
  ])
  expect(new Set([...train.names, ...validation!.names]).size).toBe(60)
})

test('the split depends on seed and content alone, not on the place or the names', async () => {
  const contents = (dataset: Dataset): string[] =>
    dataset.validation!.names.map((name) => readFileSync(name, 'latin1')).sort()
  const a = await open(classTree(temporary.path('a'), ['cat', 'dog'], 30))
  const renamed: Record<string, string> = {}
  for (const name of ['cat', 'dog'])
    for (let i = 0; i < 30; i++) renamed[`${name}/other-${99 - i}.png`] = ` ${name} ${i}`
  const b = await open(writeTree(temporary.path('b'), renamed))
  expect(contents(b)).toEqual(contents(a))
  expect(contents(await open(temporary.path('a'), {}, 1))).not.toEqual(contents(a))
})

test('adding a picture moves at most one', async () => {
  const contents = Array.from({ length: 60 }, (_, i) => `picture ${i}`)
  let before: Holdout | undefined
  let moved = 0
  for (let n = 2; n <= contents.length; n++) {
    const after = await hold(contents.slice(0, n), new Array<number>(n).fill(0), { fraction: 0.3 })
    const changed = before ? before.mask.filter((bit, row) => bit !== after.mask[row]).length : 0
    expect(changed).toBeLessThanOrEqual(1)
    moved += changed
    before = after
  }
  expect(moved).toBeGreaterThan(0)
  expect(before!.taken).toEqual([18])
})

test('a class of one picture stays in train and is reported; a class of two is measured with one', async () => {
  const root = writeTree(temporary.path('d'), { 'lone/1.png': 'l', 'pair/1.png': 'p1', 'pair/2.png': 'p2' })
  const { train, validation, warnings } = await open(root)
  expect([train.perClass, validation!.perClass]).toEqual([
    [1, 1],
    [0, 1],
  ])
  expect(warnings.find(({ code }) => code === 'class-not-measured')!.message).toContain('"lone"')
})

test('equal pictures stay on one side, and are warned of', async () => {
  const files: Record<string, string> = {}
  for (let i = 0; i < 40; i++) files[`cat/${i}.png`] = `cat ${i >> 1}`
  for (let i = 0; i < 40; i++) files[`dog/${i}.png`] = `dog ${i}`
  const { train, validation, warnings } = await open(writeTree(temporary.path('d'), files))
  const contents = (names: readonly string[]): Set<string> =>
    new Set(names.map((name) => readFileSync(name, 'latin1')))
  const inTrain = contents(train.names)
  expect([...contents(validation!.names)].filter((content) => inTrain.has(content))).toEqual([])
  expect(validation!.perClass).toEqual([4, 4])
  expect(warnings.find(({ code }) => code === 'equal-pictures')!.message).toMatch(/^20 set/)
})

test('one picture under two classes is named', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 10)
  writeTree(root, { 'cat/same.png': 'same', 'dog/same.png': 'same' })
  const { warnings } = await open(root)
  expect(warnings.find(({ code }) => code === 'conflicting-labels')!.message).toContain('dog/same.png')
})

test('groups stay on one side, across classes', async () => {
  const files: Record<string, string> = {}
  for (let i = 0; i < 100; i++) files[`${i % 2 ? 'ill' : 'well'}/p${i % 17}_${i}.png`] = `${i}`
  const { train, validation } = await open(writeTree(temporary.path('d'), files), { groupBy: '/(p\\d+)_' })
  const patients = (names: readonly string[]): Set<string> =>
    new Set(names.map((name) => /p\d+_/.exec(name)![0]))
  const inTrain = patients(train.names)
  expect(validation!.names.length).toBeGreaterThan(4)
  expect([...patients(validation!.names)].filter((patient) => inTrain.has(patient))).toEqual([])
  expect(Math.min(...train.perClass, ...validation!.perClass)).toBeGreaterThan(0)
})

test('groups larger than the wanted part still give each class something, and leave something', async () => {
  const contents = Array.from({ length: 30 }, (_, i) => `${i}`)
  const groups = contents.map((_, i) => `film ${i % 3}`)
  const { taken } = await hold(contents, new Array<number>(30).fill(0), { groups })
  expect(taken).toEqual([10])
  const one = await hold(contents, new Array<number>(30).fill(0), { groups: groups.map(() => 'one film') })
  expect(one.taken).toEqual([0])
})

test('a group in train and in a given validation is warned of; a split without such groups is none', async () => {
  const train = writeTree(temporary.path('train'), {
    'cat/p1_1.png': '1',
    'cat/p2_1.png': '2',
    'dog/p3_1.png': '3',
  })
  const validation = writeTree(temporary.path('val'), { 'cat/p1_2.png': '4', 'dog/p9_1.png': '5' })
  const test = writeTree(temporary.path('test'), { 'cat/x.png': '6' })
  const { warnings } = await open(train, { validation, test, groupBy: '(p\\d+)_' })
  const found = warnings.filter(({ code }) => code === 'group-on-both-sides')
  expect(found.map(({ message }) => message)).toEqual([expect.stringContaining('"p1"')])
})

test('a groupBy that matches nothing, and one that is no expression, are refused', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 3)
  await expect(open(root, { groupBy: 'patient(\\d+)' })).rejects.toMatchObject({ code: 'ERR_DATASET' })
  await expect(open(root, { groupBy: '(' })).rejects.toMatchObject({ code: 'ERR_CONFIG' })
})

test("validation 'none' holds nothing out; a fraction out of range is refused", async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 10)
  const { train, validation } = await open(root, { validation: 'none' })
  expect([train.names.length, validation]).toEqual([20, undefined])
  expect((await open(root, { validation: { fraction: 0.5 } })).validation!.perClass).toEqual([5, 5])
  for (const fraction of [0, 1, -1, NaN]) {
    await expect(open(root, { validation: { fraction } })).rejects.toMatchObject({ code: 'ERR_CONFIG' })
  }
})

test('validation that is train again is warned of', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 2)
  const { warnings } = await open(root, { validation: path.relative('.', root) })
  expect(warnings.find(({ code }) => code === 'pictures-on-both-sides')!.message).toMatch(/^4 of 4/)
})

test('hashes are remembered by size and time, and a damaged memory does no harm', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 10)
  const cacheDirectory = temporary.path('cache')
  const openCached = (): Promise<Dataset> => openDataset({ train: root }, { seed: 0, cacheDirectory })
  const first = await openCached()
  const file = `${cacheDirectory}/content-hashes.txt`
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  expect(lines.length).toBe(20)
  appendFileSync(file, 'damaged\n\0\xff')
  expect((await openCached()).validation!.names).toEqual(first.validation!.names)

  // Made to lie that a picture equals another: believed while size and time are the same, not once the time changes.
  const [one, other] = lines
  writeFileSync(file, readFileSync(file, 'utf8').replace(one!, other!.slice(0, 32) + one!.slice(32)))
  expect((await openCached()).warnings.map(({ code }) => code)).toContain('equal-pictures')
  utimesSync(one!.slice(one!.indexOf(root)), new Date(), new Date(1e12))
  expect((await openCached()).warnings).toEqual([])
})

test('the fingerprint of a split is that of its own pictures, labels and classes, wherever it lies', async () => {
  const names = ['cat', 'dog', 'eel']
  const held = classTree(temporary.path('held'), names, 4)
  const validationOf = async (train: string, validation = held) => {
    const { classes, validation: split } = await open(classTree(temporary.path(train), names, 9), {
      validation,
    })
    return splitFingerprint(classes, split!)
  }
  const first = await validationOf('train-a')
  expect(await validationOf('train-b', classTree(temporary.path('moved'), names, 4))).toBe(first)
  expect(await validationOf('train-c', classTree(temporary.path('more'), names, 5))).not.toBe(first)
  const { classes, train, validation } = await open(temporary.path('train-a'), { validation: held })
  expect(await splitFingerprint([...classes].reverse(), validation!)).not.toBe(first)
  expect(await splitFingerprint(classes, train)).not.toBe(first)
})

test('the fingerprint stays when the data set is moved, and changes with a picture, a class or the split', async () => {
  const a = await open(classTree(temporary.path('a'), ['cat', 'dog'], 20))
  const b = await open(classTree(temporary.path('b'), ['cat', 'dog'], 20))
  expect(b.fingerprint).toBe(a.fingerprint)
  const other = [
    await open(temporary.path('a'), {}, 1),
    await open(temporary.path('a'), { classes: ['dog', 'cat'] }),
    await open(writeTree(temporary.path('a'), { 'cat/more.png': 'more' })),
    await open(classTree(temporary.path('c'), ['cat', 'dog'], 20, 'longer')),
  ]
  expect(new Set([a, ...other].map(({ fingerprint }) => fingerprint)).size).toBe(5)
})

test('an abort rejects with its reason', async () => {
  const root = classTree(temporary.path('d'), ['cat', 'dog'], 50)
  const reason = new Error('enough')
  await expect(openDataset({ train: root }, { seed: 0, signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  )
  const controller = new AbortController()
  const opened = openDataset({ train: root }, { seed: 0, signal: controller.signal })
  controller.abort(reason)
  await expect(opened).rejects.toBe(reason)
})
