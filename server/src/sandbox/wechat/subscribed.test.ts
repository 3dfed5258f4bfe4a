import { listenOnLoopback, type Listening } from '../listen';
import { createWechatSimulator, type WechatSimulator } from './wechat';

const account = { appid: 'wx0123456789abcdef', secret: 'app-secret' };
const templateId = 'task-template';
const openid = `o${'A'.repeat(27)}`;
const data = {
  thing1: { value: '模特图' },
  phrase2: { value: '已完成' },
  time3: { value: '2026年11月23日 21:05' },
  thing4: { value: '12 张都好了，点这里看' },
};

let vendor: WechatSimulator;
let server: Listening;
let token: string;

beforeEach(async () => {
  vendor = createWechatSimulator({ ...account, templates: { [templateId]: Object.keys(data) } });
  server = await listenOnLoopback(vendor.app.callback());
  token = String((await post('/cgi-bin/stable_token', { grant_type: 'client_credential', ...account })).access_token);
});
afterEach(() => server.stop());

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(server.origin + path, { method: 'POST', body: JSON.stringify(body) });
  return (await response.json()) as Record<string, unknown>;
}

const send = (change: object = {}, accessToken = token): Promise<Record<string, unknown>> =>
  post(`/cgi-bin/message/subscribe/send?access_token=${accessToken}`, {
    touser: openid,
    template_id: templateId,
    page: 'pages/task/index?id=1',
    data,
    miniprogram_state: 'formal',
    lang: 'zh_CN',
    ...change,
  });

it('brings a message to the person who agreed, newest first', async () => {
  expect(await send()).toMatchObject({ errcode: 0 });
  expect(await send({ page: 'pages/task/index?id=2' })).toMatchObject({ errcode: 0 });

  expect(vendor.subscriptions.messages()).toMatchObject([
    { page: 'pages/task/index?id=2' },
    {
      openid,
      templateId,
      page: 'pages/task/index?id=1',
      values: { thing1: '模特图', phrase2: '已完成', time3: '2026年11月23日 21:05', thing4: '12 张都好了，点这里看' },
    },
  ]);
});

it.each([
  ['a stranger’s openid', { touser: 'nobody' }, 40003],
  ['a template of another mini program', { template_id: 'other' }, 40037],
  ['a page with a slash in front', { page: '/pages/task/index' }, 41030],
  ['no data', { data: undefined }, 47001],
  ['a thing of 21 characters', { data: { ...data, thing1: { value: '一'.repeat(21) } } }, 47003],
  ['a line break in a thing', { data: { ...data, thing4: { value: '好\n了' } } }, 47003],
  ['an empty value', { data: { ...data, thing4: { value: '' } } }, 47003],
  ['a phrase of six Han characters', { data: { ...data, phrase2: { value: '已经全部完成' } } }, 47003],
  ['a phrase in Latin letters', { data: { ...data, phrase2: { value: 'done' } } }, 47003],
  ['a time with a Z', { data: { ...data, time3: { value: '2026-11-23T21:05:00.000Z' } } }, 47003],
  ['a field that the template lacks', { data: { ...data, thing5: { value: '多' } } }, 47003],
  ['a field too few', { data: { thing1: data.thing1 } }, 47003],
])('refuses %s', async (_name, change, errcode) => {
  expect(await send(change)).toMatchObject({ errcode });
  expect(vendor.subscriptions.messages()).toEqual([]);
});

it('takes twenty characters, whatever bytes they are made of', async () => {
  const value = `${'图'.repeat(18)}👗👗`;

  expect(await send({ data: { ...data, thing1: { value } } })).toMatchObject({ errcode: 0 });
});

it('sends once for one agreement, and never to who said no', async () => {
  vendor.subscriptions.setAgreement('counted');
  expect(await send()).toMatchObject({ errcode: 43101 });

  vendor.subscriptions.agree(openid);
  expect(await send()).toMatchObject({ errcode: 0 });
  expect(await send()).toMatchObject({ errcode: 43101 });

  vendor.subscriptions.agree(openid);
  vendor.subscriptions.setAgreement('never');
  expect(await send()).toMatchObject({ errcode: 43101 });
  expect(vendor.subscriptions.messages()).toHaveLength(1);
});

it('checks the token as every other call does', async () => {
  expect(await send({}, 'made-up')).toMatchObject({ errcode: 40001 });
  vendor.dropTokens();
  expect(await send()).toMatchObject({ errcode: 40001 });
});
