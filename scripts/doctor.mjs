/** npm run doctor: what this machine has of what is needed. Runs before set-up too, and then says so. */
import { existsSync } from 'node:fs'

const library = new URL('../dist/index.js', import.meta.url)
if (existsSync(library)) {
  const { doctor } = await import('../dist/index.js')
  const { runCommand } = await import('./command-line.mjs')
  await runCommand('doctor', async () => {
    const { ok, checks } = await doctor()
    const width = Math.max(...checks.map(({ name }) => name.length))
    for (const { name, ok, found, advice } of checks) {
      console.log(`${ok ? 'ok     ' : 'MISSING'}  ${name.padEnd(width)}  ${found}`)
      if (advice) console.log(`${' '.repeat(width + 11)}${advice}`)
    }
    if (!ok) process.exitCode = 1
  })
} else {
  console.error('ERR_ADDON_LOAD: the library is not built yet: npm run setup')
  process.exitCode = 1
}
