//! Responses that are no success: their status as a code, both levels as names of this program.

use crate::envelope::saml::{Second, Status, Top};
use crate::verdict::{Code, Detail, Place, Refusal};

/// What a response that is no success comes to. What else stands in it is not looked at.
pub(in crate::token) fn refusal(status: Status) -> Refusal {
    let code = match status.second {
        Some(Second::CancellationByUser) => Code::ResultCancelled,
        Some(Second::RequestDenied) => Code::ResultDenied,
        Some(Second::AuthnFailed) => Code::ResultFailed,
        Some(_) | None => Code::ResultError,
    };
    Refusal::new(code, Place::part("Response/Status")).with(Detail::Name(name(status)))
}

macro_rules! names {
    ($status:expr; $($second:ident)*) => {
        match ($status.top, $status.second) {
            (Top::Requester, None) => "Requester",
            (Top::Responder, None) => "Responder",
            (Top::VersionMismatch, None) => "VersionMismatch",
            (Top::Success, _) => "Success",
            $(
                (Top::Requester, Some(Second::$second)) => {
                    concat!("Requester/", stringify!($second))
                }
                (Top::Responder, Some(Second::$second)) => {
                    concat!("Responder/", stringify!($second))
                }
                (Top::VersionMismatch, Some(Second::$second)) => {
                    concat!("VersionMismatch/", stringify!($second))
                }
            )*
        }
    };
}

const fn name(status: Status) -> &'static str {
    names! {
        status;
        AuthnFailed CancellationByUser InvalidAttrNameOrValue InvalidNameIDPolicy NoAuthnContext
        NoAvailableIDP NoPassive NoSupportedIDP Other PartialLogout ProxyCountExceeded RequestDenied
        RequestUnsupported RequestVersionDeprecated RequestVersionTooHigh RequestVersionTooLow
        ResourceNotRecognized TooManyResponses UnknownAttrProfile UnknownPrincipal
        UnsupportedBinding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(top: Top, second: Option<Second>) -> (Code, Detail) {
        let refusal = refusal(Status { top, second });
        (refusal.code(), refusal.detail())
    }

    #[test]
    fn both_levels_are_told() {
        let failed = told(Top::Responder, Some(Second::AuthnFailed));
        assert_eq!(failed, (Code::ResultFailed, Detail::Name("Responder/AuthnFailed")));
        let denied = told(Top::Requester, Some(Second::RequestDenied));
        assert_eq!(denied, (Code::ResultDenied, Detail::Name("Requester/RequestDenied")));
        let cancelled = told(Top::Responder, Some(Second::CancellationByUser));
        assert_eq!(cancelled.0, Code::ResultCancelled);
        let other = told(Top::VersionMismatch, Some(Second::Other));
        assert_eq!(other, (Code::ResultError, Detail::Name("VersionMismatch/Other")));
        assert_eq!(told(Top::Requester, None), (Code::ResultError, Detail::Name("Requester")));
    }

    #[test]
    fn every_status_has_a_name_that_says_both_levels() {
        for top in Top::ALL.iter().filter(|top| **top != Top::Success) {
            for second in Second::ALL {
                let status = Status { top: *top, second: Some(*second) };
                assert_eq!(name(status), format!("{}/{}", top.name(), second.name()));
            }
        }
    }
}
