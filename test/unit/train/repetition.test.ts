import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repeatedName, repetitionFolder } from '../../../lib/train/repetition'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'repetition-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

const seeds = { kind: 'finetune', over: 'seeds', runs: 3 } as const
const folds = { kind: 'finetune', over: 'folds', runs: 3 } as const

test('each call has a folder of its own, also of calls at the same time', async () => {
  const runs = join(directory, 'new', 'runs')
  const made = await Promise.all(
    [seeds, seeds, folds].map((over) => repetitionFolder(runs, 'finetune', over)),
  )
  expect(new Set(made).size).toBe(3)
  expect(readdirSync(runs).sort()).toEqual(['finetune-folds', 'finetune-seeds', 'finetune-seeds-2'])
})

test('a directory that is a file is an error of that file', async () => {
  const file = join(directory, 'file')
  writeFileSync(file, '')
  await expect(repetitionFolder(file, 'finetune', seeds)).rejects.toMatchObject({ code: 'ERR_FILE' })
  expect(existsSync(file)).toBe(true)
})

test('runs are called by what differs', () => {
  const one = { name: 'x', number: 2, of: 3, seed: 7 }
  expect(repeatedName('finetune', { ...one, over: 'seeds' })).toBe('finetune-seed-2')
  expect(repeatedName('probe', { ...one, over: 'folds' })).toBe('probe-fold-2')
})
