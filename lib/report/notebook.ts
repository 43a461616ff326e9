/** The display of a tslab notebook, where this runs in one. */

interface Display {
  html(text: string): void
}

/** Undefined outside a notebook. Only the kernel's own `require` knows its tslab. */
export function findDisplay(): Display | undefined {
  const kernel = (globalThis as { __tslab__?: { require?: (id: string) => unknown } }).__tslab__
  return kernel?.require ? (kernel.require('tslab') as { display: Display }).display : undefined
}
