import { setTimeout as sleep } from 'node:timers/promises';
import { drawGarmentPhoto } from '../draw';
import { useLiveServer } from '../live-server';
import { member, postTask, uploadPhoto, waitForAll } from '../phone';
import { call } from '../request';
import type { World } from '../world';

const reach = useLiveServer({ IMAGING_PROCESSES: '2' });

it('accepts exactly 100 of 300 tasks posted at once, and ends every one of them through a kill -9', async () => {
  const phone = await member(reach, '13700000001');
  const photo = await drawGarmentPhoto({ width: 480, height: 640 });
  const body = {
    type: 'basic_clean',
    mediaId: await uploadPhoto(reach, phone, photo),
    params: { preset: 'taobao_white' },
  };

  const answers = Promise.all(Array.from({ length: 300 }, (_, n) => postTask(reach, phone, body, `flood-task-${n}`)));
  await sleep(700);
  await reach.killAndRestart();
  const statuses = (await answers).map((answer) =>
    answer.status === 402 ? 'quota_insufficient' : answer.status < 300 ? 'accepted' : String(answer.status),
  );

  expect(statuses.filter((status) => status === 'accepted')).toHaveLength(100);
  expect(statuses.filter((status) => status === 'quota_insufficient')).toHaveLength(200);

  await sleep(2_000);
  await reach.killAndRestart();
  const counts = await waitForAll(reach, phone, 240_000);

  expect(Object.fromEntries(counts)).toEqual({ succeeded: 100 });
  const membership = await call(reach as unknown as World, 'GET', '/api/membership', { token: phone.token });
  expect(membership.body).toMatchObject({ quotaRemaining: 0, quotaHeld: 0, isMember: true });

  await reach.audit();
}, 400_000);

it('stops in order when asked to, with nothing cut off', async () => {
  expect(await reach.stopAndRestart()).toBe(0);
});
