import { Image, Text, View } from '@tarojs/components';
import type { TaskDto } from '@suyi/shared-types';
import { absoluteUrl } from '../../api/address';
import { previewPicture } from '../../platform/feedback';
import { saveWords } from '../../platform/screen';
import { spoken } from '../../platform/spoken';
import { replaceWith } from '../../routes';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { Hint } from '../../ui/notice';
import { stampWords } from '../../ui/wording';
import { effectWords, mainResultOf, presetWords } from '../history/task-words';
import { Compare } from './compare';
import { Measures } from './measures';
import { useSave } from './use-save';
import { Warnings } from './warnings';
import './finished.scss';

/** The picture, what was measured on it, and the two things to do next. */
export function Finished({ task }: { task: TaskDto }) {
  const { isSaving, trouble, save } = useSave();
  const result = mainResultOf(task);
  if (!result) return <Hint tone="danger">成图暂时无法显示，请稍后在历史里再看。</Hint>;

  const after = absoluteUrl(result.url);
  const before = absoluteUrl(task.input.url);
  return (
    <>
      {before ? <Compare before={before} after={after} /> : <Picture url={after} />}
      <Warnings task={task} />
      <View className="finished__actions">
        <Button
          id="clean-save"
          isBusy={isSaving}
          onClick={() => void save(result.url, fileNameOf(task, result.contentType))}
        >
          <Icon name="download" />
          {saveWords}
        </Button>
        {trouble && (
          <Hint id="save-trouble" tone="warning">
            {trouble}
          </Hint>
        )}
        <View className="finished__row">
          <Button id="clean-zoom" tone="secondary" onClick={() => previewPicture(after, [after])}>
            放大查看
          </Button>
          <Button id="clean-again" tone="secondary" onClick={() => replaceWith('clean')}>
            再做一张
          </Button>
        </View>
      </View>
      <Measures measures={task.measures} file={result} />
      <Text id="result-effect" className="finished__effect">
        {effectWords(task)}
      </Text>
    </>
  );
}

function Picture({ url }: { url: string }) {
  return (
    <View className="finished__picture">
      <Image src={url} mode="aspectFit" className="finished__image" {...spoken({ role: 'img', label: '白底主图' })} />
    </View>
  );
}

/** What the seller finds in their downloads: what it is, and when it was made. */
export function fileNameOf(task: TaskDto, contentType: string): string {
  return `素衣-${presetWords(task) ?? '作品'}-${stampWords(task.finishedAt ?? task.createdAt)}.${extensionOf(contentType)}`;
}

function extensionOf(contentType: string): string {
  return contentType === 'image/jpeg' ? 'jpg' : contentType.replace('image/', '');
}
