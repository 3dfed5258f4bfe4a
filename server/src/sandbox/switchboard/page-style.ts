/** The look of the sandbox's pages: phone width first, light and dark after the phone's own setting. */
export const pageStyle = `
:root {
  --paper: #f6f4ef; --card: #ffffff; --ink: #23211d; --faint: #8a857b; --line: #e6e2d9;
  --accent: #2f6f5e; --accent-ink: #ffffff; --warn: #b4552d; --stripe: #f2dca0; --stripe-ink: #5b4305;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #181715; --card: #22211e; --ink: #efece5; --faint: #98928a; --line: #34322d;
    --accent: #6fbfa6; --accent-ink: #10201b; --warn: #e08a63; --stripe: #4a3d16; --stripe-ink: #f2dca0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
}
.stripe { background: var(--stripe); color: var(--stripe-ink); text-align: center; font-size: 13px; padding: 6px 12px; }
.wrap { max-width: 560px; margin: 0 auto; padding: 16px 16px 48px; }
header h1 { font-size: 22px; font-weight: 600; margin: 8px 0 0; letter-spacing: 0.02em; }
header p { margin: 2px 0 0; color: var(--faint); font-size: 14px; }
h2 { font-size: 15px; font-weight: 600; margin: 28px 0 10px; color: var(--faint); }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 10px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 14px 16px; min-width: 0; }
.row { display: flex; justify-content: space-between; align-items: center; gap: 12px; }
.row > * { min-width: 0; }
.meta { color: var(--faint); font-size: 13px; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.code { font: 600 34px/1.2 ui-monospace, "SF Mono", Menlo, Consolas, monospace; letter-spacing: 0.14em; user-select: all; }
.amount { font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }
.title { overflow-wrap: anywhere; }
.clamped { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.state { font-size: 13px; padding: 2px 10px; border-radius: 99px; border: 1px solid var(--line); white-space: nowrap; }
.state.good { color: var(--accent); border-color: var(--accent); }
.state.open { color: var(--warn); border-color: var(--warn); }
.state.over { color: var(--faint); }
.amount .meta { font-weight: 400; margin-left: 4px; }
.channel { color: var(--ink); font-weight: 500; margin-right: 4px; }
.refund {
  display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; margin-top: 10px; padding-top: 10px;
  border-top: 1px solid var(--line); font-variant-numeric: tabular-nums;
}
.refund .actions { margin: 0 0 0 auto; }
.refund button { min-height: 36px; padding: 0 12px; font-size: 14px; }
.empty { color: var(--faint); text-align: center; padding: 22px 12px; border-style: dashed; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
.actions form { margin: 0; }
.actions:empty { display: none; }
button, .button {
  font: inherit; font-size: 15px; min-height: 44px; padding: 0 16px; border-radius: 10px; cursor: pointer;
  border: 1px solid var(--line); background: transparent; color: inherit; text-decoration: none;
  display: inline-flex; align-items: center; justify-content: center;
}
button:focus-visible, .button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; }
summary { cursor: pointer; min-height: 44px; display: flex; align-items: center; justify-content: space-between; }
summary::after { content: "+"; color: var(--faint); font-size: 22px; }
details[open] summary::after { content: "−"; }
details .actions { margin: 8px 0 14px; }
.sheet-page { min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; background: rgb(0 0 0 / 55%); }
.sheet-page .space { flex: 1; }
.sheet {
  background: var(--card); border-radius: 18px 18px 0 0; padding: 20px 20px 32px; text-align: center;
  width: 100%; max-width: 480px; margin: 0 auto;
}
.sheet .amount { font-size: 40px; line-height: 1.2; margin: 6px 0 18px; }
.sheet dl { margin: 0 0 20px; border-top: 1px solid var(--line); text-align: left; }
.sheet dl div { display: flex; justify-content: space-between; gap: 16px; padding: 12px 0; border-bottom: 1px solid var(--line); }
.sheet dt { color: var(--faint); white-space: nowrap; }
.sheet dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
.sheet form { margin: 0 0 10px; }
.sheet button, .sheet .button { width: 100%; min-height: 50px; font-size: 17px; }
.sheet button.pay { background: #07884a; border-color: #07884a; color: #ffffff; font-weight: 600; }
.sheet button.alipay { background: #1677ff; border-color: #1677ff; }
.sheet .brand { color: #1677ff; font-weight: 600; letter-spacing: 0.08em; margin-bottom: 10px; }
@media (min-width: 640px) { .sheet-page { justify-content: center; } .sheet-page .space { flex: 0; } .sheet { border-radius: 18px; } }
`;
