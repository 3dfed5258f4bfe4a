import { pageOf, TaskDto, type CreateTaskBody, type TaskStatus, type TaskType } from '@suyi/shared-types';
import { call, nothing } from './client';

const TaskPage = pageOf(TaskDto);

/** Longest a phone holds the line for a result; the server allows twenty. */
const waitSeconds = 15;

/**
 * Answers the finished task when it is quick, the waiting one when it is not. Twelve frames take minutes: nobody waits
 * for those here. One key is one task.
 */
export const createTask = (body: CreateTaskBody, idempotencyKey: string) =>
  call({
    method: 'POST',
    path: '/api/tasks',
    answer: TaskDto,
    body,
    idempotencyKey,
    waitSeconds: body.type === 'basic_clean' ? waitSeconds : undefined,
  });

export const getTask = (taskId: string) => call({ method: 'GET', path: `/api/tasks/${taskId}`, answer: TaskDto });

export const listTasks = (query: { type?: TaskType; status?: TaskStatus; cursor?: string; limit: number }) =>
  call({ method: 'GET', path: '/api/tasks', answer: TaskPage, query });

export const cancelTask = (taskId: string) =>
  call({ method: 'POST', path: `/api/tasks/${taskId}/cancel`, answer: TaskDto });

export const retryTask = (taskId: string, idempotencyKey: string) =>
  call({ method: 'POST', path: `/api/tasks/${taskId}/retry`, answer: TaskDto, idempotencyKey });

export const deleteTask = (taskId: string) => call({ method: 'DELETE', path: `/api/tasks/${taskId}`, answer: nothing });
