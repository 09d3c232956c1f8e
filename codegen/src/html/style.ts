/** The page's look, in light and in dark. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1d2330; --soft: #586174; --line: #dde1e8; --panel: #f5f6f9; --link: #1656c4; --mark: #e6edfb;
  --comment: #5c6678; --string: #17663a; --number: #9a3c00; --keyword: #7a2aa0; --key: #1656c4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171d; --text: #e3e6ec; --soft: #a3abba; --line: #2d333e; --panel: #1c2028; --link: #8ab4ff; --mark: #22304d;
    --comment: #9aa3b3; --string: #8fd6a5; --number: #f2b27e; --keyword: #d4a7f0; --key: #8ab4ff;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
code, pre, h3 { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); background: var(--panel); }
nav h2 { margin: 1.5rem 0 .25rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .15rem .5rem; border-radius: .3rem; font-size: .9rem; overflow-wrap: anywhere; } nav li a:hover { background: var(--mark); text-decoration: none; }
nav .home { font-weight: 600; color: var(--text); font-size: 1.05rem; }
input { width: 100%; margin-top: 1rem; padding: .45rem .6rem; font: inherit; font-size: .9rem; color: var(--text); background: var(--page); border: 1px solid var(--soft); border-radius: .4rem; }
main { padding: 2.5rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 66rem; }
h1 { margin: 0 0 .25rem; font-size: 2rem; line-height: 1.2; }
main > h2 { margin: 3rem 0 0; font-size: 1.35rem; }
.lead { margin: .25rem 0 1.5rem; color: var(--soft); }
.lead code { font-size: .875em; }
section.entry { padding: 1.75rem 0 1.5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 0 0 .5rem; font-size: 1.2rem; } h3 a { color: inherit; } :target h3 a { background: var(--mark); box-shadow: 0 0 0 .3rem var(--mark); border-radius: .1rem; }
h4 { margin: 1.25rem 0 .35rem; font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--soft); }
p { margin: .5rem 0; max-width: 46rem; } .none { color: var(--soft); }
td code, p code, li code, dd code { font-size: .875em; }
pre { margin: 0; padding: .75rem .9rem; overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; font-size: .85rem; line-height: 1.5; }
.signatures pre, .calls pre, details pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 1rem; }
.pair > div { min-width: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); } th, td { padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody:last-child tr:last-child td { border-bottom: 0; } td:first-child { white-space: nowrap; }
.signatures { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .4rem 1rem; margin: 1rem 0; align-items: baseline; }
.signatures dt { font-size: .85rem; }
.values { table-layout: fixed; min-width: 40rem; margin-top: .5rem; } .values td { overflow-wrap: anywhere; } .values td:first-child { white-space: normal; }
.values th:nth-child(1) { width: 20%; } .values th:nth-child(2) { width: 16%; } .values th:nth-child(3) { width: 20%; } .values th:nth-child(4) { width: 16%; }
.values tbody th { padding-top: .9rem; font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; }
.policy { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, max-content)); gap: .5rem 1.5rem; margin: 1.25rem 0 0; font-size: .9rem; } dt { color: var(--soft); } dd { margin: 0; }
.badge { display: inline-block; padding: 0 .45rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--panel); color: var(--soft); font: 500 .75rem/1.5 system-ui, sans-serif; vertical-align: middle; white-space: nowrap; }
pre code { font-size: inherit; } details { margin-top: 1.25rem; } summary { cursor: pointer; color: var(--link); font-size: .9rem; } details pre { margin-top: .5rem; }
.comment { color: var(--comment); } .string { color: var(--string); } .number { color: var(--number); } .keyword { color: var(--keyword); } .key { color: var(--key); }
.nothing { color: var(--soft); padding: 2rem 0; }
[hidden] { display: none !important; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); } main { padding-top: 1.5rem; } }
@media print { nav, details:not([open]) { display: none; } body { display: block; } section.entry { break-inside: avoid; } }
`;
