/** Heat maps: their scale, their picture, and what they say in words. */
import { inflateSync } from 'node:zlib'
import { attentionMap, signedMap } from '../../../lib/report'
import { heatMapPng, mapInWords } from '../../../lib/report/heat-map'

const weights = (...values: number[]) => Float32Array.from(values)

it('scales by the strongest patch, for or against', () => {
  const { values } = signedMap({ height: 1, width: 4, weights: weights(0.5, -2, 0, 1) })
  expect(values).toEqual([0.25, -1, 0, 0.5])
})

it('stretches attention from the least to the most', () => {
  const { values } = attentionMap({ height: 2, width: 2, weights: weights(0.2, 0.25, 0.3, 0.25) })
  expect(values).toEqual([0, 0.5, 1, 0.5])
})

it('shows nothing where all is the same or no number', () => {
  const even = { height: 1, width: 2, weights: weights(0.5, 0.5) }
  expect(attentionMap(even).values).toEqual([0, 0])
  expect(signedMap({ ...even, weights: weights(0, 0) }).values).toEqual([0, 0])
  expect(signedMap({ ...even, weights: weights(NaN, 1) }).values.every(Number.isFinite)).toBe(true)
  expect(mapInWords(attentionMap(even))).toBe('nothing stands out')
})

it('is a PNG with a pixel a patch: orange for, blue against, clear where it is nothing', () => {
  const png = Buffer.from(heatMapPng({ height: 1, width: 3, values: [1, -0.5, 0] }), 'base64')
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([3, 1, 8, 6])
  const at = png.indexOf('IDAT')
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
  expect([...rows]).toEqual([0, 0xd5, 0x5e, 0, 217, 0, 0x72, 0xb2, 108, 0xd5, 0x5e, 0, 0])
})

it.each([
  [0, 'upper left'],
  [2, 'upper right'],
  [7, 'lower middle'],
  [4, 'centre'],
  [3, 'middle left'],
])('names the place of patch %d of nine: %s', (patch, place) => {
  const values = Array.from({ length: 9 }, (_, i) => (i === patch ? 1 : -1))
  expect(mapInWords({ height: 3, width: 3, values })).toBe(
    `half of it in 11 % of the patches, around the ${place}`,
  )
})
