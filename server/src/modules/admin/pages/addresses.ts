/* Addresses of the admin site: the same page always has the same one, so that it can be kept and sent to a colleague. */

type Query = Record<string, string | number | undefined>;

/** The path with what is set, in the order given; defaults are left out by whoever calls. */
export function address(path: string, query: Query): string {
  const set = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) set.append(name, String(value));
  const text = set.toString();
  return text === '' ? path : `${path}?${text}`;
}

export const userPath = (id: string): string => `/admin/users/${id}`;
export const orderPath = (id: string): string => `/admin/orders/${id}`;
export const taskPath = (id: string): string => `/admin/tasks/${id}`;
