import { assert } from '../../lib/assert';
import { logger } from '../../lib/logger';
import type { RunningHubCalls } from './calls';
import { noJobIn, unusable } from './classify';
import type { PoseOrder, PosePort } from './port';
import { readCreated, readUploaded } from './replies';
import type { RunningHubSettings } from './settings';

const extensions = new Map([
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/webp', 'webp'],
]);

/** Leaving a photo and ordering a job, each in the vendor's newer form or in its older one. */
export function runningHubOrders(
  settings: RunningHubSettings,
  calls: RunningHubCalls,
): Pick<PosePort, 'upload' | 'create'> {
  const { apiKey, apiVersion, webappId, instanceType, nodes } = settings;

  function nodeInfoList(order: PoseOrder): Record<string, string>[] {
    return [
      { ...nodes.image, fieldValue: order.photo },
      { ...nodes.prompt, fieldValue: order.prompt },
    ];
  }

  return {
    async upload({ bytes, contentType }) {
      const extension = extensions.get(contentType);
      assert(extension, 'a photo that leaves the house is a JPEG, PNG or WebP');
      const file = { field: 'file', name: `photo.${extension}`, contentType, bytes };
      const answer =
        apiVersion === 'v2'
          ? await calls.postForm('/openapi/v2/media/upload/binary', {}, file)
          : await calls.postForm('/task/openapi/upload', { apiKey, fileType: 'image' }, file);
      const noJob = noJobIn(answer);
      if (noJob) return noJob;

      const photo = answer.code === null && answer.status <= 299 ? readUploaded(answer.body) : null;
      if (photo === null) throw unusable('an upload', answer);
      return { refused: false, photo };
    },

    async create(order) {
      const wish = {
        nodeInfoList: nodeInfoList(order),
        instanceType,
        webhookUrl: order.webhookUrl,
        addMetadata: false, // By its default the vendor writes graph and prompt into the pictures.
      };
      const path = `/openapi/v2/run/ai-app/${encodeURIComponent(webappId)}`;
      const answer =
        apiVersion === 'v2'
          ? await calls.post(path, { ...wish, usePersonalQueue: 'false' }, 'order')
          : await calls.post('/task/openapi/ai-app/run', { ...wish, apiKey, webappId }, 'order');

      // A job that has an id exists and may be billed, whatever else the answer says of it: a question will tell.
      const created = answer.status <= 299 ? readCreated(answer.body) : null;
      if (created) {
        const { jobId, faultyNodes } = created;
        if (faultyNodes.length > 0) logger.warn({ jobId, faultyNodes }, 'runninghub: a job was made with faulty nodes');
        return { refused: false, jobId };
      }

      const noJob = noJobIn(answer);
      if (!noJob) throw unusable('an order', answer);
      const { kind, code } = noJob;
      logger[kind === 'busy' ? 'info' : 'warn']({ kind, code }, 'runninghub: an order was refused');
      return noJob;
    },
  };
}
