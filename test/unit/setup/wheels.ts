/** Writes Python wheels as pip and set-up read them: files, metadata, and RECORD with every file's hash. */

import { spawnSync } from 'node:child_process'

export interface WheelOptions {
  /** Folder whose content the wheel holds; none: metadata alone. */
  files?: string
  /** The name of a file whose content is not what RECORD says. */
  spoil?: string
  requires?: string[]
  /** Python, ABI and platform. */
  tag?: string
}

const script = `
import base64, hashlib, json, os, sys, zipfile
folder, name, version, files, spoil, requires, tag = json.loads(sys.argv[1])
info = f"{name}-{version}.dist-info"
entries = {}
for parent, _, names in os.walk(files) if files else []:
    for leaf in names:
        path = os.path.join(parent, leaf)
        entries[os.path.relpath(path, files)] = open(path, "rb").read()
requirements = "".join(f"Requires-Dist: {r}\\n" for r in requires)
entries[f"{info}/METADATA"] = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{requirements}".encode()
entries[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: {tag}\\n".encode()
digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
record = "".join(f"{n},sha256={digest(d)},{len(d)}\\n" for n, d in entries.items())
os.makedirs(folder, exist_ok=True)
with zipfile.ZipFile(os.path.join(folder, f"{name}-{version}-{tag}.whl"), "w") as wheel:
    for n, d in entries.items():
        wheel.writestr(n, d + b"!" if n == spoil else d)
    wheel.writestr(f"{info}/RECORD", record)
`

/** Writes NAME-VERSION-TAG.whl to `folder`. */
export function writeWheel(folder: string, name: string, version: string, options: WheelOptions = {}): void {
  const { files = '', spoil = '', requires = [], tag = 'py3-none-any' } = options
  const given = JSON.stringify([folder, name, version, files, spoil, requires, tag])
  const { status, stderr } = spawnSync('python3', ['-c', script, given], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}
