import { stopPullDownRefresh, useDidShow, usePullDownRefresh, useReachBottom } from '@tarojs/taro';
import type { TaskDto } from '@suyi/shared-types';
import { useEffect, useRef, useState } from 'react';
import { toProblem } from '../../api/problem';
import { deleteTask, listTasks } from '../../api/tasks';
import { HistoryFilter, wishedOf, type HistoryWish } from '../../features/history/history-filter';
import { HistoryList } from '../../features/history/history-list';
import { PageShell } from '../../features/shell/page-shell';
import { SignInPrompt } from '../../features/shell/sign-in-prompt';
import { ask, tell, toast } from '../../platform/feedback';
import { useSession } from '../../state/session';
import { loadTools, useToolsStore } from '../../state/tools';
import { usePages } from '../../state/use-pages';
import { useUnfinished } from '../../state/use-unfinished';

const pageSize = 20;
/** What is still being made is on top of the list; so many of it move before the seller's eyes. */
const followedMax = 6;

export default function HistoryPage() {
  const { session } = useSession();
  const [wish, setWish] = useState<HistoryWish>({ type: null, status: null });
  const asked = wish.status === 'open' ? null : wish.status;
  const pages = usePages<TaskDto>(session && `${session.user.id}/${wish.type}/${asked}`, (cursor) =>
    listTasks({ limit: pageSize, cursor, type: wish.type ?? undefined, status: asked ?? undefined }),
  );
  useChoiceWords(pages.items);
  useUnfinished(pages.items.slice(0, followedMax), pages.replace);

  // The first show is the mount, which loads by itself.
  const isFirstShow = useRef(true);
  useDidShow(() => {
    if (!isFirstShow.current && session) void pages.reload();
    isFirstShow.current = false;
  });
  usePullDownRefresh(() => void (session ? pages.reload() : Promise.resolve()).finally(stopPullDownRefresh));
  useReachBottom(() => void pages.loadMore());

  async function remove(task: TaskDto): Promise<void> {
    const question = { title: '删除这个作品？', content: '图片会从历史里移除，无法恢复。已用的次数不变。' };
    if (!(await ask({ ...question, confirmText: '删除', isDangerous: true }))) return;

    try {
      await deleteTask(task.id);
      pages.remove(task.id);
      toast('已删除');
    } catch (thrown) {
      await tell('没有删除', toProblem(thrown).message);
    }
  }

  return (
    <PageShell title="历史" isTab>
      {session ? (
        <>
          <HistoryFilter wish={wish} onChange={setWish} />
          <HistoryList
            pages={{ ...pages, items: wishedOf(pages.items, wish) }}
            isFiltered={wish.type !== null || wish.status !== null}
            onDelete={(task) => void remove(task)}
          />
        </>
      ) : (
        <SignInPrompt title="登录后查看历史" text="作品保存在您的账号里，换手机也能找到。" />
      )}
    </PageShell>
  );
}

/** A set's row tells what was chosen for it, in the server's words. */
function useChoiceWords(tasks: TaskDto[]): void {
  const { tools } = useToolsStore();
  const isNeeded = tools === null && tasks.some(({ type }) => type === 'model_pose12');
  useEffect(() => {
    if (isNeeded) void loadTools();
  }, [isNeeded]);
}
