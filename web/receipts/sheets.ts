import type { Sheet, SheetRow } from '../../src/desk/proof/sheet.ts';
import { formatTrackingCode } from '../../src/desk/register/tracking-code.ts';
import { cleanPlainLine } from '../../src/platform/base/text.ts';
import type { LetterReceipt } from '../../src/desk/proof/letter-receipts.ts';
import type { SiteSettings } from '../env.ts';
import type { Identity } from '../identity.ts';
import type { View } from '../view.ts';
import { receiptAddress, shortVerifyAddress } from './receipt-address.ts';
import type { LetterStamp } from '../../src/desk/proof/stamp-letter.ts';

type Config = Pick<SiteSettings, 'publicOrigin' | 'identity'>;

const withLogo = ({ printLogo }: Identity) => (printLogo ? { logo: printLogo } : {});

const base = (view: View, site: Config, { token, at }: LetterReceipt) => ({
  language: view.language,
  direction: view.direction,
  organisation: view.orgName,
  ...withLogo(site.identity()),
  at,
  address: receiptAddress(site, token),
  captions: [view.text.receipt.checkOnPaper(shortVerifyAddress(site))],
});

const fileRows = (view: View, { files, fileNames }: LetterReceipt): SheetRow[] => {
  const { receipt: words } = view.text;
  return files.flatMap(({ bytes, sha256 }, index) => {
    const label = (text: string): string =>
      files.length === 1 ? text : words.ofMany(text, view.digits(index + 1));
    const name = cleanPlainLine(fileNames[index] ?? '');
    return [
      ...(name === '' ? [] : [{ label: label(words.fileName), value: name }]),
      { label: label(words.size), value: words.bytes(view.digits(bytes)) },
      { label: label(words.sha256), value: sha256, isCode: true },
    ];
  });
};

export const receiptSheet = (view: View, site: Config, receipt: LetterReceipt): Sheet => {
  const { receipt: words } = view.text;
  const { round, at } = receipt;
  return {
    ...base(view, site, receipt),
    title: words.title,
    rows: [
      { label: words.submissionNumber, value: receipt.submissionNumber, isCode: true },
      { label: words.at.submitted, value: view.dateTime(at) },
      { label: words.exactTime, value: at.toISOString(), isCode: true },
      ...(round > 1 ? [{ label: words.round, value: words.rounds(view.digits(round)) }] : []),
      { label: words.unit, value: receipt.unit },
      ...fileRows(view, receipt),
    ],
    notes: [words.lead],
  };
};

export const stampSheet = (
  view: View,
  site: Config,
  { stamp, shown }: { stamp: LetterStamp; shown: boolean },
): Sheet => {
  const { receipt: words, facts } = view.text;
  const number = view.digits(stamp.letterNumber);
  const code = formatTrackingCode(stamp.trackingCode);
  const rows: SheetRow[] = [
    { label: facts.letterNumber, value: number, isCode: true },
    { label: facts.registeredOn, value: view.digits(stamp.registeredOn), isCode: true },
    { label: facts.trackingCode, value: code, isCode: true },
    ...(stamp.annulledAt === null
      ? []
      : [{ label: words.status, value: `${facts.annulled} (${view.dateTime(stamp.annulledAt)})` }]),
  ];
  return {
    ...base(view, site, stamp),
    title: stamp.annulledAt === null ? words.stampTitle(number) : words.annulledTitle(number),
    rows: shown ? rows : [...rows, ...fileRows(view, stamp)],
    notes: shown ? [] : [words.notShown],
  };
};
