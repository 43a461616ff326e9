/** Writes pickles as torch.save does, and any others that a test wants to see refused. */

/** A piece of a pickle. */
export type Code = Buffer

export const op = (...bytes: (number | string)[]): Code =>
  Buffer.concat(
    bytes.map((byte) => (typeof byte === 'string' ? Buffer.from(byte, 'latin1') : Buffer.from([byte]))),
  )

export const pickle = (...code: Code[]): Buffer => Buffer.concat([op(0x80, 2), ...code, op('.')])

export const text = (value: string): Code => {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([op('X'), length, bytes])
}

export const int = (value: number): Code => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return Buffer.concat([op('J'), bytes])
}

export const global = (module: string, name: string): Code => op('c', module, '\n', name, '\n')

export const tuple = (...items: Code[]): Code => Buffer.concat([op('('), ...items, op('t')])

export const call = (callee: Code, ...parameters: Code[]): Code =>
  Buffer.concat([callee, tuple(...parameters), op('R')])

export const dict = (entries: readonly (readonly [string, Code])[]): Code =>
  Buffer.concat([op('}', '('), ...entries.flatMap(([key, value]) => [text(key), value]), op('u')])

export interface TensorCode {
  key: string
  shape: readonly number[]
  strides?: readonly number[]
  offset?: number
  elements?: number
  type?: string
}

export const rowStrides = (shape: readonly number[]): number[] =>
  shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1))

/** `_rebuild_tensor_v2` of a storage. */
export function tensor({
  key,
  shape,
  strides = rowStrides(shape),
  offset = 0,
  elements,
  type = 'FloatStorage',
}: TensorCode): Code {
  const count = elements ?? shape.reduce((a, b) => a * b, 1)
  const storage = tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(count))
  const hooks = call(global('collections', 'OrderedDict'))
  const persistent = Buffer.concat([storage, op('Q')])
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    persistent,
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    op(0x89),
    hooks,
  )
}
