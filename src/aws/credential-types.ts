/** Sources of credentials, and what they give. */
import type { AwsCredentialIdentity } from '@smithy/types';
import type { ClientCertificate } from '../http';
import type { RoleSettings } from '../options';

/**
 * Where credentials come from: held by the caller, the AWS default provider chain, a profile of the shared files, or
 * AWS IoT's credential provider; and the role that is assumed with them, if any.
 */
export type CredentialSource = (
  | {
      readonly kind: 'keys';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    }
  | { readonly kind: 'default' }
  | { readonly kind: 'profile'; readonly profile: string }
  | {
      readonly kind: 'iot';
      /** Host, with `:port` where it is not 443. */
      readonly endpoint: string;
      readonly roleAlias: string;
      readonly thingName?: string;
      readonly certificate: ClientCertificate;
    }
) & { readonly role?: RoleSettings };

export type Credentials = AwsCredentialIdentity;
