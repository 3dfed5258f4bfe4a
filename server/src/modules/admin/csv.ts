import type { AdminOrderDto, AdminTaskDto, AdminUserDto } from '@suyi/shared-types';

/* CSV as RFC 4180 has it, in UTF-8 with the mark at its start by which Excel knows it. */

export const byteOrderMark = '\uFEFF';

export type Column<Row> = { name: string; of: (row: Row) => string | number | boolean | null };

export const headLine = <Row>(columns: readonly Column<Row>[]): string => line(columns.map(({ name }) => name));

export const rowLine = <Row>(columns: readonly Column<Row>[], row: Row): string =>
  line(columns.map(({ of }) => of(row)));

function line(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/**
 * A spreadsheet runs a cell that begins like a formula, the signs' full-width brothers included, and whoever can name a plan
 * or a reason could write one: an apostrophe before it makes it text again.
 */
function cell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@＝＋－＠\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const userColumns: readonly Column<AdminUserDto>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'phone', of: ({ phone }) => phone },
  { name: 'status', of: ({ status }) => status },
  { name: 'hasWechat', of: ({ hasWechat }) => hasWechat },
  { name: 'mergedInto', of: ({ mergedInto }) => mergedInto },
  { name: 'isMember', of: ({ isMember }) => isMember },
  { name: 'quotaRemaining', of: ({ quotaRemaining }) => quotaRemaining },
  { name: 'quotaHeld', of: ({ quotaHeld }) => quotaHeld },
  { name: 'quotaExpireAt', of: ({ quotaExpireAt }) => quotaExpireAt },
  { name: 'createdAt', of: ({ createdAt }) => createdAt },
];

export const orderColumns: readonly Column<AdminOrderDto>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'userId', of: ({ userId }) => userId },
  { name: 'phone', of: ({ phone }) => phone },
  { name: 'status', of: ({ status }) => status },
  { name: 'channel', of: ({ channel }) => channel },
  { name: 'planName', of: ({ planName }) => planName },
  { name: 'priceFen', of: ({ priceFen }) => priceFen },
  { name: 'refundedFen', of: ({ refundedFen }) => refundedFen },
  { name: 'uses', of: ({ uses }) => uses },
  { name: 'days', of: ({ days }) => days },
  { name: 'transactionId', of: ({ transactionId }) => transactionId },
  { name: 'createdAt', of: ({ createdAt }) => createdAt },
  { name: 'paidAt', of: ({ paidAt }) => paidAt },
];

export const taskColumns: readonly Column<AdminTaskDto>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'userId', of: ({ userId }) => userId },
  { name: 'phone', of: ({ phone }) => phone },
  { name: 'type', of: ({ type }) => type },
  { name: 'status', of: ({ status }) => status },
  { name: 'errorCode', of: ({ errorCode }) => errorCode },
  { name: 'quotaEffect', of: ({ quotaEffect }) => quotaEffect },
  { name: 'uses', of: ({ uses }) => uses },
  { name: 'attempts', of: ({ attempts }) => attempts },
  { name: 'vendorJobId', of: ({ vendorJobId }) => vendorJobId },
  { name: 'vendorSlot', of: ({ vendorSlot }) => vendorSlot },
  { name: 'costYuan', of: ({ costYuan }) => costYuan },
  { name: 'costCoins', of: ({ costCoins }) => costCoins },
  { name: 'costSeconds', of: ({ costSeconds }) => costSeconds },
  { name: 'waitedSeconds', of: ({ waitedSeconds }) => waitedSeconds },
  { name: 'createdAt', of: ({ createdAt }) => createdAt },
  { name: 'finishedAt', of: ({ finishedAt }) => finishedAt },
];
