/** The npm scripts as people run them: child processes on a small part of the demo's photographs. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = join(__dirname, '..', '..')
const encoder = join(root, 'demo', 'encoder.safetensors')
const images = join(root, 'test', 'fixtures', 'golden', 'images')
const trainer = [
  ...[
    '--encoder',
    encoder,
    '--data',
    join(root, 'demo', 'photographs-train.tar'),
    '--data.subset.perClass',
    '8',
  ],
  ...['--data.validation', 'none', '--preprocessing.cropFraction', '1'],
]
const recipe = ['--batchSize', '16', '--warmupEpochs', '0']
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ijepa-scripts-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(script: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const file = join(root, 'scripts', `${script}.mjs`)
  return spawnSync(process.execPath, [file, ...args], { cwd: folder, encoding: 'utf8' })
}

/** Standard output of a run that has to succeed. */
function succeed(script: string, ...args: string[]): string {
  const { status, stdout, stderr } = run(script, ...args)
  if (status !== 0) throw new Error(`${script} ended with status ${status}:\n${stderr}`)
  return stdout
}

describe('flags', () => {
  test.each([
    ['probe', '--learningRate'],
    ['finetune', '--layerDecay'],
    ['evaluate', '--out'],
    ['report', '--compare'],
    ['predict', '--csv'],
    ['data', '--augmentation.randAugment'],
    ['inspect', '--deep'],
    ['cache', 'clear [KEY]'],
    ['doctor', '--help'],
  ])('%s --help lists %s', (script, option) => expect(succeed(script, '--help')).toContain(option))

  test.each([
    ['an unknown flag', ['finetune', '--epoch', '3'], /^ERR_CONFIG: Unknown flag '--epoch'.*epochs.*\n$/],
    ['no data', ['probe', '--encoder', encoder], /^ERR_CONFIG: .*data.*\n$/],
    ['a value out of range', ['probe', ...trainer, '--epochs', '0'], /^ERR_CONFIG: .*epochs.*\n$/],
    [
      'an encoder that is not there',
      ['probe', '--encoder', 'no.pth.tar', ...trainer.slice(2)],
      /^ERR_FILE: .*no\.pth\.tar.*\n$/,
    ],
    ['a run that is not there', ['evaluate', 'runs/none'], /^ERR_FILE: .*none.*\n$/],
    [
      'a changed option of a resumed run',
      ['probe', '--resume', 'x', '--epochs', '3'],
      /^ERR_CONFIG: .*epochs.*\n$/,
    ],
    ['no run', ['evaluate'], /^ERR_CONFIG: .*\n$/],
    ['no report', ['report'], /^ERR_CONFIG: .*\n$/],
    ['a folder without a report', ['report', images], /^ERR_FILE: .*npm run evaluate -- .*images\n$/],
    ['no folder to show', ['data', 'show'], /^ERR_CONFIG: .*show.*\n$/],
    ['an unknown verb', ['data', 'shuffle', '.'], /^ERR_CONFIG: .*show.*\n$/],
    [
      'a checkpoint that is none',
      ['inspect', join(images, 'flower.jpg')],
      /^ERR_CHECKPOINT_FORMAT: .*flower\.jpg.*\n$/,
    ],
  ])('%s is one line with a code, and exit status 1', (_, [script = '', ...args], line) => {
    const { status, stdout, stderr } = run(script, ...args)
    expect(stderr).toMatch(line)
    expect(stdout).not.toContain('    at ')
    expect(status).toBe(1)
  })

  test('--printConfig prints the resolved configuration as JSON and makes no run', () => {
    const config = JSON.parse(succeed('finetune', ...trainer, '--epochs', '7', '--printConfig')) as {
      recipe: Record<string, unknown>
    }
    expect(config.recipe).toMatchObject({ epochs: 7, layerDecay: 0.75, optimizer: 'adamw' })
    expect(existsSync(join(folder, 'runs'))).toBe(false)
  })
})

test('inspect tells the architecture from the header', () => {
  const stdout = succeed('inspect', encoder)
  expect(stdout).toMatch(/embedDim":128/)
  expect(stdout).toMatch(/^patchSize +4$/m)
})

test('cache lists the kept features, and clears them', () => {
  const kept = mkdtempSync(join(folder, 'features-'))
  const cache = (...args: string[]) => {
    const env = { ...process.env, IJEPA_FEATURE_CACHE: kept }
    const command = [join(root, 'scripts', 'cache.mjs'), ...args]
    return spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8', env })
  }
  expect(cache().stdout).toBe('No features are kept.\n')
  const key = '0123456789abcdef'.repeat(2)
  mkdirSync(join(kept, key))
  writeFileSync(join(kept, key, 'part-00000.features'), Buffer.alloc(2e6))
  expect(cache('list').stdout).toMatch(new RegExp(`${key} +2\\.0 +20`))
  expect(cache('clear', 'x')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^ERR_ARGUMENT: /) as string,
  })
  expect(cache('drop')).toMatchObject({ status: 1, stderr: expect.stringMatching(/^ERR_CONFIG: /) as string })
  expect(cache('clear', key).stdout).toBe('No features are kept.\n')
  expect(existsSync(join(kept, key))).toBe(false)
})

test('doctor finds nothing missing where these tests run', () => {
  expect(succeed('doctor')).toMatch(/^ok +LibTorch/m)
})

test('finetune --findLearningRate suggests one, draws the curve and makes no run', () => {
  const flags = [...trainer, ...recipe, '--findLearningRate', 'rates.svg', '--directory', 'no-runs']
  expect(succeed('finetune', ...flags)).toMatch(/^rates\.svg\n--learningRate \S*\d\S*\n$/)
  expect(readFileSync(join(folder, 'rates.svg'), 'utf8')).toContain('>learning rate</text>')
  expect(existsSync(join(folder, 'no-runs'))).toBe(false)
}, 120_000)

test.each(['finetune', 'probe'])(
  '%s --estimate says what a run would take and makes none',
  (script) => {
    const stdout = succeed(script, ...trainer, ...recipe, '--estimate', '--directory', 'no-runs')
    expect(stdout).toMatch(/^duration +[\d:]+\nmemory +[\d.]+ GB\nspeed +[\d.]+ images\/s\nbatchSize +16\n$/)
    expect(existsSync(join(folder, 'no-runs'))).toBe(false)
  },
  120_000,
)

test('data show writes a sheet, and never over another', () => {
  const photographs = join(root, 'demo', 'photographs-train.tar')
  const flags = ['--imageSize', '32', '--pictures', '10', '--views', '2', '--preset', 'mae-base']
  expect(succeed('data', 'show', photographs, ...flags)).toBe('contact-sheet.html\n')
  expect(succeed('data', 'show', photographs, ...flags)).toBe('contact-sheet-2.html\n')
  const page = readFileSync(join(folder, 'contact-sheet.html'), 'utf8')
  expect(page.match(/<img\s/g)).toHaveLength(10 * 3)
  expect(page).toContain('automobile')
  expect(readFileSync(join(folder, 'contact-sheet-2.html'), 'utf8')).toBe(page)
})

describe('probe, evaluate, predict', () => {
  let run1: string

  beforeAll(() => {
    const file = join(root, 'scripts', 'probe.mjs')
    const args = [
      file,
      ...trainer,
      '--epochs',
      '5',
      '--data.test',
      join(root, 'demo', 'photographs-test.tar'),
    ]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    run1 = join(folder, 'runs', 'linear-probe')
    expect(stdout).toContain('npm run evaluate -- runs/linear-probe')
    expect(stdout).toMatch(/^10 classes +80 +1000$/m)
    expect(stderr).toMatch(/^epoch 5\/5 /m)
    expect(stderr).not.toMatch(/[\r\x1b]/)
  }, 120_000)

  test('evaluate needs the run alone, writes into it, and never over a report', () => {
    expect(succeed('evaluate', run1)).toContain(join(run1, 'report', 'report.html'))
    expect(succeed('evaluate', run1)).toContain(join(run1, 'report-2', 'report.html'))
    expect(readdirSync(join(run1, 'report'))).toEqual(expect.arrayContaining(['report.json', 'report.md']))
    const card = readFileSync(join(run1, 'checkpoints', 'best', 'README.md'), 'utf8')
    expect(card.match(/^model-index:$/gm)).toHaveLength(1)
    expect(card).toContain('On 1,000 images of the test split:')
  }, 120_000)

  test('several runs are evaluated side by side', () => {
    const out = join(folder, 'comparison')
    const stdout = succeed('evaluate', run1, run1, '--out', out)
    expect(stdout.match(/^\S*linear-probe\S* /gm)).toHaveLength(2)
    expect(existsSync(join(out, 'report.html'))).toBe(true)
  }, 120_000)

  test('report makes the same files again from report.json alone, and one table of many runs', () => {
    const report = join(run1, 'report')
    const made = (...parts: string[]) => readFileSync(join(...parts), 'utf8')
    const files = ['report.html', 'report.md', 'report.json', 'predictions.csv', 'plots/per-class.csv']
    const before = files.map((file) => made(report, file))
    for (const file of files.slice(0, 2)) rmSync(join(report, file))
    expect(succeed('report', report)).toContain(join(report, 'report.html'))
    expect(files.filter((file, i) => made(report, file) !== before[i])).toEqual([])

    const again = join(folder, 'runs', 'again')
    mkdirSync(again)
    copyFileSync(join(report, 'report.json'), join(again, 'report.json'))
    expect(succeed('report', again, '--out', join(folder, 'made'))).toContain(
      join(folder, 'made', 'report.html'),
    )
    expect(readdirSync(join(folder, 'made')).sort()).toEqual([
      'plots',
      'report.html',
      'report.json',
      'report.md',
    ])
    expect(made(folder, 'made', 'report.html')).toBe(before[0])

    const compared = run('report', run1, again, images, '--compare')
    expect(compared.stderr).toBe(`Left out: ${images} has no report yet: npm run evaluate -- ${images}\n`)
    expect(compared.stdout).toMatch(/^Judged on 1,000 images of the test split \(fingerprint [0-9a-f]{8}\)/m)
    expect(compared.stdout.match(/^linear-probe +linear probe /gm)).toHaveLength(1) // one run, two reports
    const table = join(folder, 'runs', 'compare')
    expect(compared.stdout).toContain(join(table, 'compare.html'))
    expect(readdirSync(table).sort()).toEqual(['compare.csv', 'compare.html', 'compare.md'])
  }, 120_000)

  test('predict takes folders, goes on after a bad picture, and says so at the end', () => {
    const photos = join(folder, 'photos')
    mkdirSync(join(photos, 'more, of them'), { recursive: true })
    copyFileSync(join(images, 'china.jpg'), join(photos, 'china.jpg'))
    copyFileSync(join(images, 'flower.jpg'), join(photos, 'more, of them', 'flower.png')) // endings do not count
    writeFileSync(join(photos, 'broken.jpg'), readFileSync(join(images, 'china.jpg')).subarray(0, 2000))
    const csv = join(folder, 'out.csv')
    const { status, stderr } = run('predict', run1, photos, '--csv', csv, '--topK', '2')
    expect(stderr).toBe('ERR_IMAGE_DECODE: 1 of 3 pictures could not be read\n')
    expect(status).toBe(1)
    const lines = readFileSync(csv, 'utf8').trimEnd().split('\n')
    expect(lines[0]).toBe('image,label_1,probability_1,label_2,probability_2,error')
    expect(lines).toHaveLength(4)
    expect(lines.find((line) => line.includes('broken.jpg'))).toMatch(/,,,,.*broken\.jpg/)
    expect(lines.find((line) => line.includes('flower'))).toMatch(
      /^"[^"]*more, of them[^"]*",\w+,0\.\d+,\w+,0\.\d+,$/,
    )
  }, 120_000)

  test('predict prints the best classes of one picture', () => {
    const stdout = succeed('predict', run1, join(images, 'flower.jpg'), '--topK', '3')
    expect(stdout).toMatch(/^(\w+ +\d+\.\d% +){3}.*flower\.jpg\n$/)
  })
})

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s saves the last whole step and exits with 130; --resume goes on to the end',
    async (signal) => {
      const directory = join(folder, signal)
      const child = start('finetune', ...trainer, ...recipe, '--epochs', '12', '--directory', directory)
      await firstEpoch(child)
      child.kill(signal)
      const [status] = (await once(child, 'exit')) as [number | null]
      expect(status).toBe(130)
      const run = join(directory, 'finetune')
      expect(existsSync(join(run, 'checkpoints', 'last', 'state.safetensors'))).toBe(true)
      succeed('finetune', '--resume', run)
      const metrics = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n')
      const epochs = metrics.map((line) => JSON.parse(line) as { type: string; epoch: number })
      expect(epochs.filter(({ type }) => type === 'epoch').map(({ epoch }) => epoch)).toEqual([
        ...Array(12).keys(),
      ])
    },
    120_000,
  )

  test('the echo of a Ctrl+C through npm is no second signal: the run is saved', async () => {
    const child = start(
      'finetune',
      ...trainer,
      ...recipe,
      '--epochs',
      '200',
      '--directory',
      join(folder, 'echo'),
    )
    await firstEpoch(child)
    child.kill('SIGSTOP') // so that both have arrived when it wakes
    child.kill('SIGINT')
    child.kill('SIGTERM')
    child.kill('SIGCONT')
    expect(await once(child, 'exit')).toEqual([130, null])
    expect(existsSync(join(folder, 'echo', 'finetune', 'checkpoints', 'last', 'state.safetensors'))).toBe(
      true,
    )
  }, 60_000)

  test('a second signal exits at once, whatever is being saved', async () => {
    const program = join(folder, 'stuck.mjs')
    const commandLine = pathToFileURL(join(root, 'scripts', 'command-line.mjs')).href
    writeFileSync(
      program,
      `import { runScript } from ${JSON.stringify(commandLine)}
       await runScript(() => new Promise((resolve) => { console.log('ready'); setTimeout(resolve, 600_000) }))`,
    )
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(child.exitCode).toBeNull()
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([130, null])
  }, 20_000)
})

function start(script: string, ...args: string[]): ChildProcess {
  const file = join(root, 'scripts', `${script}.mjs`)
  return spawn(process.execPath, [file, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Resolves at the first epoch's line; keeps reading, so that the child can go on writing. */
function firstEpoch(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (chunk) => {
      text += String(chunk)
      if (/^epoch /m.test(text)) resolve()
    })
    child.once('exit', () => reject(new Error(`ended before its first epoch:\n${text}`)))
  })
}
