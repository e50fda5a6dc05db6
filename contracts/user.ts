import { type Static, Type } from 'typebox';
import { Id, literals, Nullable } from './common.ts';

export const roles = ['admin', 'supervisor', 'duty-officer', 'dispatcher', 'engineer', 'screen', 'agency'] as const;
export const Role = literals(roles);
/** `dispatcher`: a person at an agency's desk. `agency`: an agency's own system, by token. `screen`: a wall. */
export type Role = Static<typeof Role>;

export const User = Type.Object({
  id: Type.String(),
  username: Type.String(),
  displayName: Type.String(),
  role: Role,
  /** Set for `dispatcher` and `agency`: they see and act on this agency's dispatches only. */
  agencyId: Nullable(Id),
});
export type User = Static<typeof User>;

/**
 * What a role may do. One list, used by the hub to refuse and by pages to hide what would be refused.
 * `view`: everything on the wall and console. `desk`: one agency's dispatches.
 */
export const permissions = {
  view: ['admin', 'supervisor', 'duty-officer', 'engineer', 'screen'],
  desk: ['dispatcher', 'agency'],
  operate: ['admin', 'supervisor', 'duty-officer'],
  'control-camera': ['admin', 'supervisor', 'duty-officer'],
  'arrange-wall': ['admin', 'supervisor', 'duty-officer', 'engineer'],
  'read-audit': ['admin', 'supervisor'],
  'manage-agencies': ['admin'],
  'manage-users': ['admin'],
  engineer: ['admin', 'engineer'],
} as const satisfies Record<string, readonly Role[]>;
export type Permission = keyof typeof permissions;

export const may = (role: Role, permission: Permission): boolean =>
  (permissions[permission] as readonly Role[]).includes(role);
