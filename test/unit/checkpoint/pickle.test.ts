import { readPickle } from '../../../lib/checkpoint/pickle'
import { PickledTensor } from '../../../lib/checkpoint/pickled-values'
import { call, dict, global, int, op, pickle, tensor, text, tuple } from './pickle-writer'

const read = (bytes: Buffer) => readPickle('file.pth', bytes).value
const refusal = (bytes: Buffer) => {
  try {
    return read(bytes)
  } catch (error) {
    return error
  }
}
const refused = (message: RegExp) =>
  expect.objectContaining({
    code: 'ERR_CHECKPOINT_FORMAT',
    message: expect.stringMatching(message),
    details: { file: 'file.pth' },
  })

describe('what torch.save writes', () => {
  test('containers, numbers and texts', () => {
    const long = op(0x8a, 2, 0xff, 0xff)
    const float = op('G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0)
    const value = read(
      pickle(tuple(int(-7), op('K', 200), op('M', 1, 2), long, float, text('é'), op('N', 0x88, 0x89))),
    )
    expect(value).toEqual([-7, 200, 513, -1, 1.5, 'é', null, true, false])
  })

  test('an integer too large for a number stays exact', () => {
    expect(read(pickle(op(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1)))).toBe(2n ** 64n)
  })

  test('a tensor is a view of a storage', () => {
    const value = read(pickle(dict([['w', tensor({ key: '3', shape: [2, 5], offset: 4, elements: 14 })]])))
    const w = (value as Map<string, unknown>).get('w') as PickledTensor
    expect(w).toBeInstanceOf(PickledTensor)
    expect({ ...w, storage: { ...w.storage } }).toEqual({
      storage: { type: 'FloatStorage', key: '3', elements: 14 },
      offset: 4,
      shape: [2, 5],
      strides: [5, 1],
    })
  })

  test('a parameter is its tensor, and the attributes of a state dict are dropped', () => {
    const parameter = call(
      global('torch._utils', '_rebuild_parameter'),
      tensor({ key: '0', shape: [1] }),
      op(0x89),
    )
    const stateDict = call(global('collections', 'OrderedDict'))
    const value = read(
      pickle(stateDict, op('('), text('w'), parameter, op('u'), dict([['_metadata', int(1)]]), op('b')),
    )
    expect((value as Map<string, unknown>).get('w')).toBeInstanceOf(PickledTensor)
    expect([...(value as Map<string, unknown>).keys()]).toEqual(['w'])
  })

  test('protocol 4 spells globals by the stack and numbers the memo itself', () => {
    const short = (value: string) => op(0x8c, value.length, value, 0x94)
    expect(read(pickle(short('collections'), short('OrderedDict'), op(0x93, 0x94, ')', 'R')))).toEqual(
      new Map(),
    )
  })

  test('a value that contains itself is read once', () => {
    const value = read(pickle(op(']', 'q', 0, 'h', 0, 'a'))) as unknown[]
    expect(value[0]).toBe(value)
  })
})

describe('what is refused', () => {
  test('os.system is named, and not called', () => {
    const error = refusal(pickle(call(global('os', 'system'), text('echo pwned'))))
    expect(error).toEqual(refused(/asks for "os\.system".*Nothing was run/))
  })

  test.each([
    ['builtins', 'eval'],
    ['torch', 'load'],
    ['torch.storage', 'FloatStorage'],
    ['collections', 'OrderedDict.fromkeys'],
    ['numpy.core.multiarray', '_reconstruct'],
    ['torch', 'XFloatStorage'],
    ['', ''],
  ])('%s.%s is not on the list', (module, name) => {
    expect(refusal(pickle(global(module, name)))).toEqual(refused(/which no I-JEPA checkpoint needs/))
    const stacked = pickle(text(module), text(name), op(0x93))
    expect(refusal(stacked)).toEqual(refused(/which no I-JEPA checkpoint needs/))
  })

  test('a storage type is not callable', () => {
    expect(refusal(pickle(call(global('torch', 'FloatStorage'), int(9))))).toEqual(
      refused(/calls torch\.FloatStorage/),
    )
  })

  test.each([
    ['INST', op('(', 'i', 'os\nsystem\n')],
    ['OBJ', op('(', 'o')],
    ['NEWOBJ', op(0x81)],
    ['EXT1', op(0x82, 1)],
    ['PERSID', op('P', '1\n')],
    ['STRING', op('S', "'a'\n")],
  ])('operation %s', (_, code) => {
    expect(refusal(pickle(code))).toEqual(refused(/is not one that a checkpoint needs/))
  })

  test.each([
    ['ends early', Buffer.from([0x80, 2, 0x7d])],
    ['ends in a text longer than the file', Buffer.from([0x80, 2, 0x58, 0xff, 0xff, 0xff, 0x7f, 0x61])],
    ['ends in a line', Buffer.from([0x80, 2, 0x63, 0x61])],
    ['is empty', Buffer.alloc(0)],
  ])('a pickle that %s', (_, bytes) => {
    expect(refusal(bytes)).toEqual(refused(/ends before its end mark/))
  })

  test.each([
    ['stack underflow', op('0')],
    ['underflow below a mark', op('N', '(', '0')],
    ['no mark', op('t')],
    ['memo never made', op('h', 9)],
    ['append to a dict', op('}', 'N', 'a')],
    ['odd items', op('}', '(', 'N', 'u')],
    ['items of a list', op(']', 'N', 'N', 's')],
    ['attributes of a list', op(']', 'N', 'b')],
    ['OrderedDict with arguments', call(global('collections', 'OrderedDict'), int(1))],
    ['persistent id that is no tuple', op('N', 'Q')],
    ['parameter of no tensor', call(global('torch._utils', '_rebuild_parameter'), int(1))],
    ['negative shape', tensor({ key: '0', shape: [-1] })],
    ['negative offset', tensor({ key: '0', shape: [1], offset: -1 })],
    ['negative storage', tensor({ key: '0', shape: [1], elements: -1 })],
    ['other number of strides', tensor({ key: '0', shape: [1], strides: [1, 1] })],
    ['thousand dimensions', tensor({ key: '0', shape: Array<number>(1000).fill(1) })],
  ])('%s', (_, code) => {
    expect(refusal(pickle(code))).toEqual(refused(/the pickle is refused at byte \d+/))
  })

  test('more operations than any checkpoint has are not carried out', () => {
    expect(refusal(pickle(Buffer.alloc(600_000, '}')))).toEqual(refused(/more than 500000 operations/))
    const memos = Buffer.alloc(600_000, op(0x85, 0x94))
    expect(refusal(pickle(op(']'), memos))).toEqual(refused(/operations/))
  })

  test('nesting of any depth is read without recursion', () => {
    expect(read(pickle(op(']'), Buffer.alloc(400_000, 0x85)))).toHaveLength(1)
  })
})
