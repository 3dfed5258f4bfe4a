import type { ReactElement } from 'react';
import type { DeedName } from '../actions';
import type { Preview } from '../previews';
import type { SignedInAdmin } from '../sessions';
import { actionWords } from '../words';
import { Csrf, Field, Notice, Page } from './layout';

type Props = {
  admin: SignedInAdmin;
  name: DeedName;
  /** Where the form goes, and where the amount of a refund is asked for. */
  action: string;
  /** Back to what it is about. */
  backHref: string;
  preview: Preview;
  formKey: string;
  /** Of a refund: the amount as it was asked for; empty: all. */
  yuanText: string;
};

const isGrave: Partial<Record<DeedName, boolean>> = {
  refund_order: true,
  end_task: true,
  block_user: true,
  pause_type: true,
};

/** One deed, before it is done: what it is about, what it would do, why, and the button. */
export function DeedPage({ admin, name, action, backHref, preview, formKey, yuanText }: Props): ReactElement {
  const title = actionWords[name] ?? name;
  return (
    <Page title={title} admin={admin}>
      <div className="narrow">
        <div className="head">
          <h1>{title}</h1>
        </div>
        <section className="card">
          <dl className="facts">
            {preview.facts.map(([label, value]) => (
              <Fact key={label} label={label} value={value} />
            ))}
          </dl>
        </section>
        {name === 'refund_order' && <Amount action={action} yuanText={yuanText} />}
        {preview.hindrance !== null && <Notice kind="warning">{preview.hindrance}</Notice>}
        {preview.hindrance === null && (
          <form className="card" method="post" action={action}>
            <Notice kind={isGrave[name] ? 'warning' : undefined}>{preview.effect}</Notice>
            <Csrf admin={admin} />
            <input type="hidden" name="key" value={formKey} />
            {name === 'refund_order' && <input type="hidden" name="yuan" value={yuanText} />}
            {name === 'pause_type' && (
              <Field label="横幅：卖家看到的话">
                <textarea
                  name="banner"
                  minLength={4}
                  maxLength={120}
                  required
                  defaultValue="这项功能正在维护，暂不接新任务，不会扣除次数。请稍后再来。"
                />
              </Field>
            )}
            <Field label="原因" hint="至少 4 个字，写进操作记录">
              <input
                name="reason"
                minLength={4}
                maxLength={name === 'refund_order' ? 80 : 190}
                required
                autoComplete="off"
              />
            </Field>
            <div className="buttons">
              <button className={isGrave[name] ? 'button button--danger' : 'button'} type="submit">
                确认{title}
              </button>
              <a className="button button--quiet" href={backHref}>
                不做，返回
              </a>
            </div>
          </form>
        )}
        {preview.hindrance !== null && (
          <a className="button button--quiet" href={backHref}>
            返回
          </a>
        )}
      </div>
    </Page>
  );
}

function Fact({ label, value }: { label: string; value: string }): ReactElement {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Amount({ action, yuanText }: { action: string; yuanText: string }): ReactElement {
  return (
    <form className="card" method="get" action={action}>
      <Field label="退款金额（元）" hint="不填就是全部余款；改了金额先按“重新计算”">
        <input
          name="yuan"
          inputMode="decimal"
          pattern="\d{1,7}(\.\d{1,2})?"
          defaultValue={yuanText}
          autoComplete="off"
        />
      </Field>
      <button className="button button--quiet" type="submit">
        重新计算
      </button>
    </form>
  );
}
