/** Moving and scaling a drawing: by wheel, by dragging, by keys, and by the buttons beside it. */

const LEAST = 0.1;
const MOST = 3;
const STEP = 1.2;
const MARGIN = 20;
const READABLE = 0.75;
const DRAG_PIXELS = 4;
const KEYS = {
  ArrowLeft: (view) => view.move(60, 0),
  ArrowRight: (view) => view.move(-60, 0),
  ArrowUp: (view) => view.move(0, 60),
  ArrowDown: (view) => view.move(0, -60),
  '+': (view) => view.zoom(STEP),
  '=': (view) => view.zoom(STEP),
  '-': (view) => view.zoom(1 / STEP),
  0: (view) => view.fit(),
};

/**
 * @param {HTMLElement} frame gets the buttons
 * @param {SVGElement} picture
 * @param {SVGElement} content the part of it that is moved
 * @param {{width: number, height: number}} size the content's
 */
export function pannable(frame, picture, content, size) {
  return new View(frame, picture, content, size);
}

class View {
  constructor(frame, picture, content, size) {
    Object.assign(this, { frame, picture, content, size, x: 0, y: 0, scale: 1 });
    this.isTouched = false;
    this.dragged = false;
    this.wanted = null;
    this.frame.append(this.buttons());
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    picture.addEventListener('wheel', (event) => this.wheel(event), { passive: false, signal });
    picture.addEventListener('pointerdown', (event) => this.drag(event), { signal });
    picture.addEventListener('keydown', (event) => this.key(event), { signal });
    this.observer = new ResizeObserver(() => this.begin());
    this.observer.observe(frame);
  }

  destroy() {
    this.observer.disconnect();
    this.stopping.abort();
  }

  /** Whether the last press of the pointer moved the drawing. */
  hasDragged() {
    return this.dragged;
  }

  /** All of it, as large as it fits. */
  fit() {
    const { width, height } = this.frame.getBoundingClientRect();
    const scale = Math.min(1.25, (width - 2 * MARGIN) / this.size.width, (height - 2 * MARGIN) / this.size.height);
    this.set((width - this.size.width * scale) / 2, Math.max(MARGIN, (height - this.size.height * scale) / 2), scale);
  }

  /** Has something seen that was chosen elsewhere: in the middle, as long as nobody has moved the drawing. */
  suggest(element) {
    if (this.wanted === element) return;
    this.wanted = element;
    if (!this.isTouched) this.begin();
    else if (element) this.show(element);
  }

  /** Stays as it is for something that was chosen in the drawing. */
  accept(element) {
    this.wanted = element;
    this.isTouched = true;
  }

  /** At first all of it where that can be read; else what is selected, or the start. */
  begin() {
    const { width, height } = this.frame.getBoundingClientRect();
    if (this.isTouched || width === 0 || height === 0 || !this.size.width) return;
    this.fit();
    if (this.scale >= READABLE) return;
    this.set(MARGIN, MARGIN, READABLE);
    const middle = this.wanted ?? this.content.querySelector('.marker.start');
    if (middle) this.show(middle, true);
    this.stayInside(width, height);
  }

  /** Leaves no empty space beyond an edge of what is larger than the frame. */
  stayInside(width, height) {
    const inside = (start, size, room) => (size > room - 2 * MARGIN ? Math.min(MARGIN, Math.max(room - MARGIN - size, start)) : (room - size) / 2);
    this.set(inside(this.x, this.size.width * this.scale, width), inside(this.y, this.size.height * this.scale, height), this.scale);
  }

  /** Moves just so much that an element is seen, or has it in the middle. */
  show(element, inTheMiddle = false) {
    const outer = this.frame.getBoundingClientRect();
    const inner = element.getBoundingClientRect();
    if (outer.width === 0) return; // the drawing is hidden
    const by = (start, end, from, to) => {
      if (inTheMiddle) return (start + end) / 2 - (from + Math.min(to, from + end - start)) / 2;
      if (from < start + MARGIN) return start + MARGIN - from;
      return to > end - MARGIN ? Math.max(end - MARGIN - to, start + MARGIN - from) : 0;
    };
    this.move(by(outer.left, outer.right, inner.left, inner.right), by(outer.top, outer.bottom, inner.top, inner.bottom), false);
  }

  move(right, down, byHand = true) {
    this.isTouched ||= byHand;
    this.set(this.x + right, this.y + down, this.scale);
  }

  /** Scales around a point of the frame, its middle if none is given. */
  zoom(factor, at = null) {
    this.isTouched = true;
    const { width, height } = this.frame.getBoundingClientRect();
    const { x, y } = at ?? { x: width / 2, y: height / 2 };
    const scale = Math.min(MOST, Math.max(LEAST, this.scale * factor));
    const share = scale / this.scale;
    this.set(x - (x - this.x) * share, y - (y - this.y) * share, scale);
  }

  set(x, y, scale) {
    Object.assign(this, { x, y, scale });
    this.content.setAttribute('transform', `translate(${x.toFixed(2)},${y.toFixed(2)}) scale(${scale.toFixed(4)})`);
  }

  wheel(event) {
    event.preventDefault();
    const { left, top } = this.frame.getBoundingClientRect();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.zoom(Math.exp(-event.deltaY * lines * 0.0015), { x: event.clientX - left, y: event.clientY - top });
  }

  drag(down) {
    this.dragged = false;
    if (down.button !== 0) return;
    let { clientX, clientY } = down;
    const { picture } = this;
    const ending = new AbortController();
    const move = (event) => {
      if (!this.dragged && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < DRAG_PIXELS) return;
      if (!this.dragged) picture.setPointerCapture(down.pointerId);
      this.dragged = true;
      picture.classList.add('is-dragged');
      this.move(event.clientX - clientX, event.clientY - clientY);
      ({ clientX, clientY } = event);
    };
    const end = () => {
      picture.classList.remove('is-dragged');
      ending.abort();
    };
    picture.addEventListener('pointermove', move, { signal: ending.signal });
    for (const type of ['pointerup', 'pointercancel']) picture.addEventListener(type, end, { signal: ending.signal });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key](this);
  }

  buttons() {
    const tools = document.createElement('div');
    tools.className = 'graph-tools';
    const add = (text, label, action) => {
      const button = document.createElement('button');
      Object.assign(button, { type: 'button', textContent: text, title: label });
      button.setAttribute('aria-label', label);
      button.addEventListener('click', action);
      tools.append(button);
    };
    add('+', 'Larger', () => this.zoom(STEP));
    add('−', 'Smaller', () => this.zoom(1 / STEP));
    add('Fit', 'Show the whole graph', () => {
      this.isTouched = true;
      this.fit();
    });
    return tools;
  }
}
