/** The freezing schedule as a text. */
import { IjepaError } from '../../../lib/errors'
import { freezingChart } from '../../../lib/schedule'

const stage = (from: number, ...train: string[]) => ({ from, train, learningRateScale: 1 })

test('parts go down, epochs across, and blocks that train alike share a line', () => {
  const freeze = [stage(0, 'head'), stage(3, 'head', 'blocks.-2..'), stage(8, 'all'), stage(10, 'bias')]
  expect(freezingChart(freeze, 12, 6)).toBe(
    [
      'epoch        0         10',
      'head         ██████████▒▒',
      'norm         ···███████▒▒',
      'blocks 4-5   ···███████▒▒',
      'blocks 0-3   ········██▒▒',
      'patch_embed  ········██▒▒',
      'pos_embed    ············',
      '             █ trained  ▒ in part  · frozen',
    ].join('\n'),
  )
})

test('a long run has several epochs to a column', () => {
  const rows = freezingChart([stage(0, 'head'), stage(50, 'all')], 100, 2).split('\n')
  expect(rows[0]).toBe('epoch        0         20        40        60        80')
  expect(rows[1]).toBe(`head         ${'█'.repeat(50)}`)
  expect(rows[3]).toBe(`blocks 0-1   ${'·'.repeat(25)}${'█'.repeat(25)}`)
})

test('a pattern that names nothing is refused', () => {
  expect(() => freezingChart([stage(0, 'blocks.9')], 3, 6)).toThrow(IjepaError)
})
