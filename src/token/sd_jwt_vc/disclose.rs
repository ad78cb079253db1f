//! Disclosures to claims: RFC 9901, 7.1, step 3 to 5, without recursion.

use super::digests::Digests;
use crate::crypto::Hash;
use crate::envelope::base64url;
use crate::envelope::json::{Elements, Kind, Limits, MAX_DEPTH, Members, Nodes, Value};
use crate::verdict::{Code, Place, Refusal};
use serde_json::Map;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The claims after every disclosure was put in its place; `_sd`, `_sd_alg` and placeholders gone.
pub type Claims = Map<String, serde_json::Value>;

/// Claims that must not be selectively disclosable, sub-claims included (SD-JWT VC, 3.2.2.2).
pub const PROTECTED: &[&str] =
    &["aka_vcts", "cnf", "exp", "iss", "nbf", "status", "vct", "vct#integrity"];

/// Disclosures decoded and digested, each as received.
pub struct Disclosures {
    // The texts one behind the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    nodes: Nodes,
}

impl Disclosures {
    /// Decodes disclosures and takes their digests over the received text (RFC 9901, 4.2.3).
    ///
    /// # Errors
    /// [`Code::FormatBase64`], or [`Code::DisclosureRepeated`] when one was sent twice.
    pub fn decode(encoded: &[&[u8]], hash: Hash) -> Result<(Self, Digests), Refusal> {
        let len = encoded.iter().map(|text| text.len()).sum();
        let mut all = Self {
            text: Vec::with_capacity(len),
            ends: Vec::with_capacity(encoded.len()),
            nodes: Nodes::for_texts(len, Limits::WALLET),
        };
        let mut fault = None;
        for (index, text) in encoded.iter().enumerate() {
            if let Err(refusal) = base64url::decode_onto(text, &mut all.text) {
                fault = Some((at_disclosure(refusal, index), index));
                break;
            }
            all.ends.push(all.text.len());
        }
        // A repetition among the disclosures before a fault comes before the fault.
        let before = fault.map_or(encoded.len(), |(_, index)| index);
        let digests = Digests::of(encoded.get(..before).unwrap_or_default(), hash);
        let digests = digests.map_err(|later| {
            Refusal::new(Code::DisclosureRepeated, Place::nth("disclosure", later))
        })?;
        fault.map_or(Ok((all, digests)), |(refusal, _)| Err(refusal))
    }

    /// Reads every disclosure: `[salt, name, value]` or `[salt, value]` (RFC 9901, 4.2.1, 4.2.2).
    ///
    /// # Errors
    /// [`Code::DisclosureMalformed`], [`Code::DisclosureReservedName`], or what the JSON reader says.
    pub fn parse(&mut self) -> Result<Vec<Disclosure<'_>>, Refusal> {
        let mut read = Vec::with_capacity(self.ends.len());
        let mut start = 0;
        let mut fault = None;
        for (index, end) in self.ends.iter().enumerate() {
            let text = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            match self.nodes.append(text, Limits::WALLET) {
                Ok(text) => read.push(text),
                Err(refusal) => {
                    fault = Some(at_disclosure(refusal, index));
                    break;
                }
            }
        }
        let nodes = &self.nodes;
        let parsed = read.into_iter().enumerate().map(|(index, text)| {
            Disclosure::parse(nodes.at(text))
                .map_err(|code| Refusal::new(code, Place::nth("disclosure", index)))
        });
        // What is wrong with an earlier disclosure comes before a later one that is no JSON.
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        fault.map_or(Ok(parsed), Err)
    }
}

/// One disclosure.
pub struct Disclosure<'a> {
    name: Option<Cow<'a, str>>,
    value: Value<'a>,
}

impl<'a> Disclosure<'a> {
    fn parse(root: Value<'a>) -> Result<Self, Code> {
        let mut elements = root.elements();
        let salt = elements.next().filter(|salt| salt.kind() == Kind::String);
        salt.ok_or(Code::DisclosureMalformed)?;
        let second = elements.next().ok_or(Code::DisclosureMalformed)?;
        let Some(third) = elements.next() else { return Ok(Self { name: None, value: second }) };
        let name = second.as_str().ok_or(Code::DisclosureMalformed)?;
        if elements.next().is_some() {
            return Err(Code::DisclosureMalformed);
        }
        if name == "_sd" || name == "..." || name == "_sd_alg" {
            return Err(Code::DisclosureReservedName);
        }
        Ok(Self { name: Some(name), value: third })
    }
}

/// Whether claims that SD-JWT VC protects may be disclosed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "protected or not")]
pub enum Protection {
    /// The rules of SD-JWT VC, 3.2.2.2.
    Credential,
    /// RFC 9901 alone.
    None,
}

/// Puts every disclosure in its place.
///
/// * `payload`: the signed payload, an object.
/// * `digests`: digest to index in `disclosures`.
///
/// # Errors
/// The first breach of RFC 9901, 7.1, in document order; at the end [`Code::DisclosureUnreferenced`]
/// for the first disclosure that no digest refers to.
pub fn process(
    payload: Value<'_>,
    disclosures: &[Disclosure<'_>],
    digests: &Digests,
    protection: Protection,
) -> Result<Claims, Refusal> {
    if payload.kind() != Kind::Object {
        return Err(Refusal::new(Code::FormatJson, payload.place()));
    }
    let mut walk = Walk {
        disclosures,
        digests,
        decoys: BTreeSet::new(),
        used: vec![false; disclosures.len()],
        protection,
    };
    let claims = walk.run(payload)?;
    match walk.used.iter().position(|used| !used) {
        Some(index) => {
            Err(Refusal::new(Code::DisclosureUnreferenced, Place::nth("disclosure", index)))
        }
        None => Ok(claims),
    }
}

struct Walk<'a> {
    disclosures: &'a [Disclosure<'a>],
    digests: &'a Digests,
    // Digests that belong to no disclosure. Each may be met once, like the others (RFC 9901, 7.1,
    // step 4).
    decoys: BTreeSet<Cow<'a, str>>,
    used: Vec<bool>,
    protection: Protection,
}

// A container that is being filled. `name` is its place in the parent.
struct Frame<'a> {
    name: Option<Cow<'a, str>>,
    protected: bool,
    content: Content<'a>,
}

enum Content<'a> {
    Object { members: Members<'a>, hidden: Option<Elements<'a>>, out: Claims },
    Array { elements: Elements<'a>, out: Vec<serde_json::Value> },
}

enum Step<'a> {
    Child(Option<Cow<'a, str>>, Value<'a>),
    Nothing,
    Done,
}

impl<'a> Walk<'a> {
    fn run(&mut self, payload: Value<'a>) -> Result<Claims, Refusal> {
        let mut frames: Vec<Frame<'a>> = Vec::with_capacity(MAX_DEPTH);
        frames.push(Frame::new(None, false, payload));
        loop {
            let depth = frames.len();
            let top = depth == 1;
            let Some(frame) = frames.last_mut() else { return Ok(Claims::new()) };
            match self.step(frame, top)? {
                Step::Nothing => {}
                Step::Child(name, value) => match scalar(value)? {
                    Some(scalar) => frame.insert(name, scalar),
                    None => {
                        if depth >= MAX_DEPTH {
                            return Err(Refusal::new(Code::LimitDepth, value.place()));
                        }
                        let protected = frame.protected
                            || (top && name.as_deref().is_some_and(|name| self.protects(name)));
                        frames.push(Frame::new(name, protected, value));
                    }
                },
                Step::Done => {
                    let Some(done) = frames.pop() else { return Ok(Claims::new()) };
                    match (frames.last_mut(), done.content) {
                        (Some(parent), Content::Object { out, .. }) => {
                            parent.insert(done.name, serde_json::Value::Object(out));
                        }
                        (Some(parent), Content::Array { out, .. }) => {
                            parent.insert(done.name, serde_json::Value::Array(out));
                        }
                        (None, Content::Object { out, .. }) => return Ok(out),
                        (None, Content::Array { .. }) => return Err(Code::FormatJson.into()),
                    }
                }
            }
        }
    }

    fn step(&mut self, frame: &mut Frame<'a>, top: bool) -> Result<Step<'a>, Refusal> {
        let protected = frame.protected;
        match &mut frame.content {
            Content::Object { members, hidden, out } => {
                if let Some((name, value)) = members.next() {
                    if name.is("_sd") {
                        if protected {
                            return Err(Refusal::new(Code::DisclosureProtected, name.place()));
                        }
                        if value.kind() != Kind::Array {
                            return Err(Refusal::new(Code::DisclosurePlaceholder, value.place()));
                        }
                        *hidden = Some(value.elements());
                        return Ok(Step::Nothing);
                    }
                    if name.is("_sd_alg") {
                        // Read by the caller; allowed at the top only (RFC 9901, 4.1.1).
                        let code = Code::DisclosureReservedName;
                        return if top {
                            Ok(Step::Nothing)
                        } else {
                            Err(Refusal::new(code, name.place()))
                        };
                    }
                    if name.is("...") {
                        return Err(Refusal::new(Code::DisclosurePlaceholder, name.place()));
                    }
                    return Ok(Step::Child(name.as_str(), value));
                }
                let Some(digest) = hidden.as_mut().and_then(Iterator::next) else {
                    return Ok(Step::Done);
                };
                let Some(index) = self.meet(digest)? else { return Ok(Step::Nothing) };
                let place = Place::nth("disclosure", index);
                let disclosure = self.disclosures.get(index).ok_or(Code::Internal)?;
                let Some(name) = disclosure.name.clone() else {
                    return Err(Refusal::new(Code::DisclosureMalformed, place));
                };
                if out.contains_key(name.as_ref()) {
                    return Err(Refusal::new(Code::DisclosureNameClash, place));
                }
                if top && self.protects(&name) {
                    return Err(Refusal::new(Code::DisclosureProtected, place));
                }
                Ok(Step::Child(Some(name), disclosure.value))
            }
            Content::Array { elements, .. } => {
                let Some(element) = elements.next() else { return Ok(Step::Done) };
                let Some(digest) = element.get("...") else {
                    return Ok(Step::Child(None, element));
                };
                if protected {
                    return Err(Refusal::new(Code::DisclosureProtected, element.place()));
                }
                if element.members().count() != 1 {
                    return Err(Refusal::new(Code::DisclosurePlaceholder, element.place()));
                }
                let Some(index) = self.meet(digest)? else { return Ok(Step::Nothing) };
                let disclosure = self.disclosures.get(index).ok_or(Code::Internal)?;
                if disclosure.name.is_some() {
                    let place = Place::nth("disclosure", index);
                    return Err(Refusal::new(Code::DisclosureMalformed, place));
                }
                Ok(Step::Child(None, disclosure.value))
            }
        }
    }

    // Notes a digest and finds the disclosure that it belongs to.
    fn meet(&mut self, digest: Value<'a>) -> Result<Option<usize>, Refusal> {
        let text = digest.as_str();
        let text = text.ok_or_else(|| Refusal::new(Code::DisclosurePlaceholder, digest.place()))?;
        let index = self.digests.find(text.as_bytes());
        let met = match index {
            Some(index) => {
                let used = self.used.get_mut(index).ok_or(Code::Internal)?;
                std::mem::replace(used, true)
            }
            None => !self.decoys.insert(text),
        };
        if met {
            return Err(Refusal::new(Code::DisclosureDigestTwice, digest.place()));
        }
        Ok(index)
    }

    fn protects(&self, name: &str) -> bool {
        self.protection == Protection::Credential && PROTECTED.contains(&name)
    }
}

impl<'a> Frame<'a> {
    fn new(name: Option<Cow<'a, str>>, protected: bool, value: Value<'a>) -> Self {
        let content = if value.kind() == Kind::Object {
            let (members, hidden) = (value.members(), None);
            Content::Object { members, hidden, out: Claims::with_capacity(room(value)) }
        } else {
            Content::Array { elements: value.elements(), out: Vec::new() }
        };
        Self { name, protected, content }
    }

    fn insert(&mut self, name: Option<Cow<'a, str>>, value: serde_json::Value) {
        match &mut self.content {
            Content::Object { out, .. } => {
                out.insert(name.unwrap_or_default().into_owned(), value);
            }
            Content::Array { out, .. } => out.push(value),
        }
    }
}

// How many members an object is going to have, at least if nothing in it is hidden; an honest top
// level has a dozen claims, and no object reserves more than that for what may be decoys.
fn room(object: Value<'_>) -> usize {
    const DOZEN: usize = 12;
    let digests = object.get("_sd").map_or(0, |digests| digests.elements().take(DOZEN).count());
    object.members().count().saturating_add(digests)
}

// A value that contains no other; `None` for objects and arrays.
fn scalar(value: Value<'_>) -> Result<Option<serde_json::Value>, Refusal> {
    Ok(Some(match value.kind() {
        Kind::Array | Kind::Object => return Ok(None),
        Kind::False => false.into(),
        Kind::True => true.into(),
        Kind::Null => serde_json::Value::Null,
        Kind::String => value.as_str().unwrap_or_default().into(),
        // Beyond what a double can hold: no claim of ours is that large.
        Kind::Number => serde_json::from_str(value.raw())
            .map_err(|_| Refusal::new(Code::ClaimMalformed, value.place()))?,
    }))
}

fn at_disclosure(refusal: Refusal, index: usize) -> Refusal {
    refusal.within("disclosure", u32::try_from(index).ok())
}
