import { act, fireEvent, render } from '@testing-library/react';
import type { ToolsDto } from '@suyi/shared-types';
import PosePage from '../../src/subpackages/task/pose';
import { choicesOf, chosenOf, paramsOf } from '../../src/features/pose/choices';
import { poseRuns, usePoseRun } from '../../src/state/pose-run';
import { openSession, restoreSession } from '../../src/state/session';
import { useToolsStore } from '../../src/state/tools';
import { useMembership } from '../../src/state/membership';
import { phone, resetPhone } from '../stand-ins/taro';
import {
  inDays,
  problemBody,
  sampleMembership,
  samplePoseTool,
  sampleSession,
  sampleTask,
  sampleTools,
} from './samples';

let tools: ToolsDto | null;
let uses: number;

beforeEach(() => {
  resetPhone();
  restoreSession();
  openSession(sampleSession());
  poseRuns.clear();
  useToolsStore.setState({ tools: null, problem: null });
  useMembership.setState({ membership: null });
  tools = sampleTools({}, 'template_1');
  uses = 99;
  phone.answer = ({ url }) => {
    if (url.endsWith('/api/tools')) {
      return tools ? { statusCode: 200, data: tools } : problemBody(404, 'not_found', '没有找到这项内容。');
    }
    if (url.endsWith('/api/membership')) return { statusCode: 200, data: sampleMembership(uses) };
    if (url.endsWith('/uploads')) {
      const upload = { url: '/api/media/form', fields: {}, fileField: 'file', expiresAt: inDays(1) };
      return { statusCode: 201, data: { mediaId: 'media_1', upload } };
    }
    if (url.endsWith('/complete')) return { statusCode: 200, data: media };
    return { statusCode: 202, data: { ...sampleTask('queued'), type: 'model_pose12' } };
  };
});

const media = {
  id: 'media_1',
  status: 'ready',
  contentType: 'image/jpeg',
  byteLength: 1000,
  width: 1200,
  height: 1600,
  url: null,
  createdAt: inDays(0),
};

const find = (id: string) => document.getElementById(id);
const settle = () => act(async () => void (await new Promise((resolve) => setTimeout(resolve, 5))));
const tap = (id: string) =>
  act(async () => {
    const element = find(id);
    if (!element) throw new Error(`there is no ${id}`);
    fireEvent.click(element);
  });

async function choose(): Promise<void> {
  await tap('pose-choose');
  await tap('pose-category-top');
}

async function open(): Promise<HTMLElement> {
  const { container } = render(<PosePage />);
  await settle();
  return container;
}

const wish = () => {
  const post = phone.sent.find(({ url, method }) => method === 'POST' && url.endsWith('/api/tasks'));
  return post?.data === undefined ? null : (JSON.parse(post.data) as { params: object }).params;
};

it('says before anything is spent what it costs, how long it takes, and when the use comes back', async () => {
  const container = await open();

  for (const words of ['可用 99 次', '约 3–6 分钟', '不足 12 张退回次数', '由 AI 生成']) {
    expect(container.textContent).toContain(words);
  }
  expect(find('pose-start')?.textContent).toBe('先选择照片');
});

it('asks to read the list once, and remembers that and the choices for the next set, but not what the garment is', async () => {
  await open();
  await tap('pose-choose');
  await tap('pose-scene-beach');
  await tap('pose-category-dress');
  await tap('pose-start');
  expect(find('pose-check-error')).not.toBeNull();
  expect(phone.subscriptions).toEqual([]);

  await tap('pose-check');
  await tap('pose-start');
  await settle();
  expect(wish()).toMatchObject({ scene: 'beach', category: 'dress' });
  expect(phone.navigations).toEqual(['redirectTo /subpackages/task/poses/index?id=task_1']);

  document.body.innerHTML = '';
  await act(async () => poseRuns.drop());
  await open();
  expect(find('pose-check')).toBeNull();
  expect(find('pose-scene-beach')?.getAttribute('aria-checked')).toBe('true');
  expect(find('pose-category-dress')?.getAttribute('aria-checked')).toBe('false');
  expect(find('pose-chosen')?.textContent).toBe('海边 · 品类未选');
});

describe('with the list read before', () => {
  beforeEach(() => phone.storage.set('pose-checked', 'yes'));

  it.each([
    ['accept', true],
    ['reject', false],
    ['ban', false],
    ['fail', false],
  ])('starts whatever the seller says to the message: %s', async (answer, shouldNotify) => {
    phone.subscribe = () => answer;
    await open();
    await choose();

    await tap('pose-start');
    await settle();

    expect(phone.subscriptions).toEqual(['template_1']);
    expect(wish()).toMatchObject({ shouldNotify });
  });

  it('asks WeChat within the tap itself, and once for two taps', async () => {
    await open();
    await choose();
    const button = find('pose-start');

    act(() => {
      if (button) fireEvent.click(button);
      expect(phone.subscriptions).toEqual(['template_1']);
      if (button) fireEvent.click(button);
    });
    await settle();

    expect(phone.subscriptions).toEqual(['template_1']);
    expect(phone.sent.filter(({ url }) => url.endsWith('/api/tasks'))).toHaveLength(1);
  });

  it('asks nothing where there is no template', async () => {
    tools = sampleTools();
    await open();
    await choose();
    await tap('pose-start');
    await settle();

    expect(phone.subscriptions).toEqual([]);
    expect(wish()).toMatchObject({ shouldNotify: false });
  });

  it('says why nothing can be made now, sells nothing for it, and opens by itself again', async () => {
    uses = 0;
    tools = sampleTools({ isOpen: false, pausedReason: '合作方正在维护，不会扣除次数。', retryAfterSeconds: 30 });
    jest.useFakeTimers();
    const { container } = render(<PosePage />);
    await act(() => jest.advanceTimersByTimeAsync(10));

    expect(find('pose-paused')?.textContent).toContain('合作方正在维护，不会扣除次数。恢复后这里自动可用');
    expect(find('pose-start')?.hasAttribute('disabled')).toBe(true);
    expect(find('pose-buy')).toBeNull();

    [tools, uses] = [sampleTools(), 99];
    await act(() => jest.advanceTimersByTimeAsync(31_000));
    jest.useRealTimers();
    expect(find('pose-paused')).toBeNull();
    expect(container.textContent).toContain('约 3–6 分钟');
  });

  it('spends no use on a garment nobody named: start leads to what is missing, one after the other', async () => {
    const start = () => find('pose-start')?.textContent;
    await open();
    await tap('pose-start');
    expect(phone.scrolledTo).toEqual(['#pose-empty']);

    await tap('pose-choose');
    expect([start(), find('pose-chosen')?.textContent]).toEqual(['先选品类', '影棚 · 品类未选']);
    await tap('pose-start');
    expect(phone.scrolledTo.at(-1)).toBe('#pose-choice-category');
    expect(find('pose-missed')?.textContent).toContain('请先选品类');
    expect(wish()).toBeNull();

    await tap('pose-category-dress');
    expect(find('pose-missed')).toBeNull();
    expect([start(), find('pose-chosen')?.textContent]).toEqual(['开始制作（1 次）', '影棚 · 连衣裙']);
  });

  it('asks anew what the garment is when another photo takes the place of the first', async () => {
    await open();
    await choose();
    await tap('pose-choose');

    expect(find('pose-start')?.textContent).toBe('先选品类');
  });

  it('makes another set of a photo that the server has, uploading nothing', async () => {
    phone.params = { again: 'set_1' };
    const answer = phone.answer;
    phone.answer = (request) => {
      const earlier = { ...sampleTask('succeeded', 'set_1'), params: { scene: 'beach', category: 'dress' } };
      if (request.url.endsWith('/api/tasks/set_1')) return { statusCode: 200, data: earlier };
      if (request.url.endsWith('/complete')) return { statusCode: 200, data: { ...media, url: '/api/media/files/in' } };
      return answer(request);
    };
    await open();
    expect(find('pose-preview')?.getAttribute('src')).toBe('/api/media/files/in');
    expect(find('pose-chosen')?.textContent).toBe('海边 · 连衣裙');

    await tap('pose-scene-studio');
    await tap('pose-start');
    await settle();

    expect(wish()).toMatchObject({ scene: 'studio', category: 'dress' });
    expect(phone.uploads).toEqual([]);
    expect(phone.sent.filter(({ url }) => url.endsWith('/uploads'))).toEqual([]);
  });

  it('takes a new photo when the earlier one is gone', async () => {
    phone.params = { again: 'set_1' };
    const answer = phone.answer;
    phone.answer = (request) =>
      request.url.endsWith('/api/tasks/set_1') ? problemBody(404, 'not_found', '没有找到。') : answer(request);
    const container = await open();

    expect(container.textContent).toContain('没能取回上次的照片');
    expect(find('pose-empty')).not.toBeNull();
  });

  it('leads a seller without uses to the membership', async () => {
    uses = 0;
    await open();

    await tap('pose-buy');

    expect(phone.navigations).toEqual(['navigateTo /subpackages/membership/index/index']);
  });

  it('takes a photo while the choices cannot be loaded, starts nothing, and loads them on request', async () => {
    tools = null;
    await open();
    await tap('pose-choose');
    expect(find('pose-start')?.hasAttribute('disabled')).toBe(true);

    tools = sampleTools();
    await tap('pose-tools-retry');
    await settle();

    expect(find('pose-scene-studio')).not.toBeNull();
    expect(find('pose-start')?.hasAttribute('disabled')).toBe(false);
  });

  it('refuses a photo before a byte is sent', async () => {
    phone.chosen = { tempFilePath: 'wxfile://big.jpg', size: 31 * 1024 * 1024 };
    await open();
    await tap('pose-choose');

    expect(find('pose-refusal')?.textContent).toContain('30 MB');
    expect(find('pose-start')?.hasAttribute('disabled')).toBe(true);
  });

  it('stops with the server’s words and what it cost, and goes on from there', async () => {
    const answer = phone.answer;
    phone.answer = (request) =>
      request.url.endsWith('/api/tasks')
        ? problemBody(503, 'task_type_paused', '这项功能暂时停用，恢复前不会扣除次数。', { retryAfterSeconds: 60 })
        : answer(request);
    await open();
    await choose();
    await tap('pose-start');
    await settle();
    expect(find('pose-stopped')?.textContent).toContain('这项功能暂时停用');
    expect(find('pose-stopped')?.textContent).toContain('没有扣除次数。');

    phone.answer = answer;
    await tap('pose-retry');
    await settle();

    expect(usePoseRun.getState().run.phase).not.toBe('stopped');
    expect(phone.navigations).toEqual(['redirectTo /subpackages/task/poses/index?id=task_1']);
  });
});

describe('choices', () => {
  const offered = choicesOf(
    samplePoseTool({
      choices: [
        ...samplePoseTool().choices,
        { name: 'scene2', label: '新', options: [{ value: 'moon', label: '月球' }], default: 'moon' },
        {
          name: 'body',
          label: '身材',
          options: [
            { value: 'giant', label: '巨人' },
            { value: 'slim', label: '纤细' },
          ],
          default: 'giant',
        },
      ],
    }),
  );

  it('shows none that this build cannot send', () => {
    expect(offered.map(({ name, options }) => [name, options.length])).toEqual([
      ['scene', 2],
      ['category', 2],
      ['body', 1],
    ]);
  });

  it('takes the wished where it is offered, the server’s own where not, and none for what the photo alone tells', () => {
    const chosen = chosenOf(offered, { scene: 'beach', category: 'shoes' });

    expect(chosen).toEqual({ scene: 'beach', body: 'slim' });
    const whole = chosenOf(offered, { scene: 'beach', category: 'top' });
    expect(paramsOf(whole, true)).toEqual({ ...whole, model: 'woman', shouldNotify: true });
  });
});
