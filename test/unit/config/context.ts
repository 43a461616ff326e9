/** What the tests of lib/config resolve recipes for: the demo's encoder and photographs. */
import type { RecipeContext } from '../../../lib/config'
import { IjepaError } from '../../../lib/errors'

export const demo: RecipeContext = {
  depth: 6,
  embedDim: 128,
  trainImages: 2000,
  classes: 10,
  cuda: false,
  bf16: true,
}

/** The error that the call throws. */
export function errorOf(call: () => unknown): IjepaError {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(IjepaError)
    return error as IjepaError
  }
  throw new Error('Expected the call to throw')
}

/** Paths of the issues of the error that the call throws. */
export const issuePaths = (call: () => unknown): string[] =>
  (errorOf(call).details?.issues as { path: string }[]).map(({ path }) => path)
