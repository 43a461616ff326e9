/** The way set-up fails: one line that says what is missing and how to get it on Debian, Fedora and macOS. */

/** Shown as its message alone, without a stack. */
export class SetupError extends Error {
  name = 'SetupError'
}

const packages = {
  compiler: ['g++', 'gcc-c++', 'xcode-select --install'],
  cmake: ['cmake', 'cmake', 'brew install cmake'],
  make: ['ninja-build', 'ninja-build', 'brew install ninja'],
  clang: ['clang', 'clang compiler-rt', 'brew install llvm, then CXX=$(brew --prefix llvm)/bin/clang++'],
  python: ['python3 python3-pip', 'python3 python3-pip', 'brew install python'],
}

/** @param {keyof typeof packages} tool */
export function howToInstall(tool) {
  const [debian, fedora, macos] = packages[tool]
  return `Debian: sudo apt-get install ${debian} | Fedora: sudo dnf install ${fedora} | macOS: ${macos}`
}

/** What the text of a failed command says in plain words, where it is one of the usual reasons; else undefined. */
export function knownReason(text) {
  if (/No space left on device|ENOSPC|Errno 28/.test(text)) return 'no space left on the disk'
  if (/EROFS|Read-only file system|Errno 30/.test(text)) return 'the file system is read-only'
  if (/No module named pip|ensurepip is not available/.test(text)) return 'this Python has no pip'
  if (
    /EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|NewConnectionError|ProxyError|Temporary failure in name/.test(
      text,
    )
  )
    return 'the network (or its proxy) does not answer'
  if (/No matching distribution|Could not find a version/.test(text))
    return 'no such version for this Python and platform'
  return undefined
}

/** `bytes` in the unit that people use for it. */
export function readableSize(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`
}
