//! Disclosures that are forged, malformed, moved or sent twice (RFC 9901, 7.1).

use super::kit::{Kit, erika, pid};
use super::{HONEST, Made, Set};
use eid_broker_maker::sd_jwt::{Disclosure, Hiding};
use eid_broker_maker::wallet::{DisclosureEdit, Select};
use serde_json::{Value, json};

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    forged(set, kit)?;
    malformed(set, kit)?;
    twice(set, kit)?;
    names(set, kit)?;
    protected(set, kit)?;
    placeholders(set, kit)
}

// The holder binds what it shows: the digests alone stand against it.
fn forged(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 7.1 step 5";
    let claim = Disclosure::member("", "c2FsdA", "family_name", &json!("Schmidt")).encoded;
    let element = Disclosure::element("", "c2FsdA", &json!("FR")).encoded;
    for (name, edit, about) in [
        (
            "appended",
            DisclosureEdit::Append(claim.clone()),
            "A name that nobody signed is shown beside the signed one.",
        ),
        ("replaced", DisclosureEdit::Replace(1, claim), "The signed name is replaced by another."),
        (
            "element-appended",
            DisclosureEdit::Append(element),
            "An element that belongs to no list.",
        ),
        (
            "respelled",
            DisclosureEdit::Replace(1, respelled(kit)?),
            "The same claim with a blank more in its JSON.",
        ),
    ] {
        let token = kit.key_binding(|options| options.edits_before = vec![edit])?;
        set.refuse(&format!("disclosure/{name}"), "disclosure.unreferenced", HONEST, token)
            .about(about, rule)
            .attack("VC-01");
    }
    let credential = kit.issuer.issue(&erika()?)?;
    for (name, shown) in
        [("child-without-parent", "address.locality"), ("element-without-list", "nationalities[1]")]
    {
        let mut options = super::kit::key_binding();
        let only = [shown];
        options.select = Select::Exactly(&only);
        let token = kit.wallet.present_with(&credential, &options)?;
        set.refuse(
            &format!("disclosure/{name}"),
            "disclosure.unreferenced",
            "accepted/three-attributes",
            token,
        )
        .about("A part is shown, and what it is a part of is not.", rule)
        .attack("VC-01");
    }
    let mut other = pid()?;
    "another".clone_into(&mut other.salt_seed);
    let foreign = kit.issuer.parts(&other).disclosures.first().ok_or("none")?.encoded.clone();
    let token =
        kit.key_binding(|options| options.edits_before = vec![DisclosureEdit::Append(foreign)])?;
    set.refuse("disclosure/of-another-credential", "disclosure.unreferenced", HONEST, token)
        .about("A disclosure that the same issuer signed into another credential.", rule)
        .attack("VC-01");
    let token =
        kit.key_binding(|options| options.edits_before = vec![DisclosureEdit::Duplicate(0)])?;
    set.refuse("disclosure/sent-twice", "disclosure.repeated", HONEST, token)
        .about("The wallet sends one disclosure twice.", "RFC 9901, 7.1 step 4")
        .attack("VC-02");
    Ok(())
}

// The second disclosure of the honest token, decoded and written another way.
fn respelled(kit: &Kit) -> Made<String> {
    let parts = kit.parts()?;
    let name = parts.disclosures.get(1).ok_or("none")?.path.clone();
    let value = pid()?.claims.get(&name).cloned().unwrap_or_default();
    Ok(Disclosure::raw("", &format!("[\"c2FsdA\", {}, {value}]", json!(name))).encoded)
}

fn malformed(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 4.2.1, 4.2.2";
    for (name, text, about) in [
        ("empty-array", "[]", "no element"),
        ("one-element", "[\"c2FsdA\"]", "one element"),
        ("four-elements", "[\"c2FsdA\",\"x\",1,2]", "four elements"),
        ("salt-number", "[1,\"x\",1]", "a number as salt"),
        ("name-number", "[\"c2FsdA\",1,1]", "a number as name"),
        ("name-null", "[\"c2FsdA\",null,1]", "null as name"),
        ("element-among-members", "[\"c2FsdA\",1]", "no name, where one is needed"),
        ("object", "{\"salt\":\"c2FsdA\",\"x\":1}", "an object"),
        ("text", "\"c2FsdA\"", "a text"),
    ] {
        let token = kit.disclosure(Disclosure::raw("x", text))?;
        set.refuse(&format!("disclosure/{name}"), "disclosure.malformed", HONEST, token)
            .about(&format!("A signed disclosure has {about}."), rule);
    }
    let named = Disclosure::member("x", "c2FsdA", "x", &json!(1));
    let list = json!(["a", { "...": named.digest(kit.parts()?.hash) }]);
    let token = with_list(kit, list, vec![named])?;
    set.refuse("disclosure/member-among-elements", "disclosure.malformed", HONEST, token)
        .about("A list refers to a disclosure that has a name.", rule);
    Ok(())
}

// The honest claims and the list `x`, which refers to disclosures.
fn with_list(kit: &Kit, list: Value, disclosures: Vec<Disclosure>) -> Made<String> {
    let mut parts = kit.parts()?;
    parts.edit_payload(|payload| {
        payload.insert("x".to_owned(), list);
    })?;
    parts.disclosures.extend(disclosures);
    kit.sign(&parts)
}

fn twice(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 7.1 step 4";
    let parts = kit.parts()?;
    let digest = parts.disclosures.first().ok_or("none")?.digest(parts.hash);
    let decoy = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let push = |digests: &[&str]| -> Made<String> {
        let mut parts = parts.clone();
        parts.edit_payload(|payload| {
            if let Some(list) = payload.get_mut("_sd").and_then(Value::as_array_mut) {
                list.extend(digests.iter().map(|digest| json!(digest)));
            }
        })?;
        kit.sign(&parts)
    };
    let mut both = parts.clone();
    both.edit_payload(|payload| {
        payload.insert("x".to_owned(), json!([{ "...": decoy }, { "_sd": [decoy] }]));
    })?;
    for (name, token, about) in [
        ("in-one-list", push(&[&digest])?, "A digest stands twice in one list."),
        ("decoy", push(&[decoy, decoy])?, "A digest that belongs to nothing stands there twice."),
        (
            "in-two-objects",
            kit.payload("x", json!({ "_sd": [digest] }))?,
            "A digest stands in two objects.",
        ),
        ("in-object-and-array", kit.sign(&both)?, "A digest stands in an object and in a list."),
        (
            "decoys-in-array",
            kit.payload("x", json!([{ "...": decoy }, { "...": decoy }]))?,
            "A decoy stands twice in a list.",
        ),
    ] {
        set.refuse(
            &format!("disclosure/digest-twice-{name}"),
            "disclosure.digest_twice",
            HONEST,
            token,
        )
        .about(about, rule)
        .attack("VC-02");
    }
    Ok(())
}

fn names(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 7.1 step 3";
    for (name, reserved) in [("sd", "_sd"), ("dots", "..."), ("sd-alg", "_sd_alg")] {
        let token = kit.disclosure(Disclosure::member("x", "c2FsdA", reserved, &json!([])))?;
        set.refuse(
            &format!("disclosure/reserved-{name}"),
            "disclosure.reserved_name",
            HONEST,
            token,
        )
        .about(&format!("A disclosure is called {reserved}."), rule);
    }
    set.refuse(
        "disclosure/sd-alg-below-top",
        "disclosure.reserved_name",
        HONEST,
        kit.payload("x", json!({ "_sd_alg": "sha-256" }))?,
    )
    .about("_sd_alg stands below the top level.", "RFC 9901, 4.1.1")
    .attack("VC-06");
    let within = Disclosure::member("x", "c2FsdA", "x", &json!({ "_sd_alg": "sha-256" }));
    set.refuse(
        "disclosure/sd-alg-in-disclosure",
        "disclosure.reserved_name",
        HONEST,
        kit.disclosure(within)?,
    )
    .about("_sd_alg stands in a disclosed value.", "RFC 9901, 4.1.1")
    .attack("VC-06");
    let schmidt = json!("Schmidt");
    set.refuse(
        "disclosure/name-of-open-claim",
        "disclosure.name_clash",
        HONEST,
        kit.payload("family_name", schmidt.clone())?,
    )
    .about("A name is disclosed that stands openly in the payload.", rule)
    .attack("JOSE-19");
    let second = Disclosure::member("family_name", "b3RoZXI", "family_name", &schmidt);
    set.refuse(
        "disclosure/name-of-another",
        "disclosure.name_clash",
        HONEST,
        kit.disclosure(second)?,
    )
    .about("Two disclosures have one name.", rule)
    .attack("JOSE-19");
    let inner = Disclosure::member("x", "c2FsdA", "a", &json!(2));
    let mut parts = kit.parts()?;
    let outer = json!({ "a": 1, "_sd": [inner.digest(parts.hash)] });
    parts.edit_payload(|payload| {
        payload.insert("x".to_owned(), outer);
    })?;
    parts.disclosures.push(inner);
    set.refuse("disclosure/name-below-top", "disclosure.name_clash", HONEST, kit.sign(&parts)?)
        .about("A name is already there, one level below the top.", rule);
    Ok(())
}

// Claims whose hiding would change what the credential is.
fn protected(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "SD-JWT VC, 3.2.2.2";
    let holder = eid_broker_maker::keys::second_holder()?.public_jwk();
    for (name, claim, value) in [
        ("iss", "iss", json!("https://pid.example")),
        ("nbf", "nbf", json!(0)),
        ("exp", "exp", json!(4_102_444_800_u64)),
        ("cnf", "cnf", json!({ "jwk": holder })),
        ("vct", "vct", json!("urn:eudi:pid:1")),
        ("vct-integrity", "vct#integrity", json!("sha256-AA")),
        ("status", "status", json!({})),
        ("aliases", "aka_vcts", json!(["urn:eudi:pid:1"])),
    ] {
        let mut parts = kit.parts()?;
        // Otherwise the name would clash before it is seen to be hidden.
        parts.edit_payload(|payload| {
            payload.remove(claim);
        })?;
        parts.add_disclosure(Disclosure::member(claim, "c2FsdA", claim, &value))?;
        set.refuse(
            &format!("disclosure/protected-{name}"),
            "disclosure.protected",
            HONEST,
            kit.sign(&parts)?,
        )
        .about(&format!("{claim} is disclosed instead of standing in the signed payload."), rule)
        .attack("VC-13");
    }
    let mut jwk = eid_broker_maker::keys::holder()?.public_jwk();
    let mut parts = kit.parts()?;
    let x = Disclosure::member("x", "c2FsdA", "x", &jwk.get("x").cloned().unwrap_or_default());
    if let Some(members) = jwk.as_object_mut() {
        members.remove("x");
        members.insert("_sd".to_owned(), json!([x.digest(parts.hash)]));
    }
    parts.edit_payload(|payload| {
        payload.insert("cnf".to_owned(), json!({ "jwk": jwk }));
    })?;
    parts.disclosures.push(x);
    set.refuse("disclosure/protected-below-cnf", "disclosure.protected", HONEST, kit.sign(&parts)?)
        .about("A part of the holder's key is disclosed.", rule)
        .attack("VC-13");
    let list = json!([{ "...": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }]);
    set.refuse(
        "disclosure/protected-element",
        "disclosure.protected",
        HONEST,
        kit.payload("aka_vcts", list)?,
    )
    .about("An element of aka_vcts is hidden.", rule)
    .attack("VC-13");
    Ok(())
}

fn placeholders(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 4.2.4";
    let digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (name, member, value, about) in [
        ("sd-text", "_sd", json!(digest), "_sd is a text."),
        ("sd-object", "_sd", json!({ "0": digest }), "_sd is an object."),
        ("sd-number", "_sd", json!([1]), "_sd has a number in it."),
        ("sd-nested", "_sd", json!([[digest]]), "_sd has a list in it."),
        ("dots-number", "x", json!([{ "...": 1 }]), "A placeholder has no digest."),
        (
            "dots-and-more",
            "x",
            json!([{ "...": digest, "y": 1 }]),
            "A placeholder has another member.",
        ),
        (
            "dots-outside-array",
            "x",
            json!({ "...": digest }),
            "A placeholder is no element of a list.",
        ),
        ("dots-at-top", "...", json!(digest), "A placeholder stands at the top."),
    ] {
        let mut open = pid()?;
        // Nothing is disclosed, so that the list may be replaced.
        open.hiding = Hiding::Nothing;
        let mut parts = kit.issuer.parts(&open);
        parts.edit_payload(|payload| {
            payload.insert(member.to_owned(), value);
        })?;
        set.refuse(
            &format!("disclosure/placeholder-{name}"),
            "disclosure.placeholder",
            "accepted/nothing-hidden",
            kit.sign(&parts)?,
        )
        .about(about, rule);
    }
    Ok(())
}
