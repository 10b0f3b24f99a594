/** The `error` object of a record, read from the error's text. */

export interface ErrorFields {
  readonly type?: string;
  readonly code?: string;
  readonly http_status?: number;
}

/** What the text itself says; undefined when it says nothing. */
export function errorFieldsOf(text: string): ErrorFields | undefined {
  const type = /\b[A-Z][A-Za-z]+(?:Exception|Failure|Error)\b/.exec(text)?.[0];
  const code =
    /\b(?:AF\d{5}|AADSTS\d{4,7}|E\d{7}|ECONN[A-Z]+|EAI_AGAIN)\b/.exec(text)?.[0] ??
    /"error":\s?"([a-z_]+)"/.exec(text)?.[1];
  const status = /(?:returned: |status code |status=|Exception: |HTTP |"code":\s?)([1-5]\d\d)\b/.exec(text)?.[1];
  if (type === undefined && code === undefined && status === undefined) return undefined;
  return {
    ...(type !== undefined && { type }),
    ...(code !== undefined && { code }),
    ...(status !== undefined && { http_status: Number(status) }),
  };
}
