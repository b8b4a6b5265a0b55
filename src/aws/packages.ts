/** The packages of the AWS SDK that all services need, each loaded when a call first needs it. */
import type * as Providers from '@aws-sdk/credential-providers';
import type * as SignatureV4 from '@aws-sdk/signature-v4';
import { lazily } from '../lazily';

export const providersPackage = lazily(() => require('@aws-sdk/credential-providers') as typeof Providers);
export const signaturePackage = lazily(() => require('@aws-sdk/signature-v4') as typeof SignatureV4);
