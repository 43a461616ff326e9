/** Plots as SVG text, drawn by echarts without a browser; colours are those of the page's light or dark theme. */
import { init, type EChartsOption } from 'echarts'

/** Colours that echarts writes into the picture, and what the page's theme puts in their place. */
const themeColours = { '#020202': 'var(--muted)', '#030303': 'var(--line)' } as const
const [muted, line] = Object.keys(themeColours) as (keyof typeof themeColours)[]
const runColours = ['#040404', '#050505', '#060606', '#070707'] as const

const size = { width: 460, height: 250 }
const fontFamily = 'inherit'

export interface Series {
  /** Index of the run: its colour. */
  readonly run: number
  readonly points: readonly (readonly [number, number | null])[]
  readonly dashed?: boolean
  /** Diameters of the points; none are drawn without. */
  readonly sizes?: readonly number[]
}

export interface LineChart {
  readonly xName: string
  readonly yName: string
  readonly percent: boolean
  readonly series: readonly Series[]
  /** x is a fraction, 0 to 1. */
  readonly shares?: boolean
  /** Both axes from 0 to 1, with the diagonal of perfect calibration. */
  readonly square?: boolean
}

export function lineChart(chart: LineChart): string {
  const { xName, yName, percent, series, square = false, shares = square } = chart
  const axisLabel = { color: muted, fontFamily, fontSize: 12 }
  const asPercent = (value: number): string => `${Math.round(100 * value)} %`
  const axis = {
    nameTextStyle: { color: muted, fontFamily, fontSize: 12 },
    splitLine: { lineStyle: { color: line } },
    axisLine: { show: false },
    axisTick: { show: false },
  }
  return draw({
    animation: false,
    grid: { left: 52, right: 16, top: 32, bottom: 44 },
    xAxis: {
      ...axis,
      type: 'value',
      name: xName,
      nameLocation: 'middle',
      nameGap: 28,
      splitLine: { show: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: line } },
      axisLabel: { ...axisLabel, ...(shares ? { formatter: asPercent } : {}) },
      ...(shares ? { min: 0, max: 1, interval: 0.25 } : { min: 1, minInterval: 1, max: 'dataMax' }),
    },
    yAxis: {
      ...axis,
      type: 'value',
      name: yName,
      nameTextStyle: { ...axis.nameTextStyle, align: 'left', padding: [0, 0, 0, -44] },
      scale: !percent,
      axisLabel: { ...axisLabel, ...(percent ? { formatter: asPercent } : {}) },
      ...(square ? { min: 0, max: 1, interval: 0.25 } : {}),
    },
    series: [...series.map(drawnSeries), ...(square ? [diagonal()] : [])],
  })
}

function drawnSeries({ run, points, dashed = false, sizes }: Series) {
  const color = runColours[run % runColours.length]
  return {
    type: 'line' as const,
    data: points.map(([x, y], i) => ({ value: [x, y ?? '-'], symbolSize: sizes?.[i] ?? 5 })),
    // A line of a single point cannot be seen: its point can.
    showSymbol: sizes !== undefined || points.length === 1,
    symbol: 'circle',
    color,
    lineStyle: { color, width: 2, type: dashed ? ('dashed' as const) : ('solid' as const) },
  }
}

function diagonal() {
  return {
    type: 'line' as const,
    data: [
      [0, 0],
      [1, 1],
    ],
    showSymbol: false,
    silent: true,
    lineStyle: { color: muted, width: 1, type: 'dotted' as const },
  }
}

function draw(option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  chart.setOption(option)
  const svg = chart.renderToSVGString()
  chart.dispose()
  return themed(svg)
}

/**
 * Fits the picture to its column, puts the theme's colours in, and drops all that carries echarts' count of its instances
 * (clip paths, classes): the same data gives the same text.
 */
function themed(svg: string): string {
  const colours: Record<string, string> = { ...themeColours }
  runColours.forEach((colour, i) => (colours[colour] = `var(--run-${i})`))
  return svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
    .replace(/ class="[^"]*"/g, '')
    .replace(/ pointer-events="[^"]*"/g, '')
    .replace(/<defs[^>]*>[\s\S]*?<\/defs>/g, '')
    .replace(/ clip-path="[^"]*"/g, '')
    .replace(/ ecmeta_\w+="[^"]*"/g, '')
    .replace(
      /^<svg [^>]*>/,
      `<svg viewBox="0 0 ${size.width} ${size.height}" aria-hidden="true" focusable="false">`,
    )
    .replace(/#0[1-7]0[1-7]0[1-7]/g, (colour) => colours[colour] ?? colour)
}
