/**
 * Checks that run inside a page, where axe has no rule: read as text and put into the page by
 * `page-checks.ts`, because a page has its own globals and no modules of ours.
 */
globalThis.inPage = (() => {
  const TABBABLE =
    'a[href], button, input:not([type="hidden"]), select, textarea, summary, audio[controls], [tabindex]';
  const REFERENCES = ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns'];
  const SAME_LINE_HEIGHT = 100;
  const FIRST_LINE = 36;

  const describe = (element) => {
    const id = element.id ? `#${element.id}` : '';
    const kind = element.classList.length > 0 ? `.${[...element.classList].join('.')}` : '';
    const words = (element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return `${element.localName}${id}${kind} «${words}»`;
  };

  const isVisible = (element) =>
    element.getClientRects().length > 0 &&
    // What is folded away has a place of its own, and is not shown.
    element.checkVisibility({ visibilityProperty: true });

  /** While a sheet lies over the page, only it can be used and read. */
  const usable = () => document.querySelector('dialog:modal') ?? document.body;

  const tabbable = () =>
    [...usable().querySelectorAll(TABBABLE)].filter(
      (element) => element.tabIndex >= 0 && !element.disabled && isVisible(element),
    );

  /** What cuts off that which leaves it: `element` and what it stands in. */
  const clippers = (element) => {
    const found = [];
    for (let box = element; box; box = box.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(box);
      if (box !== document.body && box !== document.documentElement)
        if (overflowX !== 'visible' || overflowY !== 'visible') found.push(box);
    }
    return found;
  };

  /** Text that ends in «…» is cut off on purpose: it is whole where its link leads. */
  const shortened = (element) => {
    const [box] = clippers(element).filter(
      (clip) => getComputedStyle(clip).textOverflow === 'ellipsis',
    );
    if (!box) return (rect) => rect;
    const frame = box.getBoundingClientRect();
    return ({ left, right, top, bottom }) => {
      const [from, to] = [Math.max(left, frame.left), Math.min(right, frame.right)];
      return new DOMRect(from, top, Math.max(0, to - from), bottom - top);
    };
  };

  const isInside = (inner, outer, slack) =>
    inner.left >= outer.left - slack &&
    inner.right <= outer.right + slack &&
    inner.top >= outer.top - slack &&
    inner.bottom <= outer.bottom + slack;

  /** Unique ids; every reference by id has its element; every control has a visible label. */
  const references = () => {
    const problems = [];
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    for (const id of new Set(ids))
      if (ids.filter((other) => other === id).length > 1) problems.push(`id twice: ${id}`);
    for (const name of REFERENCES)
      for (const element of document.querySelectorAll(`[${name}]`))
        for (const id of element.getAttribute(name).split(/\s+/))
          if (!document.getElementById(id)) problems.push(`${name} without an element: ${id}`);
    for (const link of document.querySelectorAll('a[href^="#"]')) {
      const id = decodeURIComponent(link.getAttribute('href').slice(1));
      if (!document.getElementById(id)) problems.push(`link to no element: #${id}`);
    }
    for (const control of document.querySelectorAll('input, select, textarea')) {
      // What nobody meets yet: for password managers, shown by a script only, or folded away.
      if (control.type === 'hidden' || control.closest('[hidden], details:not([open])')) continue;
      const label = [...(control.labels ?? [])].find(isVisible);
      if (!label || label.textContent.trim() === '')
        problems.push(`no visible label: ${describe(control)}`);
    }
    for (const named of document.querySelectorAll('a[aria-label], button[aria-label]')) {
      const seen = named.textContent.trim();
      if (!named.getAttribute('aria-label').includes(seen))
        problems.push(`the name does not hold the visible words: ${describe(named)}`);
    }
    return problems;
  };

  /** What sticks out of the page sideways. */
  const sideways = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.left < -0.5 || box.right > clientWidth + 0.5;
    });
    return [`${scrollWidth} px of content in ${clientWidth} px`, ...wide.slice(0, 5).map(describe)];
  };

  /** Links inside a sentence have no size of their own (WCAG 2.5.8, exception «inline»). */
  const isInSentence = (element) => {
    if (element.localName !== 'a' || getComputedStyle(element).display !== 'inline') return false;
    const around = element.parentElement.textContent.trim();
    return around.length > element.textContent.trim().length;
  };

  const targets = () =>
    tabbable()
      .filter((element) => !element.matches('.skip') && !isInSentence(element))
      .map((element) => {
        const { width, height } = element.getBoundingClientRect();
        return { what: describe(element), size: Math.round(Math.min(width, height) * 10) / 10 };
      });

  /** What stays in sight lies over what is scrolled under it. */
  const raisedOf = (element) => {
    for (let box = element; box; box = box.parentElement)
      if (/fixed|sticky/.test(getComputedStyle(box).position)) return box;
    return null;
  };

  const textPieces = () => {
    const walker = document.createTreeWalker(usable(), NodeFilter.SHOW_TEXT);
    const pieces = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (node.data.trim() === '' || !isVisible(element)) continue;
      if (element.closest('option, .skip, textarea, script, noscript')) continue;
      if (clippers(element).some((box) => getComputedStyle(box).clipPath !== 'none')) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()]
        .map(shortened(element))
        .filter(({ width }) => width > 0);
      pieces.push({ element, boxes, raised: raisedOf(element) });
    }
    return pieces;
  };

  const overlap = (a, b) => {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return across > 3 && down > 0.4 * Math.min(a.height, b.height);
  };

  /** Text that is cut off, leaves its block, or lies on other text. */
  const brokenText = () => {
    const problems = [];
    const pieces = textPieces();
    for (const { element, boxes } of pieces) {
      let block = element;
      while (getComputedStyle(block).display === 'inline') block = block.parentElement;
      const frame = block.getBoundingClientRect();
      const outer = clippers(element).map((box) => box.getBoundingClientRect());
      for (const box of boxes) {
        if (box.left < frame.left - 2 || box.right > frame.right + 2)
          problems.push(`leaves its block: ${describe(element)}`);
        if (outer.some((clip) => !isInside(box, clip, 1)))
          problems.push(`cut off: ${describe(element)}`);
      }
    }
    for (const [index, piece] of pieces.entries())
      for (const other of pieces.slice(index + 1))
        if (
          piece.raised === other.raised &&
          piece.boxes.some((box) => other.boxes.some((its) => overlap(box, its)))
        )
          problems.push(`on other text: ${describe(piece.element)} / ${describe(other.element)}`);
    return [...new Set(problems)];
  };

  let spacing;
  /** The values of WCAG 1.4.12; a constructed sheet is no inline style, so the policy allows it. */
  const setSpacing = (on) => {
    if (!spacing) {
      spacing = new CSSStyleSheet();
      spacing.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
        p { margin-block-end: 2em !important; }
      `);
    }
    document.adoptedStyleSheets = on ? [spacing] : [];
  };

  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);

  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const groundOf = (element) => {
    for (let box = element; box; box = box.parentElement) {
      const { backgroundColor } = getComputedStyle(box);
      if ((channels(backgroundColor)[3] ?? 1) === 1) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };

  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  /** Of the text of an element against the nearest ground that lets nothing through. */
  const textContrast = (selector) => {
    const element = document.querySelector(selector);
    return contrast(getComputedStyle(element).color, groundOf(element));
  };

  let walked = [];

  /** Tab starts again at the top of the page. */
  const startWalk = () => {
    walked = [];
    document.activeElement?.blur();
    const box = usable();
    box.tabIndex = -1;
    box.focus({ preventScroll: true });
    box.removeAttribute('tabindex');
    scrollTo(0, 0);
  };

  const isCovered = (element) => {
    const [box] = [...element.getClientRects()].filter(({ width }) => width > 0);
    const points = [0.5, 0.25, 0.75].map((part) => [
      box.left + box.width * part,
      Math.min(box.top + box.height / 2, innerHeight - 1),
    ]);
    return !points.every(([x, y]) => {
      const hit = document.elementFromPoint(x, y);
      return hit !== null && (hit === element || element.contains(hit));
    });
  };

  /** The element that has the focus: is it seen, and seen to have the focus? */
  const step = () => {
    const element = document.activeElement;
    if (!element || element === usable() || element === document.body) return undefined;
    // A player has stops of its own inside.
    if (element === walked.at(-1)) return { inside: true };
    if (walked.includes(element)) return undefined;
    walked.push(element);
    const problems = [];
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
    if (!outlined) problems.push('no outline');
    const box = element.getBoundingClientRect();
    const ring = Number.parseFloat(style.outlineOffset) + Number.parseFloat(style.outlineWidth);
    if (box.left < 0 || box.right > innerWidth) problems.push('outside of the page');
    // Of a text area the browser shows the line that is written on.
    const bottom = element.localName === 'textarea' ? box.top + FIRST_LINE : box.bottom;
    if (box.height <= innerHeight && (box.top < -1 || bottom > innerHeight + 1))
      problems.push(`not whole in the window (${box.top} to ${bottom} of ${innerHeight})`);
    if (isCovered(element)) problems.push('covered');
    const drawn = new DOMRect(
      box.left - ring,
      box.top - ring,
      box.width + 2 * ring,
      box.height + 2 * ring,
    );
    if (
      clippers(element.parentElement).some(
        (clip) => !isInside(drawn, clip.getBoundingClientRect(), 0.5),
      )
    )
      problems.push('outline cut off');
    return {
      problems: problems.map((problem) => `${problem}: ${describe(element)}`),
      contrast: outlined ? contrast(style.outlineColor, groundOf(element.parentElement)) : 0,
    };
  };

  /** The two children of the nearest common ancestor that hold the one and the other. */
  const branches = (one, other) => {
    const path = [];
    for (let box = one; box; box = box.parentElement) path.push(box);
    let below = other;
    for (let box = other.parentElement; box; box = box.parentElement) {
      const at = path.indexOf(box);
      if (at > 0) return [path[at - 1], below];
      below = box;
    }
    return [one, other];
  };

  /** Down the page, and within a line along the direction of reading. */
  const follows = (one, other) => {
    const parts = branches(one, other);
    const rightToLeft = getComputedStyle(parts[0].parentElement ?? parts[0]).direction === 'rtl';
    const [a, b] = parts.map((element) => element.getBoundingClientRect());
    const flat = Math.max(a.height, b.height) <= SAME_LINE_HEIGHT;
    const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    const sameLine = flat
      ? shared > 0.5 * Math.min(a.height, b.height)
      : Math.abs(a.top - b.top) < 8 && (a.right <= b.left + 1 || b.right <= a.left + 1);
    if (!sameLine) return b.top > a.top;
    return rightToLeft ? b.left < a.left : b.left > a.left;
  };

  /** Call at the end of a walk. */
  const orderProblems = () => {
    // Where what stays in sight has its own place.
    scrollTo(0, 0);
    const problems = tabbable()
      .filter((element) => !walked.includes(element))
      .map((element) => `not reached: ${describe(element)}`);
    for (const [index, element] of walked.slice(1).entries()) {
      const before = walked[index];
      if (before.matches('.skip')) continue;
      if (!follows(before, element))
        problems.push(`out of order: ${describe(before)} then ${describe(element)}`);
    }
    return problems;
  };

  return {
    references,
    sideways,
    targets,
    brokenText,
    setSpacing,
    textContrast,
    startWalk,
    step,
    orderProblems,
    focusedId: () => document.activeElement?.id ?? '',
    isFocused: (selector) => document.activeElement?.matches(selector) ?? false,
  };
})();
