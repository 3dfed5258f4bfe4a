/** Never a Date: raw SQL cuts its milliseconds on MySQL and matches nothing on SQLite. Times are epoch milliseconds. */
export type SqlValue = string | number | null;
export type SqlValues = Record<string, SqlValue | readonly string[] | readonly number[]>;
