const empty = '';
const spoken = { 'aria-label': empty, 'aria-role': empty };

/** Component → the accessibility attributes its WeChat template shall carry, with their defaults. */
module.exports = {
  View: {
    ...spoken,
    'aria-hidden': empty,
    'aria-live': empty,
    'aria-checked': empty,
    'aria-disabled': empty,
    'aria-selected': empty,
    'aria-valuenow': empty,
  },
  Text: { ...spoken, 'aria-live': empty },
  Image: { ...spoken, 'aria-hidden': empty },
  Button: { ...spoken, 'aria-disabled': empty },
  Input: { 'aria-label': empty },
};
