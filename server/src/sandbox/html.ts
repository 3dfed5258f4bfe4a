/** Markup that is safe to send: only the `html` tag makes it, so no string of a stranger's becomes markup by mistake. */
export class Html {
  constructor(readonly text: string) {}
}

export type HtmlValue = Html | string | number | null | readonly HtmlValue[];

/** A template whose values are escaped, for text and for quoted attributes alike; lists are joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return new Html(strings.map((text, index) => text + markupOf(values[index] ?? null)).join(''));
}

function markupOf(value: HtmlValue): string {
  if (value === null) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  return value.map(markupOf).join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
