/** The quickstart notebook, executed headless from start to end in the kernel that people open it with. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** nbformat stores a text as one string or as its lines. */
type Text = string | string[]

interface Output {
  output_type: string
  name?: string
  text?: Text
  data?: Record<string, Text>
}
interface Notebook {
  cells: { cell_type: string; source: string; execution_count: number | null; outputs?: Output[] }[]
}

const root = join(__dirname, '..', '..')
const notebooks = join(root, 'scripts', 'notebooks')
const installed = spawnSync(process.execPath, [join(notebooks, 'install.mjs')], { encoding: 'utf8' })
const reason = installed.status === 0 ? undefined : `not installed: ${lastLine(installed.stderr)}`
const testOrSkip = reason ? test.skip : test

testOrSkip(
  `quickstart.ipynb runs from start to end${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'ijepa-notebook-'))
    try {
      const notebook = execute(folder)
      const code = notebook.cells.filter((cell) => cell.cell_type === 'code')
      expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, index) => index + 1))
      const outputs = code.flatMap((cell) => cell.outputs ?? [])
      expect(outputs.filter(({ output_type, name }) => output_type === 'error' || name === 'stderr')).toEqual(
        [],
      )
      const html = outputs.map(({ data }) => whole(data?.['text/html']))
      expect(html.filter((text) => text.includes('<progress')).length).toBeGreaterThanOrEqual(2)
      expect(html.some((text) => text.includes('top-1'))).toBe(true)
      expect(whole(outputs.at(-1)?.text)).toMatch(/%/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  600_000,
)

/** In a folder laid out like the checkout, so that the runs it makes stay out of it. */
function execute(folder: string): Notebook {
  const workplace = join(folder, 'scripts', 'notebooks')
  mkdirSync(workplace, { recursive: true })
  symlinkSync(join(root, 'demo'), join(folder, 'demo'))
  symlinkSync(join(notebooks, 'node_modules'), join(workplace, 'node_modules'))
  const python = join(root, '.cache', 'notebook', 'python', 'bin', 'python')
  const target = join(folder, 'executed.ipynb')
  const { status, stderr } = spawnSync(
    python,
    [join(notebooks, 'execute.py'), join(notebooks, 'quickstart.ipynb'), workplace, target],
    { encoding: 'utf8', env: { ...process.env, JUPYTER_PATH: join(root, '.cache', 'notebook') } },
  )
  if (status !== 0) throw new Error(`the notebook failed:\n${stderr}`)
  return JSON.parse(readFileSync(target, 'utf8')) as Notebook
}

function lastLine(text: string): string {
  return text.trim().split('\n').pop() ?? ''
}

function whole(text: Text = ''): string {
  return [text].flat().join('')
}
