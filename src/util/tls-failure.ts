/** Why a connection with TLS could not be made, and what to do about it. */
export interface TlsFailure {
  readonly what: string;
  readonly hint: string;
}

const unknownAuthority: TlsFailure = {
  what: "the server's certificate is from an authority that is not trusted here.",
  hint: "Name that authority's certificate in the setting tls.ca (MACHINERY_TLS_CA).",
};

const noTls: TlsFailure = {
  what: "the server does not speak TLS on this port.",
  hint: "Name its port for TLS, or leave TLS out of the URL.",
};

const failures: ReadonlyMap<string, TlsFailure> = new Map([
  ["DEPTH_ZERO_SELF_SIGNED_CERT", unknownAuthority],
  ["SELF_SIGNED_CERT_IN_CHAIN", unknownAuthority],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", unknownAuthority],
  ["UNABLE_TO_GET_ISSUER_CERT", unknownAuthority],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", unknownAuthority],
  ["CERT_HAS_EXPIRED", { what: "the server's certificate has expired.", hint: "Renew it, or set this machine's clock." }],
  ["CERT_NOT_YET_VALID", { what: "the server's certificate is not valid yet.", hint: "Set this machine's clock." }],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    {
      what: "the server's certificate is for another host.",
      hint: "Use a name in the URL that stands in the certificate, or have one made for this host.",
    },
  ],
  ["ERR_SSL_WRONG_VERSION_NUMBER", noTls],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", noTls],
]);

/** How many causes deep a client library may bury it. */
const deepest = 5;

/** What an error of a client library says of TLS; `undefined` where it is of something else. */
export function tlsFailure(error: unknown): TlsFailure | undefined {
  let at = error as { code?: unknown; message?: unknown; cause?: unknown } | null | undefined;
  for (let depth = 0; depth < deepest && typeof at === "object" && at !== null; depth++) {
    const found = failures.get(String(at.code));
    if (found !== undefined) return found;
    // OpenSSL's own errors come under this code, with their reason in the text.
    if (at.code === "EPROTO" && /wrong version number|packet length too long/.test(String(at.message))) return noTls;
    at = at.cause as typeof at;
  }
  return undefined;
}
