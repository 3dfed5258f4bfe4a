import Router from '@koa/router';
import { Id, PageQuery, pageOf } from '@suyi/shared-types';
import type { ReactElement } from 'react';
import { z } from 'zod';
import { actorOf, adminOnly, type AdminState } from '../../../http/admin-session';
import type { Context } from '../../../http/context';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import { rateLimit } from '../../../http/rate-limit';
import { clock, shanghaiDay } from '../../../lib/clock';
import type { Column } from '../csv';
import { csvOf } from '../lists/export';
import { countUpTo, readIds, type Listing } from '../lists/keyset';
import { usualLimit, type ListProps } from '../pages/list';
import { audit, may } from '../service';
import { adminErrors, answerPage, pageOperation } from './frame';

type Shared = { from?: string | undefined; to?: string | undefined; sort: 'newest' | 'oldest' };

/** One list: the same filter, order and columns as a page, as JSON and as CSV. */
export type ListKind<Filter extends Shared, Row extends { id: string }> = {
  name: 'users' | 'orders' | 'tasks';
  words: string;
  Filter: z.ZodType<Filter>;
  Query: z.ZodType;
  Dto: z.ZodType<Row>;
  columns: readonly Column<Row>[];
  listing: (filter: Filter) => Listing;
  read: (ids: readonly string[], maySeePhone: boolean) => Promise<Row[]>;
  ListPage: (list: ListProps<Filter, Row>) => ReactElement;
};

const Place = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(usualLimit),
  after: Id.optional(),
  before: Id.optional(),
});

const Cursor = PageQuery.extend({ cursor: Id.optional() });

const exportBrake = rateLimit('admin.export', { perMinute: 20 });

export function listRoutes<Filter extends Shared, Row extends { id: string }>(
  kind: ListKind<Filter, Row>,
): Router<AdminState> {
  const { name, listing, read } = kind;
  const router = new Router<AdminState>();

  router.get(`/admin/${name}`, adminOnly('view'), async (ctx) => {
    const { limit, after, before, ...words } = filled(ctx.query);
    const place = parse(Place, { limit, after, before });
    const filter = parse(kind.Filter, words);

    const page = await readIds(listing(filter), place, place.limit);
    const [rows, count] = [await read(page.ids, maySeePhone(ctx)), await countUpTo(listing(filter))];

    const { admin } = ctx.state;
    answerPage(
      ctx,
      <kind.ListPage admin={admin} filter={filter} rows={rows} page={page} count={count} limit={place.limit} />,
    );
  });

  router.get(`/api/admin/${name}`, adminOnly('view'), async (ctx) => {
    const { limit, cursor, ...words } = ctx.query;
    const place = parse(Cursor, { limit, cursor });

    const page = await readIds(listing(parse(kind.Filter, words)), { after: place.cursor }, place.limit);

    const nextCursor = page.hasNext ? (page.ids.at(-1) ?? null) : null;
    ctx.body = { items: await read(page.ids, maySeePhone(ctx)), nextCursor };
  });

  const answerCsv = async (ctx: Context & { state: AdminState }, words: object): Promise<void> => {
    const filter = parse(kind.Filter, words);
    await audit(actorOf(ctx), { action: 'export_csv', subjectType: 'list', subjectId: name, detail: { ...filter } });

    const isWhole = maySeePhone(ctx);
    const stream = csvOf(listing(filter), kind.columns, (ids) => read(ids, isWhole));
    // Half a file must not look like a whole one: the connection is cut.
    stream.once('error', () => ctx.res.destroy());
    ctx.attachment(`${name}-${shanghaiDay(clock.now())}.csv`);
    ctx.type = 'text/csv; charset=utf-8';
    ctx.body = stream;
  };
  router.get(`/admin/${name}.csv`, exportBrake, adminOnly('view'), (ctx) => answerCsv(ctx, filled(ctx.query)));
  router.get(`/api/admin/${name}.csv`, exportBrake, adminOnly('view'), (ctx) => answerCsv(ctx, ctx.query));

  return router;
}

export const maySeePhone = ({ state }: { state: AdminState }): boolean => may(state.admin.role, 'see_phone');

/** A form sends what was left open as nothing. */
export function filled(query: Context['query']): Context['query'] {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

export function listOperations<Filter extends Shared, Row extends { id: string }>(
  kind: ListKind<Filter, Row>,
): Operation[] {
  const { name, words, Filter, Query, Dto } = kind;
  return [
    pageOperation('get', `/admin/${name}`, `${words}列表`),
    { ...pageOperation('get', `/admin/${name}.csv`, `导出${words}`), query: Filter },
    {
      method: 'get',
      path: `/api/admin/${name}`,
      summary: `${words}列表，供管理员`,
      query: Query,
      answers: { 200: pageOf(Dto) },
      errors: adminErrors,
    },
    {
      method: 'get',
      path: `/api/admin/${name}.csv`,
      summary: `导出${words}为 CSV，供管理员`,
      query: Filter,
      answers: { 200: null },
      errors: adminErrors,
    },
  ];
}
