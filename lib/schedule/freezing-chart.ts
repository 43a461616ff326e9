/** The freezing schedule as a text: parts of the model down, epochs across. */
import type { FreezeStageConfig } from '../config'
import { stageAt, trainableNames } from './trainable'

/** Columns at most; a longer run has several epochs to a column, of which the first is drawn. */
const widest = 60

const marks = { all: '█', some: '▒', none: '·' }

const blockParts = ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2']

const tensors = (part: string): string[] => [`${part}.weight`, `${part}.bias`]

/** Official names of the parameters, by the part of the model that holds them, from the head down. */
function partsOf(depth: number): [string, string[]][] {
  const blocks = Array.from({ length: depth }, (_, block): [string, string[]] => [
    `block ${block}`,
    blockParts.flatMap((part) => tensors(`blocks.${block}.${part}`)),
  ])
  const below: [string, string[]][] = [
    ['patch_embed', tensors('patch_embed.proj')],
    ['pos_embed', ['pos_embed']],
  ]
  return [['head', tensors('head')], ['norm', tensors('norm')], ...blocks.reverse(), ...below]
}

/**
 * A chart of some lines: `█` trained, `▒` in part, `·` frozen. Neighbouring blocks that train alike share a line.
 *
 * @throws IjepaError ERR_CONFIG: a pattern that names no parameter.
 */
export function freezingChart(freeze: readonly FreezeStageConfig[], epochs: number, depth: number): string {
  const parts = partsOf(depth)
  const names = parts.flatMap(([, own]) => own)
  const stages = new Map(freeze.map((stage) => [stage, new Set(trainableNames(stage.train, names, depth))]))
  const perColumn = Math.ceil(epochs / widest)
  const columns = Array.from({ length: Math.ceil(epochs / perColumn) }, (_, column) => column * perColumn)
  const rows = parts.map(([label, own]) => ({
    label,
    marks: columns.map((epoch) => mark(own, stages.get(stageAt(freeze, epoch))!)).join(''),
  }))
  const merged = mergeBlocks(rows)
  const width = Math.max(...merged.map(({ label }) => label.length))
  return [
    `${'epoch'.padEnd(width)}  ${ruler(columns)}`,
    ...merged.map((row) => `${row.label.padEnd(width)}  ${row.marks}`),
    `${''.padEnd(width)}  ${marks.all} trained  ${marks.some} in part  ${marks.none} frozen`,
  ].join('\n')
}

function mark(own: readonly string[], trained: ReadonlySet<string>): string {
  const count = own.filter((name) => trained.has(name)).length
  return count === 0 ? marks.none : count === own.length ? marks.all : marks.some
}

interface Row {
  label: string
  marks: string
}

/** `block 5` and `block 4` with equal marks become `blocks 4-5`. */
function mergeBlocks(rows: readonly Row[]): Row[] {
  const merged: (Row & { last?: number; first?: number })[] = []
  for (const row of rows) {
    const block = /^block (\d+)$/.exec(row.label)?.[1]
    const above = merged.at(-1)
    if (block !== undefined && above?.last !== undefined && above.marks === row.marks) {
      above.first = Number(block)
      above.label = `blocks ${above.first}-${above.last}`
    } else {
      merged.push(block === undefined ? { ...row } : { ...row, first: Number(block), last: Number(block) })
    }
  }
  return merged
}

/** The number of every tenth column's epoch, where it begins. */
function ruler(columns: readonly number[]): string {
  const numbers = columns.filter((_, column) => column % 10 === 0)
  return numbers
    .map((epoch) => String(epoch).padEnd(10))
    .join('')
    .trimEnd()
}
