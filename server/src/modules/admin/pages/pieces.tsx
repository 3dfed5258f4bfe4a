import type { ReactElement, ReactNode } from 'react';
import { shanghaiMinute, toMoment } from '../../../lib/clock';
import type { SignedInAdmin } from '../sessions';
import { userPath } from './addresses';
import { Csrf, Field } from './layout';

/* Small pieces that the lists and the detail pages share. */

export function Badge({ kind, children }: { kind: string; children: ReactNode }): ReactElement {
  return <span className={`badge badge--${kind}`}>{children}</span>;
}

/** A moment in Asia/Shanghai, to the minute; to the second where the order of things matters. */
export function When({ at, isExact }: { at: number | string | null; isExact?: boolean }): ReactElement {
  if (at === null) return <span className="faint">—</span>;
  const ms = typeof at === 'string' ? Date.parse(at) : at;
  const shown = isExact ? `${shanghaiMinute(ms)}:${toMoment(ms).slice(17, 19)}` : shanghaiMinute(ms);
  return (
    <time className="nowrap" dateTime={toMoment(ms)}>
      {shown}
    </time>
  );
}

export function UserLink({ id, phone }: { id: string; phone: string | null }): ReactElement {
  return (
    <a className="nowrap" href={userPath(id)}>
      {phone ?? `用户 …${id.slice(-6)}`}
    </a>
  );
}

/** The end of an id: enough for an eye, and the whole of it for a pointer. */
export function IdLink({ href, id }: { href: string; id: string }): ReactElement {
  return (
    <a className="mono nowrap" href={href} title={id}>
      {`…${id.slice(-8)}`}
    </a>
  );
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} 秒`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} 分 ${seconds % 60} 秒`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} 小时 ${Math.floor((seconds % 3_600) / 60)} 分`;
  return `${Math.floor(seconds / 86_400)} 天`;
}

type ChoiceProps = { label: string; name: string; value: string | undefined; options: Record<string, string> };

/** A filter of one value out of some, or all. */
export function Choice({ label, name, value, options }: ChoiceProps): ReactElement {
  return (
    <Field label={label}>
      <select name={name} defaultValue={value ?? ''}>
        <option value="">全部</option>
        {Object.entries(options).map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Finds one seller, order or task. By POST: a phone number never stands in an address. */
export function SearchForm({ admin, given }: { admin: SignedInAdmin; given?: string }): ReactElement {
  return (
    <form className="filters" method="post" action="/admin/search" role="search">
      <Csrf admin={admin} />
      <Field label="直接查找" isWide>
        <input
          name="q"
          defaultValue={given}
          maxLength={190}
          required
          placeholder="手机号、用户/订单/任务编号、openid、支付单号、合作方任务号"
        />
      </Field>
      <button className="button" type="submit">
        查找
      </button>
    </form>
  );
}

export type TimelineItem = {
  at: number;
  words: string;
  kind?: string | undefined;
  detail?: string | undefined;
  href?: string | undefined;
};

/** What happened, oldest first. */
export function Timeline({ items }: { items: readonly TimelineItem[] }): ReactElement {
  // By the second, as it is shown: what stands within one keeps the order it was given in.
  const second = ({ at }: TimelineItem): number => Math.floor(at / 1_000);
  const inOrder = [...items].sort((a, b) => second(a) - second(b));
  return (
    <ol className="timeline">
      {inOrder.map(({ at, words, kind, detail, href }, place) => (
        <li key={place}>
          <When at={at} isExact />
          {kind ? <Badge kind={kind}>{words}</Badge> : words} {href ? <a href={href}>{detail}</a> : detail}
        </li>
      ))}
    </ol>
  );
}

/** Names and what they are, one a line; what is null is left out. */
export function Facts({
  facts,
}: {
  facts: readonly (readonly [name: string, value: ReactNode] | null)[];
}): ReactElement {
  return (
    <dl className="facts">
      {facts.map(
        (fact) =>
          fact && [
            <dt key={`${fact[0]}-name`}>{fact[0]}</dt>,
            <dd key={`${fact[0]}-value`}>{fact[1] ?? <span className="faint">—</span>}</dd>,
          ],
      )}
    </dl>
  );
}

export type DeedLink = { href: string; words: string; isUrgent: boolean };

/** What this admin may do here: each leads to a page that asks once more. */
export function DeedLinks({ deeds }: { deeds: readonly DeedLink[] }): ReactElement {
  return (
    <span className="buttons">
      {deeds.map(({ href, words, isUrgent }) => (
        <a key={href} className={isUrgent ? 'button button--danger' : 'button button--quiet'} href={href}>
          {words}
        </a>
      ))}
    </span>
  );
}
