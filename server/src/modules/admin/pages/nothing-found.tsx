import type { ReactElement } from 'react';
import type { SignedInAdmin } from '../sessions';
import { Notice, Page } from './layout';
import { SearchForm } from './pieces';

export function NothingFoundPage({ admin, given }: { admin: SignedInAdmin; given: string }): ReactElement {
  return (
    <Page title="没有找到" admin={admin} active="users">
      <div className="head">
        <h1>没有找到</h1>
      </div>
      <Notice kind="warning">没有完全一致的用户、订单或任务。手机号要写全 11 位，编号要写完整。</Notice>
      <section className="card card--flush">
        <SearchForm admin={admin} given={given} />
      </section>
    </Page>
  );
}
