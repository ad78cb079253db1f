//! Messages of the honest making, bent in one place.

use crate::make::Made;
use eid_broker_maker::saml::bund_id::BundId;
use eid_broker_maker::saml::eid_server::EidServer;
use eid_broker_maker::saml::eidas::{Node, Person};
use eid_broker_maker::saml::{Asked, Element, Encryption, Message, Signing, XmlNode};
use eid_broker_maker::{TestKey, keys};

/// The clause of the message format.
pub(super) const FORMAT: &str = "eIDAS SAML message format 1.2, 2 and 3";
/// The clause of the profile of logins by browser.
pub(super) const PROFILE: &str = "SAML Profiles 2.0, 4.1.4";
/// The clause about signatures of SAML.
pub(super) const SIGNATURE: &str = "SAML Core 2.0, 5.4";
/// The clause about XML that is not read.
pub(super) const XML: &str = "docs/rules.md, 6";

/// The node with a small key and no certificates in its messages: vectors stay short.
pub(super) fn node() -> Made<Node> {
    let node = Node::with_key(&keys::saml_node_p256()?)?;
    Ok(Node {
        signing: node.signing.without_key_info(),
        encryption: Some(short(&keys::saml_sp_enc_rsa()?)?),
        ..node
    })
}

/// Encryption for a key without its certificate.
pub(super) fn short(key: &TestKey) -> Made<Encryption> {
    Ok(Encryption { certificate: None, ..Encryption::new(key)? })
}

/// The node's honest message.
pub(super) fn eidas() -> Made<Message> {
    Ok(node()?.answer(&Asked::honest(), &Person::minimum())?)
}

/// The citizen account with small keys.
pub(super) fn account() -> Made<BundId> {
    let account = BundId::new()?;
    Ok(BundId {
        signing: account.signing.without_key_info(),
        encryption: Some(short(&keys::saml_sp_enc_rsa()?)?),
        ..account
    })
}

/// The citizen account's honest message: names, date of birth, pseudonym, level.
pub(super) fn bund_id() -> Made<Message> {
    Ok(account()?.answer(&Asked::honest(), BUND_ID_NAMES)?)
}

/// What the short message of the account has.
pub(super) const BUND_ID_NAMES: &[&str] = &[
    "urn:oid:2.5.4.42",
    "urn:oid:2.5.4.4",
    "urn:oid:1.2.40.0.10.2.1.1.55",
    "urn:oid:1.3.6.1.4.1.25484.494450.3",
    "urn:oid:1.2.40.0.10.2.1.1.261.94",
    "urn:oid:1.3.6.1.4.1.25484.494450.2",
];

/// The eID server with small keys.
pub(super) fn server() -> Made<EidServer> {
    Ok(EidServer { encryption: Some(short(&keys::saml_sp_enc_p256()?)?), ..EidServer::new()? })
}

/// The eID server's honest message.
pub(super) fn eid_server() -> Made<Message> {
    Ok(server()?.answer(&Asked::honest())?)
}

/// A message, changed before it is signed and encrypted.
pub(super) fn bent(
    message: Made<Message>,
    change: impl FnOnce(&mut Message) -> Made<()>,
) -> Made<Message> {
    let mut message = message?;
    change(&mut message)?;
    Ok(message)
}

/// A message whose assertion is changed.
pub(super) fn with_assertion(
    message: Made<Message>,
    change: impl FnOnce(&mut Element) -> Made<()>,
) -> Made<String> {
    Ok(bent(message, |message| change(message.assertion()?))?.to_xml()?)
}

/// A message whose response is changed before it is signed.
pub(super) fn with_response(
    message: Made<Message>,
    change: impl FnOnce(&mut Element) -> Made<()>,
) -> Made<String> {
    Ok(bent(message, |message| change(&mut message.response))?.to_xml()?)
}

/// A message that is changed as a whole after it was signed.
pub(super) fn with_tree(
    message: Made<Message>,
    change: impl FnOnce(&mut Element) -> Made<()>,
) -> Made<String> {
    let mut tree = message?.tree()?;
    change(&mut tree)?;
    Ok(tree.write())
}

/// A response whose `ds:SignedInfo` is changed before it is signed.
pub(super) fn with_signed_info(
    message: Made<Message>,
    change: impl FnOnce(&mut Element) -> Made<()>,
) -> Made<String> {
    let message = message?;
    let signing = message.outer.clone().ok_or("nobody signs the response")?;
    let mut tree = message.unsigned()?;
    let mut info = signing.signed_info(&tree);
    change(&mut info)?;
    let signature = signing.seal(info)?;
    tree.after("saml2:Issuer", signature);
    Ok(tree.write())
}

/// Signs an element in the way of another signer.
pub(super) fn signed(mut element: Element, signing: &Signing) -> Made<Element> {
    signing.sign(&mut element)?;
    Ok(element)
}

/// An assertion about somebody else, as an attacker writes it: names changed, another identifier.
pub(super) fn evil(assertion: &Element) -> Made<Element> {
    let mut evil = assertion.clone();
    evil.set("ID", "_evil");
    let statement = evil.at("saml2:AttributeStatement")?;
    for node in &mut statement.children {
        if let XmlNode::Element(attribute) = node {
            let name = attribute.get("Name").unwrap_or_default().to_owned();
            if name.ends_with("CurrentFamilyName") || name.ends_with(":2.5.4.4") {
                attribute.at("saml2:AttributeValue")?.set_text("Mallory");
            }
        }
    }
    Ok(evil)
}
