/** Any number of listeners on one signal: Node.js warns of a leak from the eleventh of its own on. */

const listeners = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `listener` when the signal aborts, unless the returned function was called before. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const known = listeners.get(signal) ?? listenTo(signal)
  known.add(listener)
  return () => {
    known.delete(listener)
  }
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const set = new Set<() => void>()
  listeners.set(signal, set)
  const abort = () => {
    for (const listener of set) listener()
  }
  signal.addEventListener('abort', abort, { once: true })
  return set
}
