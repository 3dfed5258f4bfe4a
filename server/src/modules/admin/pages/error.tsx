import type { ReactElement } from 'react';
import type { SignedInAdmin } from '../sessions';
import { Notice, Page } from './layout';

type Props = {
  admin: SignedInAdmin | null;
  sentence: string;
  fields: readonly { path: string; message: string }[];
  requestId: string;
};

/** What went wrong and what to do, where a page was asked for. */
export function ErrorPage({ admin, sentence, fields, requestId }: Props): ReactElement {
  return (
    <Page title="没有办成" admin={admin}>
      <div className="narrow">
        <div className="head">
          <h1>没有办成</h1>
        </div>
        <Notice kind="danger">
          {sentence}
          {fields.map(({ path, message }) => ` ${path}：${message}。`)}
        </Notice>
        <p className="faint">
          请求编号 <code>{requestId}</code>
        </p>
        <p>
          <a href="/admin">回到概览</a>
        </p>
      </div>
    </Page>
  );
}
