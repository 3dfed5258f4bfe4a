import { errorCatalogue, errorCodes, type ErrorCode } from '@suyi/shared-types';
import type { z } from 'zod';
import { config } from '../../src/config';
import type { Case } from './cases';
import type { Description, Route } from './document';
import type { Reply } from './send';

const answerWithinMs = 5_000;

/** Said with 503: we are well, and somebody else, or a person of ours, is in the way. */
const excused: readonly string[] = ['task_type_paused', 'service_unavailable', 'vendor_unavailable'];

/** What an answer must never hold: our stack, our SQL, our folders, our secrets. */
const inner = [
  /node_modules|Sequelize|SQLITE_|ER_[A-Z]{3}|\.tsx?:\d+|\bat \S+ \(|TypeError|RangeError|ReferenceError|ECONN/,
  /\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bUPDATE \w+ SET\b/,
  /password_?hash|"stack"|\/server\/(src|dist)\//i,
];

/** Everything that is wrong with this answer; nothing when it is as the description promises. */
export function faultsOf(route: Route, one: Case, reply: Reply, { Problem }: Description): string[] {
  return [
    ...generalFaults(route, reply),
    ...(reply.status >= 400 ? errorFaults(route, one, reply, Problem) : []),
    ...(isOfRoute(route, one) ? promiseFaults(route, one, reply) : []),
  ];
}

const isOfRoute = (route: Route, one: Case): boolean => one.method === route.method && !one.isElsewhere;

function generalFaults(route: Route, { status, headers, text, ms }: Reply): string[] {
  const faults: string[] = [];
  const whole = `${JSON.stringify(headers)}\n${text}`;
  const { jwtSecret, codeSecret, urlSecret, dataDir } = config.current;
  const isExcused = status === 503 && (route.answers.has(503) || excused.includes(codeOf(text)));
  if (status >= 500 && !isExcused) faults.push(`${status}: a bug or an outage`);
  if (status === 0) faults.push('no status');
  if (ms > answerWithinMs) faults.push(`took ${Math.round(ms)} ms`);
  if (!/^[\w-]{8,64}$/.test(String(headers['x-request-id']))) faults.push('carries no request id');
  if (headers['x-injected'] !== undefined) faults.push('carries a header of the sender’s');
  for (const words of inner) if (words.test(whole)) faults.push(`tells of the inside: ${words.exec(whole)?.[0]}`);
  for (const secret of [jwtSecret, codeSecret, urlSecret, dataDir]) {
    if (whole.includes(secret)) faults.push('tells a secret');
  }
  return faults;
}

function errorFaults(route: Route, one: Case, { status, headers, text }: Reply, Problem: z.ZodType): string[] {
  if (route.answers.has(status)) return [];
  if (one.method === 'HEAD') return text === '' ? [] : ['HEAD is answered with a body'];
  const type = String(headers['content-type']);
  if (type.startsWith('text/html') && isPage(one)) return [];
  if (!type.startsWith('application/problem+json')) return [`an error as ${type}`];

  const problem = readJson(text);
  const shape = Problem.safeParse(problem);
  if (!shape.success) return [`a problem of another form: ${shape.error.message}`];
  const { code, status: said, requestId } = problem as { code: string; status: number; requestId: string };
  if (!isCode(code)) return [`an unknown code: ${code}`];
  return [
    ...(errorCatalogue[code][0] === status && said === status ? [] : [`${code} under ${status}, said to be ${said}`]),
    ...(requestId === headers['x-request-id'] ? [] : ['another request id in the body than in the header']),
  ];
}

/** Who asks for a page of the admin site is refused with a page; its log-in is always one. */
const isPage = ({ path, headers }: Case): boolean =>
  /^\/+(api\/)?admin\b/.test(path) &&
  (/html|\*/.test(headers.accept ?? '') || headers.accept === '' || path.startsWith('/admin/login'));

function promiseFaults(route: Route, one: Case, reply: Reply): string[] {
  const { status, text } = reply;
  const faults: string[] = [];
  const toLogin = status === 303 && String(reply.headers.location).startsWith('/admin/login');
  const isKnown = route.answers.has(status) || route.errors.has(status) || toLogin || status === 304;
  if (!isKnown) faults.push(`${status} ${codeOf(text)} is not documented`);
  else if (
    status >= 400 &&
    !route.answers.has(status) &&
    codeOf(text) !== '' &&
    !namesCode(route, status, codeOf(text))
  ) {
    faults.push(`${status} is documented, but not ${codeOf(text)}`);
  }

  const shape = route.answers.get(status);
  const read = shape?.safeParse(readJson(text));
  if (read && !read.success) faults.push(`an answer of another form: ${read.error.message.slice(0, 400)}`);

  const isIn = status < 300;
  if (
    isIn &&
    !route.isPublic &&
    (one.who === 'nobody' || one.who === 'forged' || one.who === 'blocked' || one.who === 'junk')
  ) {
    if (one.headers.authorization === undefined && one.headers.cookie === undefined) faults.push(`lets in: ${one.who}`);
  }
  if (
    isIn &&
    one.who === 'other' &&
    /\{\{(task|waitingTask|cancelledTask|order|openOrder|\w*[mM]edia)\}\}/.test(one.path)
  ) {
    faults.push('shows one seller what is another’s');
  }
  return faults;
}

const namesCode = (route: Route, status: number, code: string): boolean =>
  route.errors.get(status)?.includes(code) ?? false;

const isCode = (code: string): code is ErrorCode => (errorCodes as string[]).includes(code);

function codeOf(text: string): string {
  const read = readJson(text);
  return typeof read === 'object' && read !== null && 'code' in read ? String(read.code) : '';
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
