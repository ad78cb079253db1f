//! What was decided about a token, whatever it was.

use crate::folder::Opened;
use crate::{EIDB_ACCEPTED, EIDB_OK};
use eid_broker::UnixTime;
use eid_broker::broker::Verified;
use eid_broker::broker::report::Report;
use eid_broker::verdict::{Code, Ledger, Need, Refusal, Verdict};
use eid_check::argument::TextOut;
use eid_check::guard;
use eid_check::handle::{self, Handle, Table};
use serde_json::Map;
use std::ffi::c_char;
use std::sync::Arc;

/// A handle for a verdict. Nothing is behind the pointer.
#[repr(C)]
pub struct EidbVerdict {
    _opaque: [u8; 0],
}

/// A verdict, its value apart.
pub struct Decided {
    word: &'static str,
    family: &'static str,
    refusal: Option<Refusal>,
    needs: Vec<Need>,
    ledger: Ledger,
    verified: Option<Verified>,
    policy: Arc<str>,
    now: UnixTime,
}

static VERDICTS: Table<Decided> = Table::new();

impl Handle for EidbVerdict {
    type Object = Decided;

    fn table() -> &'static Table<Self::Object> {
        &VERDICTS
    }
}

impl Decided {
    /// The verdict and, only when it is an acceptance, what was accepted.
    pub(crate) fn split<T>(
        verdict: Verdict<T>,
        opened: &Opened,
        sealed: &str,
        now: UnixTime,
    ) -> (Self, Option<T>) {
        let word = verdict.word();
        // An expectation that does not open was made for no family.
        let family = opened.broker.open_expectation(sealed);
        let family = family.map_or("", |expectation| expectation.family().name());
        let (value, refusal, needs, ledger) = match verdict {
            Verdict::Accepted(accepted) => {
                let (value, ledger) = accepted.into_parts();
                (Some(value), None, Vec::new(), ledger)
            }
            Verdict::Needs { needs, ledger } => (None, None, needs, ledger),
            Verdict::Refused { refusal, ledger } => (None, Some(refusal), Vec::new(), ledger),
        };
        let policy = Arc::clone(&opened.policy);
        let decided = Self { word, family, refusal, needs, ledger, verified: None, policy, now };
        (decided, value)
    }

    pub(crate) fn with(mut self, verified: Option<Verified>) -> Self {
        self.verified = verified;
        self
    }

    /// The status of a call whose value was accepted, or not.
    pub(crate) fn status(&self, accepted: bool) -> u32 {
        match &self.refusal {
            Some(refusal) => refusal.code().number(),
            None if accepted => EIDB_ACCEPTED,
            None => Code::NeedsEvidence.number(),
        }
    }

    fn json(&self) -> String {
        let identity = self.verified.as_ref().map(Verified::identity);
        let report = Report {
            verdict: self.word,
            family: self.family,
            refusal: self.refusal.as_ref(),
            needs: &self.needs,
            ledger: &self.ledger,
            identity,
            loa: identity.map(|identity| identity.loa()),
            policy: &self.policy,
            now: self.now,
        };
        report.json(Map::new()).to_string()
    }
}

/// Copies the verdict as JSON.
///
/// # Safety
/// Unless NULL, `out` has room for `out_cap` bytes and `out_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_verdict_json(
    verdict: *const EidbVerdict,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        let decided = handle::get(verdict)?;
        out.write(decided.json().as_bytes()).map(|()| EIDB_OK)
    })
}

/// Frees a verdict.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_verdict_free(verdict: *mut EidbVerdict) -> u32 {
    guard(|| handle::free(verdict).map(|()| EIDB_OK))
}
