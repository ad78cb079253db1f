/* libeid_check: checks the assertions of an eid-broker.
 *
 * Generated from header.h.in and the refusal table. Change those, never this file.
 *
 * No network, no file, no clock, no daemon. Make one checker at start-up and use it for every
 * assertion:
 *
 *     EidbChecker *checker;
 *     EidbAssertion *assertion;
 *     uint32_t status = eidb_checker_new(issuer, issuer_len, jwks, jwks_len,
 *                                        procedure, procedure_len, NULL, &checker);
 *     ...
 *     status = eidb_check(checker, token, token_len, (uint64_t)time(NULL), NULL, 0, &assertion);
 *     if (status != EIDB_ACCEPTED)
 *         refuse(eidb_status_name(status), eidb_status_text(status));
 *     status = eidb_assertion_text(assertion, "sub", 3, subject, sizeof subject, &subject_len);
 *     ...
 *     eidb_assertion_free(assertion);
 *
 * Rules for every function
 *
 * - Status. eidb_check returns EIDB_ACCEPTED or the number of the refusal, never 0 and never 1. Every
 *   other function with a status returns EIDB_OK, which is 0, or one of the numbers below. Numbers
 *   below 8000 are final for the token; 8000 to 8999 decided nothing and may be repeated after
 *   repair; 9000 to 9998 are errors of the calling program; 9999 is a fault of the library, which
 *   took no decision. New numbers may be added: treat one that you do not know as a refusal.
 * - Text in. A pointer and a length in bytes; no NUL is needed, and a NUL inside is a character like
 *   any other. NULL is allowed with length 0 and is the empty text. The library keeps no pointer of
 *   the caller after the call. Names and identifiers are UTF-8; anything else is
 *   EIDB_MISUSE_ENCODING, never a guess.
 * - Text out. The library copies UTF-8 and a NUL into the caller's buffer, whole or not at all.
 *     out, out_cap: the buffer and its size in bytes. NULL and 0 ask for the size that is needed.
 *     out_len:      on EIDB_OK the length without the NUL; on EIDB_MISUSE_BUFFER the out_cap to call
 *                   again with; otherwise 0. The length counts: a claim may contain a NUL.
 *   On failure nothing was copied, and a buffer with room for it holds the empty text.
 * - Outputs. Every output is set on every path: a failed call leaves NULL, 0 or the empty text
 *   behind, never the value of the call before. Outputs need no alignment and must not overlap.
 * - NULL where a pointer is required is EIDB_MISUSE_NULL.
 * - Handles (EidbCheckPolicy, EidbChecker, EidbAssertion) are opaque numbers of pointer size, never
 *   addresses. Whoever got one frees it once, with the function named after its type; freeing NULL
 *   does nothing. A handle that was freed, is of another type or was never given is
 *   EIDB_MISUSE_HANDLE and harmless, also when it is freed.
 * - Threads. Every function may be called from any thread. Where a handle is const, any number of
 *   threads may use it at the same time. A handle that is freed while another thread is in a call
 *   with it lives until that call returns.
 * - Processes. After fork, the child may use every handle, provided that no other thread was inside
 *   a call at the moment of the fork. The library starts no thread, installs no handler, and may be
 *   unloaded when every handle is freed.
 */

#ifndef EID_CHECK_H
#define EID_CHECK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The interface that this header describes; compare it with eidb_check_abi() once. */
#define EIDB_CHECK_ABI 1u

/* What eidb_check returns for an accepted assertion. */
#define EIDB_ACCEPTED 0x45494401u

/* What a call without verdict returns on success. */
#define EIDB_OK 0u

/* Levels of assurance, (EU) 2015/1502. */
#define EIDB_LOA_LOW 1u
#define EIDB_LOA_SUBSTANTIAL 2u
#define EIDB_LOA_HIGH 3u

/* Room that every ledger of eidb_check_ledger fits in, NUL included. */
#define EIDB_CHECK_LEDGER_CAP 8192u

/* --- 1000: token and format --- */

/* Nothing was given. */
#define EIDB_FORMAT_EMPTY 1001u

/* The input does not follow the compact grammar of its format. */
#define EIDB_FORMAT_MALFORMED 1002u

/* A part is not the one spelling of base64, or of base64url, that its format has. */
#define EIDB_FORMAT_BASE64 1003u

/* A JSON text is not UTF-8, or begins with a byte order mark. */
#define EIDB_FORMAT_UTF8 1004u

/* A part is not one JSON value of the expected kind, or bytes follow it. */
#define EIDB_FORMAT_JSON 1005u

/* The token uses a serialisation that is not accepted, such as JWS JSON. */
#define EIDB_FORMAT_UNSUPPORTED 1006u

/* A JSON object has the same member twice. */
#define EIDB_AMBIGUOUS_MEMBER 1007u

/* The input, or a part of it, is larger than the limit of its kind. */
#define EIDB_LIMIT_SIZE 1008u

/* A structure is nested deeper than the limit. */
#define EIDB_LIMIT_DEPTH 1009u

/* There are more members, elements, disclosures or certificates than the limit. */
#define EIDB_LIMIT_COUNT 1010u

/* A header member has the wrong type, or the header is not written as the profile demands. */
#define EIDB_HEADER_MALFORMED 1011u

/* The header has a member that this profile does not allow, such as jwk, jku, x5u or b64. */
#define EIDB_HEADER_REFUSED 1012u

/* The header has a crit member; no extension is understood. */
#define EIDB_HEADER_CRITICAL 1013u

/* The typ of the token is missing or not the one of its kind. */
#define EIDB_TYPE_MISMATCH 1014u

/* The vct of the credential is missing or not accepted by the policy. */
#define EIDB_TYPE_CREDENTIAL 1015u

/* The token family is not known or not the one that was expected. */
#define EIDB_TYPE_UNKNOWN 1016u

/* A disclosure is not a JSON array of salt, name and value, or of salt and value. */
#define EIDB_DISCLOSURE_MALFORMED 1020u

/* No signed digest refers to a disclosure. */
#define EIDB_DISCLOSURE_UNREFERENCED 1021u

/* The same disclosure was sent twice. */
#define EIDB_DISCLOSURE_REPEATED 1022u

/* A digest occurs more than once in the signed payload. */
#define EIDB_DISCLOSURE_DIGEST_TWICE 1023u

/* A disclosure, or a plain member, uses the reserved name _sd, _sd_alg or three dots. */
#define EIDB_DISCLOSURE_RESERVED_NAME 1024u

/* A disclosed name is already present at its level. */
#define EIDB_DISCLOSURE_NAME_CLASH 1025u

/* A claim that must not be selectively disclosable was sent as a disclosure. */
#define EIDB_DISCLOSURE_PROTECTED 1026u

/* A digest list or placeholder in the payload is malformed. */
#define EIDB_DISCLOSURE_PLACEHOLDER 1027u

/* The format of the token is not one of the accepted ones, byte for byte. */
#define EIDB_FORMAT_VERSION 1030u

/* A member that the format demands is missing. */
#define EIDB_FORMAT_MEMBER_MISSING 1031u

/* A member has another type, length or spelling than the format demands. */
#define EIDB_FORMAT_MEMBER_TYPE 1032u

/* The token has a member that its format does not have. */
#define EIDB_FORMAT_MEMBER_UNEXPECTED 1033u

/* The input is not one well-formed XML document. */
#define EIDB_XML_MALFORMED 1060u

/* The document has a document type declaration, or a part of one. */
#define EIDB_XML_DTD 1061u

/* The document refers to an entity other than the five that XML has. */
#define EIDB_XML_ENTITY 1062u

/* The document is not UTF-8, declares another encoding or version, or has a byte order mark within. */
#define EIDB_XML_ENCODING 1063u

/* A prefix is not declared, or a namespace is declared that must not be. */
#define EIDB_XML_NAMESPACE 1064u

/* A namespace is no absolute URI, so that the document has no canonical form. */
#define EIDB_XML_C14N 1065u

/* A comment stands where the profile allows none. */
#define EIDB_XML_COMMENT 1066u

/* A processing instruction stands where the profile allows none. */
#define EIDB_XML_INSTRUCTION 1067u

/* An element holds what its type does not allow, such as an element where text belongs. */
#define EIDB_XML_CONTENT 1068u

/* Two attributes that may be taken for identifiers have the same value. */
#define EIDB_AMBIGUOUS_ID 1069u

/* Encrypted data is not built as the profile says: a part is missing, twice, unknown or out of order. */
#define EIDB_XML_ENCRYPTION 1090u

/* The type of encrypted data is not Element: what is in it would be spliced into another element. */
#define EIDB_XML_ENCRYPTION_TYPE 1091u

/* Encrypted data or its key refers to something outside, to nothing, or to the same twice. */
#define EIDB_XML_ENCRYPTION_REFERENCE 1092u

/* A query string has a parameter twice. */
#define EIDB_AMBIGUOUS_PARAMETER 1095u

/* A query string has an unknown parameter, lacks the message, or has its parameters out of order. */
#define EIDB_REDIRECT_PARAMETER 1096u

/* A value of a query string is not percent-encoded, or not UTF-8. */
#define EIDB_REDIRECT_ENCODING 1097u

/* The message of a query string is not exactly one raw DEFLATE stream. */
#define EIDB_REDIRECT_DEFLATE 1098u

/* An element of the message is missing, repeated, out of order, or not one of those that its profile has. */
#define EIDB_SAML_ELEMENT 1110u

/* An XML attribute of the message is missing, or not one of those that its element has; xsi:nil is never one. */
#define EIDB_SAML_ATTRIBUTE 1111u

/* A time, an ID, a URI or another value of the message is not written as its standard says. */
#define EIDB_SAML_VALUE 1112u

/* The version of the response or of the assertion is not 2.0. */
#define EIDB_SAML_VERSION 1113u

/* An attribute value says of itself that it has another type than its attribute. */
#define EIDB_SAML_VALUE_TYPE 1114u

/* The response has more than one assertion, plain or encrypted. */
#define EIDB_AMBIGUOUS_ASSERTION 1115u

/* The input, or a part of it, is not exactly one well-formed CBOR data item with integers and strings as keys. */
#define EIDB_CBOR_MALFORMED 1150u

/* A CBOR item does not say how long it is. */
#define EIDB_CBOR_INDEFINITE 1151u

/* A number or length in a signed part is written in more octets than it needs. */
#define EIDB_CBOR_NOT_SHORTEST 1152u

/* A CBOR map has the same key twice. */
#define EIDB_AMBIGUOUS_KEY 1153u

/* A COSE structure does not have the four parts of its kind, or a header that is not a map. */
#define EIDB_COSE_MALFORMED 1160u

/* A COSE structure has a tag, which ISO/IEC 18013-5 does not give it. */
#define EIDB_COSE_TAGGED 1161u

/* The payload of a signature is missing where it belongs, or is there where it must be detached. */
#define EIDB_COSE_PAYLOAD 1162u

/* A member of the device response or of the mobile security object is missing, empty, or of another type. */
#define EIDB_MDOC_STRUCTURE 1170u

/* The major version of the device response or of the mobile security object is not 1. */
#define EIDB_MDOC_VERSION 1171u

/* The wallet says that it could not answer. */
#define EIDB_MDOC_STATUS 1172u

/* The device response does not hold exactly one document. */
#define EIDB_MDOC_DOCUMENTS 1173u

/* The type of the document is not accepted, or what the issuer signed is a document of another type. */
#define EIDB_TYPE_DOCUMENT 1174u

/* The random value of an element is shorter than 16 octets. */
#define EIDB_MDOC_RANDOM 1175u

/* An element, or the digest of one, is there twice in a namespace. */
#define EIDB_AMBIGUOUS_ELEMENT 1176u

/* --- 2000: trust and chain --- */

/* No trust source is configured for this purpose, or its file is not there. */
#define EIDB_TRUST_MISSING 2001u

/* The trust source was loaded and holds no anchor. */
#define EIDB_TRUST_EMPTY 2002u

/* The trust source cannot be read. */
#define EIDB_TRUST_UNPARSEABLE 2003u

/* The trust source is older than its refuse-after age. */
#define EIDB_TRUST_STALE 2004u

/* The key set is older than the age that the checker allows. */
#define EIDB_KEYS_STALE 2005u

/* A certificate is not strict DER or breaks the structure of RFC 5280. */
#define EIDB_CERT_MALFORMED 2010u

/* A certificate uses a key or signature algorithm that is not supported. */
#define EIDB_CERT_UNSUPPORTED 2011u

/* Building the path needs more signature checks or steps than its budget. */
#define EIDB_LIMIT_WORK 2012u

/* No configured trust anchor leads to the signer. */
#define EIDB_KEY_UNTRUSTED 2020u

/* A certificate of the path is past its notAfter. */
#define EIDB_CHAIN_EXPIRED 2021u

/* A certificate of the path is before its notBefore. */
#define EIDB_CHAIN_NOT_YET_VALID 2022u

/* A certificate that issued another is not a certification authority. */
#define EIDB_CHAIN_NOT_CA 2023u

/* The key usage of a certificate does not allow what it was used for. */
#define EIDB_CHAIN_KEY_USAGE 2024u

/* The path is longer than a path length constraint allows. */
#define EIDB_CHAIN_PATH_LENGTH 2025u

/* The extended key usage does not allow this purpose. */
#define EIDB_CHAIN_PURPOSE 2026u

/* A certificate has a critical extension that is not processed. */
#define EIDB_CHAIN_CRITICAL_EXTENSION 2027u

/* The signature on a certificate does not verify with its issuer's key. */
#define EIDB_CHAIN_SIGNATURE 2028u

/* The chain in the token contains the trust anchor or a self-signed certificate. */
#define EIDB_CHAIN_ANCHOR_INCLUDED 2029u

/* The same certificate is twice in the chain. */
#define EIDB_CHAIN_REPEATED 2030u

/* A certificate is signed with an algorithm that the policy does not accept. */
#define EIDB_CHAIN_ALGORITHM 2031u

/* A certificate does not follow the profile of its anchor. */
#define EIDB_CHAIN_PROFILE 2032u

/* A certificate names something that a certification authority above it may not certify. */
#define EIDB_CHAIN_NAME_CONSTRAINT 2034u

/* A name constraint that applies cannot be processed: another form of name, a distance, or no name of its form. */
#define EIDB_CHAIN_NAME_CONSTRAINT_UNSUPPORTED 2035u

/* A certificate policy is required, and the path holds under none that is accepted. */
#define EIDB_CHAIN_POLICY 2036u

/* A certificate maps anyPolicy to a policy, or a policy to it. */
#define EIDB_CHAIN_POLICY_MAPPING 2037u

/* The end entity's certificate does not name the expected peer. */
#define EIDB_CHAIN_PEER_NAME 2038u

/* The end entity's certificate was issued under a policy that the profile of its anchor excludes. */
#define EIDB_CHAIN_POLICY_DENIED 2039u

/* No key of this issuer has that kid. */
#define EIDB_KEY_UNKNOWN 2040u

/* A key is too small, or known to be weak. */
#define EIDB_KEY_WEAK 2041u

/* A key is not well formed: missing member, wrong length, or not on its curve. */
#define EIDB_KEY_MALFORMED 2042u

/* Two keys of one issuer have the same kid. */
#define EIDB_KEY_AMBIGUOUS 2043u

/* The type or curve of a key is not supported. */
#define EIDB_KEY_UNSUPPORTED 2044u

/* A public key carries private members. */
#define EIDB_KEY_PRIVATE 2045u

/* The token names no key, and its profile demands one. */
#define EIDB_KEY_MISSING 2046u

/* An RSA key was made by the defective generator of certain smart cards, and can be factored. */
#define EIDB_KEY_ROCA 2047u

/* A certificate describes its curve by numbers instead of naming it. */
#define EIDB_KEY_EXPLICIT_PARAMETERS 2048u

/* Explicit parameters have the field of a named curve, but another coefficient, generator, order or cofactor. */
#define EIDB_KEY_ALTERED_CURVE 2049u

/* The issuing country of the attributes is not the one of the trust anchor. */
#define EIDB_ISSUER_COUNTRY 2050u

/* The identifier of an ECDSA signature has NULL parameters, which must be absent. */
#define EIDB_CERT_ALGORITHM_PARAMETERS 2051u

/* What was encrypted for a private key of the broker cannot be opened: altered, or meant for another key. */
#define EIDB_KEY_MISMATCH 2052u

/* The metadata is not signed by a signer that is pinned for it. */
#define EIDB_METADATA_UNTRUSTED 2060u

/* The metadata is past its validUntil, or the list past its NextUpdate. */
#define EIDB_METADATA_EXPIRED 2061u

/* The metadata does not describe exactly one entity with the configured entity ID. */
#define EIDB_METADATA_ENTITY 2062u

/* The entity does not have exactly one identity provider role for SAML 2.0. */
#define EIDB_METADATA_ROLE 2063u

/* The metadata has no key that is declared for signing and usable. */
#define EIDB_METADATA_KEY_USE 2064u

/* The metadata is older than the copy that is held. */
#define EIDB_METADATA_ROLLBACK 2065u

/* The metadata does not say until when it is valid, or for longer than is believed. */
#define EIDB_METADATA_VALIDITY 2066u

/* The document is not the metadata or the list that was asked for. */
#define EIDB_METADATA_STRUCTURE 2067u

/* The metadata does not name exactly one country, or another one than is configured. */
#define EIDB_METADATA_COUNTRY 2068u

/* The service list names no signer for the metadata of this entity. */
#define EIDB_METADATA_NOT_LISTED 2069u

/* --- 3000: verification --- */

/* The algorithm is not on the policy's list. */
#define EIDB_ALG_NOT_ALLOWED 3001u

/* The algorithm is not the one that the key is made for. */
#define EIDB_ALG_KEY_MISMATCH 3002u

/* This build cannot verify the algorithm. */
#define EIDB_ALG_NOT_AVAILABLE 3003u

/* The policy accepted this algorithm or key size until a date that has passed. */
#define EIDB_ALG_EXPIRED 3004u

/* The hash algorithm of the disclosures is not accepted. */
#define EIDB_ALG_HASH 3005u

/* There is no signature. */
#define EIDB_SIG_MISSING 3010u

/* The signature does not verify, or has the wrong form. */
#define EIDB_SIG_INVALID 3011u

/* The token is past its end. */
#define EIDB_TIME_EXPIRED 3020u

/* The token is not valid yet. */
#define EIDB_TIME_NOT_YET_VALID 3021u

/* The token says that it was made in the future. */
#define EIDB_TIME_FUTURE 3022u

/* The token lives longer than allowed, or ends before it begins. */
#define EIDB_TIME_LIFETIME 3023u

/* The proof was made too long ago. */
#define EIDB_TIME_TOO_OLD 3024u

/* The token is meant for somebody else. */
#define EIDB_AUDIENCE_MISMATCH 3030u

/* The issuer is not the configured one, byte for byte. */
#define EIDB_ISSUER_MISMATCH 3031u

/* The nonce is missing or not the one of this expectation. */
#define EIDB_NONCE_MISMATCH 3032u

/* A required claim is missing. */
#define EIDB_CLAIM_MISSING 3033u

/* A claim has the wrong type or form. */
#define EIDB_CLAIM_MALFORMED 3034u

/* An assertion has a top-level claim that its profile does not know. */
#define EIDB_CLAIM_UNKNOWN 3035u

/* The subject of the assertion is not a pairwise or transient subject. */
#define EIDB_SUBJECT_MALFORMED 3036u

/* Proof of possession is required and missing. */
#define EIDB_BINDING_MISSING 3040u

/* The proof of possession is of another key or another token. */
#define EIDB_BINDING_MISMATCH 3041u

/* The confirmation claim is empty, has several methods, or holds no usable key. */
#define EIDB_BINDING_MALFORMED 3042u

/* This token was already used. */
#define EIDB_REPLAY_TOKEN 3050u

/* This expectation was already consumed. */
#define EIDB_REPLAY_EXPECTATION 3051u

/* The credential has no status and lives longer than a short-lived one may. */
#define EIDB_STATUS_MISSING 3060u

/* The status was not evaluated, as the laboratory policy says. */
#define EIDB_STATUS_NOT_EVALUATED 3061u

/* The status claim is not a reference to a status list. */
#define EIDB_STATUS_MALFORMED 3062u

/* A certificate of the path is revoked or on hold. */
#define EIDB_STATUS_REVOKED 3063u

/* The responder does not know a certificate of the path. */
#define EIDB_STATUS_UNKNOWN 3064u

/* The evidence about a certificate is past its nextUpdate or its allowed age. */
#define EIDB_STATUS_STALE 3065u

/* The evidence about a certificate was made in the future. */
#define EIDB_STATUS_FUTURE 3066u

/* A certificate names no place where its status can be asked for, and none was handed in. */
#define EIDB_STATUS_UNAVAILABLE 3067u

/* Two pieces of evidence say different things about one certificate. */
#define EIDB_STATUS_CONTRADICTION 3068u

/* The CRLs handed in do not cover a certificate for every reason. */
#define EIDB_STATUS_SCOPE 3069u

/* The sealed expectation cannot be opened: altered, cut, or sealed under another key. */
#define EIDB_REQUEST_MALFORMED 3070u

/* The deadline of the expectation has passed, or it lies in the future. */
#define EIDB_REQUEST_EXPIRED 3071u

/* The expectation was made by another issuer, or for a procedure or family that is no longer registered. */
#define EIDB_REQUEST_MISMATCH 3072u

/* An OCSP response is not strict DER or breaks its structure. */
#define EIDB_OCSP_MALFORMED 3080u

/* The responder answered with an error and no status. */
#define EIDB_OCSP_STATUS 3081u

/* An OCSP response speaks of other certificates only. */
#define EIDB_OCSP_MISMATCH 3082u

/* An OCSP response has more than one status for the same certificate. */
#define EIDB_OCSP_REPEATED 3083u

/* Who signed the OCSP response may not speak for the issuer of the certificate. */
#define EIDB_OCSP_RESPONDER 3084u

/* The signature of an OCSP response does not verify, or the key of its signer is not at hand. */
#define EIDB_OCSP_SIGNATURE 3085u

/* An OCSP response is signed with an algorithm that the policy does not accept. */
#define EIDB_OCSP_ALGORITHM 3086u

/* The nonce of an OCSP response is not the one of the request, or is missing where it must be. */
#define EIDB_OCSP_NONCE 3087u

/* An OCSP response has a critical extension that is not processed. */
#define EIDB_OCSP_CRITICAL_EXTENSION 3088u

/* A CRL is not strict DER or breaks the structure of RFC 5280. */
#define EIDB_REVOCATION_MALFORMED 3090u

/* A CRL, or an entry of it, has a critical extension that is not processed. */
#define EIDB_REVOCATION_CRITICAL_EXTENSION 3091u

/* Who signed the CRL may not: no path to the same anchor, its own status not known, or no cRLSign. */
#define EIDB_REVOCATION_UNTRUSTED 3092u

/* The signature of a CRL does not verify. */
#define EIDB_REVOCATION_SIGNATURE 3093u

/* A CRL is signed with an algorithm that the policy does not accept. */
#define EIDB_REVOCATION_ALGORITHM 3094u

/* There is a delta CRL, and no complete CRL that it changes. */
#define EIDB_REVOCATION_DELTA 3095u

/* A CRL is older than the one of the same scope that is already held. */
#define EIDB_REVOCATION_ROLLBACK 3096u

/* The key usage of the card certificate is missing, or is not that of authentication alone. */
#define EIDB_CHAIN_CARD_KEY_USAGE 3100u

/* The extended key usage of the card certificate does not have client authentication. */
#define EIDB_CHAIN_CARD_PURPOSE 3101u

/* The certificate has a policy that is denied, such as Mobile-ID, which is no card. */
#define EIDB_CHAIN_CARD_POLICY_DENIED 3102u

/* No rule of the policy is for certificates of this CA with these certificate policies. */
#define EIDB_CHAIN_CARD_POLICY_UNLISTED 3103u

/* The card certificate is past its validity. */
#define EIDB_CHAIN_CARD_EXPIRED 3104u

/* The card certificate is not valid yet. */
#define EIDB_CHAIN_CARD_NOT_YET_VALID 3105u

/* The expected origin is not written as a browser serialises it. */
#define EIDB_ORIGIN_MALFORMED 3106u

/* The handshake was made for another server name than the expected one. */
#define EIDB_ORIGIN_MISMATCH 3107u

/* The expected nonce is shorter than 44 characters. */
#define EIDB_NONCE_WEAK 3108u

/* The TLS session was resumed: the card took no part in it. */
#define EIDB_SESSION_RESUMED 3109u

/* The version of TLS is not 1.2 or 1.3. */
#define EIDB_SESSION_VERSION 3110u

/* A signature does not cover the element it stands in, or stands where the schema has none. */
#define EIDB_SIG_SCOPE 3120u

/* The Reference of a signature is not to its own element by its ID. */
#define EIDB_SIG_REFERENCE 3121u

/* A signature has other transforms than enveloped-signature and exclusive canonicalisation, in this order. */
#define EIDB_SIG_TRANSFORM 3122u

/* A signature is not built as the profile demands: another child or attribute, another order, or no strict base64. */
#define EIDB_SIG_FORM 3123u

/* An element has more than one signature. */
#define EIDB_AMBIGUOUS_SIGNATURE 3124u

/* A signature has more than one SignedInfo. */
#define EIDB_AMBIGUOUS_SIGNED_INFO 3125u

/* A signature has more than one Reference, or a Reference more than one digest. */
#define EIDB_AMBIGUOUS_REFERENCE 3126u

/* The signature is good, and the element is not the one that was signed. */
#define EIDB_DIGEST_MISMATCH 3127u

/* The person cancelled. */
#define EIDB_RESULT_CANCELLED 3150u

/* The identity provider would not answer this request, or the person cancelled: it does not say which. */
#define EIDB_RESULT_DENIED 3151u

/* The person was not authenticated, or cancelled. */
#define EIDB_RESULT_FAILED 3152u

/* The identity provider answers with an error and no assertion. */
#define EIDB_RESULT_ERROR 3153u

/* The response says that it succeeded and brings no assertion. */
#define EIDB_RESULT_CONTRADICTION 3154u

/* The response or its assertion does not answer the request of this expectation. */
#define EIDB_REQUEST_IN_RESPONSE_TO 3155u

/* Destination or Recipient is missing, or is not the assertion consumer service of this installation, byte for byte. */
#define EIDB_DESTINATION_MISMATCH 3156u

/* The subject of the assertion is not confirmed by exactly one bearer confirmation with request, recipient and end. */
#define EIDB_CONFIRMATION_MALFORMED 3157u

/* The assertion was made for a browser at another address, or names none where the profile demands one. */
#define EIDB_CONFIRMATION_ADDRESS 3158u

/* The assertion has a condition that is not understood, or one twice. */
#define EIDB_CONDITION_UNKNOWN 3159u

/* The assertion came unencrypted, and the policy demands that it is encrypted. */
#define EIDB_ENCRYPTION_MISSING 3160u

/* The assertion lacks a condition that its profile demands: an audience, a beginning and an end, or the single use. */
#define EIDB_CONDITION_MISSING 3161u

/* The digest of an element is not the one that the issuer signed, or the issuer signed none for it. */
#define EIDB_DIGEST_ELEMENT 3240u

/* The device signed an element that the issuer did not authorise its key for. */
#define EIDB_DEVICE_ELEMENTS 3241u

/* The response has elements of a namespace that is not asked for. */
#define EIDB_NAMESPACE_UNEXPECTED 3242u

/* No session is known that the response could belong to, or one of a kind that the policy does not accept. */
#define EIDB_HANDOVER_DENIED 3243u

/* --- 4000: identity --- */

/* An attribute of the person has the wrong type, length or characters. */
#define EIDB_IDENTITY_MALFORMED 4001u

/* An attribute that is needed was not presented. */
#define EIDB_IDENTITY_MISSING 4002u

/* The token carries no stable identifier of the person. */
#define EIDB_IDENTITY_NO_STABLE_IDENTIFIER 4003u

/* The level of assurance is below the required one, or not notified where that is required. */
#define EIDB_LOA_INSUFFICIENT 4004u

/* The level of assurance is missing or not one of the known values. */
#define EIDB_LOA_UNKNOWN 4005u

/* The subject has an attribute twice of which there can be one. */
#define EIDB_AMBIGUOUS_ATTRIBUTE 4010u

/* The serial number of the subject is not of the scheme that the policy names. */
#define EIDB_IDENTITY_SCHEME 4011u

/* The certificate names an organisation; only natural persons log in here. */
#define EIDB_IDENTITY_LEGAL_PERSON 4012u

/* It is about a legal person, or about somebody who acts for another, and the procedure is not registered for that. */
#define EIDB_IDENTITY_PERSONS 4030u

/* An identifier of a person is not written as its scheme says, or has white space or hidden characters. */
#define EIDB_IDENTIFIER_MALFORMED 4031u

/* An identifier comes from another state than its issuer speaks for, or was made for another receiver than this one. */
#define EIDB_IDENTIFIER_SCOPE 4032u

/* A name has no value in Latin script, or more than one. */
#define EIDB_IDENTITY_SCRIPT 4033u

/* The attributes speak of no person, or of persons that cannot stand together. */
#define EIDB_IDENTITY_COMBINATION 4034u

/* The level of the authentication is told twice, and differently, or once where it must be told twice. */
#define EIDB_LOA_CONTRADICTION 4035u

/* The eID server read a document that is not valid: expired, revoked, not authentic, or not checked. */
#define EIDB_DOCUMENT_INVALID 4060u

/* The eID server does not say whether the document is valid. */
#define EIDB_DOCUMENT_UNKNOWN 4061u

/* --- 5000: register --- */

/* A scope was requested or asserted that is not registered for the procedure. */
#define EIDB_SCOPE_DENIED 5001u

/* An essential claim of a scope cannot be produced from this token. */
#define EIDB_SCOPE_UNAVAILABLE 5002u

/* The procedure is not registered. */
#define EIDB_PROCEDURE_UNKNOWN 5003u

/* The client is unknown or may not ask for this procedure. */
#define EIDB_CLIENT_DENIED 5004u

/* The procedure does not accept tokens of this family. */
#define EIDB_FAMILY_DENIED 5005u

/* The person's act lies longer ago than the procedure allows. */
#define EIDB_TIME_AUTH_AGE 5006u

/* The identity provider states no address for requests by the binding of this family. */
#define EIDB_ISSUER_ENDPOINT 5007u

/* No identity provider is configured and usable for the country that was named. */
#define EIDB_ISSUER_NOT_OFFERED 5008u

/* The identity provider has no usable key to which the request could be encrypted. */
#define EIDB_ISSUER_ENCRYPTION_KEY 5009u

/* --- 6000: issuing an assertion --- */

/* The verdict was made under a laboratory policy and cannot become an assertion. */
#define EIDB_POLICY_LABORATORY 6001u

/* The assertion would be larger than 6 KiB. */
#define EIDB_ASSERTION_TOO_LARGE 6002u

/* The procedure demands a sender constraint and none was given, or the other way round. */
#define EIDB_BINDING_REQUIRED 6003u

/* --- 8000: undecided; repeat after repair --- */

/* The replay store did not answer, or is full. Nothing was decided. */
#define EIDB_STORAGE_REPLAY 8001u

/* The audit log could not be written. Nothing was issued. */
#define EIDB_STORAGE_AUDIT 8002u

/* The signer did not sign, or its signature does not verify. Nothing was issued. */
#define EIDB_SIGNER_FAILED 8003u

/* The source of randomness did not answer. */
#define EIDB_RANDOM_FAILED 8004u

/* Something must be fetched before a decision; see needs. */
#define EIDB_NEEDS_EVIDENCE 8005u

/* --- 9000: errors of the calling program, and 9999 --- */

/* An argument breaks the contract of the call. */
#define EIDB_MISUSE_ARGUMENT 9001u

/* A pointer that must not be null is null. */
#define EIDB_MISUSE_NULL 9002u

/* The buffer is too small; the needed length was set and nothing was copied. */
#define EIDB_MISUSE_BUFFER 9003u

/* The handle is not one of this kind, or holds nothing yet. */
#define EIDB_MISUSE_HANDLE 9004u

/* A text argument is not UTF-8. */
#define EIDB_MISUSE_ENCODING 9005u

/* The configuration has findings; all of them are listed. */
#define EIDB_CONFIG_INVALID 9010u

/* Several identity providers could be asked, and the call does not say which. */
#define EIDB_MISUSE_ISSUER 9011u

/* The broker lacks what a request of this family needs: its name, keys or settings as a service provider. */
#define EIDB_MISUSE_SERVICE_PROVIDER 9012u

/* A fault in this library. */
#define EIDB_INTERNAL_FAULT 9999u

/* What an application demands of assertions. */
typedef struct EidbCheckPolicy EidbCheckPolicy;

/* Checks the assertions of one issuer for one procedure. */
typedef struct EidbChecker EidbChecker;

/* One accepted assertion. There is no such handle for a refused one. */
typedef struct EidbAssertion EidbAssertion;

/* --- the library ------------------------------------------------------------------------------ */

/* The interface that the loaded library has. Another number than EIDB_CHECK_ABI: do not go on. */
uint32_t eidb_check_abi(void);

/* The version of the library, for instance "0.1.0". Static: never NULL, never freed. */
const char *eidb_check_version(void);

/* --- what a status says ------------------------------------------------------------------------ */

/* The stable code of a status, for instance "time.expired"; "ok" for 0, "accepted" for
 * EIDB_ACCEPTED, "unknown" for a number that this library does not know.
 * Static: never NULL, never freed. */
const char *eidb_status_name(uint32_t status);

/* What a status means, one English sentence. Static: never NULL, never freed. */
const char *eidb_status_text(uint32_t status);

/* What to do about a status, one English sentence. Static: never NULL, never freed. */
const char *eidb_status_advice(uint32_t status);

/* --- policies: what is demanded beyond the defaults -------------------------------------------- */

/* Makes a policy with the defaults. Most applications need none and pass NULL to eidb_checker_new.
 *
 * out: set to the policy, which the caller frees with eidb_check_policy_free; NULL on failure.
 *
 * A policy that several threads change at the same time holds what the last one said. */
uint32_t eidb_check_policy_new(EidbCheckPolicy **out);

/* The lowest accepted level of assurance, EIDB_LOA_LOW to EIDB_LOA_HIGH.
 * Default EIDB_LOA_SUBSTANTIAL. On failure the policy is unchanged, here and in every setter. */
uint32_t eidb_check_policy_set_min_loa(EidbCheckPolicy *policy, uint32_t level);

/* 1: only schemes that are notified under (EU) No 910/2014, article 9. 0: any. Default 1. */
uint32_t eidb_check_policy_set_notified_only(EidbCheckPolicy *policy, uint32_t on);

/* Clock difference tolerated on either side. Seconds, 0 to 120. Default 30. */
uint32_t eidb_check_policy_set_leeway_s(EidbCheckPolicy *policy, uint32_t leeway_s);

/* Longest accepted time from issue to end. Seconds, 10 to 3600. Default 600. */
uint32_t eidb_check_policy_set_max_lifetime_s(EidbCheckPolicy *policy, uint32_t max_lifetime_s);

/* Largest accepted assertion. Bytes, 256 to 65536. Default 16384. */
uint32_t eidb_check_policy_set_max_bytes(EidbCheckPolicy *policy, uint32_t max_bytes);

/* 1: every assertion must be bound to a key that the presenter proved to hold. Default 0; an
 * assertion that is bound is refused without that proof in any case. */
uint32_t eidb_check_policy_set_binding_required(EidbCheckPolicy *policy, uint32_t on);

/* The scopes that may occur, separated by single spaces, at most 4096 bytes. The empty text permits
 * none. Default: whatever the issuer's register gave. */
uint32_t eidb_check_policy_set_scopes(EidbCheckPolicy *policy, const char *scopes,
                                      size_t scopes_len);

/* When the key set was fetched, and how old it may get, both in seconds; older sets are
 * EIDB_KEYS_STALE. Default: the age of the keys is the caller's concern. */
uint32_t eidb_check_policy_set_keys_age(EidbCheckPolicy *policy, uint64_t fetched_at_unix_s,
                                        uint32_t max_age_s);

/* 1: the header must be byte for byte the one that the issuer writes. Default 0: other spellings of
 * the same header are read, too. */
uint32_t eidb_check_policy_set_exact_header(EidbCheckPolicy *policy, uint32_t on);

/* How many accepted assertions a checker remembers until they end, so that each is accepted once and
 * then EIDB_REPLAY_TOKEN. 0 to 10000000; one takes about 150 bytes. Default 0: remembers none. When
 * all places are taken by assertions that have not ended, nothing is accepted: EIDB_STORAGE_REPLAY.
 *
 * The memory is that of one checker in one process. Another process, or this one after a restart,
 * accepts the same assertion once more. */
uint32_t eidb_check_policy_set_single_use(EidbCheckPolicy *policy, uint32_t capacity);

/* Frees a policy. Checkers that were made with it keep what it said. NULL is allowed. */
uint32_t eidb_check_policy_free(EidbCheckPolicy *policy);

/* --- checking ---------------------------------------------------------------------------------- */

/* Makes a checker.
 *
 * issuer:    the exact issuer, an https URL of at most 2048 bytes.
 * jwks:      the issuer's key set as JSON (RFC 7517), at most 512 KiB. It decides whom you believe:
 *            get it from the issuer over a connection that you trust.
 * procedure: the exact identifier of your procedure in the issuer's register, at most 2048 bytes.
 *            Assertions for any other are refused.
 * policy:    NULL for the defaults; only read, and not needed after the call.
 * out:       set to the checker, which the caller frees with eidb_checker_free; NULL on failure.
 *
 * Returns EIDB_OK; EIDB_TRUST_EMPTY when no key of the set can be used; EIDB_KEY_PRIVATE when the
 * set shows a private key; what is wrong with the JSON otherwise; EIDB_MISUSE_ARGUMENT when the issuer
 * is no https URL or the procedure is empty. */
uint32_t eidb_checker_new(const char *issuer, size_t issuer_len,
                          const char *jwks, size_t jwks_len,
                          const char *procedure, size_t procedure_len,
                          const EidbCheckPolicy *policy,
                          EidbChecker **out);

/* Frees a checker. Assertions that it accepted stay readable. NULL is allowed. */
uint32_t eidb_checker_free(EidbChecker *checker);

/* Checks one assertion. Any number of threads may share the checker.
 *
 * token:      the assertion as received, without white space around it.
 * now_unix_s: seconds since 1970-01-01T00:00:00Z, from a clock that you trust. A number past the
 *             year 9999, such as milliseconds, is EIDB_MISUSE_ARGUMENT.
 * presented:  NULL and 0, or the key that the presenter proved to hold: "x5t#S256:" and the SHA-256
 *             of the certificate of the mutual TLS connection, or "jkt:" and the SHA-256 thumbprint
 *             of the DPoP key, both base64url. With it, an assertion that names no key is refused.
 * out:        set to the assertion, which the caller frees with eidb_assertion_free; NULL on refusal
 *             and on failure.
 *
 * The same assertion is accepted as often as it comes until it ends, unless the policy says single
 * use. Where several processes check, remember "jti" in a store that they share.
 *
 * Returns EIDB_ACCEPTED, and nothing else is an acceptance. */
uint32_t eidb_check(const EidbChecker *checker,
                    const char *token, size_t token_len,
                    uint64_t now_unix_s,
                    const char *presented, size_t presented_len,
                    EidbAssertion **out);

/* Checks one assertion again and writes what was checked as JSON, for a log or for support: the
 * verdict, the reason with its place in the token, the level of assurance, and every check with its
 * clause and outcome. No claim of a person is in it. Inputs are those of eidb_check; any number of
 * threads may share the checker. With single use, whether the assertion was used is not looked at,
 * and it is not used up.
 *
 * Returns EIDB_OK when the text was written, WHATEVER THE VERDICT: this call accepts nothing. */
uint32_t eidb_check_ledger(const EidbChecker *checker,
                           const char *token, size_t token_len,
                           uint64_t now_unix_s,
                           const char *presented, size_t presented_len,
                           char *out, size_t out_cap, size_t *out_len);

/* --- reading an accepted assertion -------------------------------------------------------------- */

/* Any number of threads may read the same assertion. Reading changes nothing and can be repeated.
 * The name of a claim about the person is one of
 *   - the name as registered, for instance "family_name" or "age_over_18";
 *   - a JSON Pointer (RFC 6901), for instance "/address/locality" or "/nationalities/0".
 * Names have at most 1024 bytes. What is not in the assertion is EIDB_CLAIM_MISSING; what is of
 * another kind than the function reads is EIDB_CLAIM_MALFORMED. */

/* Copies a text of the assertion itself: "sub" is the subject, the same for a person in all
 * procedures of a sector and nowhere else, or new each time when it begins with "tr."; "txn" names
 * the audit record of the issuer; further "iss", "aud", "jti", "scope", "client_id", "acr", "purpose"
 * and "ver". */
uint32_t eidb_assertion_text(const EidbAssertion *assertion,
                             const char *name, size_t name_len,
                             char *out, size_t out_cap, size_t *out_len);

/* Copies a claim about the person that is a text. */
uint32_t eidb_assertion_claim_text(const EidbAssertion *assertion,
                                   const char *name, size_t name_len,
                                   char *out, size_t out_cap, size_t *out_len);

/* Copies a claim about the person of any kind as JSON: numbers and objects as they stand in the
 * assertion, texts in quotes and with their escapes. */
uint32_t eidb_assertion_claim_json(const EidbAssertion *assertion,
                                   const char *name, size_t name_len,
                                   char *out, size_t out_cap, size_t *out_len);

/* Reads a claim about the person that is true or false.
 *
 * out: set to 1 for true, to 0 for false and on failure. */
uint32_t eidb_assertion_claim_bool(const EidbAssertion *assertion,
                                   const char *name, size_t name_len,
                                   uint32_t *out);

/* Reads the level of assurance.
 *
 * level:    set to EIDB_LOA_LOW, EIDB_LOA_SUBSTANTIAL or EIDB_LOA_HIGH; 0 on failure.
 * notified: set to 1 when the scheme is notified, to 0 when not and on failure. */
uint32_t eidb_assertion_loa(const EidbAssertion *assertion, uint32_t *level, uint32_t *notified);

/* Reads when the assertion ends.
 *
 * unix_s: set to seconds since 1970-01-01T00:00:00Z, without leeway; 0 on failure. */
uint32_t eidb_assertion_expires(const EidbAssertion *assertion, uint64_t *unix_s);

/* Copies the whole assertion as the JSON that was signed. */
uint32_t eidb_assertion_json(const EidbAssertion *assertion,
                             char *out, size_t out_cap, size_t *out_len);

/* Frees an assertion. NULL is allowed. */
uint32_t eidb_assertion_free(EidbAssertion *assertion);

#ifdef __cplusplus
}
#endif

#endif
