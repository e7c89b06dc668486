/**
 * The queue hears of what changes at the desk: the counts, who has which letter open, and that
 * letters have come in. No row moves by itself: new letters are shown when the member asks for them.
 * Without it the page shows the desk as it was when it was opened.
 */
import { keepLine } from './live-line.js';

const place = document.querySelector('[data-desk-news]');
const rows = new Map(
  [...document.querySelectorAll('tr[data-letter]')].map((row) => [row.dataset.letter, row]),
);
const arrivedWords = place
  .querySelector('[data-arrived]')
  .content.querySelector('span').textContent;
const digits = new Intl.NumberFormat(document.documentElement.lang);

const showCounts = (counts) => {
  for (const [queue, letters] of Object.entries(counts)) {
    const count = document.querySelector(`[data-count="${queue}"]`);
    if (count && count.textContent !== letters) count.textContent = letters;
  }
};

const showReader = (row, name, others) => {
  if (!row.querySelector('.flag--reader')) {
    const flag = document.querySelector('[data-reader-flag]').content.cloneNode(true);
    row.querySelector('.triage__subject').append(flag);
  }
  const words = row.querySelector('.flag--reader bdi');
  if (words.textContent !== name) words.textContent = name;
  if (words.nextElementSibling.textContent !== others)
    words.nextElementSibling.textContent = others;
};

const showReaders = (readers) => {
  for (const [letter, row] of rows) {
    const [name, others] = readers[letter] ?? [];
    if (name === undefined) row.querySelector('.flag--reader')?.remove();
    else showReader(row, name, others);
  }
};

const showArrived = (letters) => {
  const count = letters.filter((letter) => !rows.has(letter)).length;
  if (count === 0) return place.querySelector('a')?.remove();
  if (!place.querySelector('a'))
    place.append(place.querySelector('[data-arrived]').content.cloneNode(true));
  const text = place.querySelector('a span');
  const words = arrivedWords.replace('{n}', digits.format(count));
  if (text.textContent !== words) text.textContent = words;
};

keepLine(
  () => place.dataset.deskNews,
  (data) => {
    const news = JSON.parse(data);
    showCounts(news.counts);
    showReaders(news.readers);
    showArrived(news.arrived);
  },
);
