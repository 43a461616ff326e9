/** Cross-validation's parts: stratified, seeded, equal pictures and groups in one fold, every picture held out once. */
import { readFileSync } from 'node:fs'
import { openFolds, type Folds } from '../../../lib/dataset'
import { chooseFolds, type FoldChoice } from '../../../lib/dataset/choose-folds'
import { Pace } from '../../../lib/dataset/pace'
import { hashText } from '../../../lib/dataset/ranks'
import { classTree, temporaryFolder, writeTree } from './pictures'

const temporary = temporaryFolder()

const open = (train: string, count: number, more: object = {}, seed = 0): Promise<Folds> =>
  openFolds({ train, ...more }, { seed, count })

/** Contents by name. */
function choose(
  contents: readonly string[],
  labels: readonly number[],
  more: object = {},
): Promise<FoldChoice> {
  const base = {
    labels: Int32Array.from(labels),
    classes: Math.max(...labels) + 1,
    hashes: contents.map(hashText),
    folds: 3,
    seed: 0,
    pace: new Pace(),
  }
  return chooseFolds({ ...base, ...more })
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** [fold][class], held-out samples. */
function table({ foldOf }: FoldChoice, labels: readonly number[], folds = 3): number[][] {
  return numbers(folds).map((fold) =>
    numbers(Math.max(...labels) + 1).map(
      (label) => labels.filter((each, row) => each === label && foldOf[row] === fold).length,
    ),
  )
}

test('every picture is held out once, and classes differ by at most one between folds', async () => {
  const folds = await open(classTree(temporary.path('d'), ['cat', 'dog', 'eel'], 11), 4)
  const held = numbers(4).flatMap((index) => [...folds.heldOut(index)])
  expect(held.sort((a, b) => a - b)).toEqual(numbers(33))
  for (const index of numbers(4)) {
    const { train, validation, classes } = await folds.open(index)
    expect(classes).toEqual(['cat', 'dog', 'eel'])
    for (const count of validation!.perClass) expect([2, 3]).toContain(count)
    expect(validation!.names).toEqual(Array.from(folds.heldOut(index), (row) => folds.whole.names[row]))
    expect(new Set([...train.names, ...validation!.names]).size).toBe(33)
  }
  const sizes = numbers(4).map((index) => folds.heldOut(index).length)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
})

test('folds depend on seed and content alone', async () => {
  const contentsOf = async (folds: Folds): Promise<string[][]> => {
    const names = (index: number) => Array.from(folds.heldOut(index), (row) => folds.whole.names[row]!)
    return numbers(3).map((index) =>
      names(index)
        .map((name) => readFileSync(name, 'latin1'))
        .sort(),
    )
  }
  const a = await contentsOf(await open(classTree(temporary.path('a'), ['cat', 'dog'], 12), 3))
  const renamed = Object.fromEntries(
    ['cat', 'dog'].flatMap((name) => numbers(12).map((i) => [`${name}/x${99 - i}.png`, ` ${name} ${i}`])),
  )
  expect(await contentsOf(await open(writeTree(temporary.path('b'), renamed), 3))).toEqual(a)
  expect(await contentsOf(await open(temporary.path('a'), 3, {}, 1))).not.toEqual(a)
})

test('equal pictures and groups stay in one fold', async () => {
  const labels = numbers(60).map((i) => i % 2)
  const contents = numbers(60).map((i) => `picture ${i < 20 ? i >> 1 : i}`)
  const groups = numbers(60).map((i) => (i < 30 ? '' : `patient ${i % 7}`))
  const choice = await choose(contents, labels, { groups })
  const foldsOf = (same: (row: number) => unknown) => {
    const found = new Map<unknown, Set<number>>()
    numbers(60).forEach((row) =>
      found.set(same(row), (found.get(same(row)) ?? new Set()).add(choice.foldOf[row]!)),
    )
    return [...found.values()]
  }
  expect(choice.duplicateSets).toBe(10)
  for (const found of foldsOf((row) => contents[row])) expect(found.size).toBe(1)
  for (const found of foldsOf((row) => groups[row] || row)) expect(found.size).toBe(1)
  for (const fold of table(choice, labels)) expect(Math.min(...fold)).toBeGreaterThan(5)
})

test('each of several labels is spread over the folds', async () => {
  const labelSets = numbers(90).map((i) => (i % 3 === 0 ? [0, 1] : i % 3 === 1 ? [0] : [0, 2]))
  const choice = await choose(
    numbers(90).map(String),
    labelSets.map(() => 0),
    { labelSets, classes: 3 },
  )
  for (const fold of numbers(3)) {
    const count = (label: number) =>
      labelSets.filter((set, row) => set.includes(label) && choice.foldOf[row] === fold).length
    for (const [label, wanted] of [30, 10, 10].entries()) {
      expect(Math.abs(count(label) - wanted)).toBeLessThanOrEqual(1)
    }
  }
})

test('a class that would be held out as a whole keeps a picture in training, and is warned of', async () => {
  const choice = await choose(['a', 'b', 'c', 'lone', 'twin', 'twin'], [0, 0, 0, 1, 2, 2])
  expect(table(choice, [0, 0, 0, 1, 2, 2])).toEqual([
    [1, 0, 0],
    [1, 0, 0],
    [1, 0, 0],
  ])
  const root = writeTree(temporary.path('d'), { 'lone/1.png': 'l', 'more/1.png': '1', 'more/2.png': '2' })
  const folds = await open(root, 2)
  for (const index of [0, 1]) {
    const { train, validation, warnings } = await folds.open(index)
    expect([train.perClass, validation!.perClass]).toEqual([
      [1, 1],
      [0, 1],
    ])
    expect(warnings.find(({ code }) => code === 'never-held-out')!.message).toContain('lone')
  }
})

test('a part that validation would hold out takes part, a validation set of its own does not; test stays', async () => {
  const train = classTree(temporary.path('train'), ['cat', 'dog'], 6)
  const other = classTree(temporary.path('other'), ['cat', 'dog'], 2, 'other')
  expect((await open(train, 3, { validation: { fraction: 0.5 } })).whole.names).toHaveLength(12)
  const folds = await open(train, 3, { validation: other, test: other })
  expect(folds.whole.names).toHaveLength(12)
  const { test: kept, validation } = await folds.open(0)
  expect(kept!.names).toHaveLength(4)
  expect(validation!.names.every((name) => name.includes('train'))).toBe(true)
  expect((await open(train, 2, { subset: { perClass: 2 } })).whole.perClass).toEqual([2, 2])
})

test('more folds than there are pictures or groups are refused', async () => {
  const train = classTree(temporary.path('d'), ['a1', 'b2'], 2)
  await expect(open(train, 5)).rejects.toMatchObject({ code: 'ERR_DATASET' })
  await expect(open(train, 3, { groupBy: '\\d' })).rejects.toMatchObject({ code: 'ERR_DATASET' })
  expect((await open(train, 2)).count).toBe(2)
})

test('an abort ends it with its reason', async () => {
  const train = classTree(temporary.path('d'), ['a', 'b'], 2)
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(openFolds({ train }, { seed: 0, count: 2, signal })).rejects.toThrow('enough')
})
