//! The checks by name, each beside its clause. A ledger can only name what stands here.

macro_rules! checks {
    ($($(#[$doc:meta])* $variant:ident => $name:literal, $clause:literal;)*) => {
        /// One check that a verdict can name.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Check {
            $(#[doc = concat!("`", $name, "`: ", $clause, ".")] $variant,)*
        }

        impl Check {
            /// Every check, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            // Its place in the table. A check has no other number.
            #[expect(clippy::as_conversions, reason = "the discriminants of a fieldless enum, from 0")]
            pub(super) const fn index(self) -> usize {
                self as usize
            }

            /// The name in the ledger; stable.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The clause of the standard that asks for it.
            #[must_use]
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$variant => $clause,)* }
            }
        }
    };
}

checks! {
    InputSize => "input.size", "docs/limits.md";
    ExpectationOpened => "expectation.opened", "docs/rules.md, 2";
    ExpectationDeadline => "expectation.deadline", "docs/rules.md, 2";
    ExpectationFamily => "expectation.family", "docs/rules.md, 2";
    ExpectationConsumed => "expectation.consumed", "OpenID4VP 1.0, 14.1";
    AssertionUnused => "statement.unused", "SAML Profiles, 4.1.4.5; SAML Core, 2.5.1.5";
    TrustSource => "trust.source", "docs/rules.md, 5";

    SdJwtFormat => "sd-jwt.format", "RFC 9901, 4";
    IssuerHeader => "issuer-jwt.header", "RFC 7515, 4; RFC 8725, 3";
    IssuerCritical => "issuer-jwt.crit", "RFC 7515, 4.1.11";
    IssuerType => "issuer-jwt.typ", "SD-JWT VC, 3.2.1";
    IssuerAlgorithm => "issuer-jwt.alg", "RFC 8725, 3.1; HAIP 1.0, 7";
    IssuerKey => "issuer-jwt.key", "SD-JWT VC, 3.5; HAIP 1.0, 6.1.1";
    ChainFormat => "chain.format", "RFC 7515, 4.1.6";
    ChainPath => "chain.path", "RFC 5280, 6.1";
    ChainProfile => "chain.profile", "ISO/IEC 18013-5, B.1.4; ETSI TS 119 412-6";
    ChainAnchorAbsent => "chain.anchor-absent", "HAIP 1.0, 6.1.1";
    ChainRevocation => "chain.revocation", "RFC 5280, 6.3; RFC 6960, 3.2";
    IssuerSignature => "issuer-jwt.signature", "RFC 9901, 7.1 step 2";
    IssuerPayload => "issuer-jwt.payload", "RFC 7519, 7.2; RFC 8259, 4";
    DisclosureHash => "disclosures.hash", "RFC 9901, 4.1.1";
    DisclosureFormat => "disclosures.format", "RFC 9901, 4.2";
    DisclosureDigests => "disclosures.digests", "RFC 9901, 7.1 step 3";
    DisclosuresReferenced => "disclosures.referenced", "RFC 9901, 7.1 step 5";
    ProtectedClaims => "claims.protected", "SD-JWT VC, 3.2.2.2";
    CredentialType => "credential.vct", "SD-JWT VC, 3.2.2.1";
    CredentialNotBefore => "credential.nbf", "RFC 7519, 4.1.5";
    CredentialExpiry => "credential.exp", "RFC 7519, 4.1.4";
    CredentialIssuedAt => "credential.iat", "RFC 7519, 4.1.6";
    HolderKey => "holder.key", "RFC 7800, 3.2; HAIP 1.0, 6.1";
    KeyBindingPresent => "key-binding.present", "RFC 9901, 7.3 step 1";
    KeyBindingType => "key-binding.typ", "RFC 9901, 7.3 step 4";
    KeyBindingAlgorithm => "key-binding.alg", "RFC 9901, 7.3 step 5";
    KeyBindingSignature => "key-binding.signature", "RFC 9901, 7.3 step 6";
    KeyBindingClaims => "key-binding.claims", "RFC 9901, 4.3";
    KeyBindingTime => "key-binding.iat", "RFC 9901, 7.3 step 7";
    KeyBindingNonce => "key-binding.nonce", "RFC 9901, 7.3 step 8; OpenID4VP 1.0, 14.1";
    KeyBindingAudience => "key-binding.aud", "RFC 9901, 7.3 step 8; OpenID4VP 1.0, 14.1.2";
    KeyBindingHash => "key-binding.sd_hash", "RFC 9901, 7.3 step 9";
    Status => "credential.status", "Token Status List, 8.3; ARF VCR_01";
    IdentityMapped => "identity.mapped", "CIR (EU) 2024/2977, annex; PID rulebook, 3";
    IdentityCountry => "identity.country", "PID rulebook, 5; ARF OIA_12";
    IdentityLoa => "identity.loa", "(EU) No 910/2014, 8(2); (EU) 2015/1502";

    WebEidFormat => "web-eid.format", "Web eID token format 1.0, 1.1";
    WebEidMembers => "web-eid.members", "Web eID token format 1.0, 1.1";
    WebEidOrigin => "web-eid.origin", "HTML, 7.1.1; Web eID specification";
    WebEidNonce => "web-eid.nonce", "Web eID specification, challenge nonce";
    WebEidAlgorithm => "web-eid.algorithm", "RFC 8725, 3.1; RFC 7518, 3.1";
    WebEidSignature => "web-eid.signature", "Web eID specification, token signature";
    WebEidSigning => "web-eid.signing-certificates", "Web eID token format 1.1";
    HandshakeFormat => "handshake.format", "docs/card-tokens.md";
    HandshakeVersion => "handshake.version", "RFC 8996; RFC 9325, 3.1.1";
    HandshakeSession => "handshake.session", "RFC 8446, 2.2";
    HandshakeTime => "handshake.time", "OpenID Connect Core 1.0, 2, auth_time";
    HandshakeServer => "handshake.server-name", "RFC 6066, 3";
    CardCertificate => "card.certificate", "RFC 5280, 4.1; X.690, 10";
    CardValidity => "card.validity", "RFC 5280, 4.1.2.5";
    CardKey => "card.key", "RFC 8725, 3.5; docs/algorithms.md";
    CardPurpose => "card.purpose", "RFC 5280, 4.2.1.3, 4.2.1.12";
    CardPolicy => "card.policy", "RFC 5280, 4.2.1.4";
    CardPath => "card.path", "RFC 5280, 6.1";
    CardRule => "card.rule", "docs/configuration.md";
    CardCountry => "card.country", "ARF OIA_12; docs/card-schemes.md";
    CardIdentity => "card.identity", "ETSI EN 319 412-1, 5.1; docs/card-schemes.md";
    CardLoa => "card.loa", "(EU) No 910/2014, 8(2); (EU) 2015/1502";

    SamlTransport => "saml.transport", "SAML Bindings 2.0, 3.5.4; RFC 4648, 4";
    SamlXml => "saml.xml", "XML 1.0; Namespaces in XML 1.0";
    SamlSchema => "saml.schema", "SAML Core 2.0, schema";
    SamlIssuer => "saml.issuer", "SAML Profiles 2.0, 4.1.4.3";
    SamlSignature => "saml.signature", "XML Signature 1.1, 3.2; SAML Core 2.0, 5.4";
    SamlStatus => "saml.status", "SAML Core 2.0, 3.2.2.2";
    SamlVersion => "saml.version", "SAML Core 2.0, 2.3.3, 3.2.2";
    SamlDestination => "saml.destination", "SAML Bindings 2.0, 3.5.5.2";
    SamlRequest => "saml.in-response-to", "SAML Profiles 2.0, 4.1.4.3";
    SamlIssued => "saml.issue-instant", "SAML Core 2.0, 3.2.2; docs/defaults.md";
    SamlDecryption => "saml.decryption", "XML Encryption 1.1, 4.4; SAML Core 2.0, 2.3.4";
    SamlAssertionSignature => "saml.assertion-signature", "SAML Core 2.0, 5.4";
    SamlAssertion => "saml.assertion", "SAML Core 2.0, 2.3.3";
    SamlAssertionIssuer => "saml.assertion-issuer", "SAML Profiles 2.0, 4.1.4.2";
    SamlConfirmation => "saml.subject-confirmation", "SAML Profiles 2.0, 4.1.4.2, 4.1.4.3";
    SamlConditions => "saml.conditions", "SAML Core 2.0, 2.5.1";
    SamlAudience => "saml.audience", "SAML Core 2.0, 2.5.1.4";
    SamlAuthn => "saml.authn-statement", "SAML Core 2.0, 2.7.2";
    SamlAttributes => "saml.attributes", "SAML Core 2.0, 2.7.3; eIDAS attribute profile, 2";
    SamlAddress => "saml.address", "eIDAS attribute profile, 2.2.9";
    SamlLoa => "saml.loa", "eIDAS SAML message format, 4.3; BundID interface description, trust levels";
    SamlPersons => "saml.persons", "eIDAS attribute profile, 2.2 to 2.8";
    SamlIdentifier => "saml.identifier", "eIDAS attribute profile, 2.2.3; BundID interface description, bPK2";
    SamlIdentity => "saml.identity", "eIDAS attribute profile, 2; BundID interface description, attributes";

    EidAuthnContext => "eid-server.authn-context", "BSI TR-03130-1, SAML profile, AuthnStatement";
    EidDocument => "eid-server.document-validity", "BSI TR-03130-1, SAML profile, DocumentValidity";

    MdocFormat => "mdoc.format", "ISO/IEC 18013-5, 8.3.1; RFC 8949, 5.3.1";
    MdocResponse => "mdoc.response", "ISO/IEC 18013-5, 8.3.2.1.2.2; OpenID4VP 1.0, B.2";
    MdocDocumentType => "mdoc.doc-type", "ISO/IEC 18013-5, 9.3.1; OpenID4VP 1.0, B.2.3";
    MdocIssuerHeader => "mdoc.issuer-auth.header", "RFC 9052, 3.1; ISO/IEC 18013-5, 9.1.2.4";
    MdocIssuerAlgorithm => "mdoc.issuer-auth.alg", "ISO/IEC 18013-5, 9.1.2.4; HAIP 1.0, 7";
    MdocSecurityObject => "mdoc.mso", "ISO/IEC 18013-5, 9.1.2.4";
    MdocSigner => "mdoc.signer", "ISO/IEC 18013-5, B.1.4, 9.3.3";
    MdocIssuerSignature => "mdoc.issuer-auth.signature", "ISO/IEC 18013-5, 9.3.1; RFC 9052, 4.4";
    MdocElements => "mdoc.elements", "ISO/IEC 18013-5, 9.1.2.5; OpenID4VP 1.0, B.2";
    MdocDigests => "mdoc.digests", "ISO/IEC 18013-5, 9.3.1";
    MdocValidity => "mdoc.validity", "ISO/IEC 18013-5, 9.1.2.4, 9.3.1";
    MdocDeviceAuth => "mdoc.device-auth.present", "ISO/IEC 18013-5, 9.1.3.2";
    MdocTranscript => "mdoc.session-transcript", "OpenID4VP 1.0, B.2.6; ISO/IEC 18013-5, 9.1.5.1";
    MdocDeviceAlgorithm => "mdoc.device-auth.alg", "ISO/IEC 18013-5, 9.1.3.5, 9.1.3.6";
    MdocDeviceSignature => "mdoc.device-auth", "ISO/IEC 18013-5, 9.1.3.4 to 9.1.3.6";
    MdocDeviceElements => "mdoc.device-signed", "ISO/IEC 18013-5, 9.1.2.4";

    RegisterProcedure => "register.procedure", "docs/register.md; GDPR 5(1)(b)";
    RegisterClient => "register.client", "docs/register.md";
    RegisterFamily => "register.family", "docs/register.md";
    RegisterPersons => "register.persons", "docs/register.md; GDPR 5(1)(b)";
    RegisterLoa => "register.loa", "(EU) No 910/2014, 6(1)(b)";
    RegisterAge => "register.auth-age", "OpenID Connect Core 1.0, 3.1.2.1";
    RegisterScopes => "register.scopes", "GDPR 5(1)(c)";
    RegisterEssential => "register.essential", "OpenID Connect Core 1.0, 5.5.1";
    RegisterBinding => "register.binding", "RFC 7800, 3; RFC 9449, 6; RFC 8705, 3";
    SubjectPairwise => "subject.pairwise", "OpenID Connect Core 1.0, 8.1";
    PolicyMints => "policy.mints", "docs/rules.md, 7";
    AssertionSigned => "assertion.signed", "RFC 7515, 5.1";
    AuditDurable => "audit.durable", "docs/audit.md";

    AssertionFormat => "assertion.format", "RFC 7515, 7.1";
    AssertionHeader => "assertion.header", "RFC 8725, 3.11";
    AssertionKey => "assertion.key", "RFC 8725, 3.8, 3.10";
    AssertionSignature => "assertion.signature", "RFC 7515, 5.2";
    AssertionClaims => "assertion.claims", "docs/assertion-profile.md; RFC 7519, 4.1";
    AssertionIssuer => "assertion.iss", "RFC 7519, 4.1.1";
    AssertionAudience => "assertion.aud", "RFC 7519, 4.1.3";
    AssertionTime => "assertion.time", "RFC 7519, 4.1.4 to 4.1.6";
    AssertionLoa => "assertion.acr", "(EU) 2015/1502; OpenID Connect Core 1.0, 2";
    AssertionScope => "assertion.scope", "RFC 8693, 4.2";
    AssertionBinding => "assertion.cnf", "RFC 7800, 3; RFC 9449, 6; RFC 8705, 3";
    AssertionStatus => "assertion.status", "Token Status List, 8.3";
    AssertionReplay => "assertion.jti", "RFC 7519, 4.1.7";
    KeysFresh => "keys.fresh", "docs/assertion-profile.md, keys";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_index_is_the_place_in_the_table() {
        for (place, check) in Check::ALL.iter().enumerate() {
            assert_eq!(check.index(), place);
        }
    }

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = Check::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(names.len(), Check::ALL.len());
    }
}
