import { ToolsDto } from '@suyi/shared-types';
import { call } from './client';

/** What can be made now, at which price and with which choices. */
export const getTools = () => call({ method: 'GET', path: '/api/tools', answer: ToolsDto });
