/** Patterns of freezing stages over the parameters' names. */
import { IjepaError } from '../../../lib/errors'
import { stageAt, trainableNames } from '../../../lib/schedule'
import { depth, names, parametersOf } from './parameters'

const matched = (...patterns: string[]) => trainableNames(patterns, names, depth)
const starting = (...prefixes: string[]) =>
  names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))

test("'all' is everything but pos_embed, the head with it", () => {
  expect(matched('all')).toEqual(names.filter((name) => name !== 'pos_embed'))
})

test("'head' is the head, 'patch_embed' and 'pos_embed' are the embeddings", () => {
  expect(matched('head')).toEqual(['head.weight', 'head.bias'])
  expect(matched('patch_embed')).toEqual(['patch_embed.proj.weight', 'patch_embed.proj.bias'])
  expect(matched('pos_embed')).toEqual(['pos_embed'])
})

test("'norm' is every LayerNorm, 'norm.' the final one", () => {
  expect(matched('norm')).toHaveLength(2 * (2 * depth + 1))
  expect(matched('norm')).toEqual(names.filter((name) => name.includes('norm')))
  expect(matched('norm.')).toEqual(['norm.weight', 'norm.bias'])
})

test("'bias' is every bias", () => {
  expect(matched('bias')).toEqual(names.filter((name) => name.endsWith('.bias')))
  expect(matched('bias')).toContain('head.bias')
})

test('one block, counted from either end', () => {
  expect(matched('blocks.2')).toEqual(starting('blocks.2.'))
  expect(matched('blocks.-1')).toEqual(starting('blocks.5.'))
})

test('block 1 is not block 10', () => {
  const many = parametersOf(12).map(({ name }) => name)
  expect(trainableNames(['blocks.1'], many, 12)).toEqual(many.filter((name) => name.startsWith('blocks.1.')))
})

test('a range of blocks has both its ends, and no norm', () => {
  expect(matched('blocks.0..2')).toEqual(starting('blocks.0.', 'blocks.1.', 'blocks.2.'))
  expect(matched('blocks.4..-1')).toEqual(starting('blocks.4.', 'blocks.5.'))
})

test('a range to the end has the final norm with it', () => {
  expect(matched('blocks.-2..')).toEqual(starting('blocks.4.', 'blocks.5.', 'norm.'))
  expect(matched('blocks.4..')).toEqual(matched('blocks.-2..'))
})

test('a name, or a prefix that ends at a dot', () => {
  expect(matched('blocks.3.attn.qkv.weight')).toEqual(['blocks.3.attn.qkv.weight'])
  expect(matched('blocks.3.attn')).toEqual(starting('blocks.3.attn.'))
  expect(matched('blocks')).toEqual(starting('blocks.'))
})

test('several patterns give each name once, in the order of the checkpoint', () => {
  expect(matched('head', 'blocks.-1..', 'head.bias', 'blocks.5.norm1')).toEqual(
    starting('blocks.5.', 'norm.', 'head.'),
  )
})

test.each([
  'blocks.6',
  'blocks.-7',
  'blocks.-7..',
  'blocks.0..6',
  'blocks.3..1',
  'hed',
  'head.w',
  'block',
  '',
  '.',
  'cls',
])("'%s' names nothing, which is said", (pattern) => {
  const call = () => matched('head', pattern)
  expect(call).toThrow(IjepaError)
  expect(call).toThrow(`got '${pattern}', which names none`)
})

test('a stage lasts until the next one begins', () => {
  const freeze = [0, 3, 10].map((from) => ({ from, train: ['head'], learningRateScale: 1 }))
  expect([0, 2, 3, 9, 10, 99].map((epoch) => stageAt(freeze, epoch).from)).toEqual([0, 0, 3, 3, 10, 10])
  expect(() => stageAt(freeze.slice(1), 0)).toThrow(IjepaError)
})
