import type { Migration } from '../schema';
import { first } from './0001-first';
import { moneyWatched } from './0002-money-watched';
import { poses } from './0003-poses';
import { admin } from './0004-admin';
import { eventOrders } from './0005-event-orders';
import { devices } from './0006-devices';

/** In order, for ever: an applied migration is never edited, only followed by another. */
export const migrations: readonly Migration[] = [first, moneyWatched, poses, admin, eventOrders, devices];
