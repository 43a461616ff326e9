/** Small trees, tars and pictures made by the tests of data sets. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import * as path from 'node:path'

/** First bytes of a PNG, then the text, so that pictures differ; only decoders would mind. */
export function picture(text: string): Buffer {
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from(text)])
}

/** A folder of its own for each test, removed after it. */
export function temporaryFolder(): { path: (...parts: string[]) => string } {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dataset-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  return { path: (...parts) => path.join(folder, ...parts) }
}

/** Writes files below a root: names with '/', contents a string (a picture of that text) or bytes. A final '/' makes a folder. */
export function writeTree(root: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name)
    if (name.endsWith('/')) mkdirSync(file, { recursive: true })
    else {
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, typeof content === 'string' ? picture(content) : content)
    }
  }
  return root
}

/** `perClass` different pictures in each class folder. */
export function classTree(root: string, classes: readonly string[], perClass: number, mark = ''): string {
  const files: Record<string, string> = {}
  for (const name of classes) {
    for (let i = 0; i < perClass; i++) files[`${name}/${i}.png`] = `${mark} ${name} ${i}`
  }
  return writeTree(root, files)
}

export interface Member {
  name: string
  content?: Uint8Array
  type?: string
  linkName?: string
  /** Bytes of the size field instead of the octal length. */
  sizeField?: Buffer
}

/** One member with its header (POSIX ustar) and padding. */
export function tarMember({
  name,
  content = Buffer.alloc(0),
  type = '0',
  linkName = '',
  sizeField,
}: Member): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0, 100)
  header.write('0000644\0', 100)
  const size = sizeField ?? Buffer.from(content.length.toString(8).padStart(11, '0') + '\0')
  size.copy(header, 124)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(linkName, 157, 100)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

export function tarOf(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(tarMember), Buffer.alloc(1024)])
}
