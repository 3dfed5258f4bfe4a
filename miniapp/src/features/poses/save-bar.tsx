import { Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { album } from '../../platform/album';
import { spoken } from '../../platform/spoken';
import type { Frame } from '../../state/frames';
import { clearSaveRun } from '../../state/save-run';
import { pickAll, startPicking, stopPicking, usePicks } from '../../state/picks';
import { BottomBar } from '../../ui/bottom-bar';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { SaveStopped } from './save-stopped';
import { saveAllWords, savePickedWords } from './save-words';
import { useSaving } from './use-saving';
import './save-bar.scss';

/** Saving all of the set, or what was picked of it, kept in sight at the foot of the screen. */
export function SaveBar({ task, frames }: { task: TaskDto; frames: Frame[] }) {
  const { isPicking, frameIds } = usePicks();
  const { run, savedIds, save } = useSaving(task);

  function savePicked(picked: Frame[]): void {
    stopPicking();
    void save(picked);
  }

  function goOn(rest: string[]): void {
    void save(frames.filter(({ id }) => rest.includes(id)));
  }

  return (
    <BottomBar>
      {run.phase === 'saving' && <Progress done={run.done} total={run.total} />}
      {run.phase === 'stopped' && <SaveStopped run={run} onGoOn={() => goOn(run.rest)} onLater={clearSaveRun} />}
      {(run.phase === 'idle' || run.phase === 'saved') &&
        (isPicking ? (
          <Picking frames={frames} picked={frames.filter(({ id }) => frameIds.includes(id))} onSave={savePicked} />
        ) : (
          <Ready frames={frames} savedIds={savedIds} onSave={(wanted) => void save(wanted)} />
        ))}
    </BottomBar>
  );
}

function Progress({ done, total }: { done: number; total: number }) {
  const words = `正在${album.verb} ${done}/${total}`;
  const percent = Math.round((done / total) * 100);
  return (
    <>
      <View
        id="poses-save-progress"
        className="save-bar__progress"
        {...spoken({ role: 'progressbar', label: words, valueNow: percent })}
      >
        <View className="save-bar__fill" style={{ width: `${percent}%` }} />
        <Text className="save-bar__count">{words}</Text>
      </View>
      {total > 1 && album.severalHint && <Text className="save-bar__remark">{album.severalHint}</Text>}
    </>
  );
}

interface PickingProps {
  frames: Frame[];
  picked: Frame[];
  onSave: (picked: Frame[]) => void;
}

function Picking({ frames, picked, onSave }: PickingProps) {
  const isAll = picked.length === frames.length;
  return (
    <View className="save-bar__row">
      <Button id="poses-pick-cancel" tone="secondary" onClick={stopPicking}>
        取消
      </Button>
      <Button id="poses-pick-all" tone="secondary" onClick={() => pickAll(isAll ? [] : idsOf(frames))}>
        {isAll ? '全不选' : '全选'}
      </Button>
      <View className="save-bar__main">
        <Button id="poses-save-picked" isDisabled={picked.length === 0} onClick={() => onSave(picked)}>
          {savePickedWords(picked.length)}
        </Button>
      </View>
    </View>
  );
}

const idsOf = (frames: Frame[]) => frames.map(({ id }) => id);

interface ReadyProps {
  frames: Frame[];
  savedIds: string[];
  onSave: (wanted: Frame[]) => void;
}

/** What is saved already is not saved again by a tap on everything; picking it is asking for it. */
function Ready({ frames, savedIds, onSave }: ReadyProps) {
  const { verb, whereTo } = album;
  const rest = frames.filter(({ id }) => !savedIds.includes(id));
  return (
    <View className="save-bar__row">
      <Button id="poses-pick" tone="secondary" onClick={startPicking}>
        选择
      </Button>
      <View className="save-bar__main">
        {rest.length === 0 ? (
          <View id="poses-saved" className="save-bar__done" {...spoken({ role: 'status', live: 'polite' })}>
            <Icon name="check" />
            <Text>{`已全部${verb}${whereTo}`}</Text>
          </View>
        ) : (
          <Button id="poses-save-all" onClick={() => onSave(rest)}>
            <Icon name="download" />
            {saveAllWords({ total: frames.length, rest: rest.length })}
          </Button>
        )}
      </View>
    </View>
  );
}
