/** The kinds of column that migrations are written in. */
export const id = { type: 'id' } as const;
export const maybeId = { type: 'id', nullable: true } as const;
export const word = { type: 'word' } as const;
export const maybeWord = { type: 'word', nullable: true } as const;
export const token = { type: 'token' } as const;
export const maybeToken = { type: 'token', nullable: true } as const;
export const int = { type: 'int' } as const;
export const maybeInt = { type: 'int', nullable: true } as const;
export const time = { type: 'time' } as const;
export const maybeTime = { type: 'time', nullable: true } as const;
export const maybeJson = { type: 'json', nullable: true } as const;
export const primaryId = { type: 'id', primary: true } as const;
export const maybeText = { type: 'text', nullable: true } as const;
