import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunFolder } from '../../../lib/train/run-folder'
import { checkIdentity, identityOf } from '../../../lib/train/run-identity'

const directory = () => mkdtempSync(join(tmpdir(), 'ijepa-runs-'))
const config = {
  kind: 'finetune',
  trainer: { seed: 1 },
  recipe: { epochs: 3, betas: [0.9, 0.999], freeze: [{ from: 0, train: ['head'] }] },
  dataFingerprint: 'ab',
  conditions: { threads: 2 },
}
const record = { config, data: { splits: {} } }

describe('a run folder', () => {
  it('appears whole, numbered where the name is taken, also for many at once', async () => {
    const runs = directory()
    mkdirSync(join(runs, 'probe'))
    const folders = await Promise.all(
      Array.from({ length: 5 }, () => RunFolder.create(runs, 'probe', record)),
    )
    const names = [2, 3, 4, 5, 6].map((number) => `probe-${number}`)
    expect(folders.map(({ name }) => name).sort()).toEqual(names)
    expect(readdirSync(runs).sort()).toEqual(['probe', ...names])
    for (const { path } of folders)
      expect(readdirSync(path).sort()).toEqual(['checkpoints', 'config.json', 'data.json'])
    expect(statSync(folders[0]!.path).mode & 0o777).toBe(0o777 & ~process.umask())
  })

  it('is made in a place that is cleared of what killed processes have left there', async () => {
    const runs = directory()
    for (const name of ['.ijepa-writing-old', '.ijepa-writing-new']) mkdirSync(join(runs, name))
    const before = new Date(Date.now() - 3_600_000)
    utimesSync(join(runs, '.ijepa-writing-old'), before, before)
    await RunFolder.create(runs, 'run', record)
    expect(readdirSync(runs).sort()).toEqual(['.ijepa-writing-new', 'run'])
  })

  it('cannot be made below a file', async () => {
    const runs = directory()
    writeFileSync(join(runs, 'file'), '')
    await expect(RunFolder.create(join(runs, 'file'), 'run', record)).rejects.toMatchObject({
      code: 'ERR_FILE',
    })
  })
})

describe('metrics.jsonl', () => {
  it.each([
    ['cut to what the checkpoint knows', 'one\ntwo\nthree\n', 8, 'one\ntwo\n'],
    ['left as it is', 'one\ntwo\n', 8, 'one\ntwo\n'],
    ['left with whole lines where some of it is gone', 'one\ntw', 8, 'one\n'],
    ['empty where no whole line is left', 'on', 8, ''],
  ])('is %s', async (_, text, bytes, expected) => {
    const folder = await RunFolder.create(directory(), 'run', record)
    writeFileSync(folder.metrics, text)
    expect(await folder.truncateMetrics(bytes)).toBe(expected.length)
    expect(readFileSync(folder.metrics, 'utf8')).toBe(expected)
  })

  it('may be missing', async () => {
    const folder = await RunFolder.create(directory(), 'run', record)
    expect(await folder.truncateMetrics(8)).toBe(0)
  })
})

describe('config.json', () => {
  const saved = identityOf(config)

  async function edited(change: (text: string) => string): Promise<() => Promise<void>> {
    const folder = await RunFolder.create(directory(), 'run', record)
    writeFileSync(folder.config, change(readFileSync(folder.config, 'utf8')))
    return async () => checkIdentity(folder.config, await folder.readConfig(), saved)
  }

  it('may be laid out anew', async () => {
    await (
      await edited((text) => JSON.stringify(JSON.parse(text)))
    )()
  })

  it.each([
    ['a value', '"epochs": 3', '"epochs": 30', 'recipe.epochs was 3, is 30'],
    ['a type', '"epochs": 3', '"epochs": "many"', 'recipe.epochs was 3, is "many"'],
    ['a list', '0.999', '0.9', 'recipe.betas was [0.9,0.999], is [0.9,0.9]'],
    ['the seed', '"seed": 1', '"seed": 2', 'seed was 1, is 2'],
    ['the threads', '"threads": 2', '"threads": 4', 'conditions.threads was 2, is 4'],
    ['what no checkpoint keeps', '"trainer": {', '"trainer": { "device": "cpu",', 'edited by hand'],
  ])('with another %s is refused by name', async (_, from, to, words) => {
    const check = await edited((text) => text.replace(from, to))
    await expect(check()).rejects.toMatchObject({
      code: 'ERR_RESUME',
      message: expect.stringContaining(words) as string,
    })
  })

  it.each([
    '',
    'null',
    '3',
    '{}',
    '{"formatVersion": "1"}',
    '{"formatVersion": 99}',
    '{"formatVersion": 1,}',
  ])('that holds %j is refused', async (text) => {
    const check = await edited(() => text)
    await expect(check()).rejects.toMatchObject({ code: 'ERR_RESUME' })
  })
})
