/** What this version does not implement is refused by name, never ignored. */
import type { EvaluateOptions, FinetuneOptions } from '../../../lib/api'
import { resolveEvaluate, resolveFinetune } from '../../../lib/config'
import { evaluateShape } from '../../../lib/config/evaluate-schema'
import { finetuneShape, linearProbeShape } from '../../../lib/config/recipe-schema'
import { unsupportedOptions } from '../../../lib/config/unsupported'
import { demo, errorOf } from './context'

test.each<EvaluateOptions>([{ cueConflict: 'x' }])('evaluation refuses %j', (options) => {
  expect(errorOf(() => resolveEvaluate(options)).code).toBe('ERR_UNSUPPORTED')
})

test('values that ask for nothing are no trouble', () => {
  const off: FinetuneOptions = {
    classWeights: 'none',
  }
  expect(resolveFinetune(off, demo)).toEqual(resolveFinetune({}, demo))
})

test('several are told together', () => {
  const error = errorOf(() => resolveEvaluate({ cueConflict: 'x', threshold: 0.5 }))
  expect((error.details?.issues as { path: string }[]).map(({ path }) => path)).toEqual([
    'cueConflict',
    'threshold',
  ])
})

test('the table names options that there are', () => {
  const shapes: Record<string, object> = {
    linearProbe: linearProbeShape,
    finetune: finetuneShape,
    evaluate: evaluateShape,
  }
  for (const { option, of } of unsupportedOptions) {
    for (const kind of of) expect(Object.keys(shapes[kind] ?? {})).toContain(option.split('.')[0])
  }
})
