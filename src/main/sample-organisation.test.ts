import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { sampleIdentity } from './sample-organisation.ts';

test('a desk on trial has a sample identity, which the settings accept', () => {
  const config = readConfig(sampleIdentity({ PORT: '3000' }));
  expect(config.ORG_NAME_EN).toBe('Sample Organisation');
  expect(config.ORG_HELP_PHONE).not.toBe('');
});

test('nothing of the sample stands beside what an organisation has set, or in production', () => {
  expect(sampleIdentity({ ORG_NAME: 'شهرداری' })).toEqual({});
  expect(sampleIdentity({ ORG_LOGO_FILE: '/logo.svg' })).toEqual({});
  expect(sampleIdentity({ NODE_ENV: 'production' })).toEqual({});
  expect(sampleIdentity({ ORG_NAME: '' })).not.toEqual({});
});
