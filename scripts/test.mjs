import { ensureBuilt } from './lib/builds.mjs';
import { prepare } from './lib/prepare.mjs';
import { Stop, explain, runMain } from './lib/stop.mjs';
import { step } from './lib/terminal.mjs';
import { testSteps } from './lib/test-steps.mjs';

const names = testSteps.map(({ name }) => name);
const usage = `npm test -- [--only=lint,sqlite] [--require=mysql,browser] [what jest takes]

Steps: ${names.join(', ')}.
  --only      these steps and no others
  --require   these must run: one that is skipped counts as failed
Anything else goes to jest: npm test -- --only=sqlite src/modules/quota -t "never overspends"`;

await runMain(async () => {
  const { only, required, jestArgs, isHelp } = readArguments();
  if (isHelp) return void console.log(usage);
  await prepare();

  const results = [];
  for (const testStep of testSteps) {
    if (only && !only.includes(testStep.name)) continue;
    if (!only && jestArgs.length > 0 && !testStep.takesFilters) continue;
    results.push({
      title: testStep.title,
      ...(await runStep(testStep, { jestArgs, isRequired: required.includes(testStep.name) })),
    });
  }

  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  console.log(['', ...summaryOf(results, jestArgs), `${total('passed')} passed, ${total('failed')} failed`].join('\n'));
  return total('failed') > 0 ? 1 : 0;
});

/** Our own flags; the rest, in its order, is jest's. */
function readArguments() {
  const lists = {};
  const jestArgs = [];
  for (const argument of process.argv.slice(2)) {
    const [, flag, value] = argument.match(/^--(only|require)(?:=(.*))?$/) ?? [];
    if (!flag) jestArgs.push(argument);
    else if (value) lists[flag] = value.split(',');
    else throw new Stop(`Name the steps behind an equals sign: --${flag}=${names[0]}.`);
  }

  const unknown = Object.values(lists)
    .flat()
    .filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Stop(`There is no test step "${unknown.join('", "')}". The steps: ${names.join(', ')}.`);
  return { only: lists.only, required: lists.require ?? [], jestArgs, isHelp: jestArgs.includes('--help') };
}

/** One step with its line; its complaints under it. A step that cannot even start is one failure, and the next one runs. */
async function runStep({ title, missing, builds = [], run }, { jestArgs, isRequired }) {
  const reason = missing?.() ?? null;
  if (reason) {
    console.log(`-  ${title}: skipped, ${reason}`);
    return { passed: 0, failed: isRequired ? 1 : 0, reason };
  }

  let counts = { passed: 0, failed: 1 };
  try {
    await ensureBuilt(...builds);
    await step(title, async () => {
      counts = await run(jestArgs);
      if (counts.failed > 0) throw new Stop(counts.complaints.join('\n'));
      return [`${counts.passed} passed`, counts.note].filter(Boolean).join(', ');
    });
  } catch (error) {
    for (const text of explain(error).split('\n')) console.log(`   ${text}`);
  }
  return counts;
}

/** What ran and what did not, and why. */
function summaryOf(results, jestArgs) {
  const ran = results.filter(({ reason }) => !reason);
  const skipped = results.filter(({ reason }) => reason);
  const inner = ran.filter((result) => result.skipped > 0 && jestArgs.length === 0); // A filter skips on purpose.
  const nameOf = ({ title, note }) => (note ? `${title} (${note})` : title);

  return [
    `Ran: ${ran.map((result) => `${nameOf(result)}: ${result.passed}`).join(' · ') || 'nothing'}`,
    ...inner.map(
      (result) => `Skipped in "${result.title}": ${result.skipped} for want of what they need on this machine`,
    ),
    ...skipped.map(({ title, reason, failed }) => `Skipped${failed ? ', though required' : ''}: ${title}: ${reason}`),
  ];
}
