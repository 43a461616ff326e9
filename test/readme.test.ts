/** What the README shows is what there is: its program runs, its commands and files exist. */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(__dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('its program trains, writes a report and prints three predictions', () => {
  const program = /```js\n([\s\S]*?)```/.exec(readme)?.[1]
  if (program === undefined) throw new Error('README.md has no JavaScript program')
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-readme-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules', 'ijepa-classify'), 'junction')
    symlinkSync(join(root, 'demo'), join(folder, 'demo'))
    copyFileSync(join(root, 'test/fixtures/golden/images/flower.jpg'), join(folder, 'photo.jpg'))
    writeFileSync(join(folder, 'example.mjs'), program)
    const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.match(/label: '\w+'/g)).toHaveLength(3)
    for (const file of ['report.html', 'report.json', 'report.md', 'predictions.csv']) {
      expect(existsSync(join(folder, 'runs', 'report', file))).toBe(true)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 180_000)

test('every npm command it names is a script of the package', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const named = [...readme.matchAll(/npm (?:run )?(?!run\b)([a-z:-]+)/g)].map((match) => match[1])
  expect(new Set(named).size).toBeGreaterThan(5)
  for (const name of named) expect(Object.keys(scripts)).toContain(name)
})

test('every file it links to exists', () => {
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !link.startsWith('http'))
  expect(links.length).toBeGreaterThan(4)
  for (const link of links) expect([link, existsSync(join(root, link))]).toEqual([link, true])
})
