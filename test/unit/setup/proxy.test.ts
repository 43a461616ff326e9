/** npm and pip behind a proxy, which alone knows where the packages are; and a download that is killed on the way. */

import { type ChildProcess, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startModule } from './evaluate-module'
import { fakeLibtorch } from './fake-libtorch'
import { type Proxy, startProxy } from './proxy'
import { writeWheel } from './wheels'

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0
const itWithPip = hasPip ? it : it.skip

let folder: string
let proxy: Proxy | undefined
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ijepa proxy ж '))))
afterEach(() => {
  proxy?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** None of this machine's own settings. */
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']
const unset = {
  ...Object.fromEntries(
    proxies.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, undefined]),
  ),
  npm_config_userconfig: '/nowhere/user',
  npm_config_globalconfig: '/nowhere/global',
  PIP_CONFIG_FILE: '/dev/null',
  PIP_FIND_LINKS: '',
  PIP_EXTRA_INDEX_URL: '',
  PIP_NO_CACHE_DIR: '1',
}

it('npm installs through the proxy that npm, or the environment, was told of', async () => {
  mkdirSync(join(folder, 'package'))
  writeFileSync(join(folder, 'package/package.json'), '{ "name": "small", "version": "1.0.0" }')
  spawnSync('tar', ['czf', 'small.tgz', 'package'], { cwd: folder })
  const archive = readFileSync(join(folder, 'small.tgz'))
  const resolved = 'http://npm.invalid/small-1.0.0.tgz'
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
  proxy = await startProxy({ files: { [resolved]: archive } })
  const dependencies = { small: '1.0.0' }
  const packages = { '': { dependencies }, 'node_modules/small': { version: '1.0.0', resolved, integrity } }
  for (const name of ['HTTP_PROXY', 'npm_config_proxy']) {
    const root = mkdtempSync(join(folder, 'project '))
    writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies }))
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }))
    const env = { ...unset, npm_config_cache: join(root, 'cache'), [name]: proxy.url }
    const { outcome } = startModule('packages.mjs', 'm.installPackages(given)', root, env)
    expect(await outcome).toMatchObject({ value: true })
    expect(existsSync(join(root, 'node_modules/small/package.json'))).toBe(true)
  }
  expect(proxy.asked.filter((line) => line === `GET ${resolved}`)).toHaveLength(2)
})

describe('LibTorch', () => {
  const wheel = 'torch-2.13.0+cpu-py3-none-any.whl'
  const index = 'http://torch.invalid/simple/torch/'

  function files(): Record<string, Buffer | string> {
    fakeLibtorch(join(folder, 'files/torch'), '2.13.0')
    writeFileSync(join(folder, 'files/torch/lib/libbig.so'), Buffer.alloc(3e5, 'big'))
    writeWheel(join(folder, 'wheels'), 'torch', '2.13.0+cpu', { files: join(folder, 'files') })
    return {
      [index]: `<a href="${wheel}">${wheel}</a>`,
      [index + wheel]: readFileSync(join(folder, 'wheels', wheel)),
    }
  }
  const cache = () => join(folder, 'cache')
  const download = (kind: 'cpu' | 'cuda', env: NodeJS.ProcessEnv) =>
    startModule<{ folder: string }>(
      'download.mjs',
      'm.downloadLibtorch(given.cache, given)',
      { cache: cache(), kind },
      {
        ...unset,
        ...{
          PIP_INDEX_URL: 'http://torch.invalid/simple',
          PIP_TRUSTED_HOST: 'torch.invalid',
        },
        ...env,
      },
    )

  itWithPip('is killed on its way through the proxy: pip ends too, and the next set-up gets it', async () => {
    const served = files()
    let child: ChildProcess | undefined
    const gone = new Promise<void>((onGone) => {
      const onStop = () => child?.kill('SIGKILL')
      void startProxy({ files: served, stopsAt: { url: index + wheel, onStop, onGone } }).then((started) => {
        proxy = started
        child = download('cpu', { HTTP_PROXY: started.url }).child
      })
    })
    await gone
    expect(readdirSync(cache()).filter((name) => name.startsWith('.download-'))).toHaveLength(1)
    proxy?.close()
    proxy = await startProxy({ files: served })
    const { value } = await download('cpu', { HTTP_PROXY: proxy.url }).outcome
    expect(value).toMatchObject({ folder: join(cache(), '2.13.0-cpu/torch') })
    expect(proxy.asked).toContain(`GET ${index}${wheel}`)
    expect(readdirSync(cache())).toEqual(['2.13.0-cpu'])
  })

  itWithPip(
    'is asked for in vain at a proxy that refuses, which only npm was told of: one line',
    async () => {
      proxy = await startProxy({ files: {} })
      const env = { PIP_INDEX_URL: 'https://torch.invalid/simple', npm_config_https_proxy: proxy.url }
      const { thrown } = await download('cuda', env).outcome
      expect(proxy.asked).toContain('CONNECT torch.invalid:443')
      expect(thrown?.message).toMatch(
        /^pip could not download LibTorch .*proxy\) does not answer\).*HTTPS_PROXY[^\n]*$/,
      )
    },
  )
})

it('an npm whose proxy refuses says one line', async () => {
  proxy = await startProxy({ files: {} })
  const packages = { 'node_modules/small': { version: '1.0.0', resolved: 'https://npm.invalid/small.tgz' } }
  writeFileSync(join(folder, 'package.json'), '{ "dependencies": { "small": "1.0.0" } }')
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({
      lockfileVersion: 3,
      packages: { '': { dependencies: { small: '1.0.0' } }, ...packages },
    }),
  )
  const env = {
    ...unset,
    npm_config_cache: join(folder, 'npm'),
    HTTPS_PROXY: proxy.url,
    npm_config_fetch_retries: '0',
  }
  const { thrown } = await startModule('packages.mjs', 'm.installPackages(given)', folder, env).outcome
  expect(proxy.asked).toContain('CONNECT npm.invalid:443')
  expect(thrown?.message).toMatch(/^npm ci failed: .*HTTPS_PROXY[^\n]*$/)
})
