/** The operands of a pickle's operations, read with bounds. */
import { formatError } from './checkpoint-file'

export class PickleBytes {
  constructor(
    private readonly file: string,
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  /** Where the next operation begins. */
  get position(): number {
    return this.at
  }

  /** Advances by `length` and gives the position before. */
  take(length: number): number {
    const at = this.at
    if (at + length > this.bytes.length) throw this.refuse('it ends before its end mark')
    this.at += length
    return at
  }

  uint8(): number {
    return this.bytes.readUInt8(this.take(1))
  }
  uint16(): number {
    return this.bytes.readUInt16LE(this.take(2))
  }
  int32(): number {
    return this.bytes.readInt32LE(this.take(4))
  }
  uint32(): number {
    return this.bytes.readUInt32LE(this.take(4))
  }
  float64(): number {
    return this.bytes.readDoubleBE(this.take(8))
  }

  text(length: number): string {
    const at = this.take(length)
    return this.bytes.toString('utf8', at, at + length)
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0) throw this.refuse('it ends before its end mark')
    const text = this.text(end - this.at)
    this.take(1)
    return text
  }

  /** A little-endian two's complement integer of at most 255 bytes. */
  long(length: number): number | bigint {
    const at = this.take(length)
    const hex = Buffer.from(this.bytes.subarray(at, at + length))
      .reverse()
      .toString('hex')
    const value = BigInt.asIntN(8 * length, BigInt(`0x${hex || '0'}`))
    const small = Number(value)
    return Number.isSafeInteger(small) ? small : value
  }

  refuse(problem: string): Error {
    return formatError(this.file, `the pickle is refused at byte ${this.at}: ${problem}`)
  }
}
