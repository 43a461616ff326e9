/** Command lines -> options, and the help. */
import { helpText, optionsFromFlags, type CommandName } from '../../../lib/config'
import { commands } from '../../../lib/config/commands'
import { group } from '../../../lib/config/fields'
import { optionPaths } from '../../../lib/config/schema-paths'
import { errorOf, issuePaths } from './context'

const finetune = (line: string) => optionsFromFlags(line === '' ? [] : line.split(' '), 'finetune')

test('flags are spelled as options, nested by dots, lists by commas, freeze as JSON', () => {
  const freeze = '[{"from":0,"train":["head"]}]'
  const line = `--encoder x.pth --learningRate 1e-3 --augmentation.flip=0.25 --betas 0.9,0.95 --freeze ${freeze} --no-dropLast`
  expect(finetune(line)).toEqual({
    trainer: { encoder: 'x.pth' },
    recipe: {
      learningRate: 1e-3,
      augmentation: { flip: 0.25 },
      betas: [0.9, 0.95],
      freeze: [{ from: 0, train: ['head'] }],
      dropLast: false,
    },
    script: {},
    positional: [],
  })
})

test('--data is short for --data.train', () => {
  expect(finetune('--data a --data.validation none --data.test b').trainer).toEqual({
    data: { train: 'a', validation: 'none', test: 'b' },
  })
  expect(finetune('--data a,b --data.validation.fraction 0.2').trainer).toEqual({
    data: { train: ['a', 'b'], validation: { fraction: 0.2 } },
  })
  expect(finetune('--data {"train":"a"}').trainer).toEqual({ data: { train: 'a' } })
})

test('a word means what its option takes', () => {
  expect(finetune('--name 5').recipe).toEqual({ name: '5' })
  expect(finetune('--headInit zero').recipe).toEqual({ headInit: 'zero' })
  expect(finetune('--headInit 0.02').recipe).toEqual({ headInit: 0.02 })
  expect(finetune('--ema false').recipe).toEqual({ ema: false })
  expect(finetune('--data.classes cat').trainer).toEqual({ data: { classes: ['cat'] } })
  expect(finetune('--data 2024').trainer).toEqual({ data: { train: '2024' } })
})

test('a flag that may stand alone leaves the next word unless it fits', () => {
  const { recipe, positional } = optionsFromFlags(['--standardize', 'word', '--no-cache'], 'probe')
  expect({ recipe, positional }).toEqual({
    recipe: { standardize: true, cache: false },
    positional: ['word'],
  })
  expect(optionsFromFlags(['--standardize', 'false'], 'probe').recipe).toEqual({ standardize: false })
})

test('words that are no flags are kept in order, all of them after --', () => {
  const flags = optionsFromFlags(
    ['run', 'dir', '--csv', 'o.csv', '--topK', '3', '--', '--odd.jpg'],
    'predict',
  )
  expect(flags).toEqual({
    predict: { topK: 3 },
    load: {},
    script: { csv: 'o.csv' },
    positional: ['run', 'dir', '--odd.jpg'],
  })
})

test('unknown flags and values that do not fit are told together', () => {
  const line = '--learningrate 3 --classes a --learningRate -1 --epochs x --data.validation.fraction 2 --seed'
  const { code, message } = errorOf(() => finetune(line))
  expect(code).toBe('ERR_CONFIG')
  expect(message).toContain("Unknown flag '--learningrate', did you mean '--learningRate'?")
  expect(message).toContain("Unknown flag '--classes', did you mean '--data.classes'?")
  expect(message).toContain('Expected a number above 0 for --learningRate, got -1')
  expect(message).toContain("Expected a whole number of at least 1 for --epochs, got 'x'")
  expect(issuePaths(() => finetune(line))).toHaveLength(6)
})

test.each(['--epochs 1 --epochs 2', '--encoder x --encoder.from y', '--freeze [{', '--no-epochs'])(
  '%s is refused',
  (line) => {
    expect(errorOf(() => finetune(line)).code).toBe('ERR_CONFIG')
  },
)

test('no flag reaches a prototype', () => {
  for (const flag of ['--__proto__.x', '--constructor.prototype.x', '--classWeights.__proto__']) {
    expect(errorOf(() => finetune(`${flag} 1`)).code).toBe('ERR_CONFIG')
  }
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

test('help is given whatever else is wrong', () => {
  expect(optionsFromFlags(['--help', '--nonsense'], 'doctor').script).toEqual({ help: true })
  expect(optionsFromFlags(['-h'], 'inspect')).toMatchObject({ script: { help: true }, positional: [] })
})

test.each(Object.keys(commands) as CommandName[])(
  '%s: every option has a description, and the help fits 110 columns',
  (name) => {
    for (const { shape } of Object.values(commands[name].groups)) {
      for (const { path, description } of optionPaths(group(shape)))
        expect([path, description]).not.toEqual([path, ''])
    }
    const help = helpText(name)
    expect(help).toContain(commands[name].usage)
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110)
  },
)

test('help tells presets and options that work, and none that do not', () => {
  const help = helpText('finetune')
  for (const shown of [
    'demo-finetune',
    '--layerDecay N',
    '--[no-]dropLast',
    '--data.train',
    '--augmentation.randAugment',
    '--printConfig',
  ]) {
    expect(help).toContain(shown)
  }
  for (const hidden of ['signal', 'onEvent']) expect(help).not.toContain(hidden)
  expect(helpText('probe')).toContain('--sweep.learningRates')
  expect(helpText('evaluate')).toContain('--cueConflict')
})
