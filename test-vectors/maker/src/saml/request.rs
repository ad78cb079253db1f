//! Reads the broker's requests as the three issuers do: what is asked for, and whose signature it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::message::Asked;
use super::read::read;
use super::redirect;
use super::sign::{ENVELOPED, EXCLUSIVE, hash_of, method};
use super::xml::Element;
use crate::MakerError;
use crate::keys::{Alg, TestKey};

/// A request of a service provider.
#[expect(clippy::exhaustive_structs, reason = "tests look at every part")]
#[derive(Clone, Debug)]
pub struct Request {
    /// The whole document.
    pub tree: Element,
    /// Its identifier.
    pub id: String,
    /// Who asks.
    pub issuer: String,
    /// Where it was sent.
    pub destination: String,
    /// Where the answer shall go, where the request says so.
    pub acs: Option<String>,
    /// The names of the attributes asked for, and whether each is required.
    pub attributes: Vec<(String, bool)>,
    /// The levels asked for.
    pub levels: Vec<String>,
    /// How they are compared.
    pub comparison: Option<String>,
}

impl Request {
    /// Reads a document.
    ///
    /// # Errors
    /// [`MakerError::Xml`] when a part is missing that every request has.
    pub fn read(xml: &str) -> Result<Self, MakerError> {
        let tree = read(xml)?;
        let fail = |part: &str| MakerError::Xml(part.to_owned());
        if !tree.name.ends_with(":AuthnRequest")
            || tree.namespace() != super::xml::namespace("saml2p")
        {
            return Err(fail("saml2p:AuthnRequest"));
        }
        let attribute = |name: &str| tree.get(name).map(str::to_owned);
        if attribute("Version").as_deref() != Some("2.0") {
            return Err(fail("Version"));
        }
        let issuer = match tree.select("saml2:Issuer").as_slice() {
            [issuer] => issuer.inner_text(),
            _ => return Err(fail("saml2:Issuer")),
        };
        let flag = |element: &Element, name: &str| element.get(name) == Some("true");
        let mut attributes = Vec::new();
        for (path, required) in [
            ("saml2p:Extensions/eidas:RequestedAttributes/eidas:RequestedAttribute", "isRequired"),
            (
                "saml2p:Extensions/akdb:AuthenticationRequest/akdb:RequestedAttributes/\
                 akdb:RequestedAttribute",
                "RequiredAttribute",
            ),
        ] {
            for element in tree.select(path) {
                let name = element.get("Name").ok_or_else(|| fail(path))?;
                attributes.push((name.to_owned(), flag(element, required)));
            }
        }
        let context = tree.select("saml2p:RequestedAuthnContext");
        let levels = tree.select("saml2p:RequestedAuthnContext/saml2:AuthnContextClassRef");
        let comparison = context.first().and_then(|context| context.get("Comparison"));
        Ok(Self {
            id: attribute("ID").ok_or_else(|| fail("ID"))?,
            issuer,
            destination: attribute("Destination").ok_or_else(|| fail("Destination"))?,
            acs: attribute("AssertionConsumerServiceURL"),
            attributes,
            levels: levels.iter().map(|level| level.inner_text()).collect(),
            comparison: comparison.map(str::to_owned),
            tree: tree.clone(),
        })
    }

    /// Reads the value of the form field `SAMLRequest`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_post(value: &str) -> Result<Self, MakerError> {
        let octets = STANDARD.decode(value).ok().and_then(|octets| String::from_utf8(octets).ok());
        Self::read(&octets.ok_or_else(|| MakerError::Xml("SAMLRequest".to_owned()))?)
    }

    /// Reads the address that the browser was sent to.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_redirect(url: &str) -> Result<Self, MakerError> {
        Self::read(&redirect::message(url, "SAMLRequest")?)
    }

    /// The enveloped signature holds, by this key, over the whole request.
    ///
    /// # Errors
    /// [`MakerError::Xml`] naming the part that does not hold.
    pub fn verify(&self, key: &TestKey) -> Result<(), MakerError> {
        verify_enveloped(&self.tree, key)
    }

    /// What an answer repeats of it.
    ///
    /// * `acs`: where answers go when the request does not say: from the metadata of who asks.
    /// * `at`: when it is answered, Unix seconds.
    #[must_use]
    pub fn asked(&self, acs: &str, at: i64) -> Asked {
        Asked {
            id: self.id.clone(),
            entity: self.issuer.clone(),
            acs: self.acs.clone().unwrap_or_else(|| acs.to_owned()),
            at,
        }
    }
}

/// The signature that stands directly in an element holds, by this key, over the element.
///
/// # Errors
/// [`MakerError::Xml`] naming the part that does not hold.
pub fn verify_enveloped(tree: &Element, key: &TestKey) -> Result<(), MakerError> {
    let fail = |part: &str| MakerError::Xml(part.to_owned());
    let mut rest = tree.clone();
    let name = match tree.select("ds:Signature").as_slice() {
        [signature] => signature.name.clone(),
        _ => return Err(fail("one ds:Signature")),
    };
    let signature = rest.take(&name)?;
    let one = |path: &str| match signature.select(path).as_slice() {
        [element] => Ok((*element).clone()),
        _ => Err(fail(path)),
    };
    let algorithm = |path: &str| -> Result<String, MakerError> {
        one(path)?.get("Algorithm").map(str::to_owned).ok_or_else(|| fail(path))
    };
    let octets = |element: &Element| -> Result<Vec<u8>, MakerError> {
        let text: String = element.inner_text().split_ascii_whitespace().collect();
        STANDARD.decode(text).map_err(|_| fail(&element.name))
    };
    let id = tree.get("ID").map_or_else(String::new, |id| format!("#{id}"));
    let reference = one("ds:SignedInfo/ds:Reference")?;
    if reference.get("URI") != Some(id.as_str()) {
        return Err(fail("ds:Reference/@URI"));
    }
    let transforms = signature.select("ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform");
    let named: Vec<_> =
        transforms.iter().filter_map(|transform| transform.get("Algorithm")).collect();
    if named != [ENVELOPED, EXCLUSIVE]
        || algorithm("ds:SignedInfo/ds:CanonicalizationMethod")? != EXCLUSIVE
    {
        return Err(fail("ds:Transforms"));
    }
    let lists = signature
        .select("ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform/ec:InclusiveNamespaces");
    let list = lists.first().and_then(|list| list.get("PrefixList")).unwrap_or_default();
    let prefixes: Vec<&str> = list.split_ascii_whitespace().collect();
    let hash = hash_of(&algorithm("ds:SignedInfo/ds:Reference/ds:DigestMethod")?);
    let wanted = octets(&one("ds:SignedInfo/ds:Reference/ds:DigestValue")?)?;
    if hash.digest(rest.canonical(&prefixes).as_bytes()) != wanted {
        return Err(fail("ds:DigestValue"));
    }
    // What `ds:SignedInfo` uses may be declared around it.
    let around = [tree.namespaces.clone(), signature.namespaces.clone()].concat();
    let info = one("ds:SignedInfo")?.canonical_in(&around, &[]);
    let value = octets(&one("ds:SignatureValue")?)?;
    let method = algorithm("ds:SignedInfo/ds:SignatureMethod")?;
    if verifies(key, &method, info.as_bytes(), &value) {
        Ok(())
    } else {
        Err(fail("ds:SignatureValue"))
    }
}

/// The signature of a query holds, by this key.
#[must_use]
pub fn verify_query(url: &str, key: &TestKey) -> bool {
    let query = url.split_once('?').map_or(url, |(_, query)| query);
    let Some((signed, _)) = query.split_once("&Signature=") else { return false };
    let value =
        redirect::parameter(query, "Signature").and_then(|value| STANDARD.decode(value).ok());
    let algorithm = redirect::parameter(query, "SigAlg");
    match (value, algorithm) {
        (Some(value), Some(algorithm)) => verifies(key, &algorithm, signed.as_bytes(), &value),
        _ => false,
    }
}

/// What ring can verify; other methods never hold.
#[must_use]
pub fn verifies(key: &TestKey, uri: &str, octets: &[u8], signature: &[u8]) -> bool {
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey,
        VerificationAlgorithm,
    };
    let algorithm: &'static dyn VerificationAlgorithm = match (uri, key.alg()) {
        (method::ECDSA_SHA256, Alg::Es256) => &ECDSA_P256_SHA256_FIXED,
        (method::ECDSA_SHA384, Alg::Es384) => &ECDSA_P384_SHA384_FIXED,
        (method::PSS_SHA256, Alg::Rs256) => &RSA_PSS_2048_8192_SHA256,
        (method::PSS_SHA384, Alg::Rs256) => &RSA_PSS_2048_8192_SHA384,
        (method::PSS_SHA512, Alg::Rs256) => &RSA_PSS_2048_8192_SHA512,
        (method::RSA_SHA256, Alg::Rs256) => &RSA_PKCS1_2048_8192_SHA256,
        (method::RSA_SHA384, Alg::Rs256) => &RSA_PKCS1_2048_8192_SHA384,
        (method::RSA_SHA512, Alg::Rs256) => &RSA_PKCS1_2048_8192_SHA512,
        _ => return false,
    };
    UnparsedPublicKey::new(algorithm, key.public_key()).verify(octets, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;
    use crate::saml::Signing;

    // A request as a program of another writer sends it: other prefixes, declarations on the root.
    const REQUEST: &str = "<q:AuthnRequest xmlns:q=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
        xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" Destination=\"https://idp.example/\" \
        ID=\"_1\" IssueInstant=\"2026-03-01T12:00:00Z\" Version=\"2.0\">\
        <a:Issuer>https://sp.example</a:Issuer><q:Extensions><e:RequestedAttributes \
        xmlns:e=\"http://eidas.europa.eu/saml-extensions\"><e:RequestedAttribute Name=\"urn:a\" \
        isRequired=\"true\"/><e:RequestedAttribute Name=\"urn:b\"/></e:RequestedAttributes>\
        </q:Extensions><q:RequestedAuthnContext Comparison=\"minimum\"><a:AuthnContextClassRef>\
        urn:l</a:AuthnContextClassRef></q:RequestedAuthnContext></q:AuthnRequest>";

    #[test]
    fn a_request_is_read_and_its_signature_is_verified_over_the_whole_of_it() {
        let key = keys::saml_sp_sign().unwrap();
        let mut tree = read(REQUEST).unwrap();
        let signature = Signing::new(&key, None).signature(&tree).unwrap();
        tree.after("a:Issuer", signature);
        let text = tree.write();
        let request = Request::read(&text).unwrap();
        assert_eq!(request.attributes, [("urn:a".to_owned(), true), ("urn:b".to_owned(), false)]);
        assert_eq!(
            (request.levels, request.comparison.as_deref()),
            (vec!["urn:l".to_owned()], Some("minimum"))
        );
        let verify = |text: &str, key: &TestKey| Request::read(text).unwrap().verify(key);
        assert_eq!(verify(&text, &key), Ok(()));
        assert!(verify(&text, &keys::saml_stranger_p256().unwrap()).is_err());
        assert!(verify(&text.replace("urn:b", "urn:c"), &key).is_err());
        assert!(verify(REQUEST, &key).is_err());
    }

    #[test]
    fn what_is_no_request_is_not_read() {
        assert!(Request::read("<q:AuthnRequest xmlns:q=\"urn:other\"/>").is_err());
        assert!(Request::read(&REQUEST.replace("2.0\">", "1.1\">")).is_err());
        assert!(Request::read(&REQUEST.replace("a:Issuer", "q:Issuer")).is_err());
    }
}
