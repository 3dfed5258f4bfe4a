import { Text, View } from '@tarojs/components';
import { goTo } from '../../routes';
import { forgetDraft, type CleanDraft } from '../../state/clean-draft';
import { Button } from '../../ui/button';
import './resume-card.scss';

/** A picture that a closed app left behind. Accepted ones are looked up, uploaded ones can be sent on, nothing is lost. */
export function ResumeCard({ draft, onGone }: { draft: CleanDraft; onGone: () => void }) {
  const { title, text, action } = words(draft);

  function drop(): void {
    forgetDraft();
    onGone();
  }

  return (
    <View id="resume-card" className="resume">
      <Text className="resume__title">{title}</Text>
      <Text className="resume__text">{text}</Text>
      <View className="resume__actions">
        <Button id="resume-open" size="small" onClick={() => open(draft)}>
          {action}
        </Button>
        <Button id="resume-drop" size="small" tone="quiet" onClick={drop}>
          {draft.taskId ? '知道了' : '不做了'}
        </Button>
      </View>
    </View>
  );
}

function open(draft: CleanDraft): void {
  if (draft.taskId) goTo('result', { id: draft.taskId });
  else goTo('clean');
}

function words(draft: CleanDraft): { title: string; text: string; action: string } {
  if (draft.taskId) return { title: '上次的图片还没看', text: '任务已提交，结果会一直保存在历史里。', action: '查看' };
  if (draft.mediaId) {
    return { title: '上次的图片没有做完', text: '照片已上传，继续不会重复扣除次数。', action: '继续制作' };
  }
  return { title: '上次的照片没有传完', text: '没有扣除次数，请重新选择照片。', action: '重新选择' };
}
