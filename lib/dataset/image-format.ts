/** What a file is, by its first bytes, never by its ending. */

/** Bytes that `sniff` wants to see, if the file has as many. */
export const sniffBytes = 64

/** `picture`: a format that is read; `refused`: a known picture format that is not; `other`: none of these. */
export interface Sniffed {
  kind: 'picture' | 'refused' | 'other'
  name: string
}

const pictureMagics: readonly (readonly [string, RegExp])[] = [
  ['JPEG', /^\xff\xd8\xff/],
  ['PNG', /^\x89PNG\r\n\x1a\n/],
  ['WebP', /^RIFF[^]{4}WEBP/],
  ['GIF', /^GIF8[79]a/],
  ['TIFF', /^(?:II[*+]\0|MM\0[*+])/],
  ['AVIF', /^[^]{4}ftyp(?:avif|avis|(?:mif1|msf1|miaf)[^]*avi[fs])/],
  ['BMP', /^BM[^]{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0/],
  ['PPM/PGM/PBM', /^P[1-6][\s#]/],
]

const refusedMagics: readonly (readonly [string, RegExp])[] = [
  ['HEIC', /^[^]{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)/],
  ['JPEG XL', /^(?:\xff\x0a|\0\0\0\x0cJXL )/],
  ['JPEG 2000', /^(?:\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/],
  ['Photoshop', /^8BPS/],
  ['ICO', /^\0\0[\x01\x02]\0[^]{5}\0/],
  ['OpenEXR', /^v\/1\x01/],
  ['Radiance HDR', /^#\?R/],
  ['PAM', /^P7[\s#]/],
  ['PDF', /^%PDF-/],
  ['SVG', /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^]*<svg|<!DOCTYPE svg|<svg|<!--[^]*<svg)/i],
]

/** Judges the first `sniffBytes` of a file (or all of it, if shorter). `ending`: of the name, to tell an XML file is an SVG. */
export function sniff(head: Uint8Array, ending = ''): Sniffed {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, sniffBytes)).toString('latin1')
  if (text.length === 0) return { kind: 'other', name: 'empty file' }
  const picture = pictureMagics.find(([, magic]) => magic.test(text))
  if (picture) return { kind: 'picture', name: picture[0] }
  const refused = refusedMagics.find(([, magic]) => magic.test(text))
  if (refused) return { kind: 'refused', name: refused[0] }
  if (ending.toLowerCase() === '.svg') return { kind: 'refused', name: 'SVG' }
  return { kind: 'other', name: 'not a picture' }
}

/** A name that claims to be a picture: what it holds must then be one, or the picture is bad. */
export function hasPictureEnding(name: string): boolean {
  return /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|dib|ppm|pgm|pbm|pnm)$/i.test(name)
}

/** The ending of a name with its dot, '' where there is none. */
export function endingOf(name: string): string {
  return /\.[^./\\]*$/.exec(name)?.[0] ?? ''
}

/** Files that systems and editors leave behind; nobody wants to hear of them. */
export function isClutter(name: string): boolean {
  return name.startsWith('.') || /^(?:Thumbs\.db|desktop\.ini|__MACOSX|@eaDir)$/i.test(name)
}
