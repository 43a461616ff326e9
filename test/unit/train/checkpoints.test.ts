import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Checkpoints } from '../../../lib/train/checkpoints'
import { findDamage, sealFolder } from '../../../lib/train/checksums'

function newCheckpoints(): Checkpoints {
  return new Checkpoints(mkdtempSync(join(tmpdir(), 'ijepa-checkpoints-')))
}

/** What of the folder's files tells its number. */
async function fill(folder: string, number: number): Promise<void> {
  writeFileSync(join(folder, 'state.json'), String(number))
  writeFileSync(join(folder, 'model.safetensors'), `model ${number}`)
  writeFileSync(join(folder, 'state.safetensors'), `state ${number}`)
  writeFileSync(join(folder, 'README.md'), `card ${number}`)
  await sealFolder(folder)
}

async function save(checkpoints: Checkpoints, number: number): Promise<void> {
  await fill(await checkpoints.begin(), number)
  await checkpoints.commit()
}

/** A folder as `save` leaves it, made by hand. */
async function make(checkpoints: Checkpoints, name: string, number: number): Promise<void> {
  mkdirSync(join(checkpoints.path, name))
  await fill(join(checkpoints.path, name), number)
}

/** Numbers of the folders that are there. */
function numbers({ path }: Checkpoints): Record<string, number> {
  const number = (name: string) => Number(readFileSync(join(path, name, 'state.json'), 'utf8'))
  return Object.fromEntries(readdirSync(path).map((name) => [name, number(name)]))
}

describe('a save', () => {
  it('keeps the checkpoint before it', async () => {
    const checkpoints = newCheckpoints()
    await save(checkpoints, 1)
    expect(numbers(checkpoints)).toEqual({ last: 1 })
    await save(checkpoints, 2)
    expect(numbers(checkpoints)).toEqual({ last: 2, previous: 1 })
    await save(checkpoints, 3)
    expect(numbers(checkpoints)).toEqual({ last: 3, previous: 2 })
  })

  it('keeps the best without the training state, whole by its own account', async () => {
    const checkpoints = newCheckpoints()
    for (const number of [1, 2]) {
      await save(checkpoints, number)
      await checkpoints.keepBest('last')
    }
    expect(numbers(checkpoints)).toMatchObject({ best: 2 })
    expect(readdirSync(checkpoints.at('best')).sort()).toEqual([
      'README.md',
      'checksums.json',
      'model.safetensors',
      'state.json',
    ])
    expect(await checkpoints.findDamage('best', 'bytes')).toBeUndefined()
  })

  it('makes no folder for a run whose own is gone', async () => {
    const checkpoints = new Checkpoints(join(tmpdir(), 'ijepa-gone', 'checkpoints'))
    await expect(checkpoints.begin()).rejects.toMatchObject({ code: 'ERR_FILE' })
    expect(existsSync(checkpoints.path)).toBe(false)
  })
})

/** Every state of the folder between two steps of a save of 3 over 2 and 1, or of a copy of the best; what recovery makes of it. */
const interrupted: [string, Record<string, number>, Record<string, number>][] = [
  ['written', { last: 2, previous: 1, 'last.writing': 3 }, { last: 2, previous: 1 }],
  ['previous aside', { last: 2, 'previous.replaced': 1, 'last.writing': 3 }, { last: 2, previous: 1 }],
  ['last moved', { previous: 2, 'previous.replaced': 1, 'last.writing': 3 }, { last: 2, previous: 1 }],
  ['in place', { last: 3, previous: 2, 'previous.replaced': 1 }, { last: 3, previous: 2 }],
  ['first written', { 'last.writing': 1 }, {}],
  ['second, last moved', { previous: 1, 'last.writing': 2 }, { last: 1 }],
  ['best written', { last: 2, best: 1, 'best.writing': 2 }, { last: 2, best: 1 }],
  ['best aside', { last: 2, 'best.replaced': 1, 'best.writing': 2 }, { last: 2, best: 1 }],
  ['best in place', { last: 2, best: 2, 'best.replaced': 1 }, { last: 2, best: 2 }],
]

describe('recovery after a kill', () => {
  it.each(interrupted)('%s', async (_, before, after) => {
    const checkpoints = newCheckpoints()
    for (const [name, number] of Object.entries(before)) await make(checkpoints, name, number)
    await checkpoints.recover()
    expect(numbers(checkpoints)).toEqual(after)
    await save(checkpoints, 9)
    expect(numbers(checkpoints)).toMatchObject({ last: 9, ...(after.last ? { previous: after.last } : {}) })
  })

  it('puts a damaged checkpoint aside for the one before it', async () => {
    const checkpoints = newCheckpoints()
    for (const number of [1, 2]) await save(checkpoints, number)
    await checkpoints.fallBack()
    expect(numbers(checkpoints)).toEqual({ last: 1, damaged: 2 })
  })
})

describe('damage', () => {
  const damages: [string, (folder: string) => void, string][] = [
    [
      'a truncated file',
      (folder) => writeFileSync(join(folder, 'model.safetensors'), 'mod'),
      'has 3 bytes, 7 were',
    ],
    [
      'another bit',
      (folder) => writeFileSync(join(folder, 'state.safetensors'), 'state 3'),
      'has other bytes',
    ],
    [
      'a missing file',
      (folder) => renameSync(join(folder, 'state.json'), join(folder, 'x')),
      'state.json is missing',
    ],
    ['no checksums', (folder) => writeFileSync(join(folder, 'checksums.json'), '{'), 'cannot be read'],
    [
      'empty checksums',
      (folder) => writeFileSync(join(folder, 'checksums.json'), '{}'),
      'does not say what belongs',
    ],
    ['a folder for a file', (folder) => replaceByFolder(join(folder, 'model.safetensors')), 'bytes'],
  ]

  it.each(damages)('%s is found', async (_, damage, words) => {
    const folder = mkdtempSync(join(tmpdir(), 'ijepa-damage-'))
    await fill(folder, 2)
    expect(await findDamage(folder, 'bytes')).toBeUndefined()
    damage(folder)
    expect(await findDamage(folder, 'bytes')).toContain(words)
  })

  it('is not what a model card is that was written anew', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ijepa-damage-'))
    await fill(folder, 2)
    writeFileSync(join(folder, 'README.md'), 'with scores')
    expect(await findDamage(folder, 'bytes')).toBeUndefined()
  })

  it('is looked for until the signal aborts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ijepa-damage-'))
    await fill(folder, 2)
    await expect(findDamage(folder, 'bytes', AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    )
  })
})

function replaceByFolder(path: string): void {
  renameSync(path, `${path}.x`)
  mkdirSync(path)
}
