/** Fields of a Protocol Buffers message, as bytes: as much of the format as TensorBoard's events need. */

const enum Wire {
  varint = 0,
  fixed64 = 1,
  bytes = 2,
  fixed32 = 5,
}

/** @param value a whole number from 0 to 2^53 */
export const whole = (field: number, value: number): Buffer =>
  Buffer.concat([tag(field, Wire.varint), varint(value)])

export function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([tag(field, Wire.fixed64), bytes])
}

export function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return Buffer.concat([tag(field, Wire.fixed32), bytes])
}

/** A text, bytes, or a message of these fields. */
export function nested(field: number, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([tag(field, Wire.bytes), varint(bytes.length), bytes])
}

const tag = (field: number, wire: Wire): Buffer => varint(field * 8 + wire)

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}
