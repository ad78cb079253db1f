//! The statement about the handshake.

use super::certificate::accept;
use super::kit::{NONCE, handshake};
use super::{HONEST, Made, Set};
use eid_broker::UnixTime;
use eid_broker::identity::Family;
use eid_broker::token::certificate::Handshake;
use eid_broker_maker::NOW;
use eid_broker_maker::card::{CardIssuer, Shape};
use eid_broker_maker::ocsp::Status;

const RULE: &str = "docs/card-tokens.md";

pub(super) fn add(set: &mut Set) -> Made<()> {
    let issuer = CardIssuer::new(Shape::Estonian)?;
    let spec = issuer.card_spec()?;
    let honest = handshake(issuer.card_der()?);
    let at = |secs: i64| Handshake {
        handshake_at: UnixTime::from_secs((NOW + secs).unsigned_abs()),
        ..honest.clone()
    };
    for (id, secs, about) in [
        ("handshake/age-at", -300, "The oldest handshake that counts."),
        ("handshake/ahead-at", 30, "A clock ahead by as much as is tolerated."),
    ] {
        let good = issuer.ocsp(&spec, Status::Good)?.build()?;
        let evidence = set.evidence(&id.replace('/', "-"), good);
        let vector = set.accept(id, &super::kit::attributes(Shape::Estonian), at(secs).to_json());
        vector.about(about, RULE);
        vector.evidence.push(evidence);
    }
    set.refuse("handshake/age-one-past", "time.too_old", "handshake/age-at", at(-301).to_json())
        .about("A handshake of more than five minutes ago.", RULE);
    set.refuse("handshake/ahead-one-past", "time.future", "handshake/ahead-at", at(31).to_json())
        .about("A handshake of the future.", RULE);
    let resumed = Handshake { resumed: true, ..honest.clone() };
    set.refuse("handshake/resumed", "session.resumed", HONEST, resumed.to_json())
        .about("The card took no part in a resumed session.", "RFC 8446, 2.2");
    for (name, server) in [
        ("other", "example.org"),
        ("dot", "login.example.org."),
        ("empty", ""),
        ("case", "LOGIN.example.org"),
    ] {
        let other = Handshake { server_name: server.to_owned(), ..honest.clone() };
        set.refuse(&format!("server/{name}"), "origin.mismatch", HONEST, other.to_json())
            .about("The handshake was made for another name.", "RFC 6066, 3");
    }
    set.refuse("server/expected-slash", "origin.malformed", HONEST, honest.to_json())
        .about("The expectation names no origin as a browser writes it.", "HTML, 7.1.1")
        .expects(NONCE, "https://login.example.org/");
    let ca = issuer.ca_der()?;
    let reversed = Handshake {
        certificates: vec![ca.clone(), honest.certificates[0].clone()],
        ..honest.clone()
    };
    set.refuse("handshake/ca-first", "chain.card_key_usage", HONEST, reversed.to_json())
        .about("The CA stands where the card belongs.", "RFC 8446, 4.4.2");
    let text = honest.to_json();
    for (name, code, right, wrong) in [
        ("version-1-1", "session.version", "\"1.3\"", "\"1.1\""),
        ("version-number", "format.member_type", "\"1.3\"", "1.3"),
        ("format-2", "format.version", "eid-handshake:1", "eid-handshake:2"),
        ("resumed-text", "format.member_type", "false", "\"false\""),
        ("resumed-missing", "format.member_missing", "\"resumed\":false,", ""),
        ("member-more", "format.member_unexpected", "{", "{\"verified\":true,"),
        ("member-twice", "ambiguous.member", "{", "{\"resumed\":true,"),
    ] {
        set.refuse(&format!("statement/{name}"), code, HONEST, text.replacen(right, wrong, 1))
            .about("A statement that is not of its form.", RULE);
    }
    let none = Handshake { certificates: Vec::new(), ..honest.clone() };
    let many = Handshake { certificates: vec![ca; 9], ..honest.clone() };
    let cut = Handshake { certificates: vec![vec![0x30, 3, 1, 2]], ..honest.clone() };
    for (name, code, token) in [
        ("no-certificate", "format.member_type", none.to_json()),
        ("nine-certificates", "limit.count", many.to_json()),
        ("certificate-cut", "cert.malformed", cut.to_json()),
        ("nothing", "format.empty", String::new()),
        ("array", "format.json", format!("[{text}]")),
        ("certificate-url-safe", "format.base64", text.replacen("[\"MII", "[\"-II", 1)),
        ("too-long", "limit.size", text.replacen('{', &format!("{{{}", "    ".repeat(70_000)), 1)),
    ] {
        set.refuse(&format!("statement/{name}"), code, HONEST, token)
            .about("A statement that is not of its form.", RULE);
    }
    let belgian = CardIssuer::new(Shape::Belgian)?;
    let spec = belgian.card_spec()?;
    accept(set, Family::Certificate, "accepted/tls-1-2", &belgian, &spec)?;
    let good = Handshake {
        tls: eid_broker::token::certificate::TlsVersion::V1_2,
        ..handshake(belgian.card_der()?)
    };
    let input = set.input("accepted-tls-1-2", good.to_json().into_bytes());
    if let Some(vector) = set.find("accepted/tls-1-2") {
        vector.about("An RSA card over TLS 1.2.", "RFC 5246, 7.4.8");
        vector.input = input;
    }
    Ok(())
}
