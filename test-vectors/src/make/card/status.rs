//! The status of the card: what is needed, and answers that do not count.

use super::kit::token;
use super::{HONEST, Made, Set};
use eid_broker::identity::Family;
use eid_broker_maker::NOW;
use eid_broker_maker::card::{CardIssuer, OCSP_URL, Shape};
use eid_broker_maker::ocsp::{Ocsp, Status};

pub(super) fn add(set: &mut Set, family: Family) -> Made<()> {
    let issuer = CardIssuer::new(Shape::Estonian)?;
    let spec = issuer.card_spec()?;
    let honest = token(family, &issuer, &spec)?;
    set.needs("status/nothing-at-hand", &[OCSP_URL], honest.clone())
        .about("Nobody has said yet whether the card is revoked.", "RFC 6960, 2.2");
    let good = || issuer.ocsp(&spec, Status::Good);
    let foreign = CardIssuer::new(Shape::Finnish)?;
    let foreign = foreign.responder_spec()?.build(&foreign.ca)?;
    let cases: [(&str, &str, &str, Ocsp); 7] = [
        ("revoked", "status.revoked", "The card is revoked.", issuer.ocsp(&spec, Status::Revoked)?),
        (
            "unknown",
            "status.unknown",
            "The responder does not know the card.",
            issuer.ocsp(&spec, Status::Unknown)?,
        ),
        (
            "stale",
            "status.stale",
            "The answer is of yesterday.",
            with(good()?, |answer| {
                (answer.this_update, answer.next_update) = (NOW - 90_000, Some(NOW - 86_400));
            }),
        ),
        (
            "future",
            "status.future",
            "The answer is of tomorrow.",
            with(good()?, |answer| {
                answer.produced_at = NOW + 86_400;
                answer.this_update = NOW + 86_400;
                answer.next_update = Some(NOW + 90_000);
            }),
        ),
        (
            "twice",
            "ocsp.repeated",
            "Two answers about one card.",
            with(good()?, |answer| answer.repeat = 2),
        ),
        (
            "other-nonce",
            "ocsp.nonce",
            "An answer to somebody else's request.",
            with(good()?, |answer| answer.nonce = Some(vec![7; 32])),
        ),
        (
            "responder-of-another-ca",
            "ocsp.responder",
            "The responder of another CA, which is trusted for its own cards.",
            with(good()?, |answer| answer.responder_der = foreign),
        ),
    ];
    for (name, code, about, answer) in cases {
        let id = format!("status/{name}");
        let evidence = set.evidence(&format!("status-{name}"), answer.build()?);
        let vector = set.refuse(&id, code, HONEST, honest.clone());
        vector.about(about, "RFC 6960, 3.2").attack("WEID-07");
        vector.evidence.push(evidence);
    }
    Ok(())
}

fn with(mut answer: Ocsp, bend: impl FnOnce(&mut Ocsp)) -> Ocsp {
    bend(&mut answer);
    answer
}
