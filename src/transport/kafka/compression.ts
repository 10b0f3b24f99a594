import { CompressionTypes } from 'kafkajs';

/** Of the requests that write records. */
export type Compression = 'none' | 'gzip';

/** As kafkajs takes it. */
export function compressionType(compression: Compression): CompressionTypes {
  return compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
}
