import type { LogoProblem } from '../../../src/desk/administration/branding.ts';
import type { Organisation } from '../../../src/platform/base/organisation.ts';

const BLANK = 'خالی: همان فارسی می‌آید.';

export const branding = {
  branding: {
    lead: 'تغییرها چند ثانیه پس از ثبت در صفحه‌ها، رسیدها و پیام‌های تازه دیده می‌شود.',
    fields: {
      name: 'نام سازمان',
      nameEn: 'نام سازمان به انگلیسی',
      colour: 'رنگ',
      helpPhone: 'تلفن راهنمایی',
      helpHours: 'ساعت پاسخ‌گویی',
      helpHoursEn: 'ساعت پاسخ‌گویی به انگلیسی',
      address: 'نشانی دبیرخانه',
      addressEn: 'نشانی دبیرخانه به انگلیسی',
      logoText: 'متن جایگزین نشان',
      logoTextEn: 'متن جایگزین نشان به انگلیسی',
    } satisfies Record<keyof Organisation, string>,
    hints: {
      nameEn: BLANK,
      colour: 'شش رقم شانزده‌تایی، مانند 0b5b66. نوشته‌ی سفید باید روی آن خوانا باشد.',
      helpPhone: 'پایین همه‌ی صفحه‌ها',
      helpHours: 'مانند «شنبه تا چهارشنبه، ۸ تا ۱۵»',
      helpHoursEn: BLANK,
      addressEn: BLANK,
      logoText: 'آنچه نشان می‌دهد. اگر جز نام سازمان چیزی نیست، خالی بگذارید.',
      logoTextEn: BLANK,
    } as Partial<Record<keyof Organisation, string>>,
    save: 'ثبت تغییر',
    preview: 'پیش‌نمایش',
    receipt: 'پیش‌نمایش رسید (PDF)',
    previewHeading: 'سربرگ و راهنمایی صفحه‌ها',
    logoHeading: 'نشان سازمان',
    logo: 'فایل نشان',
    logoHint: 'PNG، هر ضلع ۶۴ تا ۲۰۰۰ نقطه، تا ۲۰۰ کیلوبایت',
    logoMissing: 'فایل نشان را برگزینید',
    saveLogo: 'ثبت نشان',
    removeLogo: 'برداشتن نشان',
    logoProblems: {
      not_png: () => 'نشان باید PNG باشد',
      too_big: (kilobytes: string) => `نشان حداکثر ${kilobytes} کیلوبایت است`,
      wrong_size: (_kilobytes: string, least: string, most: string) =>
        `هر ضلع نشان باید از ${least} تا ${most} نقطه باشد`,
      broken: () => 'این PNG خوانده نمی‌شود',
      not_scanned: () => 'فایل هنوز برای ویروس بررسی نشده است؛ کمی بعد دوباره تلاش کنید',
    } satisfies Record<LogoProblem, (kilobytes: string, least: string, most: string) => string>,
    problems: {
      missing: 'نام سازمان را بنویسید',
      too_long: (most: string) => `حداکثر ${most} نویسه`,
      colour: 'رنگ را با شش رقم شانزده‌تایی بنویسید، مانند 0b5b66',
      pale: (contrast: string) =>
        `نوشته‌ی سفید روی این رنگ خوانا نیست (تضاد ${contrast} به ۱)؛ رنگ تیره‌تری برگزینید`,
      phone: 'شماره‌ی تلفن را با رقم بنویسید',
    },
  },
};
