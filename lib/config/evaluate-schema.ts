/** Schema of what evaluate takes. */
import { z } from 'zod'
import type { EvaluateOptions } from '../api'
import { allCorruptions } from './corruptions'
import { flag, group, integer, list, number, oneOf, option, text } from './fields'
import { controlShape } from './recipe-schema'
import { source } from './trainer-schema'

const names = (what: string) => list(text(), `a list of ${what}`)

export const evaluateShape = {
  ...controlShape,
  split: option(source, 'validation, test (default where there is one), or other labelled pictures'),
  suites: option(
    z.union(
      [
        z.literal('all'),
        list(
          oneOf(['accuracy', 'labelEfficiency', 'robustness', 'bias']),
          "a list of 'accuracy', 'labelEfficiency', 'robustness', 'bias'",
        ),
      ],
      {
        error: "'all' or a list of 'accuracy', 'labelEfficiency', 'robustness', 'bias'",
      },
    ),
    'What is evaluated (default accuracy)',
  ),
  budget: option(
    oneOf(['quick', 'full']),
    'How much is spent on the suites beside accuracy: about ten minutes by the speed that is measured, or all (default quick)',
  ),
  maxImages: option(
    integer({ from: 1 }),
    "Pictures at most in the robustness and the bias suite's sensitivity (default: what the quick budget has time for, up to 2,000; with budget 'full' all)",
  ),
  seeds: option(
    integer({ from: 1 }),
    'Draws of each part of train in the label-efficiency suite (default 5)',
  ),
  labelsPerClass: option(
    list(integer({ from: 1 }), 'a list of whole numbers'),
    'Labels per class of the label-efficiency suite (default 1, 2, 5, 10, 100)',
  ),
  fractions: option(
    list(number({ above: 0, to: 1 }), 'a list of numbers above 0 and up to 1'),
    'Shares of train of the label-efficiency suite (default 0.01, 0.1, 1)',
  ),
  corruptions: option(
    list(oneOf(allCorruptions), 'a list of corruptions of ImageNet-C'),
    "Of the robustness suite (default: ImageNet-C's 15 and its 4 extra ones)",
  ),
  severities: option(
    list(integer({ from: 1, to: 5 }), 'a list of whole numbers from 1 to 5'),
    'Of the robustness suite (default 1, 2, 3, 4, 5)',
  ),
  groups: option(
    names('columns'),
    "Bias: columns of the manifest to judge by, several joined by + ('place+label'; default each with at most 50 values)",
  ),
  precision: option(
    oneOf(['fp32', 'bf16', 'fp16']),
    'Of the forward pass that everything is judged by (default fp32)',
  ),
  health: option(
    flag(),
    "The health of a probe's representation: rank, spread, neighbours, a map (default true)",
  ),
  thumbnails: option(flag(), 'Show mistakes and training views as pictures (default true)'),
  lists: option(
    names('paths'),
    'Files that list training pictures for the label-efficiency suite, one a line',
  ),
  shifts: option(
    list(
      group({ name: text(), source, classMap: z.record(z.string(), z.string()).optional() }),
      'a list of { name, source }',
    ),
    'Other data sets of the same classes, of which the loss of accuracy is told',
  ),
  realLabels: option(
    text('a path'),
    "ReaL's real.json: classes that are accepted for each of ImageNet's validation pictures",
  ),
  cueConflict: option(
    text('a path'),
    'Folder of cue-conflict pictures: SHAPE/…-TEXTURE2.png of 16 categories',
  ),
  threshold: option(
    number({ from: 0, to: 1 }),
    'Probability from which on a class is claimed, where pictures may have several labels (default 0.5)',
  ),
} satisfies Record<keyof EvaluateOptions, z.ZodType>
