/** The input formats by the names that settings have for them. `auto` tells them apart record by record. */
export const INPUT_FORMATS = ['auto', 'native', 'avro', 'otlp', 'ecs', 'cloudevents', 'connect', 'text'] as const;
export type InputFormatName = (typeof INPUT_FORMATS)[number];
