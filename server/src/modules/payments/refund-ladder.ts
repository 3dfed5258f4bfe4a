import { hours, minutes, seconds } from '../../lib/clock';

/** Waits between two questions about one refund: most end within a minute, some take a bank three days. */
const ladderMs = [seconds(5), seconds(15), seconds(30), minutes(1), minutes(1), minutes(1), minutes(5), minutes(30)];

/** Milliseconds until it is asked about again, after it was asked about `checks` times. */
export const waitBeforeNextQuestion = (checks: number): number => ladderMs[checks] ?? hours(2);

/** Until a refund that our balance did not cover is tried again. */
export const waitWhenShort = hours(1);
