/** The packages of the AWS SDK, each loaded when a call first needs it. */
import type * as Client from '@aws-sdk/client-kinesis-video';
import type * as Providers from '@aws-sdk/credential-providers';
import type * as SignatureV4 from '@aws-sdk/signature-v4';
import type * as Serde from '@smithy/core/serde';
import { lazily } from '../lazily';

export const clientPackage = lazily(() => require('@aws-sdk/client-kinesis-video') as typeof Client);
export const providersPackage = lazily(() => require('@aws-sdk/credential-providers') as typeof Providers);
export const signaturePackage = lazily(() => require('@aws-sdk/signature-v4') as typeof SignatureV4);
export const serdePackage = lazily(() => require('@smithy/core/serde') as typeof Serde);
