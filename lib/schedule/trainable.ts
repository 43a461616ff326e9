/** Which parameters a freezing stage trains: patterns over the official names. */
import type { FreezeStageConfig } from '../config'
import { IjepaError } from '../errors'

/** The stage that an epoch (from 0) belongs to. */
export function stageAt(freeze: readonly FreezeStageConfig[], epoch: number): FreezeStageConfig {
  const stage = freeze.filter(({ from }) => from <= epoch).at(-1)
  if (stage === undefined) {
    throw new IjepaError(
      'ERR_CONFIG',
      `Expected a freezing stage for epoch ${epoch}, the first one begins later`,
    )
  }
  return stage
}

/**
 * The parameters that the patterns name, in the order of `names`.
 *
 * Patterns: 'head'; 'all', everything but pos_embed; 'norm', every LayerNorm; 'norm.', the final one; 'bias', every bias;
 * 'blocks.8'; 'blocks.0..5', both ends included; 'blocks.-4..', to the last block and the final norm with it (negative
 * numbers count from the end); 'patch_embed'; 'pos_embed'; any parameter's name, or a prefix of it that ends at a dot.
 *
 * @throws IjepaError ERR_CONFIG: a pattern that names no parameter, or blocks that are not there.
 */
export function trainableNames(
  patterns: readonly string[],
  names: readonly string[],
  depth: number,
): string[] {
  const tests = patterns.map((pattern) => {
    const test = matcher(pattern, depth)
    if (!names.some(test)) throw noParameter(pattern, depth)
    return test
  })
  return names.filter((name) => tests.some((test) => test(name)))
}

type Matcher = (name: string) => boolean

const isLayerNorm: Matcher = (name) => /^(blocks\.\d+\.norm[12]|norm)\./.test(name)

function matcher(pattern: string, depth: number): Matcher {
  if (pattern === 'all') return (name) => name !== 'pos_embed'
  if (pattern === 'norm') return isLayerNorm
  if (pattern === 'bias') return (name) => name.endsWith('.bias')
  const blocks = /^blocks\.(-?\d+)(\.\.(-?\d+)?)?$/.exec(pattern)
  if (blocks !== null) return blockMatcher(pattern, blocks, depth)
  const prefix = pattern.endsWith('.') ? pattern : `${pattern}.`
  return (name) => name === pattern || name.startsWith(prefix)
}

function blockMatcher(pattern: string, [, first, range, last]: RegExpExecArray, depth: number): Matcher {
  const fromStart = (index: number): number => (index < 0 ? depth + index : index)
  const begin = fromStart(Number(first))
  const toEnd = range !== undefined && last === undefined
  const end = toEnd ? depth - 1 : fromStart(Number(last ?? first))
  if (begin < 0 || end >= depth || begin > end) throw noParameter(pattern, depth)
  return (name) => {
    const block = blockOf(name)
    return block === undefined ? toEnd && name.startsWith('norm.') : block >= begin && block <= end
  }
}

/** 3 of `blocks.3.norm1.weight`; undefined of what is in no block. */
export function blockOf(name: string): number | undefined {
  const match = /^blocks\.(\d+)\./.exec(name)
  return match === null ? undefined : Number(match[1])
}

const noParameter = (pattern: string, depth: number): IjepaError =>
  new IjepaError(
    'ERR_CONFIG',
    `Expected patterns that name parameters for freeze, got '${pattern}', which names none: there are blocks 0 to ` +
      `${depth - 1}, 'head', 'all', 'norm', 'norm.', 'bias', 'patch_embed', 'pos_embed', and names of parameters`,
    { issues: [{ path: 'freeze', message: `'${pattern}' names no parameter` }] },
  )
