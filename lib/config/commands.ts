/** The commands of the scripts: what each takes, from the same schemas as the API. */
import { z } from 'zod'
import type { CommandName } from './command-flags'
import { contactSheetShape } from './contact-sheet'
import { evaluateShape } from './evaluate-schema'
import { flag, group, integer, oneOf, option, text } from './fields'
import { finetunePresets, linearProbePresets, type Preset } from './presets'
import { finetuneShape, linearProbeShape } from './recipe-schema'
import { repeatedShape } from './resolve-repetition'
import { dataShape, device, preprocessing, trainerShape } from './trainer-schema'

export interface Command {
  readonly summary: string
  readonly usage: string
  readonly groups: Readonly<Record<string, FlagGroup>>
  readonly presets?: Readonly<Record<string, Preset<unknown>>>
}

interface FlagGroup {
  readonly shape: z.ZodRawShape
  /** Flags without a value may be denied, as the API's options: --no-dropLast. */
  readonly isDeniable?: true
}

const help = option(flag(), 'This text')
const printConfig = option(flag(), 'Print the whole resolved configuration, and run nothing')
const profile = option(
  flag(),
  'Print at the end where the time went, and write it into the folder as profile.json',
)
const findLearningRate = option(
  z.union([flag(), text('a path')], { error: 'true or a path' }),
  'Train a copy for some updates at rising rates, suggest one, draw the curve into this file (learning-rate.svg, numbered), and run nothing else',
)
const estimate = option(
  flag(),
  'Tell how long the run would take and how much memory, from a few real updates, and run nothing else',
)
const resume = option(text('a path'), 'Go on with the stopped run in this folder; no other flag is needed')
const openData = { ...dataShape, train: option(dataShape.train, 'Pictures to train on') }

export const commands: Readonly<Record<CommandName, Command>> = {
  probe: {
    summary: 'Trains a linear classifier on the features of a frozen I-JEPA encoder.',
    usage: 'npm run probe -- --encoder ENCODER --data DIR [options]',
    groups: {
      trainer: { isDeniable: true, shape: trainerShape },
      recipe: { isDeniable: true, shape: linearProbeShape },
      script: { shape: { ...repeatedShape, resume, printConfig, estimate, profile, help } },
    },
    presets: linearProbePresets,
  },
  finetune: {
    summary: 'Trains an I-JEPA encoder, all or part of it, with a linear classifier.',
    usage: 'npm run finetune -- --encoder ENCODER --data DIR [options]',
    groups: {
      trainer: { isDeniable: true, shape: trainerShape },
      recipe: { isDeniable: true, shape: finetuneShape },
      script: {
        shape: { ...repeatedShape, resume, printConfig, estimate, findLearningRate, profile, help },
      },
    },
    presets: finetunePresets,
  },
  evaluate: {
    summary: 'Evaluates runs, side by side, and writes a report.',
    usage: 'npm run evaluate -- RUN [RUN …] [options]',
    groups: {
      evaluate: { isDeniable: true, shape: evaluateShape },
      open: {
        isDeniable: true,
        shape: {
          data: option(group(openData), "In place of the run's pictures"),
          device: trainerShape.device,
        },
      },
      script: {
        shape: {
          out: option(
            text('a path'),
            'Folder of the report (default: in RUN; with several, directory/report)',
          ),
          profile,
          help,
        },
      },
    },
  },
  report: {
    summary: 'Makes reports again from their report.json alone, or puts many runs into one table.',
    usage: 'npm run report -- RUN [RUN …] [options], each the folder of a run or report, or a report.json',
    groups: {
      script: {
        shape: {
          compare: option(
            flag(),
            'One table of all the runs, the best first: compare.html, compare.md and compare.csv',
          ),
          out: option(
            text('a path'),
            'Folder to write into (default: of one report its own; of several directory/report, numbered; of a table directory/compare, numbered)',
          ),
          help,
        },
      },
    },
  },
  predict: {
    summary: 'Predicts the classes of pictures with a trained classifier.',
    usage: 'npm run predict -- RUN PICTURE|DIR [PICTURE|DIR …] [options]',
    groups: {
      predict: {
        shape: {
          topK: option(
            integer({ from: 1 }),
            'Predictions for a picture, best first (default: 5, or all classes)',
          ),
          batchSize: option(integer({ from: 1 }), 'Pictures computed at a time'),
          calibrated: option(flag(), 'Probabilities by the temperature that was fitted on held-out pictures'),
        },
      },
      load: {
        shape: {
          device: option(device, "'cpu', 'cuda', 'cuda:N' or 'auto' (default)"),
          precision: option(oneOf(['fp32', 'bf16', 'fp16']), 'Of the forward pass (default fp32)'),
          threads: option(
            integer({ from: 1, to: 1024 }),
            'Threads (default: the processors that are granted)',
          ),
          preprocessing: option(preprocessing, "In place of the classifier's own"),
          verify: option(flag(), 'Check the classifier against its stored logits first'),
        },
      },
      script: {
        shape: {
          csv: option(text('a path'), 'Write the predictions to this file'),
          explain: option(
            text('a path'),
            'Write a page of what the answers for some pictures rest on to this file (.html)',
          ),
          help,
        },
      },
    },
  },
  data: {
    summary:
      'Shows what a model will see of pictures: as they are evaluated, and as fine-tuning changes them.',
    usage: 'npm run data -- show DIR [options]',
    groups: {
      show: { shape: contactSheetShape },
      script: {
        shape: {
          out: option(
            text('a path'),
            'File, by its ending a page with names (.html) or one picture (.jpg, .png) (default contact-sheet.html, numbered)',
          ),
          help,
        },
      },
    },
  },
  inspect: {
    summary: 'Says what a checkpoint holds.',
    usage: 'npm run inspect -- CHECKPOINT [options]',
    groups: {
      inspect: { shape: { deep: option(flag(), 'Read the weights too: norms, NaN, differences') } },
      script: { shape: { help } },
    },
  },
  cache: {
    summary: 'Lists the features that are kept on the disk, or clears one entry or all.',
    usage: 'npm run cache | npm run cache -- clear [KEY]',
    groups: { script: { shape: { help } } },
  },
  doctor: {
    summary: 'Checks what this machine has of what is needed, and says what to do.',
    usage: 'npm run doctor',
    groups: { script: { shape: { help } } },
  },
}
