//! Vectors while they are made: what most have in common stands here, what is special is added.

use super::Made;
use crate::suites::hex;
use crate::suites::own::vector::{Evidence, Expect, Expectation, Input, Piece, Vector};
use eid_broker::crypto::sha256;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The moment in which the vectors live, as [`eid_broker_maker::NOW`].
pub(super) const NOW_TEXT: &str = "2026-03-01T12:00:00Z";

/// The vectors of one folder and the large inputs beside them.
pub(super) struct Set {
    folder: &'static str,
    template: Vector,
    vectors: Vec<Vector>,
    inputs: BTreeMap<String, Vec<u8>>,
}

impl Set {
    /// An empty set; every vector begins as `template`.
    pub(super) fn new(folder: &'static str, template: Vector) -> Self {
        Self { folder, template, vectors: Vec::new(), inputs: BTreeMap::new() }
    }

    /// An accepted vector.
    ///
    /// * `id`: `check/what-is-special`.
    pub(super) fn accept(
        &mut self,
        id: &str,
        attributes: &Map<String, Value>,
        token: impl Into<Vec<u8>>,
    ) -> &mut Vector {
        let ledger = self.template.expect.ledger.clone();
        let expect = Expect {
            identity: Some(attributes.clone()),
            loa: self.template.expect.loa.clone(),
            ledger,
            ..Expect::default()
        };
        self.add(id, expect, None, token.into())
    }

    /// A refused vector and the accepted one of the same making.
    pub(super) fn refuse(
        &mut self,
        id: &str,
        code: &str,
        twin: &str,
        token: impl Into<Vec<u8>>,
    ) -> &mut Vector {
        let expect = Expect { refused: Some(code.to_owned()), ..Expect::default() };
        let twin = format!("{}/{twin}", self.folder);
        self.add(id, expect, Some(twin), token.into())
    }

    /// A vector that cannot be decided before something was fetched.
    pub(super) fn needs(
        &mut self,
        id: &str,
        urls: &[&str],
        token: impl Into<Vec<u8>>,
    ) -> &mut Vector {
        let needs = Some(urls.iter().map(|url| (*url).to_owned()).collect());
        self.add(id, Expect { needs, ..Expect::default() }, None, token.into())
    }

    fn add(
        &mut self,
        id: &str,
        expect: Expect,
        twin: Option<String>,
        token: Vec<u8>,
    ) -> &mut Vector {
        let input = self.input(&id.replace('/', "-"), token);
        let mut vector = self.template.clone();
        vector.id = format!("{}/{id}", self.folder);
        (vector.input, vector.expect, vector.twin) = (input, expect, twin);
        if ["-one-below", "-at", "-one-past"].iter().any(|end| id.ends_with(end)) {
            vector.flags.push("boundary".to_owned());
        }
        self.vectors.push(vector);
        // There is one: it was pushed just now.
        self.vectors.last_mut().unwrap_or(&mut self.template)
    }

    /// A token as the file of a vector has it.
    pub(super) fn input(&mut self, name: &str, token: Vec<u8>) -> Input {
        let digest = hex::encode(&sha256(&token));
        let mut input = Input { sha256: digest, ..Input::default() };
        match String::from_utf8(token) {
            Ok(text) if text.len() <= INLINE_MAX => input.text = Some(text),
            Ok(text) => match recipe(&text) {
                Some(pieces) => input.recipe = Some(pieces),
                None => input.file = Some(self.file(name, text.into_bytes())),
            },
            Err(error) => input.file = Some(self.file(name, error.into_bytes())),
        }
        input
    }

    /// An OCSP answer that is handed in, as a file beside the vectors.
    pub(super) fn evidence(&mut self, name: &str, der: Vec<u8>) -> Evidence {
        let file = format!("input/{name}.ocsp.der");
        self.inputs.insert(file.clone(), der);
        let url = eid_broker_maker::card::OCSP_URL.to_owned();
        Evidence { kind: "ocsp".to_owned(), url, file }
    }

    /// A vector that was added before.
    pub(super) fn find(&mut self, id: &str) -> Option<&mut Vector> {
        let id = format!("{}/{id}", self.folder);
        self.vectors.iter_mut().find(|vector| vector.id == id)
    }

    fn file(&mut self, name: &str, bytes: Vec<u8>) -> String {
        let name = format!("input/{name}.bin");
        self.inputs.insert(name.clone(), bytes);
        name
    }

    /// Every file of the set, by its path below the package.
    pub(super) fn files(self) -> Made<BTreeMap<String, Vec<u8>>> {
        let Self { folder, vectors, inputs, .. } = self;
        let mut files = BTreeMap::new();
        for (name, bytes) in inputs {
            files.insert(format!("{folder}/{name}"), bytes);
        }
        for vector in vectors {
            let (_, name) = vector.id.split_once('/').ok_or("an id without a folder")?;
            let path = format!("{folder}/{}.json", name.replace('/', "-"));
            let mut text = serde_json::to_string_pretty(&vector)?;
            text.push('\n');
            if files.insert(path, text.into_bytes()).is_some() {
                return Err(format!("{} is there twice", vector.id).into());
            }
        }
        Ok(files)
    }
}

/// What a vector says about itself, one word after the other.
impl Vector {
    pub(super) fn about(&mut self, description: &str, standard: &str) -> &mut Self {
        (self.description, self.standard) = (description.to_owned(), standard.to_owned());
        self
    }

    pub(super) fn attack(&mut self, id: &str) -> &mut Self {
        self.attack = Some(id.to_owned());
        self
    }

    pub(super) fn trust(&mut self, name: &str) -> &mut Self {
        self.trust = format!("trust/{name}.json");
        self
    }

    pub(super) fn policy(&mut self, label: &str) -> &mut Self {
        label.clone_into(&mut self.policy);
        self
    }

    pub(super) fn now(&mut self, rfc3339: &str) -> &mut Self {
        rfc3339.clone_into(&mut self.now);
        self
    }

    pub(super) fn loa(&mut self, uri: &str) -> &mut Self {
        self.expect.loa = Some(uri.to_owned());
        self
    }

    /// Takes checks out of the ledger's list that the token has nothing for.
    pub(super) fn without_checks(&mut self, prefix: &str) -> &mut Self {
        self.expect.ledger.retain(|check| !check.starts_with(prefix));
        self
    }

    pub(super) fn expects(&mut self, nonce: &str, audience: &str) -> &mut Self {
        self.expectation = Some(Expectation {
            nonce: Some(nonce.to_owned()),
            request_id: None,
            audience: audience.to_owned(),
        });
        self
    }
}

// Runs of the same four characters, as three bytes that repeat have in base64.
fn recipe(text: &str) -> Option<Vec<Piece>> {
    let bytes = text.as_bytes();
    let (mut pieces, mut plain, mut at) = (Vec::new(), String::new(), 0_usize);
    while at < bytes.len() {
        let same = bytes.iter().skip(at.saturating_add(PERIOD)).zip(bytes.iter().skip(at));
        let len = same.take_while(|(one, other)| one == other).count().saturating_add(PERIOD);
        let count = if len < RUN_MIN { 0 } else { len.checked_div(PERIOD)? };
        if count == 0 {
            plain.push_str(text.get(at..at.saturating_add(1))?);
            at = at.saturating_add(1);
            continue;
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text { text: std::mem::take(&mut plain) });
        }
        let repeat = text.get(at..at.saturating_add(PERIOD))?.to_owned();
        pieces.push(Piece::Repeat { repeat, count });
        at = at.saturating_add(count.saturating_mul(PERIOD));
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text { text: plain });
    }
    let left = |piece: &Piece| match piece {
        Piece::Text { text } => text.len(),
        Piece::Repeat { .. } => 0,
    };
    (pieces.iter().map(left).sum::<usize>() <= INLINE_MAX).then_some(pieces)
}

// A token of this size stands in the vector itself.
const INLINE_MAX: usize = 16 * 1024;
const PERIOD: usize = 4;
// Shorter runs are not worth a piece.
const RUN_MIN: usize = 1_024;
