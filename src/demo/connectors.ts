/** The installations that the demo pretends to run: about 40 connectors of 8 tenants. */
import type { CatalogApp } from '../catalog/catalog.ts';

export interface Connector {
  readonly id: string;
  /** Key in the catalog. */
  readonly appKey: string;
  /** As this connector writes the app's name. */
  readonly appName: string;
  readonly tenantId: string;
  /** Index of its way to write levels, in `SEVERITY_STYLES`. */
  readonly severityStyle: number;
  readonly region: string;
  readonly key: Buffer;
}

interface SeverityStyle {
  readonly debug: string | number;
  readonly info: string | number;
  readonly warn: string | number;
  readonly error: string | number;
  readonly fatal: string | number;
}

export const SEVERITY_STYLES: readonly SeverityStyle[] = [
  { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' },
  { debug: 'debug', info: 'info', warn: 'warn', error: 'error', fatal: 'fatal' },
  { debug: 'Debug', info: 'Information', warn: 'Warning', error: 'Error', fatal: 'Critical' },
  { debug: 20, info: 30, warn: 40, error: 50, fatal: 60 },
  { debug: 'FINE', info: 'INFO', warn: 'WARNING', error: 'SEVERE', fatal: 'FATAL' },
];

const TENANTS = ['contoso', 'fabrikam', 'northwind', 'adatum', 'litware', 'tailspin', 'proseware', 'wingtip'] as const;

/** App key -> [connector id, the app's name as that connector writes it]. */
const INSTALLATIONS: Readonly<Record<string, readonly (readonly [id: string, appName: string])[]>> = {
  atlassian: [
    ['jira-eu-1', 'Jira'],
    ['atlassian-us-1', 'Atlassian'],
    ['confluence-eu-1', 'Confluence Cloud'],
  ],
  aws: [
    ['aws-us-east-1', 'AWS'],
    ['aws-eu-west-1', 'aws'],
    ['aws-ap-south-1', 'Amazon Web Services'],
  ],
  box: [
    ['box-eu-1', 'Box'],
    ['box-us-1', 'box'],
    ['box-us-2', 'Box.com'],
  ],
  'exchange-online': [
    ['exo-eu-1', 'Exchange Online'],
    ['exo-us-1', 'EXO'],
    ['exo-us-2', 'exchange-online'],
  ],
  'google-workspace': [
    ['gws-eu-1', 'Google Workspace'],
    ['gsuite-us-1', 'G Suite'],
    ['gsuite-us-2', 'GSuite'],
    ['google-ap-1', 'google-workspace'],
  ],
  'microsoft-365': [
    ['m365-eu-1', 'Microsoft 365'],
    ['o365-us-1', 'O365'],
    ['o365-us-2', 'Office 365'],
    ['m365-ap-1', 'microsoft-365'],
    ['o365-eu-2', 'office365'],
  ],
  okta: [
    ['okta-eu-1', 'Okta'],
    ['okta-us-1', 'okta'],
    ['okta-us-2', 'OKTA'],
    ['okta-ap-1', 'Okta connector'],
  ],
  salesforce: [
    ['sfdc-eu-1', 'Salesforce'],
    ['sfdc-us-1', 'SFDC'],
    ['sfdc-us-2', 'salesforce'],
    ['sfdc-ap-1', 'Salesforce.com'],
  ],
  servicenow: [
    ['snow-eu-1', 'ServiceNow'],
    ['snow-us-1', 'Service Now'],
  ],
  slack: [
    ['slack-eu-1', 'Slack'],
    ['slack-us-1', 'slack'],
    ['slack-us-2', 'Slack Enterprise Grid'],
  ],
  smartsheet: [
    ['smartsheet-eu-1', 'Smartsheet'],
    ['smartsheet-us-1', 'smartsheet'],
  ],
  workday: [
    ['workday-eu-1', 'Workday'],
    ['workday-us-1', 'workday'],
    ['workday-us-2', 'Workday HCM'],
  ],
  zendesk: [
    ['zendesk-eu-1', 'Zendesk'],
    ['zendesk-us-1', 'zendesk'],
  ],
};

/** The connectors of the catalog's apps; an app that is not listed above gets one connector of its own name. */
export function connectorsOf(apps: readonly CatalogApp[]): readonly Connector[] {
  const installed = apps.flatMap(({ key, name }) =>
    (INSTALLATIONS[key] ?? [[`${key}-1`, name] as const]).map(([id, appName]) => ({ id, appKey: key, appName })),
  );
  return installed.map((connector, i) => ({
    ...connector,
    tenantId: TENANTS[(i * 3) % TENANTS.length]!,
    severityStyle: i % SEVERITY_STYLES.length,
    region: /-(ap|eu|us)-/.exec(connector.id)?.[1] ?? 'us',
    key: Buffer.from(connector.id),
  }));
}
