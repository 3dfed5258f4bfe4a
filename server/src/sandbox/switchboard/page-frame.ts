import { Html, html, type HtmlValue } from '../html';
import { pageStyle } from './page-style';

/** A whole page. `standsAlone`: it is served where no stylesheet lies beside it. */
export function document(title: string, content: HtmlValue, { standsAlone = false } = {}): Html {
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${standsAlone ? new Html(`<style>${pageStyle}</style>`) : html`<link rel="stylesheet" href="/sandbox/page.css" />`}
      </head>
      <body>
        ${content}
      </body>
    </html>`;
}

/** A cashier's sheet at the foot of the screen. */
export function sheet(title: string, stripe: string, content: HtmlValue, frame: { standsAlone?: boolean } = {}): Html {
  const page = html`<div class="sheet-page">
    <div class="stripe">${stripe}</div>
    <div class="space"></div>
    <main class="sheet">${content}</main>
  </div>`;
  return document(title, page, frame);
}

/** What a cashier says of the payment it asks for. */
export function paymentFacts(outTradeNo: string, method: string): Html {
  return html`<dl>
    <div>
      <dt>收款方</dt>
      <dd>素衣（沙箱商户）</dd>
    </div>
    <div>
      <dt>订单号</dt>
      <dd>${outTradeNo}</dd>
    </div>
    <div>
      <dt>付款方式</dt>
      <dd>${method}</dd>
    </div>
  </dl>`;
}

export const yuan = (fen: number): string => `¥${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;

const shanghaiTime = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai',
  hourCycle: 'h23',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
export const time = (ms: number): string => shanghaiTime.format(ms);
