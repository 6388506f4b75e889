// Makes elements without markup in strings, so that no value can become markup.

/** An element; properties are attributes, and `on...` listeners. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== ''));
  return element;
}

/** The body of a section. */
export const bodyOf = id => document.querySelector('#' + id + ' .body');

/** Puts children in place of those that an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(child => child !== null && child !== ''));
}

/** A few words beside the name of a closed section: what it holds. */
export const gist = (id, text) => say(document.querySelector('#' + id + ' .gist'), text);

/** Opens the closed parts around the target of a link, now and whenever a link is followed. */
export function openTargets() {
  const open = () => {
    for (let part = document.getElementById(location.hash.slice(1)); part; part = part.parentElement) {
      part.matches('details') && part.setAttribute('open', '');
    }
  };
  addEventListener('hashchange', open);
  document.querySelectorAll('a[href^="#"]').forEach(link => link.addEventListener('click', () => setTimeout(open)));
  open();
}

/** Sets the text of an element if it differs, so that screen readers do not repeat it. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Announces something to screen readers. */
export const announce = text => say(document.getElementById('said'), text);

/** A table in a scrolling box; the first cell of a row is its head. */
export function table(caption, heads, rows, kind = 'numbers') {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h('table', { class: kind },
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, heads.map(head => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, rows.map(([first, ...cells]) =>
        h('tr', {}, h('th', { scope: 'row' }, first), cells.map(cell => h('td', {}, cell)))))));
}

/** Content that a summary line opens. */
export function figures(summary, ...content) {
  return h('details', { class: 'figures' }, h('summary', {}, summary), ...content);
}

/** A row of options of which one is chosen: radio buttons that look like a switch. */
export function choice(name, legend, options, chosen, onchange) {
  return h('fieldset', { class: 'choice' },
    h('legend', {}, legend),
    h('div', { class: 'options' }, options.map(([value, label]) => {
      const input = h('input', { type: 'radio', name, value, checked: value === chosen, onchange: () => onchange(value) });
      return h('label', {}, input, h('span', {}, label));
    })));
}

/** A list of options. */
export function select(label, options, chosen, onchange) {
  const list = h('select', { onchange: event => onchange(event.target.value) },
    options.map(([value, text]) => h('option', { value, selected: value === chosen }, text)));
  return h('label', { class: 'select' }, h('span', {}, label), list);
}

/** A sentence for a section that has nothing to show yet. */
export const empty = text => h('p', { class: 'empty' }, text);
