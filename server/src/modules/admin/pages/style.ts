/** The whole look of /admin, for desktop and phone. Colours are those of the mini program (miniapp/src/ui/tokens.scss). */
const tokens = `
:root {
  --paper: #f5f6f4; --card: #ffffff; --ink: #171b20; --ink-soft: #4c5560; --ink-faint: #626b76; --line: #e6e8e5;
  --mat: #e4e8e4; --accent: #1c5a49; --accent-deep: #123f33; --accent-tint: #e9f1ed; --danger: #b3261e;
  --danger-tint: #fbeceb; --warning: #7a4d00; --warning-tint: #fdf3e1; --radius: 12px; --control: 8px;
}
`;

const ground = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); font-size: 14px; line-height: 1.55;
  font-family: -apple-system, "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif;
}
h1, h2, h3, p, dl, dd, ul, ol, figure { margin: 0; padding: 0; }
h1 { font-size: 22px; line-height: 1.4; font-weight: 600; }
h2 { font-size: 16px; line-height: 1.5; font-weight: 600; }
h3 { font-size: 14px; font-weight: 600; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 12.5px; overflow-wrap: anywhere; }
.faint { color: var(--ink-faint); }
.danger { color: var(--danger); }
.words { min-width: 11em; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.nowrap { white-space: nowrap; }
.words { min-width: 14em; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 8px; top: -60px; background: var(--card); padding: 8px 12px; border-radius: var(--control); z-index: 9; }
.skip:focus { top: 8px; }
`;

const frame = `
.top { background: var(--card); border-bottom: 1px solid var(--line); }
.top-inner { max-width: 1240px; margin: 0 auto; padding: 0 24px; min-height: 56px; display: flex; align-items: center; gap: 24px; }
.brand { color: var(--ink); font-weight: 600; font-size: 16px; letter-spacing: .02em; white-space: nowrap; }
.brand:hover { text-decoration: none; }
.brand small { color: var(--ink-faint); font-weight: 400; font-size: 12px; margin-left: 6px; }
.nav { display: flex; gap: 4px; flex: 1; overflow-x: auto; scrollbar-width: none; }
.nav a { color: var(--ink-soft); padding: 8px 12px; border-radius: var(--control); white-space: nowrap; }
.nav a:hover { background: var(--paper); text-decoration: none; }
.nav a[aria-current] { color: var(--accent); background: var(--accent-tint); font-weight: 600; }
.who { display: flex; align-items: center; gap: 12px; white-space: nowrap; }
.who a { color: var(--ink-soft); }
.who button { border: 0; background: none; color: var(--ink-soft); font: inherit; padding: 8px 0; cursor: pointer; }
.who button:hover { color: var(--danger); }
.page { max-width: 1240px; margin: 0 auto; padding: 24px 24px 64px; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; margin-bottom: 16px; }
.head .more { margin-left: auto; display: flex; flex-wrap: wrap; gap: 8px; }
.columns { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); gap: 16px; align-items: start; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-bottom: 16px; }
.narrow { max-width: 560px; }
.entry { max-width: 380px; margin: 10vh auto 0; }
.entry .brand { display: block; margin-bottom: 16px; font-size: 20px; }
`;

const pieces = `
.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 20px; margin-bottom: 16px; }
.card > h2 { margin-bottom: 12px; }
.card--flush { padding: 0; overflow: hidden; }
.card--flush > h2 { padding: 16px 20px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 14px 16px; color: inherit; display: block; }
a.tile:hover { border-color: var(--accent); text-decoration: none; }
.tile span { color: var(--ink-faint); font-size: 13px; display: block; }
.tile strong { font-size: 22px; line-height: 1.4; font-weight: 600; font-variant-numeric: tabular-nums; }
.tile em { font-style: normal; color: var(--ink-faint); font-size: 12px; display: block; }
.tile--alert { background: var(--danger-tint); border-color: #f1cfcc; }
.tile--alert strong { color: var(--danger); }
.scroll { overflow-x: auto; }
.table { border-collapse: collapse; width: 100%; }
.table th { text-align: left; color: var(--ink-faint); font-weight: 400; font-size: 13px; padding: 10px 12px; white-space: nowrap; border-bottom: 1px solid var(--line); }
.table td { padding: 10px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
.table tr:last-child td { border-bottom: 0; }
.table tbody tr:hover { background: #fafbfa; }
.table th:first-child, .table td:first-child { padding-left: 20px; }
.table th:last-child, .table td:last-child { padding-right: 20px; }
.table th.words { min-width: 11em; }
.number { text-align: right; }
.empty { padding: 40px 20px; text-align: center; color: var(--ink-faint); }
.badge { display: inline-block; padding: 1px 8px; border-radius: 999px; font-size: 12px; line-height: 20px; white-space: nowrap; background: var(--mat); color: var(--ink-soft); }
.badge--succeeded, .badge--paid, .badge--active, .badge--captured, .badge--ok { background: var(--accent-tint); color: var(--accent); }
.badge--running, .badge--saving, .badge--submitting, .badge--queued, .badge--held, .badge--awaiting, .badge--created,
.badge--processing, .badge--requested { background: #eaf0f7; color: #2b4f7c; }
.badge--uncertain, .badge--refunding, .badge--paused, .badge--warning { background: var(--warning-tint); color: var(--warning); }
.badge--failed, .badge--blocked, .badge--abnormal, .badge--refused, .badge--locked, .badge--danger { background: var(--danger-tint); color: var(--danger); }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 8px 20px; }
.facts dt { color: var(--ink-faint); }
.facts dd { overflow-wrap: anywhere; }
.timeline { list-style: none; border-left: 2px solid var(--line); margin-left: 5px; }
.timeline li { position: relative; padding: 0 0 16px 20px; }
.timeline li:last-child { padding-bottom: 0; }
.timeline li::before { content: ""; position: absolute; left: -6px; top: 6px; width: 10px; height: 10px; border-radius: 50%; background: var(--card); border: 2px solid var(--accent); }
.timeline time { color: var(--ink-faint); font-size: 12.5px; display: block; }
.notice { border-radius: var(--control); padding: 12px 16px; margin-bottom: 16px; background: var(--accent-tint); color: var(--accent-deep); }
.notice--warning { background: var(--warning-tint); color: var(--warning); }
.notice--danger { background: var(--danger-tint); color: var(--danger); }
.tally > div { display: flex; justify-content: space-between; gap: 16px; padding: 7px 0; border-bottom: 1px solid var(--line); }
.tally > div:last-child { border-bottom: 0; }
.tally dd { text-align: right; }
.tally small { display: block; color: var(--ink-faint); font-size: 12px; }
.charts figure + figure { margin-top: 20px; }
.steps { padding-left: 20px; margin-bottom: 12px; color: var(--ink-soft); }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)); gap: 8px; }
.pictures img { width: 100%; aspect-ratio: 3 / 4; object-fit: contain; background: var(--mat); border-radius: var(--control); display: block; }
.pager { display: flex; justify-content: space-between; align-items: center; gap: 12px; padding: 12px 20px; border-top: 1px solid var(--line); color: var(--ink-faint); }
.bar { display: flex; align-items: center; gap: 12px; padding: 6px 0; }
.chart { display: block; width: 100%; height: auto; }
.chart rect { fill: var(--accent); }
.chart rect.mat { fill: transparent; }
.chart g:hover rect.mat { fill: var(--paper); }
.chart rect.second { fill: #9cc0b1; }
.chart rect.bad { fill: #c9665f; }
.chart rect.pale { fill: #ecc3bf; }
.chart line { stroke: var(--line); stroke-width: 1; }
.chart text { fill: var(--ink-faint); font-size: 11px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; color: var(--ink-faint); font-size: 12.5px; margin-bottom: 4px; }
.legend span::before { content: ""; display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 6px; background: var(--accent); }
.legend .second::before { background: #9cc0b1; }
.legend .bad::before { background: #c9665f; }
.legend .pale::before { background: #ecc3bf; }
`;

const forms = `
.filters { display: flex; flex-wrap: wrap; gap: 10px; align-items: end; padding: 16px 20px; border-bottom: 1px solid var(--line); }
.fold > summary { padding: 12px 20px; cursor: pointer; color: var(--accent); border-bottom: 1px solid var(--line); }
.filters .field { margin: 0; min-width: 132px; }
.filters .field--wide { flex: 1 1 220px; }
.field { display: block; margin-bottom: 14px; }
.field > span { display: block; color: var(--ink-soft); font-size: 13px; margin-bottom: 4px; }
.field small { display: block; color: var(--ink-faint); margin-top: 4px; }
.field input, .field select, .field textarea {
  width: 100%; font: inherit; color: inherit; background: var(--card); border: 1px solid #cfd4d0; border-radius: var(--control); padding: 7px 10px; min-height: 38px;
}
.field textarea { min-height: 76px; resize: vertical; }
.field input:focus, .field select:focus, .field textarea:focus { border-color: var(--accent); outline: 2px solid var(--accent-tint); }
.button {
  display: inline-block; border: 1px solid var(--accent); background: var(--accent); color: #fff; border-radius: var(--control); font: inherit; font-weight: 500;
  padding: 7px 16px; min-height: 38px; cursor: pointer; text-align: center; white-space: nowrap;
}
.button:hover { background: var(--accent-deep); text-decoration: none; }
.button[disabled] { opacity: .55; cursor: default; }
.button--quiet { background: var(--card); border-color: #cfd4d0; color: var(--ink); }
.button--quiet:hover { background: var(--paper); }
.button--danger { background: var(--danger); border-color: var(--danger); }
.button--danger:hover { background: #8f1d17; }
.button--wide { width: 100%; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
`;

const phone = `
/* On a desk the filters are always open, where the browser can be told so. */
@supports selector(::details-content) {
  @media (min-width: 641px) {
    .fold > summary { display: none; }
    .fold::details-content { content-visibility: visible; }
  }
}
@media (max-width: 860px) { .columns { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 640px) {
  .top-inner { flex-wrap: wrap; padding: 8px 16px 6px; gap: 0 12px; }
  .nav { order: 3; flex: 1 0 100%; margin: 0 -8px; }
  .nav a { padding: 8px 10px; }
  .who { margin-left: auto; }
  .page { padding: 16px 12px 48px; }
  h1 { font-size: 20px; }
  .head .more { margin-left: 0; width: 100%; }
  .card { padding: 16px; }
  .card--flush { padding: 0; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
  .tile strong { font-size: 19px; }
  .filters { padding: 12px 16px; }
  .filters .field { flex: 1 1 130px; }
  .table th:first-child, .table td:first-child { padding-left: 16px; }
  .facts { grid-template-columns: 6em minmax(0, 1fr); gap: 6px 12px; }
  .card--flush > h2 { padding: 16px 16px 0; }
  .chart text { font-size: 17px; }
  .field input, .field select, .field textarea { font-size: 16px; min-height: 42px; }
  .button { min-height: 42px; }
  .entry { margin-top: 4vh; }
}
`;

export const style = [tokens, ground, frame, pieces, forms, phone].join('');

/** Against the second press of a button while the first one is on its way. All that /admin has of a script. */
export const script = `document.addEventListener('submit', (event) => {
  if (event.target.method !== 'post') return;
  for (const button of event.target.querySelectorAll('button')) setTimeout(() => { button.disabled = true; });
});
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[disabled]')) button.disabled = false;
});
`;
