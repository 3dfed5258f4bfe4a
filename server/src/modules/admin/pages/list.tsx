import type { ReactElement, ReactNode } from 'react';
import { countMax, type IdPage } from '../lists/keyset';
import type { SignedInAdmin } from '../sessions';
import { address } from './addresses';
import { Field, Page, type Section } from './layout';
import { SearchForm } from './pieces';

/** What every list shows around its rows. */
export type ListProps<Filter, Row> = {
  admin: SignedInAdmin;
  filter: Filter & Shared;
  rows: readonly Row[];
  page: IdPage;
  /** Up to one more than `countMax`. */
  count: number;
  limit: number;
};

type Shared = { from?: string | undefined; to?: string | undefined; sort: 'newest' | 'oldest' };

/** How many rows a page has where nobody says otherwise. */
export const usualLimit = 50;

type FrameProps = {
  title: string;
  section: Section;
  path: string;
  list: ListProps<Shared, { id: string }>;
  /** The filters that this list has beside days and order. */
  filters: ReactNode;
  /** Ways to what belongs to it. */
  more?: ReactNode;
  /** Cells of the head; the last ones that end in `#` are numbers. */
  columns: readonly string[];
  children: ReactNode;
};

export function ListPage({ title, section, path, list, filters, more, columns, children }: FrameProps): ReactElement {
  const { admin, count } = list;
  return (
    <Page title={title} admin={admin} active={section}>
      <div className="head">
        <h1>{title}</h1>
        <span className="faint">{count > countMax ? `${countMax}+ 条` : `${count} 条`}</span>
        <div className="more">
          {more}
          <a className="button button--quiet" href={address(`${path}.csv`, filterWords(list.filter))}>
            导出 CSV
          </a>
        </div>
      </div>
      <section className="card card--flush">
        <SearchForm admin={admin} />
        <details className="fold" open={isFiltered(list.filter)}>
          <summary>筛选与排序</summary>
          <FilterForm path={path} list={list} filters={filters} />
        </details>
        {list.rows.length === 0 ? (
          <p className="empty">没有符合条件的记录。</p>
        ) : (
          <div className="scroll">
            <table className="table">
              <thead>
                <tr>
                  {columns.map((name) => (
                    <th key={name} className={name.endsWith('#') ? 'number' : undefined} scope="col">
                      {name.replace(/#$/, '')}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>{children}</tbody>
            </table>
          </div>
        )}
        <Pager path={path} list={list} />
      </section>
    </Page>
  );
}

function FilterForm({ path, list, filters }: Pick<FrameProps, 'path' | 'list' | 'filters'>): ReactElement {
  const { filter, limit } = list;
  return (
    <form className="filters" method="get" action={path}>
      {filters}
      <Field label="从">
        <input type="date" name="from" defaultValue={filter.from} />
      </Field>
      <Field label="到">
        <input type="date" name="to" defaultValue={filter.to} />
      </Field>
      <Field label="排序">
        <select name="sort" defaultValue={filter.sort}>
          <option value="newest">最新在前</option>
          <option value="oldest">最早在前</option>
        </select>
      </Field>
      <Field label="每页">
        <select name="limit" defaultValue={String(limit)}>
          {[...new Set([20, 50, 100, limit])].map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      </Field>
      <div className="buttons">
        <button className="button" type="submit">
          筛选
        </button>
        <a className="button button--quiet" href={path}>
          清除
        </a>
      </div>
    </form>
  );
}

function Pager({ path, list }: Pick<FrameProps, 'path' | 'list'>): ReactElement | null {
  const { page, rows } = list;
  const words = { ...filterWords(list.filter), limit: list.limit === usualLimit ? undefined : list.limit };
  const [first, last] = [rows[0]?.id, rows.at(-1)?.id];
  if (!page.hasPrevious && !page.hasNext) return null;
  return (
    <nav className="pager" aria-label="翻页">
      {page.hasPrevious && first ? (
        <span className="buttons">
          <a className="button button--quiet" href={address(path, words)}>
            首页
          </a>
          <a className="button button--quiet" rel="prev" href={address(path, { ...words, before: first })}>
            上一页
          </a>
        </span>
      ) : (
        <span />
      )}
      {page.hasNext && last && (
        <a className="button button--quiet" rel="next" href={address(path, { ...words, after: last })}>
          下一页
        </a>
      )}
    </nav>
  );
}

/** Something is set that hides rows or turns them round. */
const isFiltered = (filter: Shared): boolean => Object.values(filterWords(filter)).some((word) => word !== undefined);

/** What of a filter an address has to say. */
function filterWords(filter: Shared): Record<string, string | undefined> {
  const { sort, ...others } = filter;
  return { ...others, sort: sort === 'newest' ? undefined : sort };
}
