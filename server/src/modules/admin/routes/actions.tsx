import Router from '@koa/router';
import { Id, IdempotencyKey } from '@suyi/shared-types';
import { z } from 'zod';
import { actorOf, adminOnly, type AdminState } from '../../../http/admin-session';
import { formBody } from '../../../http/form';
import type { Operation } from '../../../http/operations';
import { parse } from '../../../http/parse';
import { rateLimit } from '../../../http/rate-limit';
import { AppError } from '../../../lib/errors';
import { randomHex } from '../../../lib/ids';
import { deedNames, deedPath, doDeed, rightFor, type DeedName } from '../actions';
import { DeedPage } from '../pages/deed';
import { previewOf } from '../previews';
import { actionWords, fenOf, hrefOf } from '../words';
import { adminErrors, answerPage, pageOperation } from './frame';

const yuanText = z.string().trim().max(12);
const Form = z.strictObject({
  csrf: z.string().optional(),
  key: IdempotencyKey,
  reason: z.string().trim().max(190),
  yuan: yuanText.default(''),
  banner: z.string().trim().max(120).optional(),
});
const AmountQuery = z.strictObject({ yuan: yuanText.default('') });

const reasonMin = 4;
const brake = rateLimit('admin.actions', { perMinute: 60 });

export const actionRoutes = new Router<AdminState>();
for (const name of deedNames) serve(name);

function serve(name: DeedName): void {
  const allowed = adminOnly(rightFor[name]);
  const path = deedPath(name, ':id');

  actionRoutes.get(path, allowed, async (ctx) => {
    const id = parse(Id, ctx.params.id);
    const { yuan } = parse(AmountQuery, ctx.query);
    const preview = await previewOf(name, id, amountOf(yuan));

    const { admin } = ctx.state;
    const action = deedPath(name, id);
    const backHref = backFrom(name, id);
    const shown = { admin, name, action, backHref, preview, formKey: randomHex(16), yuanText: yuan };
    answerPage(ctx, <DeedPage {...shown} />);
  });

  actionRoutes.post(path, allowed, brake, formBody, async (ctx) => {
    const subjectId = parse(Id, ctx.params.id);
    const { key, reason, yuan, banner } = parse(Form, ctx.request.body);
    if (reason.length < reasonMin) refuseField('原因', `至少写 ${reasonMin} 个字`);
    if (name === 'pause_type' && (banner ?? '').length < reasonMin) refuseField('横幅', `至少写 ${reasonMin} 个字`);

    const doing = { subjectId, reason, key, refundFen: amountOf(yuan), banner };
    const entryId = await doDeed(name, actorOf(ctx), doing);

    ctx.redirect(`/admin/audit/${entryId}`);
    ctx.status = 303;
  });
}

function amountOf(yuan: string): number | null {
  if (yuan === '') return null;
  return fenOf(yuan) ?? refuseField('退款金额', '请写成 49 或 49.50 这样的数');
}

function refuseField(path: string, message: string): never {
  throw new AppError('invalid_request', { fields: [{ path, message }] });
}

const kinds: Record<DeedName, string> = {
  query_order: 'order',
  refund_order: 'order',
  end_task: 'task',
  block_user: 'user',
  unblock_user: 'user',
  pause_type: 'task_type',
  resume_type: 'task_type',
};
const backFrom = (name: DeedName, id: string): string => hrefOf(kinds[name], id) ?? '/admin';

export const actionOperations: Operation[] = deedNames.flatMap((name) => {
  const words = actionWords[name] ?? name;
  const path = deedPath(name, ':id');
  return [
    { ...pageOperation('get', path, `${words}：做之前的说明`), query: AmountQuery },
    { ...pageOperation('post', path, words), body: Form, errors: [...adminErrors, ...errorsOf(name)] },
  ];
});

function errorsOf(name: DeedName): Operation['errors'] {
  if (name === 'refund_order') return ['order_not_refundable', 'refund_under_way', 'refund_too_much'];
  return name === 'query_order' ? ['channel_unavailable'] : ['admin_not_needed'];
}
