/** Whether groups leave something to hold out of train: what chooses a probe's strength needs pictures that it was not fitted on. */
import { canHoldOutGroups, heldOutRows, openDataset } from '../../../lib/dataset'
import { colourFolder } from '../../pictures'

const train = colourFolder(6, 8)
const splitOf = async () => (await openDataset({ train, validation: 'none' }, { seed: 0 })).train

/** Regular expressions on 'blue/0.png', 'red/0.png', …, and whether a class has two groups that are not tied to all of another. */
it.each([
  ['a picture a group', '[0-9]+[.]png', true],
  ['a class a group', '^(blue|red)', false],
  ['all in one', 'png', false],
  ['one class in two, the other whole', '^red|^blue/[0-2]', true],
  ['no picture of a class in a group', '^blue', true],
])('%s', async (_, groupBy, expected) => {
  const split = await splitOf()
  expect(await canHoldOutGroups(split, groupBy, undefined)).toBe(expected)
  const held = heldOutRows(split, { fraction: 0.1, seed: 0, groupBy })
  if (expected) expect((await held).includes(1)).toBe(true)
  else await expect(held).rejects.toMatchObject({ code: 'ERR_DATASET' })
})

it('stops where it is told to', async () => {
  const reason = new Error('enough')
  await expect(canHoldOutGroups(await splitOf(), 'png', AbortSignal.abort(reason))).rejects.toBe(reason)
})
