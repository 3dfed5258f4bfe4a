import sharp from 'sharp';
import { drawGarmentPhoto } from '../draw';
import { member, uploadPhoto } from '../phone';
import { call } from '../request';
import { useWorld } from '../world';

describe.each(['local', 'cos'])('with its pictures kept in a store that is %s', (store) => {
  const world = useWorld({ STORAGE: store });

  it('takes a stranger from a phone number to a white-background picture, found again in the history', async () => {
    const phone = await member(world, store === 'cos' ? '13700000003' : '13700000002');
    const mediaId = await uploadPhoto(world, phone, await drawGarmentPhoto());

    const task = await call(world, 'POST', '/api/tasks', {
      token: phone.token,
      key: 'journey-key-1',
      body: { type: 'basic_clean', mediaId, params: {} },
      headers: { prefer: 'wait=20' },
    });

    expect(task).toMatchObject({ status: 200, body: { status: 'succeeded', quotaEffect: 'captured' } });
    const results = task.body.results as { role: string; url: string; width: number }[];
    const main = results.find((result) => result.role === 'main');
    expect(main).toMatchObject({ width: 1_600 });
    const bytes = Buffer.from(await (await fetch(new URL(main?.url ?? '', world.origin))).arrayBuffer());
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    const corner = [0, info.width - 1, info.width * (info.height - 1), info.width * info.height - 1];
    for (const pixel of corner) expect([...data.subarray(pixel * 3, pixel * 3 + 3)]).toEqual([255, 255, 255]);
    expect((await sharp(bytes).metadata()).exif).toBeUndefined();

    const history = await call(world, 'GET', '/api/tasks', { token: phone.token });
    expect((history.body.items as { id: string }[]).map((item) => item.id)).toEqual([task.body.id]);
    const statement = await call(world, 'GET', '/api/quota/entries', { token: phone.token });
    expect(
      (statement.body.items as { kind: string; remainingAfter: number }[]).map(
        ({ kind, remainingAfter }) => `${kind} ${remainingAfter}`,
      ),
    ).toEqual(['capture 99', 'hold 99', 'grant 100']);
  });
});
