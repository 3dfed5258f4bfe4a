export const roles = ['viewer', 'support', 'finance', 'owner'] as const;
export type Role = (typeof roles)[number];

/** `own`: the admins themselves. `support`: orders, tasks and sellers. `finance`: money back. `see_phone`: numbers unmasked. */
export type Right = 'view' | 'see_phone' | 'support' | 'finance' | 'own';

const rightsOf = {
  viewer: ['view'],
  support: ['view', 'see_phone', 'support'],
  finance: ['view', 'finance'],
  owner: ['view', 'see_phone', 'support', 'finance', 'own'],
} as const satisfies Record<Role, readonly Right[]>;

export function may(role: Role, right: Right): boolean {
  const rights: readonly Right[] = rightsOf[role];
  return rights.includes(right);
}

export const roleWords: Record<Role, string> = {
  viewer: '只读',
  support: '客服',
  finance: '财务',
  owner: '负责人',
};
