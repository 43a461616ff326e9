/** Plots as SVG text, drawn by echarts without a browser: for a page with its light or dark theme, or as files of their own. */
import { init, type CustomSeriesOption, type EChartsOption } from 'echarts'
import { escape } from './html'

/** Colours that echarts writes into the picture; what stands for them is put in their place. */
const [muted, line] = ['#020202', '#030303'] as const
const runColours = ['#040404', '#050505', '#060606', '#070707'] as const

/** Of a page's theme, and of a file: the light theme's (style.ts), since few programs but browsers know variables in SVG. */
const pageColours: Readonly<Record<string, string>> = {
  [muted]: 'var(--muted)',
  [line]: 'var(--line)',
  ...Object.fromEntries(runColours.map((colour, i) => [colour, `var(--run-${i})`])),
}
const fileColours: Readonly<Record<string, string>> = {
  [muted]: '#565d66',
  [line]: '#d9dde3',
  ...Object.fromEntries(
    runColours.map((colour, i) => [colour, ['#0072b2', '#d55e00', '#007f5c', '#a0527f'][i]]),
  ),
}

interface Size {
  readonly width: number
  readonly height: number
}
const pageSize: Size = { width: 460, height: 250 }
const fileSize: Size = { width: 720, height: 400 }
const fontFamily = 'inherit'

export interface Series {
  /** Index of the run: its colour. */
  readonly run: number
  readonly points: readonly (readonly [number, number | null])[]
  /** Solid where absent. */
  readonly line?: 'dashed' | 'dotted'
  /** Drawn lightly, behind a mean of it. */
  readonly faint?: boolean
  /** Diameters of the points; none are drawn without. */
  readonly sizes?: readonly number[]
  /** Shaded: [x, low, high]. */
  readonly band?: readonly (readonly [number, number, number])[]
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
  /** x is above 0, on a logarithmic axis. */
  readonly logarithmic?: boolean
  /** A vertical line. */
  readonly mark?: { readonly x: number; readonly name: string }
}

/** Part of a page: as wide as its column, in the colours of the theme. */
export function lineChart(chart: LineChart): string {
  const { width, height } = pageSize
  const head = `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true" focusable="false">`
  return coloured(draw(optionOf(chart), pageSize, head), pageColours)
}

/** A file of its own, on white; `title` is what it shows, in words. */
export function lineChartFile(chart: LineChart, title: string): string {
  const { width, height } = fileSize
  const box = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" ${box} role="img" font-family="sans-serif">` +
    `<title>${escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>`
  return `${coloured(draw(optionOf(chart), fileSize, head), fileColours)}\n`
}

function optionOf(chart: LineChart): EChartsOption {
  const { xName, yName, percent, series, square = false, shares = square, logarithmic = false, mark } = chart
  const axisLabel = { color: muted, fontFamily, fontSize: 12 }
  const asPercent = (value: number): string => `${Math.round(100 * value)} %`
  const axis = {
    nameTextStyle: { color: muted, fontFamily, fontSize: 12 },
    splitLine: { lineStyle: { color: line } },
    axisLine: { show: false },
    axisTick: { show: false },
  }
  return {
    animation: false,
    grid: { left: 52, right: 16, top: 32, bottom: 44 },
    xAxis: {
      ...axis,
      type: logarithmic ? 'log' : 'value',
      name: xName,
      nameLocation: 'middle',
      nameGap: 28,
      splitLine: { show: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: line } },
      axisLabel: {
        ...axisLabel,
        hideOverlap: true,
        ...(shares ? { formatter: asPercent } : {}),
        ...(logarithmic ? { formatter: asPower } : {}),
      },
      ...(shares ? { min: 0, max: 1, interval: 0.25 } : {}),
      ...(shares || logarithmic ? {} : { min: 1, minInterval: 1, max: 'dataMax' }),
    },
    yAxis: {
      ...axis,
      type: 'value',
      name: yName,
      nameTextStyle: { ...axis.nameTextStyle, align: 'left', padding: [0, 0, 0, -44] },
      scale: !percent,
      axisLabel: { ...axisLabel, formatter: percent ? asPercent : evenly(series) },
      ...(square ? { min: 0, max: 1, interval: 0.25 } : {}),
    },
    series: [
      ...series.flatMap(({ run, band }) => (band ? [drawnBand(run, band)] : [])),
      ...series.map(drawnSeries),
      ...(square ? [diagonal()] : []),
      ...(mark === undefined ? [] : [verticalLine(mark, series)]),
    ],
  }
}

/** The same decimals for all: those of a fifth of the range, which echarts aims at between two labels. */
function evenly(series: readonly Series[]): (value: number) => string {
  const heights = series.flatMap(({ points }) => points.flatMap(([, y]) => y ?? []))
  const range = Math.max(...heights) - Math.min(...heights)
  const digits = range > 0 ? Math.max(0, Math.ceil(-Math.log10(range / 5))) : 2
  return (value) => value.toFixed(Math.min(digits, 20))
}

/** '1e-7', '0.1', '10,000'. */
function asPower(value: number): string {
  const power = Number(value.toPrecision(1)) // 0.1, and nothing of what it lacks in binary
  return power >= 0.01 && power < 1e6 ? power.toLocaleString('en-US') : power.toExponential(0)
}

function drawnSeries({ run, points, line, faint = false, sizes }: Series) {
  const color = runColours[run % runColours.length]
  return {
    type: 'line' as const,
    data: points.map(([x, y], i) => ({ value: [x, y ?? '-'], symbolSize: sizes?.[i] ?? 5 })),
    // A line of a single point cannot be seen: its point can.
    showSymbol: sizes !== undefined || points.length === 1,
    symbol: 'circle',
    color,
    lineStyle: {
      color,
      width: faint ? 1 : 2,
      opacity: faint ? 0.4 : 1,
      type: line ?? ('solid' as const),
    },
  }
}

function drawnBand(run: number, band: NonNullable<Series['band']>): CustomSeriesOption {
  const corners = [...band.map(([x, low]) => [x, low]), ...band.map(([x, , high]) => [x, high]).reverse()]
  return {
    type: 'custom',
    data: band.map(([x, low, high]) => [x, low, high]),
    encode: { x: 0, y: [1, 2] },
    silent: true,
    // One shape for all of the data.
    renderItem: ({ dataIndex }, api) =>
      dataIndex > 0
        ? null
        : {
            type: 'polygon',
            shape: { points: corners.map((corner) => api.coord(corner)) },
            style: { fill: runColours[run % runColours.length], opacity: 0.18 },
          },
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

/** As high as what is drawn beside it. */
function verticalLine({ x, name }: NonNullable<LineChart['mark']>, series: readonly Series[]) {
  const heights = series.flatMap(({ points }) => points.flatMap(([, y]) => y ?? []))
  const label = {
    show: true,
    formatter: name,
    position: 'right' as const,
    color: muted,
    fontFamily,
    fontSize: 12,
  }
  return {
    type: 'line' as const,
    data: [{ value: [x, Math.min(...heights)] }, { value: [x, Math.max(...heights)], label }],
    symbolSize: 0,
    silent: true,
    lineStyle: { color: muted, width: 1, type: 'dotted' as const },
  }
}

/**
 * With `head` as its first tag, and without all that carries echarts' count of its instances (clip paths, classes): the same data
 * gives the same text.
 */
function draw(option: EChartsOption, size: Size, head: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  chart.setOption(option)
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
    .replace(/ class="[^"]*"/g, '')
    .replace(/ pointer-events="[^"]*"/g, '')
    .replace(/<defs[^>]*>[\s\S]*?<\/defs>/g, '')
    .replace(/ clip-path="[^"]*"/g, '')
    .replace(/ ecmeta_\w+="[^"]*"/g, '')
    .replace(/^<svg [^>]*>/, head)
}

const coloured = (svg: string, colours: Readonly<Record<string, string>>): string =>
  svg.replace(/#0[1-7]0[1-7]0[1-7]/g, (colour) => colours[colour] ?? colour)
