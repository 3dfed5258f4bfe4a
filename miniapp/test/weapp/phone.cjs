'use strict';

/*
 * A phone whose network is real: what the package asks of `wx` goes over HTTP to the running product, and the payer's
 * part is played at the vendor sandbox.
 */

const fs = require('node:fs');
const path = require('node:path');
const { createWeapp, fail, respond } = require('./harness.cjs');

/** Where the package was built to find its API. */
const builtFor = 'http://127.0.0.1:3000';

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * `person` is who WeChat says the owner is; `photo` is `{ path, width, height }`, the JPEG in the album; `pays()` answers
 * whether the owner pays or turns away; `killAt(method, path)` may answer `before` or `after`: the program is then killed
 * before the request is sent, or when its answer arrives. `killed` resolves when that happened. `isOld`: a WeChat without
 * virtual payment.
 */
function createPhone(options) {
  const {
    dist,
    product,
    folder,
    person,
    photo,
    storage,
    pays = () => true,
    killAt = () => null,
    isOld = false,
  } = options;
  let isKilled = false;
  let logins = 0;
  let downloads = 0;
  let tellKilled;
  const killed = new Promise((resolve) => (tellKilled = resolve));

  function kill() {
    isKilled = true;
    app.kill();
    tellKilled();
  }

  /** One exchange with the product as WeChat reports it: any status is a success, silence is a failure. */
  function exchange(api, options, send) {
    if (!options.url.startsWith(`${builtFor}/`)) throw new Error(`${api} to ${options.url}, which is not the product`);
    const where = options.url.slice(builtFor.length);
    const fate = killAt(options.method ?? api, where);
    const hangUp = new AbortController();

    async function run() {
      if (fate === 'before') return kill();
      const signal = AbortSignal.any([hangUp.signal, AbortSignal.timeout(options.timeout ?? 60_000)]);
      const answer = await send(product.origin + where, signal);
      if (fate === 'after') return kill();
      if (!isKilled) respond(api, options, answer);
    }
    run().catch((error) => {
      const reason = error.name === 'TimeoutError' ? 'timeout' : error.name === 'AbortError' ? 'abort' : error.message;
      if (!isKilled) fail(api, options, reason);
    });
    return { abort: () => hangUp.abort(), onProgressUpdate() {}, offProgressUpdate() {}, onHeadersReceived() {} };
  }

  const network = {
    request: (options) =>
      exchange('request', options, async (url, signal) => {
        const answer = await fetch(url, {
          method: options.method,
          headers: options.header,
          body: options.data,
          signal,
        });
        const header = Object.fromEntries(answer.headers);
        return { statusCode: answer.status, header, data: parseJson(await answer.text()) };
      }),
    uploadFile: (options) =>
      exchange('uploadFile', options, async (url, signal) => {
        const form = new FormData();
        for (const [name, value] of Object.entries(options.formData ?? {})) form.append(name, value);
        form.append(options.name, new Blob([fs.readFileSync(options.filePath)]), path.basename(options.filePath));
        const answer = await fetch(url, { method: 'POST', headers: options.header, body: form, signal });
        return { statusCode: answer.status, data: await answer.text() };
      }),
    downloadFile: (options) =>
      exchange('downloadFile', options, async (url, signal) => {
        const answer = await fetch(url, { headers: options.header, signal });
        downloads += 1;
        const tempFilePath = path.join(folder, `${person}-download-${downloads}`);
        fs.writeFileSync(tempFilePath, Buffer.from(await answer.arrayBuffer()));
        return { statusCode: answer.status, tempFilePath };
      }),
  };

  async function requestPayment(options) {
    if (!pays()) return fail('requestPayment', options, 'cancel');
    await product.payAtProvider(options.package.replace('prepay_id=', ''));
    respond('requestPayment', options);
  }

  /** By callbacks alone: a caller that waits for a promise waits for ever. */
  function requestVirtualPayment({ success, fail: refuse, ...payment }) {
    const isWilling = pays();
    void product.callVirtualCashier(isWilling ? 'pay' : 'open', payment, `weapp${person}`).then((answer) => {
      const errCode = answer === 0 && !isWilling ? -2 : answer;
      if (errCode === 0) success({ errMsg: 'requestVirtualPayment:ok' });
      else refuse({ errMsg: `requestVirtualPayment:fail ${errCode}`, errCode });
    });
  }

  const app = createWeapp({
    dist,
    storage,
    patienceMs: 15_000,
    wx: {
      ...network,
      requestPayment,
      ...(!isOld && { requestVirtualPayment }),
      login: (options) => respond('login', options, { code: `weapp${person}.${Date.now()}${(logins += 1)}` }),
      chooseMedia: (options) => {
        const file = { tempFilePath: photo.path, size: fs.statSync(photo.path).size };
        respond('chooseMedia', options, { tempFiles: [file] });
      },
      getImageInfo: (options) =>
        respond('getImageInfo', options, { width: photo.width, height: photo.height, type: 'jpeg', orientation: 'up' }),
      requestSubscribeMessage: (options) =>
        respond('requestSubscribeMessage', options, Object.fromEntries(options.tmplIds.map((id) => [id, 'accept']))),
      showModal: (options) => respond('showModal', options, { confirm: true, cancel: false }),
    },
  });
  return { ...app, kill, killed };
}

module.exports = { createPhone };
