/** Making and measuring SVG. */

const NAMESPACE = 'http://www.w3.org/2000/svg';

/** @returns {SVGElement} with attributes (those that are null left out) and children */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** @returns {function(string): number} how wide texts are in this font, a CSS `font` */
export function ruler(font) {
  const context = document.createElement('canvas').getContext('2d');
  context.font = font;
  const known = new Map();
  return (text) => {
    if (!known.has(text)) known.set(text, context.measureText(text).width);
    return known.get(text);
  };
}

/** @returns {string} the text, cut so that it is no wider */
export function cut(text, width, widthOf) {
  if (widthOf(text) <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${text.slice(0, middle).trimEnd()}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}

/** Sets an attribute only where it differs: an update of a large drawing then costs next to nothing. */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
