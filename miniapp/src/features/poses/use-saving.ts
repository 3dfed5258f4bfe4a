import type { TaskDto } from '@suyi/shared-types';
import { album } from '../../platform/album';
import { toast } from '../../platform/feedback';
import { savedWords } from '../../platform/screen';
import type { Frame } from '../../state/frames';
import { clearSaveRun, saveFrames, savedIdsOf, useSaveRun, type SaveRun } from '../../state/save-run';
import { frameNameOf } from './pose-words';

interface Saving {
  /** Of this set; idle while another one is being saved. */
  run: SaveRun;
  savedIds: string[];
  save: (frames: Frame[]) => Promise<void>;
}

/** Saving pictures of one set, and the word that they are there. */
export function useSaving(task: TaskDto): Saving {
  const { run, saved } = useSaveRun();

  async function save(frames: Frame[]): Promise<void> {
    await saveFrames({ taskId: task.id, frames, fileNameOf: frameNameOf(task) });

    const { run: ended } = useSaveRun.getState();
    if (ended.phase !== 'saved') return;
    toast(ended.done > 1 ? `${ended.done} 张已${album.verb}${album.whereTo}` : savedWords);
    clearSaveRun();
  }

  const isMine = run.phase !== 'idle' && run.taskId === task.id;
  return { run: isMine ? run : { phase: 'idle' }, savedIds: savedIdsOf(saved, task.id), save };
}
