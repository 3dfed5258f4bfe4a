import type { AdminUserDto, AdminUsersFilter } from '@suyi/shared-types';
import type { ReactElement } from 'react';
import { userPath } from './addresses';
import { ListPage, type ListProps } from './list';
import { Badge, Choice, IdLink, UserLink, When } from './pieces';
import { userStatusWords } from './words';

export function UsersPage(list: ListProps<AdminUsersFilter, AdminUserDto>): ReactElement {
  return (
    <ListPage
      title="用户"
      section="users"
      path="/admin/users"
      list={list}
      filters={<Choice label="状态" name="status" value={list.filter.status} options={userStatusWords} />}
      columns={['用户', '编号', '状态', '微信', '会员', '可用次数#', '预留#', '会员到期', '注册时间']}
    >
      {list.rows.map((user) => (
        <tr key={user.id}>
          <td>
            <UserLink id={user.id} phone={user.phone} />
          </td>
          <td>
            <IdLink href={userPath(user.id)} id={user.id} />
          </td>
          <td>
            <Badge kind={user.status}>{userStatusWords[user.status]}</Badge>
          </td>
          <td className="nowrap">{user.hasWechat ? '已绑定' : <span className="faint">—</span>}</td>
          <td>{user.isMember ? <Badge kind="ok">会员</Badge> : <span className="faint">—</span>}</td>
          <td className="number">{user.quotaRemaining}</td>
          <td className="number">{user.quotaHeld}</td>
          <td>
            <When at={user.quotaExpireAt} />
          </td>
          <td>
            <When at={user.createdAt} />
          </td>
        </tr>
      ))}
    </ListPage>
  );
}
