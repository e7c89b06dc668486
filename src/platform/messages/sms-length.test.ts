import { describe, expect, test } from 'vitest';
import { fitVariable, smsParts } from './sms-length.ts';

describe('smsParts', () => {
  test.each([
    ['', 1],
    ['ن'.repeat(70), 1],
    ['ن'.repeat(71), 2],
    ['ن'.repeat(134), 2],
    ['ن'.repeat(135), 3],
    ['ن'.repeat(201), 3],
    ['ن'.repeat(202), 4],
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['a'.repeat(306), 2],
    ['a'.repeat(307), 3],
    // One Persian letter makes the whole message UCS-2.
    [`${'a'.repeat(70)}ن`, 2],
    ['👍'.repeat(35), 1],
    ['👍'.repeat(36), 2],
  ])('%#: %s', (text, parts) => {
    expect(smsParts(text)).toBe(parts);
  });
});

describe('fitVariable', () => {
  const render = (reason: string): string => `نامهٔ شما رد شد.\nتاریخ: 1405/09/01\nدلیل: ${reason}`;

  test('a reason that fits is told whole', () => {
    expect(fitVariable(render, 'مدرک ناقص است', 3)).toBe('مدرک ناقص است');
  });

  test('a long reason is cut at a word, with an ellipsis, and uses the room there is', () => {
    const reason = 'مدارک پیوست کامل نیست و باید دوباره فرستاده شود '.repeat(20).trim();
    const fitted = fitVariable(render, reason, 3);
    expect(fitted.endsWith('…')).toBe(true);
    expect(reason.startsWith(fitted.slice(0, -1))).toBe(true);
    expect(reason[fitted.length - 1]).toBe(' ');
    expect(smsParts(render(fitted))).toBe(3);
    expect(render(fitted).length).toBeGreaterThan(201 - 25);
  });

  test('a reason of one endless word is cut inside the word', () => {
    expect(render(fitVariable(render, 'ن'.repeat(5000), 3)).length).toBe(201);
  });

  test('an emoji is never cut in two', () => {
    const fitted = fitVariable(render, '👍'.repeat(500), 2);
    expect(fitted.isWellFormed?.() ?? !/\p{Surrogate}/u.test(fitted)).toBe(true);
    expect(smsParts(render(fitted))).toBe(2);
  });

  test('a Latin message stays in the Latin alphabet when it is cut', () => {
    const latin = (reason: string): string => `Your letter was rejected. Reason: ${reason}`;
    const fitted = fitVariable(latin, 'the enclosed documents are not complete '.repeat(30), 2);
    expect(fitted.endsWith('...')).toBe(true);
    expect(smsParts(latin(fitted))).toBe(2);
    expect(latin(fitted).length).toBeGreaterThan(280);
  });
});
