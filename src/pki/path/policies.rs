//! Certificate policies (RFC 5280, 6.1.1 (c) to (g), 6.1.2 (a) and (d) to (f), 6.1.3 (d) to (f),
//! 6.1.4 (a), (b) and (h) to (j), 6.1.5 (a), (b) and (g)).
//!
//! The tree of RFC 5280 has a node for every way in which a policy can be reached, and its size is
//! the product of what the certificates say (CVE-2023-0464). Nodes of one depth and one policy have
//! the same children, so that they are one node here, with several parents: a graph whose size is the
//! sum of what the certificates say. Nothing is pruned on the way: a node without children is of no
//! consequence below it. What 6.1.5 (g) deletes is found out once, at the end.

use super::super::extension::oids;
use super::super::policy::{self, ANY_POLICY};
use super::super::profile::PolicyInputs;
use super::super::{Certificate, Oid};
use super::budget::Budget;
use crate::verdict::Code;

/// The state of 6.1.2 that policies need.
pub(super) struct Policies<'a> {
    inputs: &'a PolicyInputs,
    /// From depth 0; empty once the tree is NULL.
    levels: Vec<Level<'a>>,
    /// How many certificates may follow until a policy is required; mapping ends; `anyPolicy` ends.
    explicit: u32,
    mapping: u32,
    any: u32,
}

/// The nodes of one depth, in the order of their policies.
type Level<'a> = Vec<Node<'a>>;

struct Node<'a> {
    /// `valid_policy`.
    policy: &'a [u8],
    /// `expected_policy_set`, when a mapping changed it; otherwise the policy itself.
    mapped: Vec<&'a [u8]>,
    /// Positions in the level above.
    parents: Vec<usize>,
}

impl<'a> Node<'a> {
    const fn new(policy: &'a [u8], parents: Vec<usize>) -> Self {
        Self { policy, mapped: Vec::new(), parents }
    }

    fn expected(&self) -> &[&'a [u8]] {
        if self.mapped.is_empty() { std::slice::from_ref(&self.policy) } else { &self.mapped }
    }
}

impl<'a> Policies<'a> {
    /// The start, for a path of `len` certificates below the anchor (6.1.2).
    pub(super) fn new(inputs: &'a PolicyInputs, len: usize) -> Self {
        let never = u32::try_from(len).unwrap_or(u32::MAX).saturating_add(1);
        let unless = |set: bool| if set { 0 } else { never };
        Self {
            inputs,
            levels: vec![vec![Node::new(ANY_POLICY, Vec::new())]],
            explicit: unless(inputs.explicit_policy),
            mapping: unless(inputs.policy_mapping_inhibit),
            any: unless(inputs.any_policy_inhibit),
        }
    }

    /// What the anchor's own certificate demands of its paths (RFC 5937, 3.2).
    pub(super) fn start_at(&mut self, anchor: &Certificate) {
        self.demand(anchor);
    }

    /// 6.1.3 (d) to (f).
    ///
    /// # Errors
    /// [`Code::ChainPolicy`], [`Code::LimitWork`].
    pub(super) fn enter(
        &mut self,
        certificate: &'a Certificate,
        is_last: bool,
        budget: &mut Budget,
    ) -> Result<(), Code> {
        let extension = certificate.extension_value(&oids::CERTIFICATE_POLICIES);
        let level = match (self.levels.last(), extension) {
            (Some(above), Some(der)) => {
                let any = self.any > 0 || (!is_last && certificate.is_self_issued());
                descend(above, der, any, budget)?
            }
            _ => Level::new(),
        };
        if level.is_empty() {
            self.levels.clear();
        } else {
            self.levels.push(level);
        }
        if self.explicit == 0 && self.levels.is_empty() {
            return Err(Code::ChainPolicy);
        }
        Ok(())
    }

    /// 6.1.4 (a), (b) and (h) to (j), of a certificate that is not the last one.
    ///
    /// # Errors
    /// [`Code::ChainPolicyMapping`], [`Code::LimitWork`].
    pub(super) fn leave(
        &mut self,
        certificate: &'a Certificate,
        budget: &mut Budget,
    ) -> Result<(), Code> {
        if let Some(der) = certificate.extension_value(&oids::POLICY_MAPPINGS) {
            self.map(der, budget)?;
        }
        if !certificate.is_self_issued() {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.any = self.any.saturating_sub(1);
        }
        self.demand(certificate);
        Ok(())
    }

    /// 6.1.5 (a), (b) and (g): the policies under which the path holds, `anyPolicy` among them when
    /// it holds under every one. Empty when it holds under none and none was required.
    ///
    /// # Errors
    /// [`Code::ChainPolicy`].
    pub(super) fn finish(mut self, leaf: &Certificate) -> Result<Vec<Oid>, Code> {
        self.explicit = self.explicit.saturating_sub(1);
        if leaf.policy_constraints().and_then(|c| c.require_explicit_policy) == Some(0) {
            self.explicit = 0;
        }
        let valid = self.valid();
        if self.explicit == 0 && valid.is_empty() { Err(Code::ChainPolicy) } else { Ok(valid) }
    }

    /// 6.1.4 (i) and (j).
    fn demand(&mut self, certificate: &Certificate) {
        if let Some(constraints) = certificate.policy_constraints() {
            let at_most = |count: u32, limit: Option<u32>| limit.map_or(count, |l| l.min(count));
            self.explicit = at_most(self.explicit, constraints.require_explicit_policy);
            self.mapping = at_most(self.mapping, constraints.inhibit_policy_mapping);
        }
        if let Some(skip) = certificate.inhibit_any_policy() {
            self.any = self.any.min(skip);
        }
    }

    /// 6.1.4 (a) and (b).
    fn map(&mut self, der: &'a [u8], budget: &mut Budget) -> Result<(), Code> {
        let mut pairs: Vec<(&[u8], &[u8])> = policy::mappings(der).collect();
        if pairs.iter().any(|(from, to)| *from == ANY_POLICY || *to == ANY_POLICY) {
            return Err(Code::ChainPolicyMapping);
        }
        pairs.sort_unstable();
        pairs.dedup();
        let Some((level, above)) = self.levels.split_last_mut() else { return Ok(()) };
        if self.mapping == 0 {
            level.retain(|node| {
                pairs.binary_search_by(|(from, _)| (*from).cmp(node.policy)).is_err()
            });
            if level.is_empty() {
                self.levels.clear();
            }
            return Ok(());
        }
        let any_above = above.last().and_then(|above| position(above, ANY_POLICY));
        let has_any = position(level, ANY_POLICY).is_some();
        let mut added = Level::new();
        for group in pairs.chunk_by(|one, other| one.0 == other.0) {
            let Some((from, _)) = group.first() else { continue };
            for _ in group {
                budget.spend_policy()?;
            }
            let mapped = group.iter().map(|(_, to)| *to).collect();
            if let Some(node) = position(level, from).and_then(|at| level.get_mut(at)) {
                node.mapped = mapped;
            } else if let (true, Some(parent)) = (has_any, any_above) {
                added.push(Node { policy: from, mapped, parents: vec![parent] });
            }
        }
        level.append(&mut added);
        level.sort_unstable_by_key(|node| node.policy);
        Ok(())
    }

    /// The intersection of 6.1.5 (g), as the policies at the lowest depth.
    fn valid(&self) -> Vec<Oid> {
        let wanted = |policy: &[u8]| match &self.inputs.policy_set {
            None => true,
            Some(set) => policy == ANY_POLICY || set.iter().any(|oid| oid.as_bytes() == policy),
        };
        // Which nodes of a level are left, from the top. A node goes when its parents go; below
        // `anyPolicy` also when the caller does not want it.
        let mut left = vec![true];
        let mut above: &[Node<'_>] = &[];
        for (depth, level) in self.levels.iter().enumerate() {
            if depth > 0 {
                let survives = |node: &Node<'_>| {
                    node.parents.iter().any(|&parent| {
                        let below_any =
                            above.get(parent).is_some_and(|node| node.policy == ANY_POLICY);
                        left.get(parent) == Some(&true) && (!below_any || wanted(node.policy))
                    })
                };
                left = level.iter().map(survives).collect();
            }
            above = level;
        }
        let mut valid: Vec<&[u8]> = Vec::new();
        for (node, _) in above.iter().zip(&left).filter(|(_, left)| **left) {
            match &self.inputs.policy_set {
                // Under `anyPolicy` each of the wanted ones holds.
                Some(set) if node.policy == ANY_POLICY => {
                    valid.extend(set.iter().map(Oid::as_bytes))
                }
                _ => valid.push(node.policy),
            }
        }
        valid.sort_unstable();
        valid.dedup();
        valid.into_iter().map(Oid::from_content).collect()
    }
}

/// 6.1.3 (d): the level below `above`, by the policies of one certificate.
fn descend<'a>(
    above: &Level<'a>,
    der: &'a [u8],
    takes_any: bool,
    budget: &mut Budget,
) -> Result<Level<'a>, Code> {
    let mut own: Vec<&[u8]> = policy::policies(der).collect();
    own.sort_unstable();
    own.dedup();
    // Who expects what, so that each policy finds its parents at once.
    let mut expected = Vec::with_capacity(above.len());
    for (index, node) in above.iter().enumerate() {
        for policy in node.expected() {
            budget.spend_policy()?;
            expected.push((*policy, index));
        }
    }
    expected.sort_unstable();
    expected.dedup();
    let parents = |policy: &[u8]| -> Vec<usize> {
        let start = expected.partition_point(|(other, _)| *other < policy);
        let fitting = expected.iter().skip(start).take_while(|(other, _)| *other == policy);
        fitting.map(|(_, index)| *index).collect()
    };
    let any_above = position(above, ANY_POLICY);
    let mut level = Level::with_capacity(own.len());
    // (1)
    for policy in own.iter().copied().filter(|policy| *policy != ANY_POLICY) {
        let mut parents = parents(policy);
        if parents.is_empty() {
            parents.extend(any_above);
        }
        if !parents.is_empty() {
            budget.spend_policy()?;
            level.push(Node::new(policy, parents));
        }
    }
    // (2)
    if takes_any && own.binary_search(&ANY_POLICY).is_ok() {
        let named = level.len();
        for group in expected.chunk_by(|one, other| one.0 == other.0) {
            let Some((policy, _)) = group.first() else { continue };
            let known = level.get(..named).unwrap_or_default();
            if position(known, policy).is_none() {
                budget.spend_policy()?;
                let parents = group.iter().map(|(_, index)| *index).collect();
                level.push(Node::new(policy, parents));
            }
        }
        level.sort_unstable_by_key(|node| node.policy);
    }
    Ok(level)
}

fn position(level: &[Node<'_>], policy: &[u8]) -> Option<usize> {
    level.binary_search_by(|node| node.policy.cmp(policy)).ok()
}
