import { DatabaseError, UniqueConstraintError } from 'sequelize';
import { AppError, VendorUnavailable } from './errors';
import { describeError } from './logger';

const secretive = (message: string): Error & { sql: string; parameters: object } =>
  Object.assign(new Error(message), { sql: "INSERT INTO users VALUES ('13800138000')", parameters: ['13800138000'] });

it.each([
  ['a failed statement', new DatabaseError(secretive("near '13800138000'"))],
  [
    'a duplicate',
    new UniqueConstraintError({ message: "Duplicate entry '13800138000'", parent: secretive('13800138000') }),
  ],
  ['an error around it', new Error('saving failed', { cause: new DatabaseError(secretive('13800138000')) })],
])('says where %s came from, and none of the values in it', (_, error) => {
  const facts = JSON.stringify(describeError(error));

  expect(facts).not.toContain('13800138000');
  expect(facts).toContain('logger.test');
});

it('keeps the words of our own errors and what lay behind them', () => {
  const facts = describeError(new VendorUnavailable('sms', 'got no answer', { cause: new AppError('code_wrong') }));

  expect(facts).toMatchObject({
    type: 'VendorUnavailable',
    message: 'sms: got no answer',
    cause: { type: 'AppError', message: 'code_wrong' },
  });
});
