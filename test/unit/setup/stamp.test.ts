import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { evaluateModule } from './evaluate-module'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ijepa-stamp-'))
  mkdirSync(join(folder, 'native/base'), { recursive: true })
  writeFileSync(join(folder, 'native/base/a.cc'), 'int a;')
  writeFileSync(join(folder, 'CMakeLists.txt'), 'project(x)')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const hash = (facts: object = {}) =>
  evaluateModule<string>(
    'stamp.mjs',
    `m.hashInputs(given.folder, ['native', 'CMakeLists.txt', 'absent'], given.facts)`,
    {
      folder,
      facts,
    },
  ).value

describe('the hash of inputs', () => {
  it('is the same for the same files and facts', () => {
    expect(hash({ a: 1 })).toBe(hash({ a: 1 }))
  })

  it.each<[string, () => void]>([
    ['a file has other content', () => writeFileSync(join(folder, 'native/base/a.cc'), 'int b;')],
    ['a file comes', () => writeFileSync(join(folder, 'native/base/b.cc'), '')],
    [
      'a file has another name',
      () => renameSync(join(folder, 'native/base/a.cc'), join(folder, 'native/base/c.cc')),
    ],
    ['an absent file comes', () => writeFileSync(join(folder, 'absent'), '')],
    [
      'content moves from one file to the next',
      () => {
        writeFileSync(join(folder, 'CMakeLists.txt'), 'project(x)int')
        writeFileSync(join(folder, 'native/base/a.cc'), ' a;')
      },
    ],
  ])('differs when %s', (_, change) => {
    const before = hash()
    change()
    expect(hash()).not.toBe(before)
  })

  it('differs when a fact differs', () => {
    expect(hash({ version: '2.13.0' })).not.toBe(hash({ version: '2.13.1' }))
  })
})

describe('a stamp', () => {
  const isFresh = (inputs: string) =>
    evaluateModule<boolean>('stamp.mjs', `m.isFresh(given.stamp, given.inputs, [given.output])`, {
      stamp: join(folder, 'stamp.json'),
      inputs,
      output: join(folder, 'output'),
    }).value
  beforeEach(() => {
    evaluateModule('stamp.mjs', `m.writeJson(given, { inputs: 'abc' })`, join(folder, 'stamp.json'))
    writeFileSync(join(folder, 'output'), '')
  })

  it('holds while inputs are the same and the output is there', () => {
    expect(isFresh('abc')).toBe(true)
  })
  it('does not hold for other inputs', () => {
    expect(isFresh('abd')).toBe(false)
  })
  it('does not hold when the output is gone', () => {
    rmSync(join(folder, 'output'))
    expect(isFresh('abc')).toBe(false)
  })
  it('does not hold when it is damaged', () => {
    writeFileSync(join(folder, 'stamp.json'), '{"inputs": "ab')
    expect(isFresh('abc')).toBe(false)
  })
})
