/** Makes what set-up takes for a LibTorch: the few files that it looks at, with a version in the header. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export function fakeLibtorch(folder: string, version: string, { cuda = false } = {}): string {
  const [major, minor, patch] = version.split('.')
  const files: Record<string, string> = {
    'include/torch/csrc/api/include/torch/torch.h': '',
    'include/torch/headeronly/version.h': `#define TORCH_VERSION_MAJOR ${major}\n#define TORCH_VERSION_MINOR ${minor}\n#define TORCH_VERSION_PATCH ${patch}\n`,
    'lib/libtorch_cpu.so': 'cpu',
    'lib/libc10.so': 'c10',
    ...(cuda && { 'lib/libtorch_cuda.so': 'cuda' }),
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}
