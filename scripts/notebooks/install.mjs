/**
 * Installs what quickstart.ipynb needs: the TypeScript kernel (tslab, from npm) and, to run it without a browser, nbclient
 * (from PyPI, into a virtual environment of its own). Prints where the kernel is; does nothing when all is there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))
const projectRoot = join(folder, '..', '..')
const jupyterPath = join(projectRoot, '.cache', 'notebook')
const environment = join(jupyterPath, 'python')
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

installKernel()
if (!process.argv.includes('--kernel-only')) installPython()
console.log(`JUPYTER_PATH=${jupyterPath}`)

function installKernel() {
  const tslab = join(folder, 'node_modules', 'tslab', 'bin', 'tslab')
  if (!existsSync(tslab)) run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder })
  const link = join(folder, 'node_modules', 'ijepa-classify') // tslab looks packages up from the notebook's folder
  if (!existsSync(link)) symlinkSync(projectRoot, link, 'junction')
  const kernel = join(jupyterPath, 'kernels', 'tslab')
  mkdirSync(kernel, { recursive: true })
  const argv = [process.execPath, tslab, 'kernel', '--config-path', '{connection_file}']
  const specification = { argv, display_name: 'TypeScript', language: 'typescript' }
  const file = join(kernel, 'kernel.json')
  const text = JSON.stringify(specification, null, 2)
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}

function installPython() {
  const complete = join(environment, 'complete')
  if (existsSync(complete)) return
  rmSync(environment, { recursive: true, force: true })
  run('python3', ['-m', 'venv', environment])
  run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', join(folder, 'requirements.txt')])
  writeFileSync(complete, '')
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options })
  if (status === 0) return
  console.error(
    `ERR_FILE: ${[command, ...args].join(' ')} ${error ? error.message : `ended with status ${status}`}`,
  )
  process.exit(1)
}
