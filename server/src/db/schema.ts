/**
 * Column kinds in the portable subset. `id`: our ids and other short ASCII keys, compared byte by byte. `token`: openids and
 * the like, up to 190 characters, compared byte by byte. `word`: a state or kind. `time`: epoch milliseconds.
 */
export type ColumnType = 'id' | 'token' | 'word' | 'text' | 'json' | 'int' | 'time';
export type Column = { type: ColumnType; nullable?: boolean; primary?: boolean; default?: string | number };
export type Index = { columns: string[]; unique?: boolean };
export type Table = { table: string; columns: Record<string, Column>; indexes?: Index[]; checks?: string[] };

/** What a migration may do. Every step looks first, so that doing it twice is harmless. */
export type Schema = {
  createTable(definition: Table): Promise<void>;
  createIndex(table: string, index: Index): Promise<void>;
  addColumn(table: string, name: string, column: Column): Promise<void>;
};

export type Migration = { name: string; up(schema: Schema): Promise<void> };
