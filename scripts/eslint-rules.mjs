import { basename } from 'node:path';

/** Turning a rule off is allowed where the reason stands beside it: `eslint-disable-next-line some-rule -- because …`. */
const disableNeedsReason = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { bare: 'Say why after "--", and name the rule: eslint-disable-next-line some-rule -- because …' },
  },
  create: ({ sourceCode, report }) => ({
    Program() {
      for (const comment of sourceCode.getAllComments()) {
        const isDirective = /^\s*eslint-disable/.test(comment.value);
        if (isDirective && !/^\s*eslint-disable(-next-line|-line)?\s+[\w@/-].*\s--\s+\S+/.test(comment.value)) {
          report({ loc: comment.loc, messageId: 'bare' });
        }
      }
    },
  }),
};

const emptyNames = /^(utils?|helpers?|common|manager|handlers?|misc|data|info)\./;
const kebabCase = /^\.?[a-z0-9]+([.-][a-z0-9]+)*$/;

/** Files are named for their content, in kebab-case; a name that fits any content says nothing. */
const fileName = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      empty: 'Name this file for its content: "{{name}}" fits any.',
      shape: 'Name this file in kebab-case, not "{{name}}".',
    },
  },
  create: ({ filename, report }) => ({
    Program(node) {
      const name = basename(filename);
      if (emptyNames.test(name)) report({ node, messageId: 'empty', data: { name } });
      else if (!kebabCase.test(name)) report({ node, messageId: 'shape', data: { name } });
    },
  }),
};

export const houseRules = { rules: { 'disable-needs-reason': disableNeedsReason, 'file-name': fileName } };
