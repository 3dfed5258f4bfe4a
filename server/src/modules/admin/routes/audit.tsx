import Router from '@koa/router';
import { Id } from '@suyi/shared-types';
import { z } from 'zod';
import { adminOnly, type AdminState } from '../../../http/admin-session';
import type { Operation } from '../../../http/operations';
import { cutPage } from '../../../http/paging';
import { parse } from '../../../http/parse';
import { getAuditRow, listAudit } from '../audit';
import { AuditEntryPage, AuditListPage } from '../pages/audit';
import { listAdmins } from '../service';
import { answerPage, pageOperation } from './frame';

/** An empty field of a form is no filter. */
const filled = <T extends z.ZodType>(shape: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), shape.optional());

const AuditQuery = z.strictObject({
  adminId: filled(Id),
  subjectId: filled(
    z
      .string()
      .trim()
      .regex(/^[\w.@:-]{1,64}$/),
  ),
  action: filled(z.string().regex(/^[a-z_]{1,40}$/)),
  from: filled(z.iso.date()),
  to: filled(z.iso.date()),
  cursor: filled(Id),
});

const pageSize = 50;

export const auditRoutes = new Router<AdminState>();

auditRoutes.get('/admin/audit', adminOnly('view'), async (ctx) => {
  const filter = parse(AuditQuery, ctx.query);
  const [rows, admins] = await Promise.all([listAudit(filter, pageSize + 1), listAdmins()]);
  const page = cutPage(rows, pageSize, (row) => row.id);

  const { admin } = ctx.state;
  const nextHref = page.nextCursor === null ? null : hrefWith({ ...filter, cursor: page.nextCursor });
  answerPage(
    ctx,
    <AuditListPage admin={admin} rows={page.items} filter={filter} admins={admins} nextHref={nextHref} />,
  );
});

auditRoutes.get('/admin/audit/:id', adminOnly('view'), async (ctx) => {
  const row = await getAuditRow(parse(Id, ctx.params.id));

  answerPage(ctx, <AuditEntryPage admin={ctx.state.admin} row={row} />);
});

function hrefWith(filter: Record<string, string | undefined>): string {
  const given = Object.entries(filter).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `/admin/audit?${new URLSearchParams(given).toString()}`;
}

export const auditOperations: Operation[] = [
  { ...pageOperation('get', '/admin/audit', '操作记录'), query: AuditQuery },
  pageOperation('get', '/admin/audit/:id', '一条操作记录'),
];
