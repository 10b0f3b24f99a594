/** What connectors write while nothing is wrong, which is most of the time. */
import type { Catalog } from '../catalog/catalog.ts';
import { parseTemplate, type Template } from './templates.ts';

const DEBUG = [
  'GET https://{host}/api/v2/events?cursor={hex:12} -> 200 in {int:40-900} ms',
  'Cache hit for user {user} ({int:1-4000} entries)',
  'Parsed page {int:1-40}: {int:1-500} events, {int:0-9} duplicates dropped',
  'Next poll of {connector} in {int:5-60} s',
  'Heap {int:120-900} MB of 1024 MB, {int:1-12} threads',
  'ETag unchanged for /users, skipping',
];

const INFO = [
  'Polled {int:0-500} events in {int:80-2400} ms',
  'Polled {int:0-500} events in {int:80-2400} ms',
  'Polled {int:0-500} events in {int:80-2400} ms, cursor {hex:16}',
  'Token refreshed, valid for {int:30-60} min',
  'Page {int:1-9} of {int:9-40} fetched',
  'Checkpoint saved: cursor={hex:16}',
  'Rate limit: {int:300-1200}/1200 requests remaining this minute',
  'Webhook received: {pick:user.created|user.updated|file.shared|login|policy.changed} for {user}',
  'Synchronized {int:1-900} users, {int:0-40} groups of tenant {tenant}',
  'Get users: Success, Get events: Success',
  'Connection test passed in {int:100-3000} ms',
  'Uploaded batch {hex:8} with {int:1-500} events ({int:2-900} kB)',
  'Poll finished: {int:0-500} new, {int:0-20} updated, 0 errors',
  'Subscription renewed until {iso}',
  'Recovered after {int:1-5} retries; backlog is {int:0-9000} events',
];

const WARN = [
  'Rate limit: {int:0-60}/1200 requests remaining, slowing down to {int:1-10} requests/s',
  'Slow response from {host}: {int:5000-29000} ms',
  'Token expires in {int:1-9} min, refreshing early',
  'Retrying page {int:1-40} after HTTP 429, attempt {int:2-4} of 5',
  'Event {guid} has no actor, kept without it',
  'Unknown event type "{pick:x_beta|preview.feature|audit_v3}", mapped to "other"',
  'Clock skew of {int:2-40} s against {host}',
  'Backlog grew to {int:10000-90000} events',
  'HTTP 503 from {host}, next attempt in {int:5-60} s',
];

const INFO_BY_APP: Readonly<Record<string, readonly string[]>> = {
  atlassian: [
    'Audit log of organization {guid}: {int:0-300} records',
    'Issue search: startAt={int:0-5000}, maxResults=100',
  ],
  aws: [
    'Read s3://{tenant}-trail/AWSLogs/{int:100000000000-999999999999}/CloudTrail/{hex:16}.json.gz ({int:3-900} records)',
    'Assumed role connector-read in account {int:100000000000-999999999999}',
  ],
  box: ['Enterprise events: stream position {int:1000000000-9999999999}, {int:0-500} entries'],
  'exchange-online': ['Mailbox rules of {int:1-900} mailboxes read', 'EWS subscription {hex:12} is alive'],
  'google-workspace': [
    'Activities login: {int:0-1000} items',
    'Activities drive: {int:0-1000} items, nextPageToken {hex:20}',
  ],
  'microsoft-365': [
    'Content blob of Audit.{pick:AzureActiveDirectory|Exchange|SharePoint|General} read: {int:1-800} records',
    'Listed {int:0-60} content blobs from {iso}',
  ],
  okta: ['System log: {int:0-1000} events since {iso}', 'Listed {int:1-200} users of group 00g{hex:14}'],
  salesforce: ['SOQL returned {int:0-2000} LoginEvent rows', 'API calls used today: {int:1000-80000} of 100000'],
  servicenow: ['Table sys_audit: {int:0-1000} rows, offset {int:0-90000}'],
  slack: ['Audit logs: {int:0-999} entries, next_cursor {hex:20}', 'Discovery: {int:1-300} channels of team T{hex:8}'],
  smartsheet: ['Event stream: {int:0-1000} events, nextStreamPosition {hex:14}'],
  workday: ['Activity logging report: {int:0-1000} rows', 'Get users: {int:1-900} workers'],
  zendesk: ['Audit logs: page {int:1-40}, {int:1-100} records', 'Incremental export of {int:1-900} tickets'],
};

interface QuietTexts {
  readonly debug: readonly Template[];
  readonly info: readonly Template[];
  readonly warn: readonly Template[];
}

export function quietTextsOf(catalog: Catalog): ReadonlyMap<string, QuietTexts> {
  const debug = DEBUG.map(parseTemplate);
  const info = INFO.map(parseTemplate);
  const warn = WARN.map(parseTemplate);
  return new Map(
    catalog.apps.map(({ key }) => {
      const own = (INFO_BY_APP[key] ?? []).map(parseTemplate);
      return [key, { debug, info: [...info, ...own, ...own, ...own], warn }];
    }),
  );
}
