/** The error codes of lib/errors.ts are those that the native side knows, and each of them is really given somewhere. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { errorCodes, IjepaError } from '../lib/errors'

const root = resolve(__dirname, '..')
const read = (...parts: string[]) => readFileSync(join(root, ...parts), 'utf8')
const sources = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ name: `${folder}/${name}`, text: read(folder, name) }))

/** kImageDecode → ERR_IMAGE_DECODE, by the switch of native/base/error.cc; the last return is for kNative. */
const nativeNames = new Map(
  [...read('native/base/error.cc').matchAll(/case ErrorCode::(k\w+):\s*return "(ERR_\w+)"/g)].map(
    ([, value = '', name = '']) => [value, name],
  ),
)

it('has every code of the native side', () => {
  const names = [...read('native/base/error.cc').matchAll(/"(ERR_\w+)"/g)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter((name) => !(errorCodes as readonly string[]).includes(name ?? ''))).toEqual([])
})

it('spells every value of the native enumeration', () => {
  const body = /enum class ErrorCode \{([^}]*)\}/.exec(read('native/base/error.h'))?.[1] ?? ''
  const values = [...body.matchAll(/\bk\w+/g)].map(([value]) => value)
  expect(values.length).toBeGreaterThan(5)
  expect(values.filter((value) => value !== 'kNative' && !nativeNames.has(value))).toEqual([])
})

it('lists no code twice', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length)
})

describe('each code is given somewhere', () => {
  const typescript = sources('lib', '.ts').filter(({ name }) => name !== 'lib/errors.ts')
  const native = sources('native', '.cc').filter(({ name }) => name !== 'native/base/error.cc')
  const given = (code: string) => {
    const value =
      [...nativeNames].find(([, name]) => name === code)?.[0] ??
      (code === 'ERR_NATIVE' ? 'kNative' : undefined)
    return (
      typescript.some(({ text }) => text.includes(`'${code}'`)) ||
      (value !== undefined && native.some(({ text }) => text.includes(`ErrorCode::${value}`)))
    )
  }
  it.each(errorCodes.map((code) => [code]))('%s', (code) => {
    expect(given(code)).toBe(true)
  })
})

it('is an Error with code, message, details and cause', () => {
  const cause = new Error('below')
  const error = new IjepaError('ERR_FILE', 'Expected a folder', { file: 'x' }, { cause })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'IjepaError',
    code: 'ERR_FILE',
    message: 'Expected a folder',
    details: { file: 'x' },
    cause,
  })
})
