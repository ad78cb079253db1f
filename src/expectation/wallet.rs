//! What a wallet's response is expected to be tied to, besides the nonce and the client identifier.

use crate::crypto::AgreementKey;

/// The session that a presentation must belong to.
///
/// The nonce of the request and the client identifier are those of the context; everything else that a
/// wallet signs over stands here.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct WalletExpected<'a> {
    /// How the request went out, and where the response goes.
    pub session: Session<'a>,
    /// The private key whose public half the request offered to the device for a code in place of a
    /// signature (ISO/IEC 18013-5, 9.1.3.5).
    pub reader_key: Option<&'a AgreementKey>,
}

/// How a request went out, and where its response goes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Session<'a> {
    /// OpenID4VP before its final version (ISO/IEC TS 18013-7, B.4.4).
    AnnexB {
        /// Where the response goes.
        response_uri: &'a str,
        /// The nonce that the wallet made: `apu` of the encrypted response, decoded.
        generated_nonce: &'a str,
    },
    /// OpenID4VP 1.0 over the Digital Credentials API (B.2.6.2).
    DcApi {
        /// The origin of the page that asked, without `origin:`.
        origin: &'a str,
        /// SHA-256 thumbprint (RFC 7638) of the key that the response was encrypted to.
        encryption_key: Option<[u8; 32]>,
    },
    /// OpenID4VP 1.0 with a response URI (B.2.6.1).
    OpenId4Vp {
        /// `response_uri` of the request, or its `redirect_uri`.
        response_uri: &'a str,
        /// SHA-256 thumbprint (RFC 7638) of the key that the response was encrypted to.
        encryption_key: Option<[u8; 32]>,
    },
    /// A session transcript as CBOR, of the caller's own making: for suites and experiments.
    Transcript(&'a [u8]),
}

impl<'a> WalletExpected<'a> {
    /// A response within a session, proved by a signature.
    #[must_use]
    pub const fn new(session: Session<'a>) -> Self {
        Self { session, reader_key: None }
    }

    /// A response to a response URI, not encrypted or encrypted to the key of a thumbprint.
    #[must_use]
    pub const fn redirect(response_uri: &'a str, encryption_key: Option<[u8; 32]>) -> Self {
        Self::new(Session::OpenId4Vp { response_uri, encryption_key })
    }

    /// A response over the Digital Credentials API.
    #[must_use]
    pub const fn dc_api(origin: &'a str, encryption_key: Option<[u8; 32]>) -> Self {
        Self::new(Session::DcApi { origin, encryption_key })
    }

    /// The same, where the device may agree on a key with this one.
    #[must_use]
    pub const fn with_reader_key(mut self, key: &'a AgreementKey) -> Self {
        self.reader_key = Some(key);
        self
    }
}
