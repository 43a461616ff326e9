import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020'
import type { Analysis } from '../../../lib/metrics'
import {
  buildReport,
  createReport,
  loadReport,
  modelCard,
  withResults,
  type ReportInput,
} from '../../../lib/report'
import {
  labelSetInput,
  sampleInput,
  samplePicture,
  sampleRobustness,
  sampleSensitivity,
  withoutScript,
} from './sample'

const schema = JSON.parse(readFileSync(join(__dirname, '../../../lib/report/report.schema.json'), 'utf8'))
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema)
const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'a|b`*_[c](http://evil.example)',
  'it\'s, "q"',
]
const picture = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'report-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})
const read = (...parts: string[]): string => readFileSync(join(directory, ...parts), 'utf8')

describe('report.json', () => {
  test('fits its schema', () => {
    validate(JSON.parse(JSON.stringify(buildReport(sampleInput({ thumbnail: picture })))))
    expect(validate.errors).toBeNull()
  })

  test('has the freezing schedule where there is one, and the pages show it', async () => {
    const input = sampleInput({ perClass: 5 })
    const freezing = ['epoch  0', 'head   ██', '<i> `x`']
    const report = createReport({
      ...input,
      runs: input.runs.map((run, i) => (i ? { ...run, freezing } : run)),
    })
    expect(validate(JSON.parse(JSON.stringify(report.data)))).toBe(true)
    const page = await report.toHtml()
    expect(page.match(/What trained, by epoch/g)).toHaveLength(1)
    expect(page).toContain('head   ██\n&lt;i&gt;')
    expect(await report.toMarkdown()).toContain('\n\n    epoch  0\n    head   ██\n    <i> `x`\n\n')
  })

  test('has views of training pictures where there are any, and the page shows them', async () => {
    const input = sampleInput({ perClass: 5 })
    const without = createReport(input)
    expect(await without.toHtml()).not.toContain('id="views"')
    const views = [{ file: '<i>.jpg', label: 3, pictures: [picture, picture, picture] }]
    const config = { ...input.runs[1]!.config, mixup: 0, cutmix: 1 }
    const report = createReport({
      ...input,
      runs: input.runs.map((run, i) => (i ? { ...run, config, views } : run)),
    })
    expect(validate(JSON.parse(JSON.stringify(report.data)))).toBe(true)
    const page = await report.toHtml()
    const section = page.slice(page.indexOf('id="views"'), page.indexOf('id="classes"'))
    expect(page).toContain('href="#views"')
    expect(section.match(/<img\s/g)).toHaveLength(3)
    expect(section).toContain('alt="cat, training view 2"')
    expect(section).toContain('&lt;i&gt;.jpg')
    expect(section).toContain('cutmix then mixes')
    expect(await report.toMarkdown()).not.toContain('<i>')
  })

  test('has the accuracy without images that were trained on, and every page says it', async () => {
    const input = sampleInput({ perClass: 5 })
    const names = ['test/<b>.jpg', 'test/2.jpg']
    const others = { value: 0.375, low: 0.25, high: 0.5, method: 'wilson' as const }
    const leaked = { value: 1, low: 0.34, high: 1, method: 'wilson' as const }
    const reportOf = (found: readonly string[], withoutLeaked?: typeof own) =>
      createReport({
        ...input,
        split: { ...input.split, leaked: { names: found, comparedBy: 'content' } },
        runs: input.runs.map((run, i) => (i || !withoutLeaked ? run : { ...run, withoutLeaked })),
      })
    const own: { others: typeof others | null; leaked: typeof leaked | null } = { others, leaked }
    const report = reportOf(names, own)
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    const page = await report.toHtml()
    const said =
      '2 of the 50 test images are in training as well; without them top-1 of linear-probe is 37.5\u00a0% (95 % interval 25.0 – 50.0\u00a0%; 100.0\u00a0% of the 2).'
    expect(report.data.concerns[0]).toBe(said)
    expect(page).toContain(said)
    expect(page).toContain('test/&lt;b&gt;.jpg')
    const note = 'without the 2 images that are in training as well: 37.5\u00a0% (25.0 – 50.0\u00a0%)'
    expect(page).toContain(note)
    expect(await report.toMarkdown()).toContain(`**linear-probe: ${note.replaceAll('\u00a0', ' ')}.**`)
    await report.save(directory)
    expect(await (await loadReport(directory)).toHtml()).toBe(page)

    const clean = await reportOf([]).toHtml()
    expect(clean).toContain('none, compared by their bytes')
    expect(clean).not.toContain('in training as well;')
    const unknown = reportOf(['one.jpg']).data.concerns[0]
    expect(unknown).toBe('1 of the 50 test images is in training as well.')
    const all = Array.from({ length: 50 }, (_, i) => `${i}.jpg`)
    expect(reportOf(all, { others: null, leaked }).data.concerns[0]).toContain(
      'All 50 test images are in training',
    )
    expect(reportOf(['1.jpg'], { others, leaked: null }).data.concerns[0]).toContain(
      'without it top-1 of linear-probe is 37.5\u00a0% (95 % interval 25.0 – 50.0\u00a0%).',
    )
  })

  test('has accuracy by reassessed labels where they were given, beside that by the original ones', async () => {
    const input = sampleInput({ perClass: 5 })
    const realLabels = {
      ...{ file: 'real.json', images: 48, leftOut: 2, onlyReal: 6, onlyLabel: 1 },
      top1: { value: 0.5, low: 0.4, high: 0.6, method: 'wilson' as const },
      reference: { value: 0.375, low: 0.25, high: 0.5, method: 'wilson' as const },
    }
    const runs = input.runs.map((run, i) => (i ? run : { ...run, realLabels }))
    const report = createReport({ ...input, runs })
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    const page = await report.toHtml()
    expect(page).toContain('href="#real-labels"')
    expect(page).toContain(
      'By reassessed labels (ReaL) linear-probe has 50.0\u00a0% right (95 % interval 40.0 – 60.0\u00a0%), by the original ones of the same 48 images 37.5\u00a0%.',
    )
    const detail =
      'Decisions of linear-probe that the original label calls wrong and these accept: 6; the other way round: 1.'
    expect(page).toContain(detail)
    expect(page).toContain('Left out: 2 images for which no class was found right.')
    expect(await report.toMarkdown()).toContain(detail)
    await report.save(directory)
    expect(read('plots', 'real-labels.csv').split('\n')[1]).toBe(
      'linear-probe,48,2,0.5,0.4,0.6,0.375,0.25,0.5,6,1',
    )
    expect(await (await loadReport(directory)).toHtml()).toBe(page)
    expect(await createReport(input).toHtml()).not.toContain('id="real-labels"')
  })

  test('has the images that cost the most, with label, answer, loss and probabilities', async () => {
    const input = sampleInput({ perClass: 5, thumbnail: picture })
    const report = createReport(input)
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    const { topLosses } = report.data.runs[0]!
    const [first] = topLosses!
    expect(topLosses).toHaveLength(12)
    const page = await report.toHtml()
    expect(page).toContain('href="#losses"')
    const section = page.slice(page.indexOf('id="losses"'), page.indexOf('id="label-issues"'))
    expect(section.match(/<img\s/g)).toHaveLength(24)
    const { classes } = report.data.data
    const label = classes[first!.labels[0]!]
    const said = `${classes[first!.predicted[0]!.class]} ${(100 * first!.predicted[0]!.probability).toFixed(0)}\u00a0%`
    expect(section).toContain(`alt="Image of ${label}, said to be ${said}"`)
    expect(section).toContain(`is ${label} (${(100 * Math.exp(-first!.loss)).toFixed(1)}\u00a0%)<br />`)
    expect(section).toContain(`loss ${first!.loss.toFixed(2)}`)
    expect(await report.toMarkdown()).toContain(`(loss ${first!.loss.toFixed(2)}): ${first!.file}`)

    const { thumbnails: _, ...bare } = input.runs[0]!
    const without = await createReport({ ...input, runs: [bare], comparisons: [] }).toHtml()
    expect(without).toContain('id="losses"')
    expect(without.slice(without.indexOf('id="losses"'))).not.toMatch(/<img\s/)
  })

  test('has errors under corruptions where they were measured, and the pages show them', async () => {
    const input = sampleInput({ perClass: 5 })
    const robustness = sampleRobustness(picture)
    const runs = input.runs.map((run, i) => (i ? run : { ...run, robustness }))
    const report = createReport({ ...input, runs })
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    const page = await report.toHtml()
    expect(page).toContain('href="#robustness"')
    expect(page).toContain(
      'linear-probe is wrong for 40.0\u00a0% of the images as they are and for 65.0\u00a0% under 2 corruptions (95 % interval 63.0 – 67.0\u00a0%): 25.0 points more. Worst: fog (70\u00a0%); least: JPEG compression (60\u00a0%).',
    )
    expect(page).toContain('alt="under spatter"')
    expect(page).toContain('mCE 85.0 (95 % interval 83.0 – 87.0)')
    expect(await report.toMarkdown()).toContain('| JPEG compression | 60.0')
    const { robustness: _, ...without } = runs[0]!
    expect(await createReport({ ...input, runs: [without], comparisons: [] }).toHtml()).not.toContain(
      'id="robustness"',
    )
    await report.save(directory)
    expect(read('plots', 'robustness.csv').split('\n')).toEqual(
      expect.arrayContaining(['linear-probe,fog,3,0.7,0.68,0.72', 'linear-probe,mCE,mean,0.85,0.83,0.87']),
    )
    expect(await (await loadReport(directory)).toHtml()).toBe(page)
  })

  test('has what the decisions change with, in words that claim nothing where an interval includes none', async () => {
    const input = sampleInput({ perClass: 5 })
    const sensitivity = sampleSensitivity(picture)
    const withOne = (own: typeof sensitivity) => ({
      ...input,
      runs: input.runs.map((run, i) => (i ? run : { ...run, sensitivity: own })),
    })
    const report = createReport(withOne(sensitivity))
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    const page = await report.toHtml()
    expect(page).toContain('href="#sensitivity"')
    expect(page).toContain(
      'linear-probe leans most on colour: in grey or with the hue turned, 60.0\u00a0% (95 % interval 55.0 – 65.0\u00a0%) of its decisions are others, 35.0 points more than mirrored, which comes next (95 % interval 30.0 to 40.0).',
    )
    expect(page).toContain('points are lost: in grey (25.0, 95 % interval 20.0 to 30.0).')
    expect(page).toContain('Points are won: hue turned by 180° (12.5, 95 % interval 7.5 to 17.5).')
    expect(page).toContain('Of 1 other change the interval includes no loss')
    expect(page).toContain('alt="Mirrored"')
    expect(await report.toMarkdown()).toContain('| In grey | 50.0')
    await report.save(directory)
    expect(read('plots', 'sensitivity.csv').split('\n')).toContain(
      'linear-probe,sides,flip,1,0.25,0.2,0.3,0.01,-0.04,0.06,0.59,0.54,0.64',
    )
    expect(await (await loadReport(directory)).toHtml()).toBe(page)

    const unclear = { ...sensitivity, lean: { ...sensitivity.lean!, isClear: false } }
    const unsure = await createReport(withOne(unclear)).toMarkdown()
    expect(unsure).not.toContain('leans most on')
    expect(unsure).toContain('cannot be told from these images')
  })

  test('has calibration with a temperature where one is stored, and the pages say what it was fitted on', async () => {
    const temperature = { value: 0.5, samples: 1200, fittedOn: 'train' as const }
    const report = createReport(sampleInput({ perClass: 20, temperature }))
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    const { scores, calibrated } = report.data.runs[0]!
    expect(calibrated).toMatchObject({ temperature: 0.5, fittedImages: 1200, judgedBy: 'stored' })
    const [before, after] = [scores.ece!.value, calibrated!.ece].map((value) => (100 * value).toFixed(1))
    const said =
      /With its temperature of 0\.500, fitted on 1,200 held-out training images, with a head that was trained on the others, linear-probe is [\d.]+.% sure on average; ECE ([\d.]+).% in place of ([\d.]+).%, NLL/
    const page = await report.toHtml()
    for (const text of [page, await report.toMarkdown()]) {
      expect(said.exec(text)?.slice(1)).toEqual([after, before])
    }
    expect(page).toContain('linear-probe, with temperature')
    expect(withoutScript(page)).not.toMatch(/NaN|undefined/)
    await report.save(directory)
    expect(read('plots', 'reliability.csv')).toMatch(/^run,temperature,lower,.*\nlinear-probe,1,0,/)
    expect(read('plots', 'reliability.csv')).toContain('\nlinear-probe,0.5,')
    expect(await (await loadReport(directory)).toHtml()).toBe(page)
    expect(await createReport(sampleInput({ perClass: 20 })).toHtml()).not.toContain('temperature of')
  })

  test('has what other data sets cost, and the pages show it', async () => {
    const input = sampleInput({ perClass: 5 })
    const rate = (value: number) => ({
      value,
      low: value - 0.1,
      high: value + 0.1,
      method: 'wilson' as const,
    })
    const shift = {
      ...{ name: hostile[0]!, classes: 4, images: 120, skipped: 1, top1: rate(0.25) },
      ...{ reference: { images: 20, top1: rate(0.5) }, gap: { value: 0.25, low: 0.125, high: 0.375 } },
    }
    const report = createReport({ ...input, runs: input.runs.map((run) => ({ ...run, shifts: [shift] })) })
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    const page = await report.toHtml()
    expect(page).toContain('href="#shifts"')
    expect(page).toContain(
      'right among its 4 classes alone, and 50.0\u00a0% of the test images of the same classes: 25.0 points less (95 % interval 12.5 to 37.5). 1 file could not be read.',
    )
    expect(page).not.toContain(hostile[0])
    expect(await report.toMarkdown()).toContain('## Other data sets')
    await report.save(directory)
    expect(read('plots', 'shifts.csv')).toContain(',4,120,0.25,')
    expect(await (await loadReport(directory)).toHtml()).toBe(page)
  })

  test('has runs of one recipe with mean and deviation, and the pages say what folds are not', async () => {
    const input = sampleInput({ perClass: 5 })
    const [run] = input.runs
    const { scores } = run!.analysis
    const member = { directory: 'runs/x', seed: 0, history: run!.history, best: run!.best!, scores }
    const runs = hostile.slice(0, 2).map((name) => ({ ...member, name }))
    const spread = { top1: { mean: 0.5, deviation: 0.01, low: 0.41, high: 0.59 } }
    const repetitions = (['seeds', 'folds'] as const).map((over) => ({
      ...{ over, name: `finetune-${over}`, of: 2 },
      ...{ runs, scores: spread },
    }))
    const report = createReport({ ...input, repetitions })
    expect(validate(JSON.parse(JSON.stringify(report.data)))).toBe(true)
    const page = await report.toHtml()
    expect(page).toContain('finetune-seeds: Top-1 50.0\u00a0% ± 1.0 (mean and deviation over 2 seeds).')
    expect(page).toContain(
      'finetune-folds: Top-1 50.0\u00a0% in the mean of 2 folds (95 % t-interval 41.0 to 59.0',
    )
    expect(page).toContain('href="#repetitions"')
    expect(page).not.toContain(hostile[0])
    expect(report.data.concerns.join()).toContain('Bengio and Grandvalet')
    expect(await report.toMarkdown()).toContain('## finetune-folds')
    await report.save(directory)
    const table = read('plots', 'repetitions.csv').split('\n')
    expect(table).toContain('finetune-folds,folds,mean,top1,0.5,0.01,0.41,0.59')
    const again = await loadReport(directory)
    expect(await again.toHtml()).toBe(page)
  })

  test('writes a loss that is not finite as null, and the page says so', async () => {
    const input = sampleInput({ perClass: 5 })
    const [run] = input.runs
    const history = [{ ...run!.history[0]!, train: { loss: NaN }, validation: undefined }]
    const report = createReport({ ...input, runs: [{ ...run!, history }], comparisons: [] })
    expect(report.data.runs[0]!.history[0]).toMatchObject({ train: { loss: null }, validation: null })
    expect(validate(JSON.parse(JSON.stringify(report.data)))).toBe(true)
    expect(await report.toHtml()).toContain('from a value that is not finite')
  })

  test('refuses a score that is not finite', () => {
    const input = sampleInput({ perClass: 5 })
    const [run] = input.runs
    const analysis = run!.analysis as Analysis
    const scores = { ...analysis.scores, nll: NaN }
    const broken = { ...input, runs: [{ ...run!, analysis: { ...analysis, scores } }] }
    expect(() => buildReport(broken)).toThrow(expect.objectContaining({ code: 'ERR_NOT_FINITE' }))
  })

  test.each<[string, (input: ReportInput) => ReportInput]>([
    ['no runs', (input) => ({ ...input, runs: [] })],
    ['too few files', (input) => ({ ...input, runs: [{ ...input.runs[0]!, files: [] }] })],
    ['other classes', (input) => ({ ...input, data: { ...input.data, classes: ['a'] } })],
  ])('refuses %s', (_, change) => {
    const input = change(sampleInput({ perClass: 5 }))
    expect(() => buildReport(input)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
  })

  test('the schema refuses what is no report', () => {
    const data = JSON.parse(JSON.stringify(buildReport(sampleInput({ perClass: 5 }))))
    for (const change of [{ formatVersion: 2 }, { runs: [] }, { extra: 1 }, { comparisons: [{ p: null }] }]) {
      expect(validate({ ...data, ...change })).toBe(false)
    }
  })
})

describe('save and loadReport', () => {
  test('write every file, leave no temporary one, and a second rendering is identical to the first', async () => {
    await createReport(sampleInput({ thumbnail: picture })).save(directory)
    expect(readdirSync(directory).sort()).toEqual([
      'plots',
      'predictions.csv',
      'report.html',
      'report.json',
      'report.md',
    ])
    expect(readdirSync(join(directory, 'plots')).sort()).toEqual([
      'confusion.csv',
      'coverage.csv',
      'curves.csv',
      'per-class.csv',
      'reliability.csv',
      'scores.csv',
    ])
    const again = join(directory, 'again')
    await (await loadReport(directory)).save(again)
    for (const file of [
      'report.json',
      'report.html',
      'report.md',
      'predictions.csv',
      'plots/confusion.csv',
    ]) {
      expect([file, read('again', file) === read(file)]).toEqual([file, true])
    }
  })

  test('from report.json alone there is no predictions.csv', async () => {
    const report = createReport(sampleInput({ perClass: 5 }))
    writeFileSync(join(directory, 'report.json'), JSON.stringify(report.data))
    await (await loadReport(join(directory, 'report.json'))).save(join(directory, 'again'))
    expect(readdirSync(join(directory, 'again'))).not.toContain('predictions.csv')
  })

  test('predictions.csv has a row for every answer of every run, hostile names quoted', async () => {
    await createReport(sampleInput({ classes: hostile, perClass: 3 })).save(directory)
    const lines = read('predictions.csv').trimEnd().split('\n')
    expect(lines[0]).toBe(
      'run,file,label,predicted,probability,class2,probability2,class3,probability3,class4,probability4',
    )
    expect(lines).toHaveLength(1 + 2 * 12)
    expect(lines.join('\n')).toContain('"it\'s, ""q"""')
  })

  test('several reports become one, side by side, with each comparison on its own runs', async () => {
    const input = sampleInput({ perClass: 5 })
    await createReport(input).save(join(directory, 'a'))
    await createReport(input).save(join(directory, 'b'))
    const { data } = await loadReport([join(directory, 'a'), join(directory, 'b')])
    expect(data.runs).toHaveLength(4)
    expect(data.comparisons.map(({ first, second }) => [first, second])).toEqual([[0, 1], [2, 3]]) // prettier-ignore
  })

  test('reports on different classes are refused', async () => {
    await createReport(sampleInput({ perClass: 5 })).save(join(directory, 'a'))
    await createReport(sampleInput({ perClass: 5, classes: ['x', 'y'] })).save(join(directory, 'b'))
    await expect(loadReport([join(directory, 'a'), join(directory, 'b')])).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    })
  })

  test.each([
    ['nothing', undefined],
    ['no JSON', '{'],
    ['no report', '{"a":1}'],
    ['null', 'null'],
    ['a later version', '{"formatVersion":99,"runs":[]}'],
  ])('a file that holds %s is refused by name', async (_, text) => {
    const file = join(directory, 'report.json')
    if (text !== undefined) writeFileSync(file, text)
    await expect(loadReport(file)).rejects.toMatchObject({ code: 'ERR_FILE', details: { file } })
  })

  test('a folder that cannot be written is refused by name', async () => {
    writeFileSync(join(directory, 'taken'), '')
    const report = createReport(sampleInput({ perClass: 5 }))
    await expect(report.save(join(directory, 'taken'))).rejects.toMatchObject({ code: 'ERR_FILE' })
  })
})

describe('report.html', () => {
  test('asks for nothing outside itself and may run one script alone, which its policy names by hash', async () => {
    const whole = await createReport(sampleInput({ thumbnail: picture })).toHtml()
    const [, script = ''] = /<script>([^]*?)<\/script>/.exec(whole) ?? []
    const hash = createHash('sha256').update(script).digest('base64')
    expect(whole).toContain(`script-src 'sha256-${hash}'"`)
    const page = withoutScript(whole)
    expect(page).not.toMatch(/(src|href|srcset|action|poster|data)\s*=\s*["']?\s*(https?:)?\/\//i)
    expect(page).not.toMatch(/url\(\s*["']?(?!#)/i)
    expect(page).not.toMatch(/@import|<link|<script|<iframe|<object|<embed/i)
    expect(page).not.toMatch(/\son\w+\s*=/i)
    expect(page).toContain(`default-src 'none'`)
  })

  test('escapes names that are markup, in page, titles and plots', async () => {
    const input = sampleInput({ classes: hostile, perClass: 4 })
    const runs = input.runs.map((run) => ({
      ...run,
      name: `<b>${run.name}`,
      files: run.files.map(() => '<svg onload=x>'),
    }))
    const page = await createReport({ ...input, runs }).toHtml()
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page).not.toMatch(/<script>alert|<b>linear|<svg onload|<img src=x/)
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })

  test('has landmarks, captions, scopes and a text for every picture', async () => {
    const page = await createReport(sampleInput({ thumbnail: picture })).toHtml()
    for (const part of [
      '<html lang="en">',
      '<header>',
      '<main>',
      '<footer>',
      '<nav aria-label',
      '<caption>',
      'scope="row"',
    ]) {
      expect(page).toContain(part)
    }
    for (const [image] of page.matchAll(/<img[^>]*>/g))
      expect(image).toMatch(
        /alt="Image (of \w+, taken for|of \w+, said to be|labelled \w+, which looks like) \w+(\s\d+\s%)?"/,
      )
    for (const [head] of page.matchAll(/<th[ >][^>]*>/g)) expect(head).toContain('scope=')
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('says what was trained on what, the headline with its interval, and the difference with p', async () => {
    const report = createReport(sampleInput())
    const [probe] = report.data.runs
    const page = (await report.toHtml()).replaceAll('\u00a0', ' ')
    expect(page).toContain('target_encoder of demo/encoder.safetensors')
    expect(page).toContain(
      'Trained on 2,000 images of demo/photographs, judged on 1,000 images of the test split',
    )
    expect(page).toContain(`<b>${(100 * probe!.scores.top1!.value).toFixed(1)} %</b>`)
    expect(page).toMatch(/finetune is better than linear-probe by \d\.\d points of top-1 \(95 % interval/)
  })

  test('shows labels that are likely wrong, unless a weak classifier doubts too many of them', async () => {
    const strong = createReport(sampleInput({ thumbnail: picture, skills: [3] }))
    const { count, first } = strong.data.runs[0]!.labelIssues!
    expect(count).toBeGreaterThan(0)
    const page = await strong.toHtml()
    expect(page.match(/looks like <b>/g)).toHaveLength(first.length)
    expect(await strong.toMarkdown()).toContain(`Likely wrong labels, ${Math.min(10, count)} of ${count}:`)
    const weak = createReport(sampleInput({ thumbnail: picture, skills: [0.5] }))
    expect(await weak.toHtml()).toMatch(
      /linear-probe doubts \d+ of 1,000 labels: it is too weak to judge them/,
    )
    expect(await weak.toHtml()).not.toContain('which looks like')
    expect(await weak.toMarkdown()).toContain('it is too weak to judge them')
  })

  test('shows what was tried, and who chose', async () => {
    const candidates = [
      { learningRate: 1e-3, weightDecay: 0, loss: 1.5, top1: 0.25 },
      { learningRate: 1e-2, weightDecay: 0, loss: null, top1: 0.1 },
    ]
    const choice = { judgedBy: 'validation', trainedOn: 900, judgedOn: 100, candidates, chosen: 0 } as const
    const input = sampleInput()
    const report = createReport({
      ...input,
      runs: input.runs.map((run, i) => (i ? run : { ...run, choice })),
    })
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    const page = (await report.toHtml()).replaceAll('\u00a0', ' ')
    expect(page).toContain('the 100 validation images chose 0.001 and 0: their numbers are too good')
    expect(page).toContain('<b>25.0 %</b>, chosen')
    expect(page).toContain('<td>diverged</td>')
    expect(page).toContain('href="#choice"')
    expect(await createReport(input).toHtml()).not.toContain('href="#choice"')
  })

  test('draws averaged weights beside the raw ones, and says which is which', async () => {
    const input = sampleInput()
    const history = input.runs[1]!.history.map((epoch) => ({
      ...epoch,
      validation: { ...epoch.validation!, rawLoss: 2.5, rawTop1: 0.125 },
    }))
    const report = createReport({ ...input, runs: [input.runs[0]!, { ...input.runs[1]!, history }] })
    const page = await report.toHtml()
    for (const name of ['Loss', 'Top-1']) {
      expect(page).toContain(`${name}, validation, averaged weights</span>`)
      expect(page).toContain(
        `<span class="key dotted" style="--colour:var(--run-1)">${name}, validation, raw weights`,
      )
      expect(page).toContain(`${name}, validation</span>`) // of the probe, which has no averages
    }
    await report.save(directory)
    const [columns, ...rows] = read('plots', 'curves.csv').trim().split(/\r?\n/)
    expect(columns).toContain('rawValidationLoss,rawValidationTop1')
    expect(rows.filter((row) => row.includes(',2.5,0.125,'))).toHaveLength(history.length)
  })

  test('says so when two runs cannot be told apart', async () => {
    const page = await createReport(
      sampleInput({ perClass: 5, classes: ['x', 'y'], skills: [1, 1] }),
    ).toHtml()
    expect(page).toContain('cannot be told apart on these images')
  })

  test('stays below 5 MB with 1,000 classes, where a list stands in for the matrix', async () => {
    const classes = Array.from({ length: 1000 }, (_, c) => `class ${c}`)
    const report = createReport(
      sampleInput({ classes, samples: 200, thumbnail: new Uint8Array(16 * 1024), skills: [4, 5] }),
    )
    await report.save(directory)
    expect(statSync(join(directory, 'report.html')).size).toBeLessThan(5e6)
    expect(read('report.html')).toMatch(
      /1000 classes are too many for numbers\. In the picture classes that are taken for one another stand together: from [^<]+ to [^<]+, from above/,
    )
    expect(read('report.html')).toMatch(
      /<figure class="confused">\s*<img\s+src="data:image\/png;base64,[\w+/=]+"\s+width="1000"/,
    )
    expect(report.data.concerns.join()).toContain(
      'class 203, class 204 and 795 more: no test images, so not measured',
    )
  })

  test('leaves out a thumbnail that is too large, and all of them when none are given', async () => {
    const large = await createReport(sampleInput({ perClass: 5, thumbnail: samplePicture() })).toHtml()
    expect(large).not.toContain('<img')
    expect(await createReport(sampleInput({ perClass: 5 })).toHtml()).not.toContain('<img')
  })
})

describe('display', () => {
  afterEach(() => {
    delete (globalThis as { __tslab__?: unknown }).__tslab__
    jest.restoreAllMocks()
  })

  test('shows the first screen inside a notebook, escaped into a frame of its own', () => {
    const shown: string[] = []
    const tslab = { display: { html: (text: string) => shown.push(text) } }
    Object.assign(globalThis, { __tslab__: { require: () => tslab } })
    createReport(sampleInput({ classes: hostile, perClass: 4 })).display()
    expect(shown).toHaveLength(1)
    expect(shown[0]).toMatch(
      /^<iframe\s+title="Report"\s+sandbox=""\s+srcdoc="[^"<]*"\s+style="[^"<]*"\s*><\/iframe>$/,
    )
    expect(shown[0]).toContain('What to worry about')
  })

  test('writes the table of metrics elsewhere', () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true)
    createReport(sampleInput({ perClass: 5 })).display()
    expect(write.mock.calls.join()).toContain('| Top-1 | ')
  })
})

describe('what to worry about', () => {
  const concerns = (input: ReportInput): string => buildReport(input).concerns.join('\n')

  test('names the split that also chose the epoch', () => {
    const input = sampleInput({ perClass: 5, split: { name: 'validation', usedFor: ['the best epoch'] } })
    expect(concerns(input)).toContain('The validation images also chose the best epoch')
    expect(concerns(sampleInput({ perClass: 5 }))).not.toContain('also chose')
  })

  test('names classes with few images', () => {
    const found = concerns(sampleInput({ perClass: 3, classes: ['rose', 'tulip'], skills: [1, 1] }))
    expect(found).toContain('rose (3) and tulip (3)')
  })

  test('says what one seed leaves out, and what was skipped', () => {
    const input = sampleInput({ perClass: 5 })
    const found = concerns({
      ...input,
      data: { ...input.data, skipped: [{ file: 'a.jpg', reason: 'truncated' }] },
    })
    expect(found).toContain('trained once (seed 0)')
    expect(found).toContain('1 file could not be read and was left out')
  })
})

describe('report.md and the model card', () => {
  test('report.md holds the same numbers, with names that cannot act as markup', async () => {
    const markdown = await createReport(sampleInput({ classes: hostile, perClass: 4 })).toMarkdown()
    expect(markdown).toContain('| Top-1 |')
    expect(markdown).not.toMatch(/<script|(?<!\\)\|b`|(?<!\\)\]\(http/)
  })

  test('the card has its metadata, measured scores, licence and differences from Python', () => {
    const report = buildReport(sampleInput())
    const unmeasured = modelCard({
      name: 'flowers "x"',
      library: report.library,
      classes: report.data.classes,
      encoder: { source: 'IN1K-vit.h.14-300e.pth.tar', weights: 'target_encoder', parameters: 630_000_000 },
      encoderOrigin: 'released',
      training: { kind: 'finetune', images: 2000 },
      head: { pooling: 'norm_then_mean', features: 'last' },
      preprocessing: { cropFraction: 0.875 },
      alpha: 'white',
    })
    const card = withResults(unmeasured, report, 1)
    const front = card.split('---')[1]!
    expect(front).toContain('license: cc-by-nc-4.0')
    expect(front).toContain(`name: ${JSON.stringify(report.runs[1]!.name)}`)
    expect(front).toContain(`value: ${Number(report.runs[1]!.scores.top1!.value.toFixed(6))}`)
    for (const word of ['EXIF', 'alpha', '16-bit', 'CC BY-NC']) expect(card).toContain(word)
    expect(card).not.toContain('Not measured yet')
    expect(card).toMatch(/^On [\d,]+ images of the test split:$/m)
  })

  test('the card of a classifier that is measured again has the last results alone, and all else as it was', () => {
    const report = buildReport(sampleInput())
    const input = { name: 'm', library: report.library, classes: report.data.classes }
    const card = modelCard({
      ...input,
      encoder: { source: 'e', weights: 'random', parameters: 1000 },
      encoderOrigin: 'random',
      training: { kind: 'finetune', images: 10 },
      head: { pooling: 'norm_then_mean', features: 'last' },
      preprocessing: {},
      alpha: 'white',
    })
    const first = withResults(card, report, 0)
    expect(withResults(first, report, 1)).toBe(withResults(card, report, 1))
    expect(withResults(first, report, 1)).not.toBe(first)
    expect(first.slice(first.indexOf('## Use'))).toBe(card.slice(card.indexOf('## Use')))
  })

  test.each(['', '# A card of mine\n\n## How good it is\n\nVery.\n', '---\ntags: []\n---\n\n# Mine\n'])(
    'a card that somebody wrote stays as it is: %j',
    (card) => expect(withResults(card, buildReport(sampleInput()), 0)).toBe(card),
  )

  test('the card says how to have calibrated probabilities, here and in Python', () => {
    const report = buildReport(sampleInput({ perClass: 5 }))
    const input = {
      ...{
        name: 'm',
        library: report.library,
        classes: report.data.classes,
        encoderOrigin: 'random' as const,
      },
      encoder: { source: 'e', weights: 'random', parameters: 1000 },
      training: { kind: 'finetune' as const, images: 10 },
      head: { pooling: 'norm_then_mean', features: 'last' as const },
      ...{ preprocessing: {}, alpha: 'white' as const },
    }
    expect(modelCard(input)).not.toContain('Calibrated')
    const card = modelCard({ ...input, temperature: { value: 4 / 3, samples: 500, fittedOn: 'validation' } })
    expect(card).toContain('fitted on 500 validation images.')
    expect(card).toContain('`(logits / 1.33333).softmax(-1)`')
  })

  test('the card of an unmeasured classifier with an encoder of unknown origin claims neither', () => {
    const card = modelCard({
      name: 'm',
      library: { name: 'ijepa-classify', version: '0.1.0' },
      classes: ['a', 'b'],
      encoder: { source: 'mine.safetensors', weights: 'encoder', parameters: 1000 },
      encoderOrigin: 'unknown',
      training: { kind: 'linear-probe', images: 10 },
      head: { pooling: 'norm_then_mean', features: 'last4' },
      preprocessing: {},
      alpha: 'ignore',
    })
    expect(card).not.toContain('model-index')
    expect(card).toContain('license_name: see-encoder')
    expect(card).toContain('Not measured yet')
    expect(card).toContain('last four blocks, side by side, then one linear layer')
    expect(card).toContain('transformers has no class for this head')
  })
})

describe('images with several labels', () => {
  test('make a report that fits the schema, without what only one label has', async () => {
    const report = createReport(labelSetInput({ thumbnail: picture }))
    validate(JSON.parse(JSON.stringify(report.data)))
    expect(validate.errors).toBeNull()
    expect(report.data.evaluation.labels).toEqual({
      threshold: 0.5,
      perImage: expect.any(Number) as number,
      withoutLabels: expect.any(Number) as number,
    })
    const page = await report.toHtml()
    for (const id of ['scores', 'curves', 'classes', 'losses', 'how']) expect(page).toContain(`id="${id}"`)
    for (const id of ['confusion', 'calibration', 'coverage', 'mistakes', 'label-issues']) {
      expect([id, page.includes(`id="${id}"`), page.includes(`href="#${id}"`)]).toEqual([id, false, false])
    }
    expect(page).toContain('Each class is judged for itself, and claimed from a probability of 50\u00a0% on.')
    expect(page).toMatch(/>\s*Average precision\s*<\/th>/)
    expect(page).toMatch(
      /finetune is better than linear-probe by [\d.]+ points of mAP \(95 % interval [\d.]+ to [\d.]+ points, paired bootstrap\)/,
    )
    expect(withoutScript(page)).not.toMatch(/NaN|undefined|McNemar/)
    expect(page.match(/<img\s/g)?.length).toBe(report.data.runs.flatMap(({ topLosses }) => topLosses).length)
    const markdown = await report.toMarkdown()
    expect(markdown).toContain('Largest losses:')
    expect(markdown).not.toMatch(/NaN|undefined|confused/)
  })

  test('is the same again from report.json alone, with every answer in predictions.csv', async () => {
    const input = labelSetInput({ classes: hostile })
    const report = createReport(input)
    await report.save(directory)
    expect(readdirSync(join(directory, 'plots')).sort()).toEqual([
      'curves.csv',
      'per-class.csv',
      'scores.csv',
    ])
    expect(read('plots', 'curves.csv')).toMatch(/^run,epoch,trainLoss,trainMAP,validationLoss,validationMAP,/)
    expect(read('plots', 'per-class.csv')).toMatch(/,averagePrecision\n/)
    const lines = read('predictions.csv').trimEnd().split('\n')
    expect(lines).toHaveLength(1 + 2 * input.runs[0]!.files.length)
    expect(lines[0]).toBe(
      `run,file,labels,${hostile[0]},"""><img src=x onerror=alert(1)>",${hostile[2]},"it's, ""q"""`,
    )
    const again = await loadReport(directory)
    expect(await again.toHtml()).toBe(read('report.html'))
    expect(await again.toMarkdown()).toBe(read('report.md'))
    expect(read('report.html')).not.toContain(hostile[0])
  })

  test('with another threshold do not stand side by side', async () => {
    await createReport(labelSetInput()).save(join(directory, 'a'))
    await createReport(labelSetInput({ threshold: 0.7 })).save(join(directory, 'b'))
    await expect(loadReport([join(directory, 'a'), join(directory, 'b')])).rejects.toThrow('threshold')
  })

  test('have a model card that says how to read the probabilities', () => {
    const unmeasured = modelCard({
      name: 'scenes',
      library: { name: 'ijepa-classify', version: '0.1.0' },
      classes: ['sea', 'sky'],
      multiLabel: true,
      encoder: { source: 'e', weights: 'target_encoder', parameters: 1e6 },
      encoderOrigin: 'unknown',
      training: { kind: 'finetune', images: 10 },
      head: { pooling: 'norm_then_mean', features: 'last' },
      preprocessing: {},
      alpha: 'white',
    })
    const card = withResults(unmeasured, buildReport(labelSetInput()), 1)
    expect(card).toContain('the sigmoid of its own logit')
    expect(card).toContain('  - multi-label-image-classification')
    expect(card).toContain('- type: mean_average_precision')
  })
})
