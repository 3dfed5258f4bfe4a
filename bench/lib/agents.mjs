import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const running = new Set();

/**
 * Starts `agents/NAME.mjs` with these settings. The answer has a function for whatever the agent can do, and `stop`. What an
 * agent logs goes to /dev/null, so that each writes its lines and none waits for a terminal.
 */
export async function startAgent(name, settings = {}, { execArgv = [] } = {}) {
  const file = fileURLToPath(new URL(`../agents/${name}.mjs`, import.meta.url));
  const child = fork(file, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv });
  running.add(child);
  const waiting = new Map();
  const ready = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on('message', ({ id, answer, trouble }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (trouble) reject(new Error(`${name}: ${trouble}`));
    else resolve(answer);
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  void gone.then(() => {
    running.delete(child);
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended in the middle of its work`));
  });
  await ready;

  let asked = 0;
  const ask = (ability, args) =>
    new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, { resolve, reject });
      child.send({ id: asked, name: ability, args });
    });
  const stop = async () => {
    if (child.connected) child.disconnect();
    await gone;
  };
  return new Proxy(
    {},
    {
      get: (_, ability) =>
        ability === 'stop' ? stop : ability === 'then' ? undefined : (...args) => ask(ability, args),
    },
  );
}

/** Whatever a row left behind when it failed. */
export function stopAgents() {
  for (const child of running) child.kill('SIGKILL');
}
