//! What one question may cost. Each bound answers a way in which others were stopped.

use crate::verdict::Code;

/// What is left. Spent over all paths of a question together.
pub(super) struct Budget {
    steps: u32,
    signatures: u32,
    comparisons: u32,
    policies: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: STEPS_MAX,
            signatures: SIGNATURES_MAX,
            comparisons: COMPARISONS_MAX,
            policies: POLICIES_MAX,
        }
    }
}

impl Budget {
    /// One certificate or anchor that a path is continued with.
    pub(super) fn spend_step(&mut self) -> Result<(), Code> {
        spend(&mut self.steps)
    }

    /// One signature that is verified.
    pub(super) fn spend_signature(&mut self) -> Result<(), Code> {
        spend(&mut self.signatures)
    }

    /// Two names that are compared: of a certificate with a constraint, of an issuer with a candidate.
    pub(super) fn spend_comparison(&mut self) -> Result<(), Code> {
        spend(&mut self.comparisons)
    }

    /// One node of the policy graph, or one edge.
    pub(super) fn spend_policy(&mut self) -> Result<(), Code> {
        spend(&mut self.policies)
    }
}

fn spend(left: &mut u32) -> Result<(), Code> {
    *left = left.checked_sub(1).ok_or(Code::LimitWork)?;
    Ok(())
}

// Honest chains need one step per certificate and one per anchor of the same name. Without a bound,
// certificates of one name make the search exponential (CVE-2018-16875, RUSTSEC-2023-0052).
const STEPS_MAX: u32 = 64;

// The longest honest path checks 7 signatures; the rest is for anchors of one name. Certificates that
// issue each other in a circle cost one each without it (RUSTSEC-2023-0052, CVE-2024-0567).
const SIGNATURES_MAX: u32 = 16;

// 500 names under 100 constraints fit. Names times constraints is quadratic in the size of what is
// presented (CVE-2025-58187; the cases `nc-dos` of x509-limbo), and so are candidates of one name.
const COMPARISONS_MAX: u32 = 65_536;

// Real paths have fewer than 50. The graph is linear in what is presented, the tree of RFC 5280 is
// not (CVE-2023-0464).
const POLICIES_MAX: u32 = 8_192;
