/**
 * The report's page in a browser: nothing that axe-core finds serious, nothing wider than a phone, no request to anywhere. Chromium
 * is CHROMIUM_PATH, or Debian's.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import { launch, type Browser, type Page } from 'puppeteer-core'
import { compareReports, createReport, type ReportDocument } from '../../lib/report'
import { temporaryFolder } from '../pictures'
import { sampleInput, samplePicture, sampleRobustness } from '../unit/report/sample'

const places = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
const executablePath = places.find((path) => path !== undefined && existsSync(path))
const describeOrSkip = executablePath ? describe : describe.skip

interface Finding {
  readonly id: string
  readonly impact: string
  readonly where: readonly string[]
}

describeOrSkip(
  `report.html in Chromium${executablePath ? '' : ' (skipped: no Chromium; set CHROMIUM_PATH)'}`,
  () => {
    let browser: Browser
    let page: Page
    let folder: string
    const requests: string[] = []

    beforeAll(async () => {
      const candidates = [
        { learningRate: 1e-3, weightDecay: 0, loss: 1.5, top1: 0.25 },
        { learningRate: 1e-2, weightDecay: 0, loss: 1.25, top1: 0.5 },
      ]
      const choice = { judgedBy: 'train', trainedOn: 900, judgedOn: 100, candidates, chosen: 1 } as const
      const input = sampleInput({ thumbnail: samplePicture(), skills: [6, 1.2] })
      const robustness = sampleRobustness(samplePicture())
      const runs = input.runs.map((run, i) => ({ ...run, robustness, ...(i ? {} : { choice }) }))
      folder = temporaryFolder()
      await createReport({ ...input, runs }).save(folder)
      browser = await launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
      page = await browser.newPage()
      page.on('request', (request) => requests.push(request.url()))
      await (await compareReports([folder])).save(folder)
      await page.setBypassCSP(true) // for axe-core alone
      await page.goto(pathToFileURL(join(folder, 'report.html')).href)
      await page.evaluate(axe.source)
    }, 60_000)
    afterAll(() => browser.close())

    it.each([
      [1280, 'light'],
      [1280, 'dark'],
      [375, 'light'],
      [375, 'dark'],
    ])(
      '%i pixels wide, %s: nothing serious for axe-core, and nothing is wider than the window',
      async (width, scheme) => {
        await page.setViewport({ width, height: 800 })
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        expect(await seriousFindings(page)).toEqual([])
        const wide = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect(wide).toBe(0)
      },
      60_000,
    )

    it('asks for nothing but itself', () => {
      expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1)
    })

    it('prints, on white', async () => {
      const features = [{ name: 'prefers-color-scheme', value: 'dark' }]
      const client = await page.createCDPSession()
      await client.send('Emulation.setEmulatedMedia', { media: 'print', features })
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      expect(['rgb(255, 255, 255)', 'rgba(0, 0, 0, 0)']).toContain(background)
      const pdf = await page.pdf({ format: 'A4' })
      expect(Buffer.from(pdf.subarray(0, 5)).toString()).toBe('%PDF-')
      await client.send('Emulation.setEmulatedMedia', { media: '', features: [] })
    }, 60_000)

    it('everything that can be followed or scrolled is reached by keyboard', async () => {
      const all =
        '[...document.querySelectorAll("a[href], summary, button, input, [tabindex=\'0\']")].filter((one) => one.checkVisibility())'
      const count = (await page.evaluate(`${all}.length`)) as number
      const reached = new Set<unknown>()
      for (let i = 0; i < count; i++) {
        await page.keyboard.press('Tab')
        reached.add(await page.evaluate(`${all}.indexOf(document.activeElement)`))
      }
      reached.delete(-1)
      expect(reached.size).toBe(count)
    }, 60_000)

    it('without JavaScript all of it is there: every heading and sentence, table, plot and picture, to be seen', async () => {
      const file = pathToFileURL(join(folder, 'report.html')).href
      const plain = await browser.newPage()
      await plain.setJavaScriptEnabled(false)
      await plain.goto(file)
      const found = (await plain.evaluate(contentOf)) as Content
      await plain.close()
      const scripted = await browser.newPage()
      await scripted.goto(file)
      const expected = (await scripted.evaluate(contentOf)) as Content
      await scripted.close()
      expect(found).toEqual(expected)
      // What report.json holds, and the page says by itself.
      const { data, runs } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as ReportDocument
      expect(found.text).toContain('Robustness to corruptions')
      for (const name of [...data.classes, ...runs.map((run) => run.name)]) expect(found.text).toContain(name)
      expect(found.tables.reduce((sum, rows) => sum + rows, 0)).toBeGreaterThan(data.classes.length)
      expect(found.plots).toBeGreaterThan(3)
      expect(found.pictures.length).toBeGreaterThan(5) // the example under corruptions, mistakes
      expect(found.pictures.filter((isDrawn) => !isDrawn)).toEqual([])
    }, 60_000)

    it('under its own policy a table sorts by a column, both ways, and is searched', async () => {
      for (const file of ['report.html', 'compare.html']) {
        const strict = await browser.newPage()
        await strict.goto(pathToFileURL(join(folder, file)).href)
        const names = () =>
          strict.evaluate(
            `[...document.querySelectorAll('table.sortable tbody tr:not(.part)')].filter((row) => !row.hidden).map((row) => row.cells[0].textContent.trim())`,
          ) as Promise<string[]>
        const before = await names()
        const head = "document.querySelector('table.sortable th[data-column]')"
        expect(await strict.evaluate(`${head}.ariaSort`)).toBeNull()
        await strict.focus('table.sortable th[data-column] button')
        await strict.keyboard.press('Enter')
        const [first, up] = [await strict.evaluate(`${head}.ariaSort`), await names()]
        await strict.keyboard.press('Enter')
        const [second, down] = [await strict.evaluate(`${head}.ariaSort`), await names()]
        expect([file, new Set([first, second])]).toEqual([file, new Set(['ascending', 'descending'])])
        expect([...up].sort()).toEqual([...before].sort())
        expect(down).toEqual([...up].reverse())
        await strict.type('.search input', before[1]!)
        expect(await names()).toEqual(before.filter((name) => name.includes(before[1]!)))
        await strict.close()
      }
    }, 60_000)
  },
)

interface Content {
  readonly text: string
  /** Rows of each. */
  readonly tables: readonly number[]
  readonly plots: number
  /** Whether each is decoded and takes room. */
  readonly pictures: readonly boolean[]
}

/** What a reader sees with every fold opened; what only a script can use has no place without one. */
const contentOf = `(() => {
  for (const fold of document.querySelectorAll('details')) fold.open = true
  for (const tool of document.querySelectorAll('.search, script')) tool.remove()
  const isSeen = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 0
  return {
    text: document.body.innerText,
    tables: [...document.querySelectorAll('table')].filter(isSeen).map((table) => table.rows.length),
    plots: [...document.querySelectorAll('svg')].filter(isSeen).length,
    pictures: [...document.querySelectorAll('img')].map((one) => one.naturalWidth > 0 && isSeen(one)),
  }
})()`

async function seriousFindings(page: Page): Promise<Finding[]> {
  const found = (await page.evaluate(
    `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.slice(0, 3).map(({ html }) => html) })))`,
  )) as Finding[]
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
}
