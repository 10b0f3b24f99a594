/** Records in the formats of others, in the shape of the examples in their specifications. */
import { MESSAGES } from './messages.ts';

const text = (stringValue: string) => ({ stringValue });
const attribute = (key: string, value: object) => ({ key, value });

export const NATIVE: readonly unknown[] = [
  { message: MESSAGES[0], app: 'box', severity: 'error', connector_id: 'c-1', tenant_id: 't-1' },
  {
    message: 'poll failed',
    id: 'e1',
    timestamp: '2026-11-24T06:15:11.489Z',
    level: 50,
    app: 'Office 365',
    error: {
      type: 'java.io.IOException',
      code: 'AF20012',
      http_status: 401,
      message: MESSAGES[1],
      stack_trace:
        'java.io.IOException: x\n\tat A.b(A.java:1)\nCaused by: java.net.ConnectException: Connection refused',
    },
    correlation: { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', request_id: 'r-1' },
    attributes: {
      attempt: 3,
      headers: [{ name: 'authorization', value: 'Bearer Zq8vT3nLw0Xk5Rb2' }],
      nested: { a: [1, [2]] },
    },
    host: 'node-1',
  },
];

const LOG_RECORD = {
  timeUnixNano: '1544712660300000000',
  observedTimeUnixNano: '1544712660300000000',
  severityNumber: 17,
  severityText: 'Error',
  traceId: '5B8EFFF798038103D269B633813FC60C',
  spanId: 'EEE19B7EC3C1B174',
  eventName: 'poll',
  body: text(MESSAGES[0]!),
  attributes: [
    attribute('exception.type', text('java.net.ConnectException')),
    attribute('exception.stacktrace', text('x\n at A.b(A.java:1)')),
    attribute('http.response.status_code', { intValue: '401' }),
    attribute('map', { kvlistValue: { values: [attribute('key', { doubleValue: 637.704 })] } }),
    attribute('list', { arrayValue: { values: [text('a'), { boolValue: true }, { bytesValue: 'Ym9vbQ==' }] } }),
  ],
};

const RESOURCE = { attributes: [attribute('service.name', text('okta-connector')), attribute('tenant.id', text('t'))] };

export const OTLP: readonly unknown[] = [
  {
    resourceLogs: [
      {
        resource: RESOURCE,
        scopeLogs: [
          {
            scope: { name: 'my.library', version: '1.0.0', attributes: [attribute('a', text('b'))] },
            logRecords: [
              LOG_RECORD,
              { ...LOG_RECORD, body: { kvlistValue: { values: [attribute('message', text('boom'))] } } },
            ],
          },
        ],
      },
    ],
  },
  { resource: RESOURCE, scopeLogs: [{ logRecords: [LOG_RECORD, {}, 3] }] },
  LOG_RECORD,
  { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: text('x') }] }, {}] }, {}] },
  {},
];

export const ECS: readonly unknown[] = [
  {
    '@timestamp': '2019-08-06T12:09:12.375Z',
    'log.level': 'ERROR',
    message: MESSAGES[2],
    'ecs.version': '1.2.0',
    'service.name': 'box-connector',
    'error.type': 'java.lang.RuntimeException',
    'error.stack_trace': 'java.lang.RuntimeException: test\n\tat org.example.Poller.run(Poller.java:7)\n',
    'trace.id': '4bf92f3577b34da6a3ce929d0e0e4736',
  },
  {
    '@timestamp': '2019-08-06T12:09:12.375Z',
    ecs: { version: '8.0.0' },
    event: { module: 'o365', id: 'e1', original: 'raw', dataset: 'o365.audit' },
    error: { message: 'AADSTS50173', code: '401' },
    http: { response: { status_code: 401 }, request: { id: 'r' } },
    labels: { app: 'Slack', connector_id: 'c', tenant_id: 't' },
    log: { level: 'warn', syslog: { severity: { name: 'error' } } },
    organization: { id: 'o' },
  },
];

const ENVELOPE = {
  specversion: '1.0',
  type: 'com.okta.event',
  source: '/mycontext',
  subject: null,
  id: 'C234-1234-1234',
  time: '2018-04-05T17:31:00Z',
  severitynumber: 17,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  comexampleextension1: 'value',
};

export const CLOUD_EVENTS: readonly unknown[] = [
  { ...ENVELOPE, datacontenttype: 'application/json', data: NATIVE[0] },
  { ...ENVELOPE, data: ECS[0] },
  { ...ENVELOPE, data: MESSAGES[3] },
  { ...ENVELOPE, datacontenttype: 'text/plain', data_base64: Buffer.from(MESSAGES[3]!).toString('base64') },
  { ...ENVELOPE, data_base64: Buffer.from(JSON.stringify(NATIVE[1])).toString('base64') },
  NATIVE[0],
];

type Headers = Readonly<Record<string, string>>;

export const CLOUD_EVENT_HEADERS: Headers = {
  ce_specversion: '1.0',
  ce_type: 'com.example.someevent',
  ce_source: '/box/subcontext',
  ce_id: '1234-1234-1234',
  ce_time: '2018-04-05T03:56:24Z',
  'content-type': 'application/json; charset=UTF-8',
};

const FRAME = 'org.apache.kafka.connect.errors.DataException: Converting byte[] to Kafka Connect data failed';

export const CONNECT_HEADERS: Headers = {
  '__connect.errors.topic': 'orders',
  '__connect.errors.partition': '3',
  '__connect.errors.offset': '17',
  '__connect.errors.connector.name': 'salesforce-sink-eu',
  '__connect.errors.task.id': '0',
  '__connect.errors.stage': 'VALUE_CONVERTER',
  '__connect.errors.class.name': 'org.apache.kafka.connect.json.JsonConverter',
  '__connect.errors.exception.class.name': 'org.apache.kafka.connect.errors.DataException',
  '__connect.errors.exception.message':
    'com.fasterxml.jackson.core.JsonParseException: Unrecognized token \'Zq8vT3nLw0Xk5Rb2\': was expecting\n at [Source: (byte[])"Zq8vT3nLw0Xk5Rb2 and more"; line: 1, column: 17]',
  '__connect.errors.exception.stacktrace': `${FRAME}\n\tat A.b(A.java:1)\nCaused by: x at [Source: (byte[])"secret"; line: 1, column: 3]`,
};

export const LINES: readonly string[] = [
  '<165>1 2026-11-24T06:15:11.489Z host app 123 - - poll failed: HTTP 401',
  '2026-11-24 06:15:11,489 ERROR [main] c.acme.Client - Invalid refresh token\n\tat A.b(A.java:1)',
  'level=error msg="poll failed" time=2026-11-24T06:15:11Z',
  '[2026-11-24T06:15:11+01:00] (WARN) io error',
  ...MESSAGES.slice(0, 40),
];
