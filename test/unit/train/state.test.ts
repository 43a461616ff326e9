import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityOf } from '../../../lib/train/run-identity'
import { initialState, isBetter, readState, writeState, type RunState } from '../../../lib/train/state'

const file = join(mkdtempSync(join(tmpdir(), 'ijepa-state-')), 'state.json')
const identity = identityOf({ kind: 'finetune', recipe: { name: 'NaN' }, trainer: { seed: 3 } })

describe('state.json', () => {
  it('reads back equal, numbers that JSON does not know included', async () => {
    const epoch = { type: 'epoch', epoch: 0, epochs: 2, best: false, seconds: 0.1 + 0.2 } as const
    const state: RunState = {
      ...initialState,
      sums: { loss: Infinity, correct: -0.1, samples: 3 },
      history: [{ ...epoch, train: { loss: NaN, top1: 1 / 3 }, validation: { loss: -Infinity } }],
      best: { epoch: 0, metrics: { loss: NaN } },
    }
    await writeState(file, state, identity)
    const read = await readState(file)
    expect(read.state).toStrictEqual(state)
    expect(read.identity).toEqual({ kind: 'finetune', recipe: { name: 'NaN' }, seed: 3 })
  })

  it.each(['', '{', 'null', '[]', '{"epoch": 1}', '"text"', '{"epoch": "1", "history": []}'])(
    'that holds %j is damaged',
    async (text) => {
      writeFileSync(file, text)
      await expect(readState(file)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' })
    },
  )
})

describe('isBetter', () => {
  const metrics = (loss: number, top1: number) => ({ loss, top1 })
  it.each([
    ['larger top-1', metrics(2, 0.6), metrics(1, 0.5), true],
    ['equal top-1, lower loss', metrics(0.9, 0.5), metrics(1, 0.5), true],
    ['all equal: the earlier', metrics(1, 0.5), metrics(1, 0.5), false],
    ['anything, than nothing', metrics(1, 0), undefined, true],
    ['a NaN loss, than nothing', metrics(NaN, 0.5), undefined, false],
    ['a NaN loss, than a worse top-1', metrics(NaN, 0.5), metrics(1, 0.4), false],
    ['anything, than a NaN loss', metrics(9, 0), metrics(NaN, 0.5), true],
  ])('%s', (_, candidate, best, expected) => {
    expect(isBetter(candidate, best, 'top1')).toBe(expected)
  })

  it('takes the larger value of any other metric', () => {
    const worse = { ...metrics(1, 0.9), macroF1: 0.4 }
    expect(isBetter({ ...metrics(2, 0.5), macroF1: 0.5 }, worse, 'macroF1')).toBe(true)
    expect(isBetter(metrics(0, 1), worse, 'macroF1')).toBe(false) // it has none
  })

  it('takes the lower loss by loss', () => {
    expect(isBetter(metrics(0.9, 0), metrics(1, 1), 'loss')).toBe(true)
    expect(isBetter(metrics(NaN, 1), metrics(1, 1), 'loss')).toBe(false)
  })
})
