/**
 * Elements. Texts only ever become text nodes: nothing of a record is read as HTML. What changes while the page is open
 * is changed in place, so that focus, selection and scroll position stay.
 */

/** @typedef {Node | string | null | undefined} Child */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element. Attributes that are `true` are set, those that are `false` or `undefined` are not.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Readonly<Record<string, string | number | boolean | undefined>>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

/**
 * @param {string} tag
 * @param {Readonly<Record<string, string | number | boolean | undefined>>} attributes
 * @param {...SVGElement} children
 */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/**
 * @param {Element} element
 * @param {Readonly<Record<string, string | number | boolean | undefined>>} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = value === true ? '' : String(value);
    if (value === false || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/**
 * @param {Element} parent
 * @param {readonly Child[]} children
 */
function append(parent, children) {
  for (const child of children) if (child !== null && child !== undefined) parent.append(child);
}

/**
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/**
 * Leaves the element alone when it says this already.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes `nodes` the children, in this order, and touches only what stands elsewhere.
 * @param {Element} parent
 * @param {readonly Element[]} nodes
 */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, i) => {
    const there = parent.children[i];
    if (there !== node) parent.insertBefore(node, there ?? null);
  });
}
