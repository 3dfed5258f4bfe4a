import { config } from 'zod';

// WeChat replaces Function by a stub that does not throw, so zod 4 believes it may compile parsers, and every object
// parse then fails. The flag is read when a schema is built: this must stay the first import of app.tsx.
config({ jitless: true });
