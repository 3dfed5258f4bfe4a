import { pageOf, QuotaEntryDto } from '@suyi/shared-types';
import { call } from './client';

const EntryPage = pageOf(QuotaEntryDto);

export const listEntries = (cursor?: string) =>
  call({ method: 'GET', path: '/api/quota/entries', answer: EntryPage, query: { limit: 20, cursor } });
