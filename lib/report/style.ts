/** The page's style: system fonts, Okabe and Ito's colour-blind-safe palette (2008), light and dark, phone and paper. */

export const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f6f7f9; --line: #d9dde3; --text: #16191d; --muted: #565d66;
  --run-0: #0072b2; --run-1: #d55e00; --run-2: #007f5c; --run-3: #a0527f;
  --heat: #0072b2; --heat-most: 75%; --warn: #b35900;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --panel: #1b1e23; --line: #343941; --text: #e8eaed; --muted: #a3abb6;
    --run-0: #56b4e9; --run-1: #e69f00; --run-2: #2fc79c; --run-3: #e08fba;
    --heat: #56b4e9; --heat-most: 55%; --warn: #e69f00;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
h1 { font-size: clamp(1.7rem, 4.5vw, 2.5rem); line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 0.75rem; text-wrap: balance; }
h2 { font-size: 1.35rem; letter-spacing: -0.01em; line-height: 1.3; margin: 0 0 0.25rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
p { margin: 0.4rem 0; max-width: 46rem; }
a { color: inherit; text-underline-offset: 0.15em; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--run-0); outline-offset: 2px; border-radius: 3px; }
section { padding: 2.25rem 0 0; }
section > h2 { padding-top: 1.5rem; border-top: 1px solid var(--line); }
.eyebrow, .note, figcaption, caption { color: var(--muted); font-size: 0.875rem; }
.eyebrow { margin: 0 0 0.5rem; }
.lead { font-size: 1.0625rem; max-width: none; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; margin: 1rem 0 0; font-size: 0.875rem; }
nav a { color: var(--muted); }
.runs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1rem; margin: 1.75rem 0 1rem; }
.run { border: 1px solid var(--line); border-top: 4px solid var(--colour); border-radius: 6px; padding: 1rem 1.25rem 1.1rem; min-width: 0; }
.run h3 { margin: 0; }
.run .headline { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.6rem; margin: 0.4rem 0 0; }
.run .headline b { font-size: 2.9rem; line-height: 1.1; letter-spacing: -0.03em; font-weight: 650; }
.run dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(4.75rem, 1fr)); gap: 0.6rem 0.75rem; margin: 1rem 0 0; }
.run dt { color: var(--muted); font-size: 0.8125rem; line-height: 1.3; }
.run dd { margin: 0; font-weight: 600; }
.range { position: relative; height: 8px; border-radius: 4px; background: var(--panel); margin: 0.75rem 0 0; }
.range::before { content: ""; position: absolute; top: 0; bottom: 0; left: calc(var(--low) * 100%); width: max(2px, calc((var(--high) - var(--low)) * 100%)); background: var(--colour); opacity: 0.4; border-radius: 4px; }
.range::after { content: ""; position: absolute; top: -3px; width: 3px; height: 14px; left: calc(var(--value) * 100% - 1.5px); background: var(--colour); border-radius: 1.5px; }
.verdict { font-size: 1.125rem; font-weight: 600; max-width: none; }
.concerns { border-left: 4px solid var(--warn); background: var(--panel); border-radius: 0 6px 6px 0; padding: 0.9rem 1.25rem 1rem; margin: 1.5rem 0 0; }
.concerns h2 { font-size: 1.0625rem; }
.concerns ul { margin: 0.4rem 0 0; padding-left: 1.1rem; }
.concerns li { margin: 0.3rem 0; max-width: 56rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.25rem 2rem; margin-top: 1rem; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; margin-top: 0.5rem; }
.keys { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; color: var(--text); }
.key::before { content: ""; display: inline-block; width: 1.25rem; vertical-align: middle; margin-right: 0.4rem; border-top: 3px solid var(--colour); }
.key.dashed::before { border-top-style: dashed; }
.key.dotted::before { border-top-style: dotted; }
.scroll { overflow: auto; margin: 0.75rem 0 0; max-width: 100%; }
.scroll.tall { max-height: 38rem; }
table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.35; }
caption { text-align: left; padding: 0 0 0.5rem; caption-side: top; }
caption span { display: block; position: sticky; left: 0; width: fit-content; max-width: min(46rem, calc(100vw - 2rem)); white-space: normal; }
th, td { padding: 0.35rem 0.7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { position: sticky; top: 0; background: var(--page); vertical-align: bottom; color: var(--muted); font-weight: 600; z-index: 1; }
tbody th, th.left, td.left { text-align: left; font-weight: 500; }
tbody th { max-width: 16rem; white-space: normal; min-width: 6rem; }
th:first-child, td:first-child { padding-left: 0; }
.narrow th { overflow-wrap: break-word; }
.narrow thead th { white-space: normal; max-width: 7rem; }
.narrow tbody th { min-width: 4.5rem; }
td .note { display: block; font-size: 0.75rem; }
td .range { width: 6rem; margin: 0.3rem 0 0.15rem auto; height: 5px; }
td .range::after { top: -2px; height: 9px; }
.sortable th button { all: unset; cursor: pointer; text-decoration: underline dotted; text-underline-offset: 0.2em; }
.sortable th button:focus-visible, .search input:focus-visible { outline: 2px solid var(--run-0); outline-offset: 2px; border-radius: 3px; }
.sortable th[aria-sort] button { color: var(--text); text-decoration: none; }
.sortable th[aria-sort=ascending] button::after { content: " ↑"; }
.sortable th[aria-sort=descending] button::after { content: " ↓"; }
.search { margin: 0.75rem 0 0; font-size: 0.875rem; color: var(--muted); }
.search input { font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--muted); border-radius: 4px; padding: 0.25rem 0.5rem; margin-left: 0.3rem; max-width: 100%; }
.confused img { width: min(100%, 40rem); height: auto; aspect-ratio: 1; image-rendering: pixelated; border: 1px solid var(--line); }
.heat th, .heat td { padding: 0.3rem 0.4rem; font-size: 0.8125rem; border: 0; }
.heat td { min-width: 2.4rem; text-align: center; background: color-mix(in srgb, var(--heat) calc(var(--share) * var(--heat-most)), var(--page)); border: 1px solid var(--page); color: var(--text); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.heat td.zero { color: var(--muted); }
.heat thead th { height: 6.5rem; vertical-align: bottom; text-align: left; padding: 0; }
.heat thead th span { display: block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 6.5rem; overflow: hidden; text-overflow: ellipsis; margin: 0 auto; padding-top: 0.3rem; }
.heat tbody th { min-width: 0; max-width: 9rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; text-align: right; padding-right: 0.6rem; }
.levels thead th { height: auto; text-align: center; padding: 0.3rem; }
.levels td.picture, .levels td.empty, .levels thead td { background: none; min-width: 0; }
.levels td.picture { padding: 0.1rem 0.4rem; }
.levels img, .example img { display: block; height: 2.75rem; width: auto; border-radius: 3px; }
.levels tbody th { max-width: 12rem; }
.changes td.picture { padding: 0.1rem 0.4rem; }
.changes img { display: block; height: 2.75rem; width: auto; border-radius: 3px; }
.changes tbody th { padding-left: 1rem; max-width: 18rem; }
.changes tr.attribute th { padding-left: 0; font-weight: 650; }
.changes tr.attribute td, .changes tr.attribute th { background: var(--panel); }
.example { display: flex; align-items: center; gap: 0.6rem; }
ol.pairs { padding-left: 1.9rem; margin: 0.5rem 0 0; }
ol.pairs li { margin: 0.2rem 0; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.25rem, 1fr)); gap: 1.25rem 1rem; list-style: none; padding: 0; margin: 1rem 0 0; }
.pictures li { min-width: 0; font-size: 0.8125rem; line-height: 1.35; }
.pictures img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--panel); border-radius: 4px; margin-bottom: 0.4rem; }
.views th, .views td { padding: 0.2rem; border: 0; text-align: left; vertical-align: top; }
.views th { padding-right: 0.8rem; }
.views td:nth-child(2) { padding-right: 1.2rem; }
.views img { display: block; width: 6rem; border-radius: 4px; }
.views .file { color: var(--muted); font-size: 0.75rem; font-weight: 400; display: block; }
.wide header, .wide main, .wide footer { max-width: 96rem; }
.compared tr > * { vertical-align: top; }
.compared .part th { padding-top: 1.4rem; max-width: none; color: var(--muted); font-weight: 600; }
.compared .part span { position: sticky; left: 0; }
.compared tbody th { min-width: 9rem; }
.compared .file { display: block; color: var(--muted); font-size: 0.75rem; font-weight: 400; }
.compared .options { white-space: normal; min-width: 16rem; max-width: 26rem; color: var(--muted); font-size: 0.8125rem; }
.sheet header, .sheet main { max-width: none; }
.sheet .views img { width: auto; max-width: 14rem; }
.pictures .file { color: var(--muted); font-size: 0.75rem; display: block; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 2.5rem; }
.facts table { width: 100%; }
.facts td { text-align: left; white-space: normal; }
.facts th { text-align: left; color: var(--muted); width: 40%; }
details { margin: 0.75rem 0 0; }
summary { cursor: pointer; color: var(--muted); font-size: 0.875rem; }
pre { background: var(--panel); border-radius: 6px; padding: 0.9rem 1rem; overflow: auto; font: 0.8125rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; margin: 0.5rem 0 0; max-height: 30rem; }
footer { color: var(--muted); font-size: 0.8125rem; padding-top: 2rem; padding-bottom: 3rem; }
.mark { display: inline-flex; align-items: center; gap: 0.3rem; }
.mark svg { width: 0.75rem; margin: 0; }
.maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 11rem), 1fr)); gap: 1rem; margin: 1rem 0; }
.overlay > div { position: relative; }
.overlay img { display: block; width: 100%; border-radius: 4px; }
.overlay .under { filter: grayscale(1) contrast(0.8) brightness(1.1); }
.overlay .over { position: absolute; inset: 0; height: 100%; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.overlay figcaption { margin-top: 0.4rem; }
.neighbors { grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); }
.explained { list-style: none; padding: 0; margin: 1rem 0 0; }
.explained > li { border-top: 1px solid var(--line); padding: 1rem 0; break-inside: avoid; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 0.5rem 2rem; }
.explained .maps { grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: 0.6rem; margin: 0.6rem 0 0; align-content: start; }
.explained .neighbors { gap: 0.6rem; margin: 0.2rem 0 0; }
.explained .maps figcaption { font-size: 0.8125rem; line-height: 1.35; }
.explained .file { color: var(--muted); font-size: 0.75rem; }
@media (max-width: 40rem) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  header { padding-top: 1.5rem; }
  .pictures { grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); }
  .narrow th, .narrow td { padding-left: 0.3rem; padding-right: 0.3rem; }
  .narrow td .range { width: 4.5rem; }
  .narrow td .note { white-space: normal; min-width: 4.4rem; }
}
@media print {
  :root { --page: #fff; --panel: #f4f4f4; --line: #bbb; --text: #000; --muted: #444; --run-0: #0072b2; --run-1: #d55e00; --run-2: #007f5c; --run-3: #a0527f; --heat: #0072b2; --heat-most: 75%; --warn: #b35900; }
  body { font-size: 10.5pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  nav, .download, .search { display: none; }
  .scroll, .scroll.tall, pre { max-height: none; overflow: visible; }
  thead th { position: static; }
  .grid:has(figure) { grid-template-columns: 1fr 1fr; }
  figure, .run, .pictures li, tr, .heat { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .run, .range, .range::before, .range::after, .concerns { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
