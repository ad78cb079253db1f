//! The ledger of one check as JSON, in the form of the command's verdicts.

use eid_broker::UnixTime;
use eid_broker::assertion::Checked;
use eid_broker::envelope::json::write_str;
use eid_broker::verdict::{Code, Refusal};

/// `{"verdict", "family", "reason", "loa", "ledger", "now"}`; never a claim of the person.
pub(crate) fn json(checked: &Checked, refusal: Option<Refusal>, now: UnixTime) -> Vec<u8> {
    let mut out = Vec::with_capacity(2048);
    let word = match refusal {
        None => "accepted",
        Some(refusal) if refusal.is_undecided() => "undecided",
        Some(_) => "refused",
    };
    raw(&mut out, "{\"verdict\":");
    write_str(&mut out, word);
    raw(&mut out, ",\"family\":\"broker_assertion\",\"reason\":");
    match refusal {
        None => raw(&mut out, "null"),
        Some(refusal) => {
            let code = refusal.code();
            raw(&mut out, "{\"code\":");
            write_str(&mut out, code.name());
            raw(&mut out, &format!(",\"number\":{},\"text\":", code.number()));
            write_str(&mut out, &refusal.to_string());
            raw(&mut out, ",\"clause\":");
            write_str(&mut out, code.clause());
            raw(&mut out, "}");
        }
    }
    raw(&mut out, ",\"loa\":");
    match checked.loa() {
        None => raw(&mut out, "null"),
        Some(loa) => {
            let (level, notified) = (loa.level.name(), loa.notified);
            raw(&mut out, &format!("{{\"level\":\"{level}\",\"notified\":{notified}}}"));
        }
    }
    raw(&mut out, ",\"ledger\":[");
    for (index, entry) in checked.ledger().entries().iter().enumerate() {
        raw(&mut out, if index == 0 { "{\"check\":" } else { ",{\"check\":" });
        write_str(&mut out, entry.check.name());
        raw(&mut out, ",\"outcome\":");
        write_str(&mut out, entry.outcome.name());
        raw(&mut out, ",\"clause\":");
        write_str(&mut out, entry.check.clause());
        raw(&mut out, ",\"reason\":");
        match entry.reason.map(Code::name) {
            None => raw(&mut out, "null"),
            Some(name) => write_str(&mut out, name),
        }
        raw(&mut out, "}");
    }
    raw(&mut out, "],\"now\":");
    write_str(&mut out, &now.to_string());
    raw(&mut out, "}");
    out
}

fn raw(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}
