/** Labels of the plots' axes. */
import { lineChart } from '../../../lib/report/charts'

const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!)

const chart = (points: readonly (readonly [number, number])[]) =>
  textsOf(lineChart({ xName: 'x', yName: 'y', percent: false, series: [{ run: 0, points }] }))

test('numbers beside one another have the same decimals', () => {
  const between = (low: number, high: number) =>
    chart([
      [1, low],
      [2, high],
    ])
  expect(between(2.03, 2.2)).toEqual(expect.arrayContaining(['2.10', '2.13']))
  expect(between(1.55, 2.15)).toEqual(expect.arrayContaining(['2.0', '2.1']))
  expect(between(-3.2, 0)).toEqual(expect.arrayContaining(['0.0', '-3.0']))
  expect(between(10, 400)).toEqual(expect.arrayContaining(['100', '400']))
  expect(between(0.0012, 0.0031)).toEqual(expect.arrayContaining(['0.0021', '0.0024']))
  expect(between(1, 1)).not.toContain('NaN')
})

test('the last place on the axis does not overlap the round one before it', () => {
  const texts = chart(Array.from({ length: 127 }, (_, i) => [i + 1, i] as const))
  expect(texts).not.toEqual(expect.arrayContaining(['120', '127']))
  expect(texts).toEqual(expect.arrayContaining(['1', '30', '60', '90']))
})
