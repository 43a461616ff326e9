/** An untrusted value in an error message: short, and never walked into (it may be nested without end). */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  if (Array.isArray(value))
    return value.length <= 3 && value.every(isNumber) ? `[${value.join(', ')}]` : 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}
