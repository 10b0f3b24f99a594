/** The clipboard, also where the page came without TLS from another host: browsers keep the newer way from such pages. */
import { h } from './dom.js';

/**
 * @param {string} text
 * @returns {Promise<boolean>} false: the browser does not allow it
 */
export async function copyText(text) {
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      // Not allowed: the older way is left.
    }
  }
  const before = document.activeElement;
  const field = h('textarea', { class: 'unseen', 'aria-hidden': 'true' });
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}
