//! The refusal table: one row per refusal, feeding Rust, the C header, `docs/refusals.md` and
//! `eid-broker refusals`.
//!
//! Numbers go by step: 1000 token and format, 2000 trust and chain, 3000 verify, 4000 identity,
//! 5000 register, 6000 assertion, 8000 undecided, 9000 misuse, 9999 internal. A number or code is
//! never renamed and never given again.

macro_rules! refusals {
    ($($number:literal $variant:ident $code:literal
        [attack $attack:literal, jose $jose:literal, suite $suite:literal] $clause:literal
        $meaning:literal
        $advice:literal;)*) => {
        /// A refusal of the table. Stable: documented, never renamed, never reused.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`: ", $meaning, " (", $clause, ")")] $variant = $number,)*
        }

        impl Code {
            /// Every row, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The number, for the C interface.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Self::$variant => $number,)* }
            }

            /// The code, `topic.reason`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it means, one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// What to do about it.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }

            /// The clause of the standard that is broken.
            #[must_use]
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$variant => $clause,)* }
            }

            /// The answer class of the attack catalogue.
            #[must_use]
            pub const fn attack_class(self) -> &'static str {
                match self { $(Self::$variant => $attack,)* }
            }

            /// The error class of the JOSE attack suite.
            #[must_use]
            pub const fn jose_class(self) -> &'static str {
                match self { $(Self::$variant => $jose,)* }
            }

            /// The class of the remaining suites.
            #[must_use]
            pub const fn suite_class(self) -> &'static str {
                match self { $(Self::$variant => $suite,)* }
            }
        }
    };
}

refusals! {
    1001 FormatEmpty "format.empty" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 7515, 7.1"
        "Nothing was given."
        "Hand in the token as received.";
    1002 FormatMalformed "format.malformed" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 7515, 7.1; RFC 9901, 4"
        "The input does not follow the compact grammar of its format."
        "Hand in the token byte for byte; do not trim, wrap or re-encode it.";
    1003 FormatBase64 "format.base64" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 7515, 2; RFC 4648, 3.5, 5"
        "A part is not the one spelling of base64, or of base64url, that its format has."
        "Hand it in as received. Its producer must use the alphabet and the padding of the format, unused bits zero.";
    1004 FormatUtf8 "format.utf8" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 8259, 8.1"
        "A JSON text is not UTF-8, or begins with a byte order mark."
        "Its producer must emit UTF-8 without byte order mark.";
    1005 FormatJson "format.json" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 8259, 2"
        "A part is not one JSON value of the expected kind, or bytes follow it."
        "Its producer must emit exactly one JSON value.";
    1006 FormatUnsupported "format.unsupported" [attack "format.unsupported", jose "malformed", suite "malformed"] "RFC 7515, 7.2; HAIP 1.0, 6.1"
        "The token uses a serialisation that is not accepted, such as JWS JSON."
        "Ask for the compact serialisation.";
    1007 AmbiguousMember "ambiguous.member" [attack "ambiguous.member", jose "malformed", suite "malformed"] "RFC 7515, 4; RFC 7519, 4; RFC 8725, 2.4"
        "A JSON object has the same member twice."
        "Its producer is faulty or hostile; do not repair it.";
    1008 LimitSize "limit.size" [attack "limit.size", jose "too_large", suite "malformed"] "docs/limits.md"
        "The input, or a part of it, is larger than the limit of its kind."
        "Raise the limit in eid-broker.toml or policy.toml only if an honest token needs it.";
    1009 LimitDepth "limit.depth" [attack "limit.depth", jose "too_large", suite "malformed"] "docs/limits.md"
        "A structure is nested deeper than the limit."
        "No honest token nests that deep.";
    1010 LimitCount "limit.count" [attack "limit.count", jose "too_large", suite "malformed"] "docs/limits.md"
        "There are more members, elements, disclosures or certificates than the limit."
        "Raise the limit in eid-broker.toml or policy.toml only if an honest token needs it.";
    1011 HeaderMalformed "header.malformed" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 7515, 4.1"
        "A header member has the wrong type, or the header is not written as the profile demands."
        "Its producer must follow the profile of the token.";
    1012 HeaderRefused "header.refused" [attack "key.untrusted", jose "header", suite "malformed"] "RFC 8725, 3.10"
        "The header has a member that this profile does not allow, such as jwk, jku, x5u or b64."
        "Keys come from configuration, never from the token.";
    1013 HeaderCritical "header.critical" [attack "header.critical", jose "critical", suite "malformed"] "RFC 7515, 4.1.11"
        "The header has a crit member; no extension is understood."
        "Its producer must not use critical extensions here.";
    1014 TypeMismatch "type.mismatch" [attack "type.mismatch", jose "type", suite "type"] "RFC 8725, 3.11"
        "The typ of the token is missing or not the one of its kind."
        "Hand in a token of the expected kind; do not relabel another.";
    1015 TypeCredential "type.credential" [attack "type.mismatch", jose "type", suite "type"] "SD-JWT VC, 3.2.2.1"
        "The vct of the credential is missing or not accepted by the policy."
        "List the type in policy.toml if it is to be accepted.";
    1016 TypeUnknown "type.unknown" [attack "type.mismatch", jose "type", suite "type"] "docs/rules.md, 2"
        "The token family is not known or not the one that was expected."
        "Make the expectation for the family that the portal asks for.";
    1020 DisclosureMalformed "disclosure.malformed" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 9901, 4.2"
        "A disclosure is not a JSON array of salt, name and value, or of salt and value."
        "The wallet must pass on disclosures as the issuer made them.";
    1021 DisclosureUnreferenced "disclosure.unreferenced" [attack "disclosure.unreferenced", jose "malformed", suite "malformed"] "RFC 9901, 7.1 step 5"
        "No signed digest refers to a disclosure."
        "The disclosure was altered, invented, or sent without its parent.";
    1022 DisclosureRepeated "disclosure.repeated" [attack "disclosure.duplicate", jose "malformed", suite "malformed"] "RFC 9901, 7.1 step 4"
        "The same disclosure was sent twice."
        "The wallet must send each disclosure once.";
    1023 DisclosureDigestTwice "disclosure.digest_twice" [attack "disclosure.duplicate", jose "malformed", suite "malformed"] "RFC 9901, 7.1 step 4"
        "A digest occurs more than once in the signed payload."
        "The issuer is faulty; the credential cannot be read in one way only.";
    1024 DisclosureReservedName "disclosure.reserved_name" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 9901, 7.1 step 3"
        "A disclosure, or a plain member, uses the reserved name _sd, _sd_alg or three dots."
        "The issuer is faulty.";
    1025 DisclosureNameClash "disclosure.name_clash" [attack "ambiguous.member", jose "malformed", suite "malformed"] "RFC 9901, 7.1 step 3"
        "A disclosed name is already present at its level."
        "The issuer is faulty or hostile.";
    1026 DisclosureProtected "disclosure.protected" [attack "claim.malformed", jose "claims", suite "claims"] "SD-JWT VC, 3.2.2.2"
        "A claim that must not be selectively disclosable was sent as a disclosure."
        "The issuer must put iss, nbf, exp, cnf, vct and status into the signed payload.";
    1027 DisclosurePlaceholder "disclosure.placeholder" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 9901, 4.2.4"
        "A digest list or placeholder in the payload is malformed."
        "The issuer is faulty.";

    1030 FormatVersion "format.version" [attack "format.unsupported", jose "malformed", suite "format"] "Web eID token format 1.0, 1.1; docs/card-tokens.md"
        "The format of the token is not one of the accepted ones, byte for byte."
        "Accept the format in policy.toml, or update the sender.";
    1031 FormatMemberMissing "format.member_missing" [attack "format.malformed", jose "malformed", suite "format"] "Web eID token format 1.0, 1.1; docs/card-tokens.md"
        "A member that the format demands is missing."
        "Hand in the token as its sender made it.";
    1032 FormatMemberType "format.member_type" [attack "format.malformed", jose "malformed", suite "format"] "Web eID token format 1.0, 1.1; docs/card-tokens.md"
        "A member has another type, length or spelling than the format demands."
        "Hand in the token as its sender made it.";
    1033 FormatMemberUnexpected "format.member_unexpected" [attack "format.unexpected", jose "malformed", suite "format"] "Web eID token format 1.0, 1.1; docs/card-tokens.md"
        "The token has a member that its format does not have."
        "A token of one version does not carry what only another one has.";

    1060 XmlMalformed "xml.malformed" [attack "xml.malformed", jose "malformed", suite "malformed"] "XML 1.0, 2.1; 2.2; 2.8"
        "The input is not one well-formed XML document."
        "Hand in the document byte for byte; do not repair, trim or re-indent it.";
    1061 XmlDtd "xml.dtd" [attack "xml.dtd", jose "malformed", suite "malformed"] "XML 1.0, 2.8; SAML Core, 1.3"
        "The document has a document type declaration, or a part of one."
        "No SAML message has one; take it for an attack.";
    1062 XmlEntity "xml.entity" [attack "xml.dtd", jose "malformed", suite "malformed"] "XML 1.0, 4.1, 4.6"
        "The document refers to an entity other than the five that XML has."
        "Its producer must write the character itself.";
    1063 XmlEncoding "xml.encoding" [attack "xml.malformed", jose "malformed", suite "malformed"] "XML 1.0, 2.8, 4.3.3"
        "The document is not UTF-8, declares another encoding or version, or has a byte order mark within."
        "Its producer must emit XML 1.0 in UTF-8.";
    1064 XmlNamespace "xml.namespace" [attack "xml.namespace", jose "malformed", suite "malformed"] "Namespaces in XML 1.0, 3, 5"
        "A prefix is not declared, or a namespace is declared that must not be."
        "Its producer must declare each prefix that it uses, and leave xml and xmlns alone.";
    1065 XmlC14n "xml.c14n" [attack "xml.c14n", jose "malformed", suite "malformed"] "Canonical XML 1.0, 1.3; Exclusive XML Canonicalization 1.0, 3"
        "A namespace is no absolute URI, so that the document has no canonical form."
        "Its producer must use absolute URIs. Nothing is ever digested in place of it.";
    1066 XmlComment "xml.comment" [attack "xml.comment", jose "malformed", suite "malformed"] "docs/rules.md, 6; CVE-2017-11427"
        "A comment stands where the profile allows none."
        "A value with a comment in it can be read in two ways; its producer must leave it out.";
    1067 XmlInstruction "xml.instruction" [attack "xml.comment", jose "malformed", suite "malformed"] "XML 1.0, 2.6; docs/rules.md, 6"
        "A processing instruction stands where the profile allows none."
        "Its producer must leave it out.";
    1068 XmlContent "xml.content" [attack "xml.malformed", jose "malformed", suite "malformed"] "XML Schema 1, 3.4.4"
        "An element holds what its type does not allow, such as an element where text belongs."
        "Its producer must follow the schema.";
    1069 AmbiguousId "ambiguous.id" [attack "ambiguous.id", jose "malformed", suite "malformed"] "XML Schema 2, 3.3.8; XML Signature 1.1, 4.4.3.2"
        "Two attributes that may be taken for identifiers have the same value."
        "It is not clear which element a signature means; take it for an attack.";

    1090 XmlEncryption "xml.encryption" [attack "xml.malformed", jose "malformed", suite "malformed"] "XML Encryption 1.1, 3; SAML 2.0 Core, 6.1"
        "Encrypted data is not built as the profile says: a part is missing, twice, unknown or out of order."
        "Its sender must follow XML Encryption 1.1 and send nothing that it does not need.";
    1091 XmlEncryptionType "xml.encryption_type" [attack "xml.malformed", jose "malformed", suite "malformed"] "XML Encryption 1.1, 3.1; SAML 2.0 Core, 6.1"
        "The type of encrypted data is not Element: what is in it would be spliced into another element."
        "Its sender must encrypt one whole element and say so.";
    1092 XmlEncryptionReference "xml.encryption_reference" [attack "xml.malformed", jose "malformed", suite "malformed"] "XML Encryption 1.1, 3.5; XML Signature 1.1, 4.5.3"
        "Encrypted data or its key refers to something outside, to nothing, or to the same twice."
        "Its sender must put the keys into the same element; nothing is ever fetched.";
    1095 AmbiguousParameter "ambiguous.parameter" [attack "ambiguous.parameter", jose "malformed", suite "malformed"] "SAML 2.0 Bindings, 3.4.4.1"
        "A query string has a parameter twice."
        "Take it for an attack: the signature may cover one of them and a reader use the other.";
    1096 RedirectParameter "redirect.parameter" [attack "format.unexpected", jose "malformed", suite "malformed"] "SAML 2.0 Bindings, 3.4.4.1; BSI TR-03130-1, 3.3"
        "A query string has an unknown parameter, lacks the message, or has its parameters out of order."
        "Hand in the query exactly as received, from behind the question mark, without parameters of the portal.";
    1097 RedirectEncoding "redirect.encoding" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 3986, 2.1, 3.4"
        "A value of a query string is not percent-encoded, or not UTF-8."
        "Hand in the query byte for byte; nothing in it is decoded or encoded again.";
    1098 RedirectDeflate "redirect.deflate" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 1951; SAML 2.0 Bindings, 3.4.4.1"
        "The message of a query string is not exactly one raw DEFLATE stream."
        "Its sender must compress without a header of zlib or gzip, and put nothing behind it.";
    1110 SamlElement "saml.element" [attack "format.malformed", jose "malformed", suite "malformed"] "SAML Core 2.0, schema; eIDAS SAML message format"
        "An element of the message is missing, repeated, out of order, or not one of those that its profile has."
        "The identity provider must follow the profile of the family.";
    1111 SamlAttribute "saml.attribute" [attack "format.malformed", jose "malformed", suite "malformed"] "SAML Core 2.0, schema; XML Schema 1, 2.6"
        "An XML attribute of the message is missing, or not one of those that its element has; xsi:nil is never one."
        "The identity provider must follow the profile of the family.";
    1112 SamlValue "saml.value" [attack "format.malformed", jose "malformed", suite "malformed"] "SAML Core 2.0, 1.3"
        "A time, an ID, a URI or another value of the message is not written as its standard says."
        "Times are YYYY-MM-DDThh:mm:ss with Z or an offset; the identity provider must write values as SAML has them.";
    1113 SamlVersion "saml.version" [attack "format.unsupported", jose "malformed", suite "malformed"] "SAML Core 2.0, 2.3.3, 3.2.2"
        "The version of the response or of the assertion is not 2.0."
        "Only SAML 2.0 is spoken here.";
    1114 SamlValueType "saml.value_type" [attack "format.malformed", jose "malformed", suite "malformed"] "XML Schema 1, 2.6.1; eIDAS attribute profile, 2"
        "An attribute value says of itself that it has another type than its attribute."
        "The identity provider must name the type of the attribute profile, or none.";
    1115 AmbiguousAssertion "ambiguous.assertion" [attack "ambiguous.assertion", jose "malformed", suite "malformed"] "SAML Core 2.0, 3.3.3; eIDAS SAML message format"
        "The response has more than one assertion, plain or encrypted."
        "Take it for a forgery: which of them was meant is never guessed.";

    1150 CborMalformed "cbor.malformed" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 8949, 3, 5.3.1, 5.6"
        "The input, or a part of it, is not exactly one well-formed CBOR data item with integers and strings as keys."
        "Hand in the response byte for byte as the wallet sent it.";
    1151 CborIndefinite "cbor.indefinite" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 8949, 4.2.1; ISO/IEC 18013-5, 8.3.1; PID rulebook, encoding"
        "A CBOR item does not say how long it is."
        "Its producer must write definite lengths.";
    1152 CborNotShortest "cbor.not_shortest" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 8949, 4.2.1; PID rulebook, encoding"
        "A number or length in a signed part is written in more octets than it needs."
        "The issuer must use the shortest form, or the policy must accept any form.";
    1153 AmbiguousKey "ambiguous.key" [attack "ambiguous.member", jose "malformed", suite "malformed"] "RFC 8949, 5.6"
        "A CBOR map has the same key twice."
        "Its producer is faulty or hostile; do not repair it.";

    1160 CoseMalformed "cose.malformed" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 9052, 3, 4.2, 6.2"
        "A COSE structure does not have the four parts of its kind, or a header that is not a map."
        "Its producer must follow RFC 9052.";
    1161 CoseTagged "cose.tagged" [attack "format.unexpected", jose "malformed", suite "malformed"] "ISO/IEC 18013-5, 9.1.2.4, 9.1.3.5; RFC 9052, 2"
        "A COSE structure has a tag, which ISO/IEC 18013-5 does not give it."
        "Its producer must leave the tag out, or the policy must accept it.";
    1162 CosePayload "cose.payload" [attack "format.malformed", jose "malformed", suite "malformed"] "ISO/IEC 18013-5, 9.1.2.4, 9.1.3.5, 9.1.3.6"
        "The payload of a signature is missing where it belongs, or is there where it must be detached."
        "The issuer signs what it encloses; the device signs what both sides know.";

    1170 MdocStructure "mdoc.structure" [attack "format.malformed", jose "malformed", suite "malformed"] "ISO/IEC 18013-5, 8.3.2.1.2.2, 9.1.2.4"
        "A member of the device response or of the mobile security object is missing, empty, or of another type."
        "Its producer must follow ISO/IEC 18013-5.";
    1171 MdocVersion "mdoc.version" [attack "format.unsupported", jose "malformed", suite "format"] "ISO/IEC 18013-5, 8.3.2.1.2.2, 9.1.2.4"
        "The major version of the device response or of the mobile security object is not 1."
        "Only version 1 is read here.";
    1172 MdocStatus "mdoc.status" [attack "format.unexpected", jose "malformed", suite "format"] "ISO/IEC 18013-5, 8.3.2.1.2.3"
        "The wallet says that it could not answer."
        "Ask again; the wallet has nothing that fits, or refused.";
    1173 MdocDocuments "mdoc.documents" [attack "format.unexpected", jose "malformed", suite "format"] "OpenID4VP 1.0, B.2; HAIP 1.0, 5"
        "The device response does not hold exactly one document."
        "The wallet must put each document into a response of its own.";
    1174 TypeDocument "type.document" [attack "type.mismatch", jose "type", suite "type"] "ISO/IEC 18013-5, 9.3.1; OpenID4VP 1.0, B.2"
        "The type of the document is not accepted, or what the issuer signed is a document of another type."
        "List the type in policy.toml and with its anchor if it is to be accepted.";
    1175 MdocRandom "mdoc.random" [attack "format.malformed", jose "malformed", suite "malformed"] "ISO/IEC 18013-5, 9.1.2.5"
        "The random value of an element is shorter than 16 octets."
        "The issuer must make it long enough that an element cannot be guessed from its digest.";
    1176 AmbiguousElement "ambiguous.element" [attack "ambiguous.member", jose "malformed", suite "malformed"] "ISO/IEC 18013-5, 9.1.2.4, 9.3.1"
        "An element, or the digest of one, is there twice in a namespace."
        "The wallet must send each element once; which of them counts is not guessed.";

    2001 TrustMissing "trust.missing" [attack "key.untrusted", jose "key", suite "chain"] "docs/rules.md, 5"
        "No trust source is configured for this purpose, or its file is not there."
        "Configure one in trust.toml, or put its file there; see trust doctor.";
    2002 TrustEmpty "trust.empty" [attack "key.untrusted", jose "key", suite "chain"] "docs/rules.md, 5"
        "The trust source was loaded and holds no anchor."
        "Put at least one anchor into the source.";
    2003 TrustUnparseable "trust.unparseable" [attack "key.untrusted", jose "key", suite "chain"] "docs/rules.md, 5"
        "The trust source cannot be read."
        "Repair the file named in trust.toml.";
    2004 TrustStale "trust.stale" [attack "list.expired", jose "key", suite "chain"] "docs/rules.md, 5"
        "The trust source is older than its refuse-after age."
        "Refresh it, or correct the clock.";
    2005 KeysStale "keys.stale" [attack "keys.stale", jose "key", suite "chain"] "docs/assertion-profile.md, keys"
        "The key set is older than the age that the checker allows."
        "Fetch the issuer's key set again.";
    2010 CertMalformed "cert.malformed" [attack "cert.malformed", jose "malformed", suite "malformed"] "RFC 5280, 4; X.690, 10"
        "A certificate is not strict DER or breaks the structure of RFC 5280."
        "The issuer must renew the certificate.";
    2011 CertUnsupported "cert.unsupported" [attack "cert.unsupported", jose "key", suite "chain"] "RFC 5280, 4.1.1.2"
        "A certificate uses a key or signature algorithm that is not supported."
        "See docs/algorithms.md for what is.";
    2012 LimitWork "limit.work" [attack "limit.work", jose "too_large", suite "chain"] "docs/limits.md"
        "Building the path needs more signature checks or steps than its budget."
        "No honest chain needs that many.";
    2020 KeyUntrusted "key.untrusted" [attack "key.untrusted", jose "key", suite "chain"] "RFC 5280, 6.1.1; ARF OIA_12"
        "No configured trust anchor leads to the signer."
        "Configure the issuer's anchor if it is to be believed.";
    2021 ChainExpired "chain.expired" [attack "time.expired", jose "key", suite "chain"] "RFC 5280, 6.1.3 (a)(2)"
        "A certificate of the path is past its notAfter."
        "The issuer must renew it; check the clock.";
    2022 ChainNotYetValid "chain.not_yet_valid" [attack "time.future", jose "key", suite "chain"] "RFC 5280, 6.1.3 (a)(2)"
        "A certificate of the path is before its notBefore."
        "Check the clock.";
    2023 ChainNotCa "chain.not_ca" [attack "chain.invalid", jose "key", suite "chain"] "RFC 5280, 6.1.4 (k)"
        "A certificate that issued another is not a certification authority."
        "The chain is forged or wrongly made.";
    2024 ChainKeyUsage "chain.key_usage" [attack "chain.invalid", jose "key", suite "chain"] "RFC 5280, 6.1.4 (n), 4.2.1.3"
        "The key usage of a certificate does not allow what it was used for."
        "The issuer must use the certificate made for this purpose.";
    2025 ChainPathLength "chain.path_length" [attack "chain.invalid", jose "key", suite "chain"] "RFC 5280, 6.1.4 (l), (m)"
        "The path is longer than a path length constraint allows."
        "The chain is wrongly made.";
    2026 ChainPurpose "chain.purpose" [attack "chain.purpose", jose "key", suite "chain"] "RFC 5280, 4.2.1.12"
        "The extended key usage does not allow this purpose."
        "The issuer must use the certificate made for this purpose.";
    2027 ChainCriticalExtension "chain.critical_extension" [attack "chain.critical_extension", jose "key", suite "chain"] "RFC 5280, 4.2, 6.1.5 (f)"
        "A certificate has a critical extension that is not processed."
        "The profile of this anchor must allow the extension, or the issuer must drop it.";
    2028 ChainSignature "chain.signature" [attack "sig.invalid", jose "key", suite "chain"] "RFC 5280, 6.1.3 (a)(1)"
        "The signature on a certificate does not verify with its issuer's key."
        "The chain is forged or mixed up.";
    2029 ChainAnchorIncluded "chain.anchor_included" [attack "chain.invalid", jose "header", suite "chain"] "HAIP 1.0, 6.1.1"
        "The chain in the token contains the trust anchor or a self-signed certificate."
        "The issuer must leave the anchor out of x5c.";
    2030 ChainRepeated "chain.repeated" [attack "chain.invalid", jose "header", suite "chain"] "RFC 5280, 6.1"
        "The same certificate is twice in the chain."
        "The issuer must send each certificate once.";
    2031 ChainAlgorithm "chain.algorithm" [attack "alg.not_allowed", jose "algorithm", suite "chain"] "RFC 5280, 4.1.1.2"
        "A certificate is signed with an algorithm that the policy does not accept."
        "The issuer must renew the certificate.";
    2032 ChainProfile "chain.profile" [attack "chain.invalid", jose "key", suite "chain"] "ISO/IEC 18013-5, B.1; ETSI TS 119 412-6"
        "A certificate does not follow the profile of its anchor."
        "The issuer must use a certificate of the profile.";
    // 2033 retired: was `chain.unsupported`, for constraints before they were processed.
    2034 ChainNameConstraint "chain.name_constraint" [attack "chain.name_constraint", jose "key", suite "chain"] "RFC 5280, 4.2.1.10, 6.1.3 (b), (c)"
        "A certificate names something that a certification authority above it may not certify."
        "The chain is forged or wrongly made.";
    2035 ChainNameConstraintUnsupported "chain.name_constraint_unsupported" [attack "chain.name_constraint", jose "key", suite "chain"] "RFC 5280, 4.2.1.10"
        "A name constraint that applies cannot be processed: another form of name, a distance, or no name of its form."
        "The authority must write its constraints as RFC 5280 says; an ignored one would widen what it allows.";
    2036 ChainPolicy "chain.policy" [attack "chain.policy", jose "key", suite "chain"] "RFC 5280, 6.1.3 (f), 6.1.5 (g)"
        "A certificate policy is required, and the path holds under none that is accepted."
        "Name the policies that this anchor issues under, or use a certificate of an accepted one.";
    2037 ChainPolicyMapping "chain.policy_mapping" [attack "chain.policy", jose "key", suite "chain"] "RFC 5280, 6.1.4 (a)"
        "A certificate maps anyPolicy to a policy, or a policy to it."
        "The chain is wrongly made.";
    2038 ChainPeerName "chain.peer_name" [attack "chain.invalid", jose "key", suite "chain"] "RFC 9525, 6"
        "The end entity's certificate does not name the expected peer."
        "Connect to the name that the certificate has.";
    2039 ChainPolicyDenied "chain.policy_denied" [attack "chain.purpose", jose "key", suite "chain"] "RFC 5280, 4.2.1.4"
        "The end entity's certificate was issued under a policy that the profile of its anchor excludes."
        "Use a certificate that was made for this purpose.";
    2040 KeyUnknown "key.unknown" [attack "key.unknown", jose "key", suite "key"] "RFC 7515, 4.1.4; RFC 8725, 3.10"
        "No key of this issuer has that kid."
        "Fetch the issuer's key set again, once.";
    2041 KeyWeak "key.weak" [attack "key.weak", jose "key", suite "key"] "RFC 7518, 3.3; RFC 8725, 3.5"
        "A key is too small, or known to be weak."
        "Its owner must make a new key.";
    2042 KeyMalformed "key.malformed" [attack "key.malformed", jose "key", suite "key"] "RFC 7517, 4; RFC 7518, 6"
        "A key is not well formed: missing member, wrong length, or not on its curve."
        "Its owner must publish a correct key.";
    2043 KeyAmbiguous "key.ambiguous" [attack "key.ambiguous", jose "key", suite "key"] "RFC 7517, 4.5"
        "Two keys of one issuer have the same kid."
        "Its owner must publish each kid once.";
    2044 KeyUnsupported "key.unsupported" [attack "key.unsupported", jose "key", suite "key"] "RFC 7518, 6"
        "The type or curve of a key is not supported."
        "See docs/algorithms.md for what is.";
    2045 KeyPrivate "key.private" [attack "key.malformed", jose "key", suite "key"] "RFC 7517, 9.2"
        "A public key carries private members."
        "The key is burnt: its owner must replace it at once.";
    2046 KeyMissing "key.missing" [attack "key.unknown", jose "key", suite "key"] "RFC 7515, 4.1.4"
        "The token names no key, and its profile demands one."
        "Its producer must send kid or x5c.";
    2047 KeyRoca "key.roca" [attack "key.weak", jose "key", suite "key"] "CVE-2017-15361"
        "An RSA key was made by the defective generator of certain smart cards, and can be factored."
        "The holder must have the card renewed; nobody else can help.";
    2048 KeyExplicitParameters "key.explicit_parameters" [attack "key.unsupported", jose "key", suite "key"] "RFC 5480, 2.1.1"
        "A certificate describes its curve by numbers instead of naming it."
        "Its issuer must name the curve. Only document signers of travel documents are let do otherwise.";
    2049 KeyAlteredCurve "key.altered_curve" [attack "key.weak", jose "key", suite "key"] "CVE-2020-0601; ICAO Doc 9303-12, 4.4.3"
        "Explicit parameters have the field of a named curve, but another coefficient, generator, order or cofactor."
        "Take it for a forgery.";
    2050 IssuerCountry "issuer.country" [attack "issuer.mismatch", jose "issuer", suite "issuer"] "PID rulebook, 5; ARF OIA_12"
        "The issuing country of the attributes is not the one of the trust anchor."
        "An issuer of one state cannot speak for another.";
    2051 CertAlgorithmParameters "cert.algorithm_parameters" [attack "cert.malformed", jose "malformed", suite "malformed"] "RFC 5758, 3.2"
        "The identifier of an ECDSA signature has NULL parameters, which must be absent."
        "Its issuer must leave them out. Profiles of card issuers known for it let it pass.";
    2052 KeyMismatch "key.mismatch" [attack "format.refused", jose "malformed", suite "key"] "RFC 8017, 7.1.2; RFC 7516, 11.5"
        "What was encrypted for a private key of the broker cannot be opened: altered, or meant for another key."
        "Its sender must encrypt again, to a key that the broker publishes. There is no more detail, on purpose.";
    2060 MetadataUntrusted "metadata.untrusted" [attack "metadata.untrusted", jose "key", suite "metadata"] "SAML V2.0 Metadata, 3; SAML V2.0 Metadata IOP, 2.5"
        "The metadata is not signed by a signer that is pinned for it."
        "Get it from the publisher again; a new signer must be pinned by hand first.";
    2061 MetadataExpired "metadata.expired" [attack "metadata.expired", jose "key", suite "metadata"] "SAML V2.0 Metadata, 2.3.2"
        "The metadata is past its validUntil, or the list past its NextUpdate."
        "Fetch it again, or correct the clock.";
    2062 MetadataEntity "metadata.entity" [attack "metadata.untrusted", jose "key", suite "metadata"] "SAML V2.0 Metadata, 2.3.1, 2.3.2"
        "The metadata does not describe exactly one entity with the configured entity ID."
        "Configure the entity ID that the publisher states, or get the right document.";
    2063 MetadataRole "metadata.role" [attack "metadata.untrusted", jose "key", suite "metadata"] "SAML V2.0 Metadata, 2.4.3"
        "The entity does not have exactly one identity provider role for SAML 2.0."
        "Use the metadata of the proxy service, not of the connector.";
    2064 MetadataKeyUse "metadata.key_use" [attack "key.untrusted", jose "key", suite "metadata"] "SAML V2.0 Metadata, 2.4.1.1"
        "The metadata has no key that is declared for signing and usable."
        "The publisher must say for each key whether it signs or encrypts.";
    2065 MetadataRollback "metadata.rollback" [attack "metadata.expired", jose "key", suite "metadata"] "docs/saml-trust.md"
        "The metadata is older than the copy that is held."
        "Fetch the current one; the held copy stays in use.";
    2066 MetadataValidity "metadata.validity" [attack "metadata.expired", jose "key", suite "metadata"] "SAML V2.0 Metadata, 2.3.2; docs/saml-trust.md"
        "The metadata does not say until when it is valid, or for longer than is believed."
        "The publisher must state a validUntil that is near; see max_validity in trust.toml.";
    2067 MetadataStructure "metadata.structure" [attack "xml.malformed", jose "malformed", suite "metadata"] "SAML V2.0 Metadata, 2"
        "The document is not the metadata or the list that was asked for."
        "Get the document from the place that the publisher states.";
    2068 MetadataCountry "metadata.country" [attack "issuer.mismatch", jose "issuer", suite "metadata"] "eIDAS SAML Message Format 1.2, 3"
        "The metadata does not name exactly one country, or another one than is configured."
        "Correct country in trust.toml, or ask the node.";
    2069 MetadataNotListed "metadata.not_listed" [attack "metadata.untrusted", jose "key", suite "metadata"] "docs/saml-trust.md"
        "The service list names no signer for the metadata of this entity."
        "Refresh the service list, or pin the signer.";

    3001 AlgNotAllowed "alg.not_allowed" [attack "alg.not_allowed", jose "algorithm", suite "algorithm"] "RFC 8725, 3.1, 3.2"
        "The algorithm is not on the policy's list."
        "List it in policy.toml only if it is sound.";
    3002 AlgKeyMismatch "alg.key_mismatch" [attack "alg.key_mismatch", jose "algorithm", suite "algorithm"] "RFC 8725, 3.1"
        "The algorithm is not the one that the key is made for."
        "One key, one algorithm.";
    3003 AlgNotAvailable "alg.not_available" [attack "alg.not_allowed", jose "algorithm", suite "algorithm"] "docs/algorithms.md"
        "This build cannot verify the algorithm."
        "Build with the feature openssl.";
    3004 AlgExpired "alg.expired" [attack "alg.not_allowed", jose "algorithm", suite "algorithm"] "BSI TR-02102-1; SOG-IS ACM"
        "The policy accepted this algorithm or key size until a date that has passed."
        "Its producer must move to a stronger one.";
    3005 AlgHash "alg.hash" [attack "alg.not_allowed", jose "algorithm", suite "algorithm"] "RFC 9901, 4.1.1"
        "The hash algorithm of the disclosures is not accepted."
        "The issuer must use sha-256, sha-384 or sha-512.";
    3010 SigMissing "sig.missing" [attack "sig.missing", jose "malformed", suite "signature"] "RFC 7515, 5.2"
        "There is no signature."
        "Unsigned tokens are never accepted.";
    3011 SigInvalid "sig.invalid" [attack "sig.invalid", jose "signature", suite "signature"] "RFC 7515, 5.2; RFC 7518, 3.4"
        "The signature does not verify, or has the wrong form."
        "The token was altered, or another key signed it.";
    3020 TimeExpired "time.expired" [attack "time.expired", jose "expired", suite "expired"] "RFC 7519, 4.1.4"
        "The token is past its end."
        "Get a fresh one; check the clock.";
    3021 TimeNotYetValid "time.not_yet_valid" [attack "time.future", jose "not_yet_valid", suite "not_yet_valid"] "RFC 7519, 4.1.5"
        "The token is not valid yet."
        "Check the clock.";
    3022 TimeFuture "time.future" [attack "time.future", jose "claims", suite "claims"] "RFC 7519, 4.1.6"
        "The token says that it was made in the future."
        "Check the clock.";
    3023 TimeLifetime "time.lifetime" [attack "time.lifetime", jose "claims", suite "claims"] "docs/assertion-profile.md"
        "The token lives longer than allowed, or ends before it begins."
        "Its producer must make shorter ones.";
    3024 TimeTooOld "time.too_old" [attack "time.expired", jose "claims", suite "expired"] "RFC 9901, 7.3 step 7"
        "The proof was made too long ago."
        "Present the credential again.";
    3030 AudienceMismatch "audience.mismatch" [attack "audience.mismatch", jose "audience", suite "audience"] "RFC 7519, 4.1.3; OpenID4VP 1.0, 14.1.2"
        "The token is meant for somebody else."
        "Hand it to the procedure it was made for.";
    3031 IssuerMismatch "issuer.mismatch" [attack "issuer.mismatch", jose "issuer", suite "issuer"] "RFC 7519, 4.1.1"
        "The issuer is not the configured one, byte for byte."
        "Configure the exact string.";
    3032 NonceMismatch "nonce.mismatch" [attack "nonce.mismatch", jose "nonce", suite "nonce"] "OpenID4VP 1.0, 14.1"
        "The nonce is missing or not the one of this expectation."
        "The presentation answers another request.";
    3033 ClaimMissing "claim.missing" [attack "claim.missing", jose "claims", suite "claims"] "RFC 7519, 4.1; docs/assertion-profile.md"
        "A required claim is missing."
        "Its producer must send it.";
    3034 ClaimMalformed "claim.malformed" [attack "claim.malformed", jose "malformed", suite "malformed"] "RFC 7519, 2, 4.1"
        "A claim has the wrong type or form."
        "Its producer must follow the profile.";
    3035 ClaimUnknown "claim.unknown" [attack "claim.malformed", jose "claims", suite "claims"] "docs/assertion-profile.md"
        "An assertion has a top-level claim that its profile does not know."
        "Only the broker's own assertions are accepted here.";
    3036 SubjectMalformed "subject.malformed" [attack "identifier.malformed", jose "claims", suite "claims"] "docs/assertion-profile.md, subjects"
        "The subject of the assertion is not a pairwise or transient subject."
        "Only the broker's own assertions are accepted here.";
    3040 BindingMissing "binding.missing" [attack "binding.missing", jose "binding", suite "binding"] "RFC 9901, 7.3 step 1; RFC 7800, 3"
        "Proof of possession is required and missing."
        "The holder must prove possession of the key.";
    3041 BindingMismatch "binding.mismatch" [attack "binding.mismatch", jose "binding", suite "binding"] "RFC 9901, 7.3; RFC 7800, 3"
        "The proof of possession is of another key or another token."
        "The token was moved to another holder or altered after consent.";
    3042 BindingMalformed "binding.malformed" [attack "claim.malformed", jose "binding", suite "binding"] "RFC 7800, 3"
        "The confirmation claim is empty, has several methods, or holds no usable key."
        "Exactly one method is allowed.";
    3050 ReplayToken "replay.token" [attack "replay", jose "replay", suite "replay"] "RFC 7519, 4.1.7; SAML Profiles, 4.1.4.5"
        "This token was already used."
        "Get a fresh one.";
    3051 ReplayExpectation "replay.expectation" [attack "replay", jose "replay", suite "replay"] "OpenID4VP 1.0, 14.1"
        "This expectation was already consumed."
        "Make a new expectation and present again.";
    3060 StatusMissing "status.missing" [attack "status.unknown", jose "status", suite "status"] "ARF VCR_01; Token Status List, 8.3"
        "The credential has no status and lives longer than a short-lived one may."
        "Its issuer must offer a status, or make it live 24 hours at most.";
    3061 StatusNotEvaluated "status.not_evaluated" [attack "status.unknown", jose "status", suite "status"] "Token Status List, 8.3"
        "The status was not evaluated, as the laboratory policy says."
        "Such a verdict can never be turned into an assertion.";
    3062 StatusMalformed "status.malformed" [attack "claim.malformed", jose "status", suite "status"] "Token Status List, 6.1; HAIP 1.0, 6.1"
        "The status claim is not a reference to a status list."
        "The issuer must follow Token Status List.";
    3063 StatusRevoked "status.revoked" [attack "revoked", jose "status", suite "revoked"] "RFC 5280, 6.3.3; RFC 6960, 2.2"
        "A certificate of the path is revoked or on hold."
        "Its holder must get a new one.";
    3064 StatusUnknown "status.unknown" [attack "status.unknown", jose "status", suite "unknown"] "RFC 6960, 2.2"
        "The responder does not know a certificate of the path."
        "Unknown is never good; ask the issuer of the certificate.";
    3065 StatusStale "status.stale" [attack "status.stale", jose "status", suite "stale"] "RFC 6960, 4.2.2.1; RFC 5280, 6.3.3 (a)"
        "The evidence about a certificate is past its nextUpdate or its allowed age."
        "Fetch it again; check the clock.";
    3066 StatusFuture "status.future" [attack "status.stale", jose "status", suite "not-yet-valid"] "RFC 6960, 4.2.2.1; RFC 5280, 5.1.2.4"
        "The evidence about a certificate was made in the future."
        "Check the clock.";
    3067 StatusUnavailable "status.unavailable" [attack "status.unknown", jose "status", suite "no-matching-status"] "RFC 5280, 4.2.1.13, 4.2.2.1"
        "A certificate names no place where its status can be asked for, and none was handed in."
        "Hand in a CRL, or choose not-for-this-anchor if the issuer revokes nothing.";
    3068 StatusContradiction "status.contradiction" [attack "status.unknown", jose "status", suite "no-matching-status"] "RFC 6960, 3.2; docs/defaults.md"
        "Two pieces of evidence say different things about one certificate."
        "Fetch the evidence again; one of its sources is faulty or hostile.";
    3069 StatusScope "status.scope" [attack "status.unknown", jose "status", suite "no-matching-status"] "RFC 5280, 6.3.3 (b), (d), (e)"
        "The CRLs handed in do not cover a certificate for every reason."
        "Hand in the CRL of each distribution point that the certificate names.";
    3070 RequestMalformed "request.malformed" [attack "request.mismatch", jose "nonce", suite "request"] "docs/rules.md, 2"
        "The sealed expectation cannot be opened: altered, cut, or sealed under another key."
        "Hand back exactly what expect gave, to the same installation.";
    3071 RequestExpired "request.expired" [attack "time.expired", jose "expired", suite "request"] "docs/rules.md, 2"
        "The deadline of the expectation has passed, or it lies in the future."
        "Make a new expectation; check the clock.";
    3072 RequestMismatch "request.mismatch" [attack "request.mismatch", jose "nonce", suite "request"] "docs/rules.md, 2"
        "The expectation was made by another issuer, or for a procedure or family that is no longer registered."
        "Make a new expectation with the installation that is to answer it.";
    3080 OcspMalformed "ocsp.malformed" [attack "format.malformed", jose "malformed", suite "malformed"] "RFC 6960, 4.2.1; X.690, 10"
        "An OCSP response is not strict DER or breaks its structure."
        "Hand in the answer of the responder byte for byte.";
    3081 OcspResponderStatus "ocsp.status" [attack "status.unknown", jose "status", suite "responder-status"] "RFC 6960, 2.3, 4.2.1"
        "The responder answered with an error and no status."
        "Ask again later, or ask the issuer of the certificate.";
    3082 OcspMismatch "ocsp.mismatch" [attack "status.unknown", jose "status", suite "no-matching-status"] "RFC 6960, 3.2 (1), 4.1.1"
        "An OCSP response speaks of other certificates only."
        "Hand in the answer to the request that needs named.";
    3083 OcspRepeated "ocsp.repeated" [attack "status.unknown", jose "status", suite "no-matching-status"] "RFC 6960, 2.2, 4.2.1"
        "An OCSP response has more than one status for the same certificate."
        "The responder is faulty; which of them counts is not guessed.";
    3084 OcspResponder "ocsp.responder" [attack "ocsp.responder", jose "key", suite "responder-not-authorised"] "RFC 6960, 3.2 (3) and (4), 4.2.2.2"
        "Who signed the OCSP response may not speak for the issuer of the certificate."
        "The issuer must certify its responder itself, with the purpose of OCSP signing.";
    3085 OcspSignature "ocsp.signature" [attack "sig.invalid", jose "signature", suite "signature"] "RFC 6960, 3.2 (2)"
        "The signature of an OCSP response does not verify, or the key of its signer is not at hand."
        "The answer was altered, or the responder does not send its certificate.";
    3086 OcspAlgorithm "ocsp.algorithm" [attack "alg.not_allowed", jose "algorithm", suite "algorithm"] "RFC 6960, 4.3; RFC 8725, 3.1"
        "An OCSP response is signed with an algorithm that the policy does not accept."
        "List it in policy.toml if it is strong enough; the responder must use another one otherwise.";
    3087 OcspNonce "ocsp.nonce" [attack "ocsp.nonce", jose "nonce", suite "nonce"] "RFC 9654, 2.1; RFC 6960, 4.4.1"
        "The nonce of an OCSP response is not the one of the request, or is missing where it must be."
        "The answer belongs to another request, or the responder cannot answer freshly.";
    3088 OcspCriticalExtension "ocsp.critical_extension" [attack "ocsp.critical_extension", jose "critical", suite "critical-extension"] "RFC 6960, 4.4; RFC 5280, 4.2"
        "An OCSP response has a critical extension that is not processed."
        "The responder must leave it out.";
    3090 RevocationMalformed "revocation.malformed" [attack "revocation.malformed", jose "malformed", suite "malformed"] "RFC 5280, 5; X.690, 10"
        "A CRL is not strict DER or breaks the structure of RFC 5280."
        "Hand in the CRL byte for byte as its issuer publishes it, as DER.";
    3091 RevocationCriticalExtension "revocation.critical_extension" [attack "revocation.malformed", jose "critical", suite "critical-extension"] "RFC 5280, 5.2, 5.3"
        "A CRL, or an entry of it, has a critical extension that is not processed."
        "No certificate can be judged by such a CRL; its issuer must leave the extension out.";
    3092 RevocationUntrusted "revocation.untrusted" [attack "revocation.untrusted", jose "key", suite "responder-not-authorised"] "RFC 5280, 6.3.3 (f)"
        "Who signed the CRL may not: no path to the same anchor, its own status not known, or no cRLSign."
        "Hand in the certificate of the CRL issuer; it must be made for signing CRLs.";
    3093 RevocationSignature "revocation.signature" [attack "sig.invalid", jose "signature", suite "signature"] "RFC 5280, 6.3.3 (g), (h)"
        "The signature of a CRL does not verify."
        "The CRL was altered, or another key of that name signed it.";
    3094 RevocationAlgorithm "revocation.algorithm" [attack "alg.not_allowed", jose "algorithm", suite "algorithm"] "RFC 5280, 5.1.1.2"
        "A CRL is signed with an algorithm that the policy does not accept."
        "List it in policy.toml if it is strong enough; its issuer must use another one otherwise.";
    3095 RevocationDelta "revocation.delta" [attack "status.unknown", jose "status", suite "no-matching-status"] "RFC 5280, 5.2.4, 6.3.3 (c)"
        "There is a delta CRL, and no complete CRL that it changes."
        "Hand in the complete CRL as well.";
    3096 RevocationRollback "revocation.rollback" [attack "rollback", jose "status", suite "stale"] "RFC 5280, 5.2.3"
        "A CRL is older than the one of the same scope that is already held."
        "Fetch it again; somebody may be replaying an old one.";

    3100 CardKeyUsage "chain.card_key_usage" [attack "chain.purpose", jose "key", suite "purpose"] "RFC 5280, 4.2.1.3; ETSI EN 319 412-2, 4.3.2; docs/card-tokens.md"
        "The key usage of the card certificate is missing, or is not that of authentication alone."
        "Choose the certificate for authentication, not the one for signatures.";
    3101 CardPurpose "chain.card_purpose" [attack "chain.purpose", jose "key", suite "purpose"] "RFC 5280, 4.2.1.12; docs/card-tokens.md"
        "The extended key usage of the card certificate does not have client authentication."
        "Choose the certificate for authentication.";
    3102 CardPolicyDenied "chain.card_policy_denied" [attack "chain.purpose", jose "key", suite "policy"] "RFC 5280, 4.2.1.4; docs/card-tokens.md"
        "The certificate has a policy that is denied, such as Mobile-ID, which is no card."
        "Log in with the card.";
    3103 CardPolicyUnlisted "chain.card_policy_unlisted" [attack "chain.purpose", jose "key", suite "policy"] "RFC 5280, 4.2.1.4; docs/configuration.md"
        "No rule of the policy is for certificates of this CA with these certificate policies."
        "Add a rule to [cards] in policy.toml if such cards are to log in.";
    3104 CardExpired "chain.card_expired" [attack "time.expired", jose "key", suite "expired"] "RFC 5280, 4.1.2.5"
        "The card certificate is past its validity."
        "Its holder must renew the card; check the clock.";
    3105 CardNotYetValid "chain.card_not_yet_valid" [attack "time.future", jose "key", suite "not_yet_valid"] "RFC 5280, 4.1.2.5"
        "The card certificate is not valid yet."
        "Check the clock.";
    3106 OriginMalformed "origin.malformed" [attack "origin.mismatch", jose "audience", suite "origin"] "HTML, 7.1.1, serialisation of an origin; Web eID specification"
        "The expected origin is not written as a browser serialises it."
        "Write scheme, host in lower-case ASCII, and the port only when it is not the default one.";
    3107 OriginMismatch "origin.mismatch" [attack "origin.mismatch", jose "audience", suite "origin"] "RFC 6066, 3; docs/card-tokens.md"
        "The handshake was made for another server name than the expected one."
        "Log in at the configured address.";
    3108 NonceWeak "nonce.weak" [attack "nonce.weak", jose "nonce", suite "nonce"] "Web eID specification, challenge nonce"
        "The expected nonce is shorter than 44 characters."
        "Make the expectation with this library.";
    3109 SessionResumed "session.resumed" [attack "session.mismatch", jose "nonce", suite "session"] "RFC 8446, 2.2; docs/card-tokens.md"
        "The TLS session was resumed: the card took no part in it."
        "Turn resumption and tickets off at the server that cards log in to.";
    3110 SessionVersion "session.version" [attack "alg.not_allowed", jose "algorithm", suite "session"] "RFC 8996; RFC 9325, 3.1.1"
        "The version of TLS is not 1.2 or 1.3."
        "Use TLS 1.2 or 1.3.";

    3120 SigScope "sig.scope" [attack "sig.scope", jose "signature", suite "signature"] "SAML Core, 5.4.1, 5.4.2"
        "A signature does not cover the element it stands in, or stands where the schema has none."
        "Take it for an attack: what is signed and what would be read are two things.";
    3121 SigReference "sig.reference" [attack "sig.reference", jose "signature", suite "signature"] "SAML Core, 5.4.2; XML Signature 1.1, 4.4.3"
        "The Reference of a signature is not to its own element by its ID."
        "Its producer must sign with one Reference, `#` and the ID of the element.";
    3122 SigTransform "sig.transform" [attack "sig.transform", jose "signature", suite "signature"] "SAML Core, 5.4.3, 5.4.4"
        "A signature has other transforms than enveloped-signature and exclusive canonicalisation, in this order."
        "Its producer must use these two; what others do to the content cannot be seen.";
    3123 SigForm "sig.form" [attack "xml.malformed", jose "malformed", suite "malformed"] "XML Signature 1.1, 4; docs/rules.md, 6"
        "A signature is not built as the profile demands: another child or attribute, another order, or no strict base64."
        "Its producer must write Signature as SAML has it: SignedInfo, SignatureValue, at most one KeyInfo.";
    3124 AmbiguousSignature "ambiguous.signature" [attack "sig.scope", jose "signature", suite "signature"] "SAML Core, 5.4"
        "An element has more than one signature."
        "It is not clear which one counts; take it for an attack.";
    3125 AmbiguousSignedInfo "ambiguous.signed_info" [attack "ambiguous.signed_info", jose "signature", suite "signature"] "XML Signature 1.1, 4; CVE-2025-29775"
        "A signature has more than one SignedInfo."
        "It is not clear which one is signed; take it for an attack.";
    3126 AmbiguousReference "ambiguous.reference" [attack "ambiguous.reference", jose "signature", suite "signature"] "SAML Core, 5.4.2; CVE-2025-29774"
        "A signature has more than one Reference, or a Reference more than one digest."
        "It is not clear what is signed; take it for an attack.";
    3127 DigestMismatch "digest.mismatch" [attack "sig.invalid", jose "signature", suite "signature"] "XML Signature 1.1, 3.2.1"
        "The signature is good, and the element is not the one that was signed."
        "The element was altered after it was signed.";
    3150 ResultCancelled "result.cancelled" [attack "authentication refused", jose "claims", suite "status"] "SAML Core 2.0, 3.2.2.2; BSI TR-03130-1"
        "The person cancelled."
        "Let the person begin again.";
    3151 ResultDenied "result.denied" [attack "authentication refused", jose "claims", suite "status"] "SAML Core 2.0, 3.2.2.2"
        "The identity provider would not answer this request, or the person cancelled: it does not say which."
        "Let the person begin again; if it stays, compare the request with what the identity provider accepts.";
    3152 ResultFailed "result.failed" [attack "authentication refused", jose "claims", suite "status"] "SAML Core 2.0, 3.2.2.2"
        "The person was not authenticated, or cancelled."
        "Let the person begin again.";
    3153 ResultError "result.error" [attack "authentication refused", jose "claims", suite "status"] "SAML Core 2.0, 3.2.2.2"
        "The identity provider answers with an error and no assertion."
        "The detail names both levels of its status; compare the request with what the identity provider accepts.";
    3154 ResultContradiction "result.contradiction" [attack "format.malformed", jose "claims", suite "malformed"] "SAML Core 2.0, 3.2.2.2, 3.3.3"
        "The response says that it succeeded and brings no assertion."
        "The identity provider is faulty.";
    3155 RequestResponse "request.in_response_to" [attack "request.mismatch", jose "nonce", suite "request"] "SAML Core 2.0, 3.2.2; SAML Profiles 2.0, 4.1.4.3"
        "The response or its assertion does not answer the request of this expectation."
        "Hand in the response to this request; a response that nobody asked for is never taken.";
    3156 DestinationMismatch "destination.mismatch" [attack "audience.mismatch", jose "audience", suite "audience"] "SAML Core 2.0, 3.2.2, 2.4.1.2; SAML Bindings 2.0, 3.5.5.2"
        "Destination or Recipient is missing, or is not the assertion consumer service of this installation, byte for byte."
        "Configure the URL exactly as the identity provider has it.";
    3157 ConfirmationMalformed "confirmation.malformed" [attack "binding.mismatch", jose "binding", suite "binding"] "SAML Profiles 2.0, 4.1.4.2"
        "The subject of the assertion is not confirmed by exactly one bearer confirmation with request, recipient and end."
        "The identity provider must follow the Web Browser SSO profile.";
    3158 ConfirmationAddress "confirmation.address" [attack "binding.mismatch", jose "binding", suite "binding"] "SAML Core 2.0, 2.4.1.2; BSI TR-03130-1"
        "The assertion was made for a browser at another address, or names none where the profile demands one."
        "The person must stay in one network while logging in.";
    3159 ConditionUnknown "condition.unknown" [attack "format.malformed", jose "critical", suite "critical-extension"] "SAML Core 2.0, 2.5.1.1"
        "The assertion has a condition that is not understood, or one twice."
        "A condition that nobody checks would be no condition.";
    3160 EncryptionMissing "encryption.missing" [attack "sig.missing", jose "malformed", suite "malformed"] "eIDAS SAML message format; BSI TR-03116-4"
        "The assertion came unencrypted, and the policy demands that it is encrypted."
        "The identity provider must encrypt to the key in our metadata.";
    3161 ConditionMissing "condition.missing" [attack "time.expired", jose "claims", suite "claims"] "SAML Core 2.0, 2.5.1; eIDAS SAML message format; BSI TR-03130-1"
        "The assertion lacks a condition that its profile demands: an audience, a beginning and an end, or the single use."
        "The identity provider must follow the profile of the family.";

    3240 DigestElement "digest.element" [attack "digest.mismatch", jose "signature", suite "signature"] "ISO/IEC 18013-5, 9.3.1"
        "The digest of an element is not the one that the issuer signed, or the issuer signed none for it."
        "The element was altered or invented after the issuer signed.";
    3241 DeviceElements "device.elements" [attack "binding.mismatch", jose "binding", suite "binding"] "ISO/IEC 18013-5, 9.1.2.4, 9.1.3.4"
        "The device signed an element that the issuer did not authorise its key for."
        "What a wallet says of itself counts only where the issuer allowed it.";
    3242 NamespaceUnexpected "namespace.unexpected" [attack "scope.denied", jose "scope", suite "scope"] "OpenID4VP 1.0, B.2; GDPR 5(1)(c)"
        "The response has elements of a namespace that is not asked for."
        "List the namespace with the document type in policy.toml if it is to be read.";
    3243 HandoverDenied "handover.denied" [attack "binding.mismatch", jose "binding", suite "binding"] "OpenID4VP 1.0, B.2.6; ISO/IEC TS 18013-7, annex B"
        "No session is known that the response could belong to, or one of a kind that the policy does not accept."
        "Give the context of the request: the response URI, or the origin of the Digital Credentials API.";

    4001 IdentityMalformed "identity.malformed" [attack "identity.malformed", jose "claims", suite "identity"] "CIR (EU) 2024/2977, annex; PID rulebook, 3"
        "An attribute of the person has the wrong type, length or characters."
        "The issuer must follow the rulebook.";
    4002 IdentityMissing "identity.missing" [attack "identity.missing", jose "claims", suite "identity"] "CIR (EU) 2024/2977, annex"
        "An attribute that is needed was not presented."
        "Ask the wallet for it.";
    4003 IdentityNoStableIdentifier "identity.no_stable_identifier" [attack "identity.missing", jose "subject", suite "identity"] "docs/assertion-profile.md, subjects"
        "The token carries no stable identifier of the person."
        "Ask for one, or register the procedure with subject = \"transient\".";
    4004 LoaInsufficient "loa.insufficient" [attack "loa.insufficient", jose "assurance", suite "assurance"] "(EU) No 910/2014, 6(1)(b); (EU) 2015/1502"
        "The level of assurance is below the required one, or not notified where that is required."
        "Log in with a stronger means.";
    4005 LoaUnknown "loa.unknown" [attack "loa.insufficient", jose "assurance", suite "assurance"] "(EU) 2015/1502"
        "The level of assurance is missing or not one of the known values."
        "An unknown level is never a level.";

    4010 AmbiguousAttribute "ambiguous.attribute" [attack "ambiguous.attribute", jose "claims", suite "identity"] "RFC 5280, 4.1.2.6; eIDAS attribute profile, 2; docs/card-schemes.md"
        "The subject has an attribute twice of which there can be one."
        "The issuer must certify one value.";
    4011 IdentityScheme "identity.scheme" [attack "identity.malformed", jose "claims", suite "identity"] "ETSI EN 319 412-1, 5.1.3; docs/card-schemes.md"
        "The serial number of the subject is not of the scheme that the policy names."
        "Correct the scheme of the rule in policy.toml; nothing is read by guess.";
    4012 IdentityLegalPerson "identity.legal_person" [attack "identity.malformed", jose "claims", suite "identity"] "ETSI EN 319 412-1, 5.1.4; ETSI EN 319 412-3, 4.2"
        "The certificate names an organisation; only natural persons log in here."
        "Log in with the card of a person.";

    4030 IdentityPersons "identity.persons" [attack "scope.denied", jose "scope", suite "scope"] "docs/register.md; eIDAS attribute profile, 2.2 to 2.8"
        "It is about a legal person, or about somebody who acts for another, and the procedure is not registered for that."
        "Register persons and representatives with the procedure, if it can tell who acts for whom.";
    4031 IdentifierMalformed "identifier.malformed" [attack "identifier.malformed", jose "subject", suite "identity"] "eIDAS attribute profile, 2.2.3"
        "An identifier of a person is not written as its scheme says, or has white space or hidden characters."
        "The issuer must send it as it was assigned; nothing is trimmed or folded.";
    4032 IdentifierScope "identifier.scope" [attack "identifier.malformed", jose "subject", suite "identity"] "eIDAS attribute profile, 2.2.3"
        "An identifier comes from another state than its issuer speaks for, or was made for another receiver than this one."
        "An identifier for another state must not be used here.";
    4033 IdentityScript "identity.script" [attack "identity.malformed", jose "claims", suite "identity"] "eIDAS attribute profile, 2.4"
        "A name has no value in Latin script, or more than one."
        "The issuer must give exactly one Latin value.";
    4034 IdentityCombination "identity.combination" [attack "identity.malformed", jose "claims", suite "identity"] "eIDAS attribute profile, 2.2 to 2.8"
        "The attributes speak of no person, or of persons that cannot stand together."
        "Valid are a natural person, a legal person, or both, each with at most one representative.";
    4035 LoaContradiction "loa.contradiction" [attack "loa.insufficient", jose "assurance", suite "assurance"] "BundID interface description, trust levels"
        "The level of the authentication is told twice, and differently, or once where it must be told twice."
        "Request the attribute EID-CITIZEN-QAA-LEVEL; the identity provider must tell one level.";
    4060 DocumentInvalid "document.invalid" [attack "revoked", jose "claims", suite "identity"] "BSI TR-03130-1, SAML profile, DocumentValidity"
        "The eID server read a document that is not valid: expired, revoked, not authentic, or not checked."
        "Log in with a valid document.";
    4061 DocumentUnknown "document.unknown" [attack "status.unknown", jose "claims", suite "identity"] "BSI TR-03130-1, SAML profile, DocumentValidity"
        "The eID server does not say whether the document is valid."
        "Ask for DocumentValidity; what is not said is never valid.";

    5001 ScopeDenied "scope.denied" [attack "scope.denied", jose "scope", suite "scope"] "GDPR 5(1)(c); RFC 6749, 3.3"
        "A scope was requested or asserted that is not registered for the procedure."
        "Ask only for registered scopes.";
    5002 ScopeUnavailable "scope.unavailable" [attack "identity.missing", jose "scope", suite "scope"] "OpenID Connect Core 1.0, 5.5.1"
        "An essential claim of a scope cannot be produced from this token."
        "Ask the wallet for the attribute; there is no partial assertion.";
    5003 ProcedureUnknown "procedure.unknown" [attack "scope.denied", jose "audience", suite "scope"] "docs/register.md"
        "The procedure is not registered."
        "Register it in register.toml.";
    5004 ClientDenied "client.denied" [attack "scope.denied", jose "scope", suite "scope"] "docs/register.md"
        "The client is unknown or may not ask for this procedure."
        "Register the client with the procedure.";
    5005 FamilyDenied "family.denied" [attack "scope.denied", jose "scope", suite "scope"] "docs/register.md"
        "The procedure does not accept tokens of this family."
        "Register the family with the procedure.";
    5006 AuthAge "time.auth_age" [attack "time.expired", jose "claims", suite "expired"] "OpenID Connect Core 1.0, 3.1.2.1"
        "The person's act lies longer ago than the procedure allows."
        "The person must authenticate again.";
    5007 IssuerEndpoint "issuer.endpoint" [attack "configuration refused", jose "issuer", suite "issuer"] "SAML Metadata, 2.4.3; SAML Bindings, 3.4, 3.5"
        "The identity provider states no address for requests by the binding of this family."
        "Refresh its metadata, or give sso_post or sso_redirect of its pinned source in trust.toml.";
    5008 IssuerNotOffered "issuer.not_offered" [attack "issuer.mismatch", jose "issuer", suite "issuer"] "eIDAS SAML Message Format 1.2, 2.2; docs/saml-portal.md"
        "No identity provider is configured and usable for the country that was named."
        "Offer only the countries that trust.toml has a usable source for; see trust doctor.";
    5009 IssuerEncryptionKey "issuer.encryption_key" [attack "configuration refused", jose "issuer", suite "issuer"] "BSI TR-03130-1, 4.7.1, 4.9.1"
        "The identity provider has no usable key to which the request could be encrypted."
        "Refresh its metadata, or give encryption_files of its pinned source in trust.toml.";

    6001 PolicyLaboratory "policy.laboratory" [attack "alg.not_allowed", jose "scope", suite "policy"] "docs/rules.md, 7"
        "The verdict was made under a laboratory policy and cannot become an assertion."
        "Use a policy without laboratory settings.";
    6002 AssertionTooLarge "assertion.too_large" [attack "limit.size", jose "too_large", suite "malformed"] "docs/assertion-profile.md"
        "The assertion would be larger than 6 KiB."
        "Register fewer claims for the procedure.";
    6003 BindingRequired "binding.required" [attack "binding.missing", jose "binding", suite "binding"] "RFC 7800, 3; docs/assertion-profile.md, binding"
        "The procedure demands a sender constraint and none was given, or the other way round."
        "Give the thumbprint that the procedure registered for.";

    8001 StorageReplay "storage.replay" [attack "storage", jose "replay", suite "storage"] "docs/ports.md"
        "The replay store did not answer, or is full. Nothing was decided."
        "Repair the store, then make a new expectation.";
    8002 StorageAudit "storage.audit" [attack "storage", jose "replay", suite "storage"] "docs/audit.md"
        "The audit log could not be written. Nothing was issued."
        "Repair the disk, then make a new expectation.";
    8003 SignerFailed "signer.failed" [attack "storage", jose "key", suite "storage"] "docs/ports.md"
        "The signer did not sign, or its signature does not verify. Nothing was issued."
        "Repair the signer.";
    8004 RandomFailed "random.failed" [attack "storage", jose "nonce", suite "storage"] "docs/ports.md"
        "The source of randomness did not answer."
        "Repair the host.";
    8005 NeedsEvidence "needs.evidence" [attack "status.unknown", jose "status", suite "status"] "docs/rules.md, 3"
        "Something must be fetched before a decision; see needs."
        "Fetch what needs names and hand it in.";

    9001 MisuseArgument "misuse.argument" [attack "bad-argument", jose "malformed", suite "misuse"] "docs/refusals.md"
        "An argument breaks the contract of the call."
        "Correct the calling program.";
    9002 MisuseNull "misuse.null" [attack "bad-argument", jose "malformed", suite "misuse"] "docs/c-interface.md"
        "A pointer that must not be null is null."
        "Correct the calling program.";
    9003 MisuseBuffer "misuse.buffer" [attack "needed-size", jose "malformed", suite "misuse"] "docs/c-interface.md"
        "The buffer is too small; the needed length was set and nothing was copied."
        "Call again with a buffer of the needed length.";
    9004 MisuseHandle "misuse.handle" [attack "bad-argument", jose "malformed", suite "misuse"] "docs/c-interface.md"
        "The handle is not one of this kind, or holds nothing yet."
        "Correct the calling program.";
    9005 MisuseEncoding "misuse.encoding" [attack "bad-encoding", jose "malformed", suite "misuse"] "docs/c-interface.md"
        "A text argument is not UTF-8."
        "Convert the argument; the library never guesses an encoding.";
    9010 ConfigInvalid "config.invalid" [attack "configuration refused", jose "malformed", suite "misuse"] "docs/rules.md, 5"
        "The configuration has findings; all of them are listed."
        "Correct each finding.";
    9011 MisuseIssuer "misuse.issuer" [attack "bad-argument", jose "malformed", suite "misuse"] "SAML Profiles, 4.1.3.2; docs/saml-portal.md"
        "Several identity providers could be asked, and the call does not say which."
        "Name the entity ID of the one to ask, or the country that the person chose.";
    9012 MisuseServiceProvider "misuse.service_provider" [attack "configuration refused", jose "malformed", suite "misuse"] "docs/configuration.md"
        "The broker lacks what a request of this family needs: its name, keys or settings as a service provider."
        "Complete the section [saml] of eid-broker.toml.";
    9999 Internal "internal.fault" [attack "internal", jose "internal", suite "internal"] "docs/refusals.md"
        "A fault in this library."
        "Report it, with the version and the ledger.";
}

impl Code {
    /// The row of a code such as `time.expired`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// The row of a number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_rise_and_codes_are_unique() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
        let codes: HashSet<_> = Code::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
    }

    #[test]
    fn every_row_is_complete() {
        for code in Code::ALL {
            assert!(code.name().split('.').count() == 2, "{}", code.name());
            for text in [code.meaning(), code.advice(), code.clause(), code.jose_class()] {
                assert!(!text.is_empty(), "{}", code.name());
            }
            assert!(code.meaning().ends_with('.') && code.advice().ends_with('.'));
            assert_eq!(Code::from_name(code.name()), Some(*code));
            assert_eq!(Code::from_number(code.number()), Some(*code));
        }
    }
}
