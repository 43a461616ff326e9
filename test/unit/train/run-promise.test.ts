/** What api.d.ts says of a run's promise that is also an iterable, in every order; see orders.cjs. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const all = '1 2 3 done'
const reason = 'throws aborted'
const failed = 'throws failed'
const listener = 'throws from the listener'

type Case = [name: string, result: unknown, unhandled?: readonly string[]]

const expected: Case[] = [
  ['await', 'result'],
  ['iterate', all],
  ['iterate, await', [all, 'result']],
  ['await, iterate', ['result', all]],
  ['await and iterate at once', ['result', all]],
  ['iterate late', all],
  ['break, await', ['1 2', 'result']],
  ['break, never awaited', '1 2'],
  ['break, then it fails', '1 2'],
  ['body throws, await', ['1 throws from the body', 'result']],
  ['body throws, then it fails', '1 throws from the body'],
  ['fails, await', failed],
  ['fails, iterate', `1 2 3 ${failed}`],
  ['fails, iterate, await', [`1 2 3 ${failed}`, failed]],
  ['fails, await, iterate', [failed, `1 2 3 ${failed}`]],
  ['fails, neither awaited nor iterated', undefined, ['failed']], // an error that is never heard of would be worse
  ['refused, await', 'throws refused'],
  ['refused, iterate', 'throws refused'],
  ['aborted before, await', reason],
  ['aborted before, iterate', reason],
  ['aborted before, neither', undefined],
  ['abort, await', reason],
  ['abort in the loop', `1 2 ${reason}`],
  ['abort in the loop, await', [`1 2 ${reason}`, reason]],
  ['abort, break', ['1 2', reason]],
  ['abort, await much later', reason],
  ['abort, neither awaited nor iterated', undefined],
  ['abort of work that does not hear it', [reason, true]],
  ['listener throws, await', listener],
  ['listener throws, iterate', `1 ${listener}`],
  ['listener throws at the end', listener],
  ['listener throws, neither', undefined, ['from the listener']],
  ['listener is called no more after it threw', 1],
  ['async listener rejects', listener],
  ['iterate twice', [all, 'throws ERR_ARGUMENT']],
  ['two calls of next at once', [1, 2, 3]],
  ['return while next waits', [true, true, true, reason]],
  ['next after the end', ['done', true, true]],
  ['next after the failure', [failed, true]],
  ['waiting steps', [1000, 4001, 5000, 10, 'done']],
]

let outcomes: Record<string, unknown>
beforeAll(() => {
  const child = spawnSync(process.execPath, [join(__dirname, 'orders.cjs')], { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(child.stderr)
  outcomes = JSON.parse(child.stdout) as Record<string, unknown>
})

it.each(expected.map(([name]) => name))('%s', (name) => {
  const [, result, unhandled] = expected.find(([other]) => other === name) ?? []
  expect(outcomes[name]).toEqual({
    ...(result === undefined ? {} : { result }),
    ...(unhandled ? { unhandled } : {}),
  })
})

it('leaves out no case', () => {
  expect(Object.keys(outcomes)).toEqual(expected.map(([name]) => name))
})
