/** What this version does not implement is refused by name, never ignored. */
import type { FinetuneOptions } from '../../../lib/api'
import { resolveEvaluate, resolveFinetune } from '../../../lib/config'
import { evaluateShape } from '../../../lib/config/evaluate-schema'
import { finetuneShape, linearProbeShape } from '../../../lib/config/recipe-schema'
import { unsupportedOptions } from '../../../lib/config/unsupported'
import { demo, errorOf } from './context'

test('evaluation refuses cue-conflict pictures', () => {
  expect(errorOf(() => resolveEvaluate({ cueConflict: 'x' })).code).toBe('ERR_UNSUPPORTED')
})

test('values that ask for nothing are no trouble', () => {
  const off: FinetuneOptions = {
    classWeights: 'none',
  }
  expect(resolveFinetune(off, demo)).toEqual(resolveFinetune({}, demo))
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
