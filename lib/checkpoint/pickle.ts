/** A restricted unpickler: it builds containers, numbers and descriptions of tensors, and can call nothing. */
import { PickleBytes } from './pickle-bytes'
import { PickledGlobal, PickledStorage, PickledTensor, type PickleValue } from './pickled-values'

const rebuildTensor = 'torch._utils._rebuild_tensor_v2'
const rebuildParameter = 'torch._utils._rebuild_parameter'
const orderedDict = 'collections.OrderedDict'
const allowed = new Set([orderedDict, rebuildTensor, rebuildParameter])
const storageName = /^torch\.(Double|Float|Half|BFloat16|Long|Int|Short|Char|Byte|Bool)Storage$/

/** Bounds memory: a ViT-g checkpoint with its optimizer takes about 100,000 operations. */
const maxOperations = 500_000
const maxDimensions = 16

/**
 * Reads one pickle that begins at `start`: the value, and where the pickle ends.
 * ERR_CHECKPOINT_FORMAT: anything outside the allow-list, malformed, or larger than any real checkpoint.
 */
export function readPickle(file: string, bytes: Buffer, start = 0): { value: PickleValue; end: number } {
  return new Unpickler(new PickleBytes(file, bytes, start)).run()
}

class Unpickler {
  private readonly stack: PickleValue[] = []
  private readonly marks: number[] = []
  private readonly memo = new Map<number, PickleValue>()

  constructor(readonly operands: PickleBytes) {}

  run(): { value: PickleValue; end: number } {
    for (let count = 0; count < maxOperations; count++) {
      const code = this.operands.uint8()
      if (code === STOP) return { value: this.pop(), end: this.operands.position }
      const operation = operations.get(code)
      if (!operation)
        throw this.operands.refuse(`operation 0x${code.toString(16)} is not one that a checkpoint needs`)
      operation(this)
    }
    throw this.operands.refuse(`it has more than ${maxOperations} operations`)
  }

  push(value: PickleValue): void {
    this.stack.push(value)
  }

  pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.operands.refuse('its stack runs empty')
    return this.stack.pop() as PickleValue
  }

  top(): PickleValue {
    const value = this.pop()
    this.stack.push(value)
    return value
  }

  mark(): void {
    this.marks.push(this.stack.length)
  }

  /** Everything since the last mark. */
  popMark(): PickleValue[] {
    const mark = this.marks.pop()
    if (mark === undefined) throw this.operands.refuse('its stack has no mark')
    return this.stack.splice(mark)
  }

  popTuple(length: number): void {
    const items = Array.from({ length }, () => this.pop())
    this.push(items.reverse())
  }

  memoize(index = this.memo.size): void {
    this.memo.set(index, this.top())
  }

  recall(index: number): void {
    const value = this.memo.get(index)
    if (value === undefined) throw this.operands.refuse(`it refers to value ${index}, which it has not made`)
    this.push(value)
  }

  append(items: PickleValue[]): void {
    const list = this.top()
    if (!Array.isArray(list)) throw this.operands.refuse('it appends to what is no list')
    for (const item of items) list.push(item)
  }

  setItems(items: PickleValue[]): void {
    const dict = this.top()
    if (!(dict instanceof Map) || items.length % 2)
      throw this.operands.refuse('it sets items of what is no dict')
    for (let i = 0; i < items.length; i += 2) dict.set(items[i] as PickleValue, items[i + 1] as PickleValue)
  }

  global(module: string, name: string): void {
    const full = `${module}.${name}`
    if (!allowed.has(full) && !storageName.test(full))
      throw this.operands.refuse(
        `it asks for ${JSON.stringify(full.slice(0, 100))}, which no I-JEPA checkpoint needs. Nothing was run. ` +
          'Do not open this file with torch.load(weights_only=False) unless you trust its origin',
      )
    this.push(new PickledGlobal(full))
  }

  stackGlobal(): void {
    const name = this.pop()
    const module = this.pop()
    if (typeof module !== 'string' || typeof name !== 'string')
      throw this.operands.refuse('it names a global that is no text')
    this.global(module, name)
  }

  /** `function(*arguments)`, for the three functions whose meaning is known here. */
  reduce(): void {
    const parameters = this.pop()
    const callee = this.pop()
    if (!(callee instanceof PickledGlobal) || !Array.isArray(parameters))
      throw this.operands.refuse('it calls what is no function')
    if (callee.name === orderedDict && parameters.length === 0) return this.push(new Map())
    if (callee.name === rebuildTensor) return this.push(this.tensor(parameters))
    if (callee.name === rebuildParameter && parameters[0] instanceof PickledTensor)
      return this.push(parameters[0])
    throw this.operands.refuse(`it calls ${callee.name} with arguments that torch.save does not write`)
  }

  /** Sets attributes; a state dict's are `_metadata` (module versions), which nothing here needs. */
  build(): void {
    this.pop()
    if (!(this.top() instanceof Map))
      throw this.operands.refuse('it sets attributes of what is no OrderedDict')
  }

  persistentId(): void {
    const id = this.pop()
    const [kind, type, key, , elements, view = null] = Array.isArray(id) ? id : []
    const valid = kind === 'storage' && type instanceof PickledGlobal && storageName.test(type.name)
    if (!valid || typeof key !== 'string' || !isSize(elements) || view !== null)
      throw this.operands.refuse('it refers to a storage in a way that torch.save does not write')
    this.push(new PickledStorage(type.name.slice('torch.'.length), key, elements))
  }

  private tensor([storage, offset, shape, strides]: PickleValue[]): PickledTensor {
    const valid = storage instanceof PickledStorage && isSize(offset) && isSizes(shape) && isSizes(strides)
    if (!valid || shape.length !== strides.length)
      throw this.operands.refuse('it describes a tensor with impossible sizes')
    return new PickledTensor(storage, offset, shape, strides)
  }
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isSizes(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= maxDimensions && value.every(isSize)
}

const STOP = 0x2e

/** Operations of protocols 2 to 4 that torch.save uses (names as in Python's pickletools). */
const operations = new Map<number, (u: Unpickler) => void>([
  [0x80, (u) => void u.operands.take(1)], // PROTO
  [0x95, (u) => void u.operands.take(8)], // FRAME
  [0x28, (u) => u.mark()], // MARK
  [0x30, (u) => void u.pop()], // POP
  [0x4e, (u) => u.push(null)], // NONE
  [0x88, (u) => u.push(true)], // NEWTRUE
  [0x89, (u) => u.push(false)], // NEWFALSE
  [0x4b, (u) => u.push(u.operands.uint8())], // BININT1
  [0x4d, (u) => u.push(u.operands.uint16())], // BININT2
  [0x4a, (u) => u.push(u.operands.int32())], // BININT
  [0x8a, (u) => u.push(u.operands.long(u.operands.uint8()))], // LONG1
  [0x47, (u) => u.push(u.operands.float64())], // BINFLOAT
  [0x58, (u) => u.push(u.operands.text(u.operands.uint32()))], // BINUNICODE
  [0x8c, (u) => u.push(u.operands.text(u.operands.uint8()))], // SHORT_BINUNICODE
  [0x7d, (u) => u.push(new Map())], // EMPTY_DICT
  [0x5d, (u) => u.push([])], // EMPTY_LIST
  [0x29, (u) => u.push([])], // EMPTY_TUPLE
  [0x74, (u) => u.push(u.popMark())], // TUPLE
  [0x85, (u) => u.popTuple(1)], // TUPLE1
  [0x86, (u) => u.popTuple(2)], // TUPLE2
  [0x87, (u) => u.popTuple(3)], // TUPLE3
  [0x61, (u) => u.append([u.pop()])], // APPEND
  [0x65, (u) => u.append(u.popMark())], // APPENDS
  [0x73, (u) => u.setItems([u.pop(), u.pop()].reverse())], // SETITEM
  [0x75, (u) => u.setItems(u.popMark())], // SETITEMS
  [0x71, (u) => u.memoize(u.operands.uint8())], // BINPUT
  [0x72, (u) => u.memoize(u.operands.uint32())], // LONG_BINPUT
  [0x94, (u) => u.memoize()], // MEMOIZE
  [0x68, (u) => u.recall(u.operands.uint8())], // BINGET
  [0x6a, (u) => u.recall(u.operands.uint32())], // LONG_BINGET
  [0x63, (u) => u.global(u.operands.line(), u.operands.line())], // GLOBAL
  [0x93, (u) => u.stackGlobal()], // STACK_GLOBAL
  [0x52, (u) => u.reduce()], // REDUCE
  [0x62, (u) => u.build()], // BUILD
  [0x51, (u) => u.persistentId()], // BINPERSID
])
