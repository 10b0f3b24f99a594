/** The page's style sheet; colours reach a contrast of 4.5 : 1 in light and dark. */
export const STYLE = `:root {
  color-scheme: light dark;
  --text: #1c2128; --soft: #57606a; --page: #ffffff; --card: #f6f8fa; --line: #d0d7de; --link: #0550ae;
  --yes: #116329; --no: #8a4600;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --soft: #9aa4af; --page: #0d1117; --card: #161b22; --line: #30363d; --link: #79b8ff;
    --yes: #7ee2a0; --no: #f0b072;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; color: var(--text); background: var(--page); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--page); }
header, .page { max-width: 78rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
header p, .aliases, .type, small { color: var(--soft); }
header p { margin: .5rem 0 1rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.375rem; line-height: 1.25; }
h3 { margin: 0; font-size: 1.125rem; line-height: 1.3; }
h4 { margin: 1rem 0 .25rem; font-size: .875rem; color: var(--soft); }
p { margin: 0 0 .5rem; max-width: 46rem; }
ol, ul { margin: 0 0 .5rem; padding-left: 1.5rem; max-width: 46rem; }
.aliases { font-size: .875rem; }
code { font: .875em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
article { margin: 1rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
article:target { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.type { margin: .125rem 0 0; }
.type a { color: inherit; }
dl { margin: 1rem 0 0; display: grid; gap: .25rem; }
dl div { display: grid; grid-template-columns: 6.5rem 1fr; gap: .75rem; }
dt { color: var(--soft); }
dd { margin: 0; }
.yes { color: var(--yes); }
.no { color: var(--no); }
.patterns { padding: 0; max-width: none; list-style: none; }
.patterns li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); padding: .375rem 0; border-top: 1px solid var(--line); }
.patterns li:first-child { border-top: 0; }
.patterns code { white-space: pre-wrap; }
@media (max-width: 30rem) { .patterns li { grid-template-columns: minmax(0, 1fr); } }
.confidence { color: var(--soft); font-size: .875rem; }
summary { cursor: pointer; padding: .25rem 0; }
.contents ul { padding-left: 0; list-style: none; }
.contents ul ul { padding-left: 1rem; font-size: .875rem; }
.contents a { display: inline-block; padding: .25rem 0; text-decoration: none; }
.contents a:hover { text-decoration: underline; }
.contents > summary { font-weight: 600; }
nav { border: solid var(--line); border-width: 1px 0; }
@media (min-width: 60rem) {
  .page { display: grid; grid-template-columns: 18rem minmax(0, 1fr); gap: 2.5rem; align-items: start; }
  nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding: 1rem .5rem 1rem 0; border-width: 0; }
  main > section:first-child > h2 { margin-top: 1rem; }
  .contents a { padding: .125rem 0; }
  @supports selector(details::details-content) {
    .contents::details-content { display: block; content-visibility: visible; }
    .contents > summary { display: none; }
  }
}
@media print {
  nav, .skip { display: none; }
  .page { display: block; }
  article { break-inside: avoid; background: none; }
}
`;
