import { formatMobileLocal } from '../../src/platform/base/mobile.ts';
import type { View } from '../view.ts';

export const Mobile = ({ view, mobile }: { view: View; mobile: string }) =>
  mobile === '' ? (
    <span class="muted">{view.text.erased.value}</span>
  ) : (
    <bdi dir="ltr">{view.digits(formatMobileLocal(mobile))}</bdi>
  );
