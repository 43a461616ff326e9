/** The way set-up fails: one line that says what is missing and how to get it on Debian, Fedora and macOS. */

/** Shown as its message alone, without a stack. */
export class SetupError extends Error {
  name = 'SetupError'
}

/** A signal has ended a command: what has begun is cleared away, then the process is to end with `exitCode`. */
export class Interrupted extends SetupError {
  constructor(signal) {
    super(`interrupted by ${signal}; the same command goes on from here.`)
    this.exitCode = signal === 'SIGINT' ? 130 : 143
  }
}

const packages = {
  compiler: ['g++', 'gcc-c++', 'xcode-select --install'],
  cmake: ['cmake', 'cmake', 'brew install cmake'],
  make: ['ninja-build', 'ninja-build', 'brew install ninja'],
  clang: ['clang', 'clang compiler-rt', 'brew install llvm, then CXX=$(brew --prefix llvm)/bin/clang++'],
  python: ['python3 python3-pip', 'python3 python3-pip', 'brew install python'],
  npm: ['npm', 'nodejs-npm', 'brew install node'],
}

/** @param {keyof typeof packages} tool */
export function howToInstall(tool) {
  const [debian, fedora, macos] = packages[tool]
  return `Debian: sudo apt-get install ${debian} | Fedora: sudo dnf install ${fedora} | macOS: ${macos}`
}

/** What the text of a failed command says in plain words, where it is one of the usual reasons; else undefined. */
export function knownReason(text) {
  if (/No space left on device|ENOSPC|Errno 28|EDQUOT|Disk quota exceeded/.test(text))
    return 'no space left on the disk'
  if (/EROFS|Read-only file system|Errno 30/.test(text)) return 'the file system is read-only'
  if (/EACCES|Permission denied|Errno 13/.test(text)) return 'a folder or file may not be written to'
  if (/Killed signal terminated program|std::bad_alloc|virtual memory exhausted|out of memory/i.test(text))
    return 'the memory was used up'
  if (/No module named pip|ensurepip is not available/.test(text)) return 'this Python has no pip'
  if (
    /CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|unable to get local issuer/.test(text)
  )
    return 'the certificate of the server or proxy is not trusted'
  if (/\bE407\b|407 Proxy|ERR_PROXY_AUTH/.test(text)) return 'the proxy wants a name and password'
  if (unreachable.test(text)) return 'the network (or its proxy) does not answer'
  if (/No matching distribution|Could not find a version/.test(text)) return noSuchVersion
  return undefined
}

export const noSuchVersion = 'no such version for this Python and platform'

const unreachable =
  /EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|NewConnectionError|ProxyError|Temporary failure in name|Connection refused|Network is unreachable/

/**
 * The one line about anything thrown. What nobody has foreseen keeps its kind and its place, to be reported; never a stack.
 * @param {unknown} error
 */
export function failureLine(error) {
  if (error instanceof SetupError) return error.message
  if (error?.syscall !== undefined)
    return `${knownReason(error.message) ?? 'the system refuses'} (${error.message}): mend that, or set IJEPA_CACHE to a folder for downloads on another disk, then start again.`
  const place = /\n\s+at (.*)/.exec(error?.stack ?? '')?.[1]
  return `unexpected ${String(error).split('\n')[0]}${place ? `, at ${place}` : ''}: please report it.`
}

/** `bytes` in the unit that people use for it. */
export function readableSize(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`
}
