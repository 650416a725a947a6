/** How the printed bill looks: system fonts, A4 or Letter, black on white; nothing is told by colour alone. */
export const BILL_STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1b1f24; font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 50rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
h1 { font-size: 1.6rem; margin: 0 0 .6rem; line-height: 1.2; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p { margin: .3rem 0; }
header { display: flex; justify-content: space-between; gap: 2rem; border-bottom: 2px solid #1b1f24; padding-bottom: 1rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0; overflow-wrap: anywhere; }
dt { color: #57606a; }
dd { margin: 0; }
.payable { text-align: right; white-space: nowrap; }
.payable span { display: block; color: #57606a; }
.payable strong { font-size: 1.9rem; line-height: 1.2; }
.verdict { border: 1.5px solid; border-radius: 6px; padding: .6rem 1rem; margin: 1.2rem 0; overflow-wrap: anywhere; }
.verdict h2 { margin: 0; }
.verdict p { color: #1b1f24; }
.right { border-color: #1a7f37; color: #116329; }
.wrong { border-color: #cf222e; border-width: 3px; color: #a40e26; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; border-bottom: 1px solid #1b1f24; padding: .3rem .5rem; vertical-align: bottom; }
td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid #d8dee4; }
th:first-child, td:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
.sum td { font-weight: 600; }
.pay td { border-bottom: 2px solid #1b1f24; }
.missing-slots th, .missing-slots td { text-align: left; }
.missing-slots td:first-child, .missing-slots td:last-child { white-space: nowrap; }
.note { color: #57606a; font-size: .87rem; }
.swatch { width: .8em; height: .8em; border: 1px solid #57606a; vertical-align: -.05em; }
.legend span { margin-right: 1.2rem; white-space: nowrap; }
.cross { color: #a40e26; }
.calendar { width: 100%; height: auto; font: 8.5px system-ui, "Liberation Sans", sans-serif; fill: #57606a; }
.calendar .missing rect { fill: #fff; stroke: #a40e26; stroke-width: 1; }
.calendar .missing path { stroke: #a40e26; stroke-width: 1.2; }
ol { margin: .3rem 0; padding-left: 1.4rem; }
.proof dl { margin: .6rem 0 0; }
.proof dd { font: 11px/1.4 ui-monospace, "Liberation Mono", Menlo, monospace; overflow-wrap: anywhere; margin-bottom: .4rem; }
pre { font: 12px/1.5 ui-monospace, "Liberation Mono", Menlo, monospace; background: #f3f5f7; padding: .6rem .8rem; border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 34rem) { header { display: block; } .payable { text-align: left; margin-top: 1rem; } }
@page { margin: 16mm 15mm; }
@media print {
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .whole, tr, .verdict, header { break-inside: avoid; }
  h2 { break-after: avoid; }
  .proof { break-before: page; font-size: 9pt; }
  .proof dd { font-size: 7pt; line-height: 1.3; margin-bottom: .25rem; }
  pre { border: 1px solid #d8dee4; }
}
`;
