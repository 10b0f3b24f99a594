/** Groups messages that no entry fits: the same text but for numbers, ids and the like has the same fingerprint. */

/** Only this much of a message is looked at: what makes a group stands at the beginning. */
const MAX_CHARS = 2_000;
const MAX_TEMPLATE_CHARS = 300;

const WORD = /[\p{L}\p{N}_$*-]+/gu;
/** A word that holds a digit or a mask, or is as long as a token, changes from message to message. */
const CHANGING = /[\p{N}*]|^.{40}/u;

export interface Template {
  readonly fingerprint: string;
  readonly template: string;
}

/** The group of a message; app names belong to the group, so that one app's numbers are not added to another's. */
export function templateOf(message: string, app: string | undefined): Template {
  const start = message.length > MAX_CHARS ? message.slice(0, MAX_CHARS) : message;
  const template = start
    .replace(WORD, (word) => (CHANGING.test(word) ? '<*>' : word))
    .replace(/<\*>(?:[\s.:,/;-]{0,3}<\*>)+/g, '<*>')
    .replace(/\s+/g, ' ')
    .trim();
  return {
    fingerprint: hash(`${app ?? ''}\n${template.toLowerCase()}`),
    template: template.slice(0, MAX_TEMPLATE_CHARS),
  };
}

/** 64 bits from two FNV-1a runs: a label, not a signature. */
function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0xcbf29ce4;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x01000193) + i;
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
