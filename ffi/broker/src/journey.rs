//! The calls that decide: from an expectation to a verdict, and to an assertion.

use crate::evidence::Fetched;
use crate::expectation::EidbExpectation;
use crate::folder::{self, EidbBroker};
use crate::issued::EidbIssued;
use crate::verdict::{Decided, EidbVerdict};
use crate::{EIDB_OK, MAX_NAME_LEN};
use eid_broker::UnixTime;
use eid_broker::broker::{ExpectOptions, Request};
use eid_broker::identity::{Country, Family, PersonKind};
use eid_broker::verdict::Code;
use eid_check::argument::{self, Out, check_apart};
use eid_check::{guard, handle};
use std::ffi::c_char;
use std::ptr;

/// Makes an expectation for a procedure and a family.
///
/// # Safety
/// Unless NULL, each text points to as many readable bytes as its length says, and `out` has room
/// for one pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_expect(
    broker: *const EidbBroker,
    procedure: *const c_char,
    procedure_len: usize,
    family: *const c_char,
    family_len: usize,
    now_unix_s: u64,
    out: *mut *mut EidbExpectation,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one pointer.
        let out = unsafe { Out::new(out, ptr::null_mut()) }?;
        let opened = folder::get(broker)?;
        // SAFETY: the caller promises `procedure_len` readable bytes.
        let procedure = unsafe { argument::text(procedure, procedure_len, MAX_NAME_LEN) }?;
        // SAFETY: the caller promises `family_len` readable bytes.
        let family = unsafe { argument::text(family, family_len, MAX_NAME_LEN) }?;
        let family = Family::from_name(family).ok_or(Code::MisuseArgument)?;
        let now = UnixTime::checked(now_unix_s).ok_or(Code::MisuseArgument)?;
        let expected = opened.broker.expect(procedure, family, now);
        out.set(handle::insert(expected.map_err(|refusal| refusal.code())?)?);
        Ok(EIDB_OK)
    })
}

/// Makes an expectation, and for the families of SAML the signed request that goes with it.
///
/// # Safety
/// As for [`eidb_broker_expect`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_expect_with(
    broker: *const EidbBroker,
    procedure: *const c_char,
    procedure_len: usize,
    family: *const c_char,
    family_len: usize,
    issuer: *const c_char,
    issuer_len: usize,
    country: *const c_char,
    country_len: usize,
    person: *const c_char,
    person_len: usize,
    scopes: *const c_char,
    scopes_len: usize,
    client_address: *const c_char,
    client_address_len: usize,
    relay_state: *const c_char,
    relay_state_len: usize,
    now_unix_s: u64,
    out: *mut *mut EidbExpectation,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one pointer.
        let out = unsafe { Out::new(out, ptr::null_mut()) }?;
        let opened = folder::get(broker)?;
        // SAFETY: the caller promises `procedure_len` readable bytes.
        let procedure = unsafe { argument::text(procedure, procedure_len, MAX_NAME_LEN) }?;
        // SAFETY: the caller promises `family_len` readable bytes.
        let family = unsafe { argument::text(family, family_len, MAX_NAME_LEN) }?;
        let family = Family::from_name(family).ok_or(Code::MisuseArgument)?;
        // SAFETY: the caller promises `issuer_len` readable bytes.
        let issuer = unsafe { optional(issuer, issuer_len) }?;
        // SAFETY: the caller promises `country_len` readable bytes.
        let country = unsafe { optional(country, country_len) }?;
        // SAFETY: the caller promises `person_len` readable bytes.
        let person = unsafe { optional(person, person_len) }?;
        let all = scopes.is_null() && scopes_len == 0;
        // SAFETY: the caller promises `scopes_len` readable bytes.
        let scopes = unsafe { argument::scopes(scopes, scopes_len) }?;
        // SAFETY: the caller promises `client_address_len` readable bytes.
        let client_address = unsafe { optional(client_address, client_address_len) }?;
        // SAFETY: the caller promises `relay_state_len` readable bytes.
        let relay_state = unsafe { optional(relay_state, relay_state_len) }?;
        let now = UnixTime::checked(now_unix_s).ok_or(Code::MisuseArgument)?;
        let known = |name| PersonKind::ALL.iter().copied().find(|kind| kind.name() == name);
        let mut options = ExpectOptions::default();
        options.issuer = issuer;
        options.country =
            country.map(|text| Country::parse(text).ok_or(Code::MisuseArgument)).transpose()?;
        options.person = person.map(|name| known(name).ok_or(Code::MisuseArgument)).transpose()?;
        options.scopes = (!all).then_some(scopes.as_slice());
        options.client_address = client_address;
        options.relay_state = relay_state;
        let expected = opened.broker.expect_with(procedure, family, &options, now);
        out.set(handle::insert(expected.map_err(|refusal| refusal.code())?)?);
        Ok(EIDB_OK)
    })
}

// A text that may be left out: NULL, or no bytes.
unsafe fn optional<'a>(data: *const c_char, len: usize) -> Result<Option<&'a str>, Code> {
    if len == 0 {
        return Ok(None);
    }
    // SAFETY: passed on to the caller.
    unsafe { argument::text(data, len, MAX_NAME_LEN) }.map(Some)
}

/// Verifies a token and uses the expectation up: accepted, or the number of the refusal.
///
/// # Safety
/// Unless NULL, each text points to as many readable bytes as its length says, and `out` has room
/// for one pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_verify(
    broker: *const EidbBroker,
    sealed: *const c_char,
    sealed_len: usize,
    token: *const c_char,
    token_len: usize,
    now_unix_s: u64,
    out: *mut *mut EidbVerdict,
) -> u32 {
    // SAFETY: passed on to the caller; no evidence is the empty text.
    unsafe {
        eidb_broker_verify_with(
            broker,
            sealed,
            sealed_len,
            token,
            token_len,
            ptr::null(),
            0,
            now_unix_s,
            out,
        )
    }
}

/// The same with what was fetched because an earlier verdict needed it.
///
/// # Safety
/// As for [`eidb_broker_verify`]; unless NULL, `evidence` points to `evidence_len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_verify_with(
    broker: *const EidbBroker,
    sealed: *const c_char,
    sealed_len: usize,
    token: *const c_char,
    token_len: usize,
    evidence: *const c_char,
    evidence_len: usize,
    now_unix_s: u64,
    out: *mut *mut EidbVerdict,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one pointer.
        let out = unsafe { Out::new(out, ptr::null_mut()) }?;
        let opened = folder::get(broker)?;
        // SAFETY: the caller promises `sealed_len` readable bytes.
        let sealed = unsafe { sealed_text(sealed, sealed_len) }?;
        // SAFETY: the caller promises `token_len` readable bytes.
        let token = unsafe { argument::bytes(token, token_len, MAX_TOKEN_LEN) }?;
        // SAFETY: the caller promises `evidence_len` readable bytes.
        let evidence = unsafe { argument::bytes(evidence, evidence_len, MAX_EVIDENCE_LEN) }?;
        let fetched = Fetched::read(evidence)?;
        let now = UnixTime::checked(now_unix_s).ok_or(Code::MisuseArgument)?;
        let verdict = opened.broker.verify_with_evidence(&sealed, token, fetched.evidence(), now);
        let (decided, verified) = Decided::split(verdict, &opened, &sealed, now);
        let status = decided.status(verified.is_some());
        out.set(handle::insert(decided.with(verified))?);
        Ok(status)
    })
}

/// Verifies a token, releases what the procedure may see, and issues the assertion.
///
/// # Safety
/// Unless NULL, each text points to as many readable bytes as its length says, and `out` and
/// `verdict` have room for one pointer each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_assert(
    broker: *const EidbBroker,
    sealed: *const c_char,
    sealed_len: usize,
    client: *const c_char,
    client_len: usize,
    scopes: *const c_char,
    scopes_len: usize,
    binding: *const c_char,
    binding_len: usize,
    token: *const c_char,
    token_len: usize,
    now_unix_s: u64,
    out: *mut *mut EidbIssued,
    verdict: *mut *mut EidbVerdict,
) -> u32 {
    // SAFETY: passed on to the caller; no evidence is the empty text.
    unsafe {
        eidb_broker_assert_with(
            broker,
            sealed,
            sealed_len,
            client,
            client_len,
            scopes,
            scopes_len,
            binding,
            binding_len,
            token,
            token_len,
            ptr::null(),
            0,
            now_unix_s,
            out,
            verdict,
        )
    }
}

/// The same with what was fetched because an earlier verdict needed it.
///
/// # Safety
/// As for [`eidb_broker_assert`]; unless NULL, `evidence` points to `evidence_len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_assert_with(
    broker: *const EidbBroker,
    sealed: *const c_char,
    sealed_len: usize,
    client: *const c_char,
    client_len: usize,
    scopes: *const c_char,
    scopes_len: usize,
    binding: *const c_char,
    binding_len: usize,
    token: *const c_char,
    token_len: usize,
    evidence: *const c_char,
    evidence_len: usize,
    now_unix_s: u64,
    out: *mut *mut EidbIssued,
    verdict: *mut *mut EidbVerdict,
) -> u32 {
    guard(|| {
        let size = size_of::<*mut EidbIssued>();
        check_apart((out.addr(), size), (verdict.addr(), size))?;
        // SAFETY: the caller promises room for one pointer.
        let out = unsafe { Out::new(out, ptr::null_mut()) };
        // SAFETY: the caller promises room for one pointer.
        let explained = unsafe { Out::new(verdict, ptr::null_mut()) };
        let out = out?;
        // NULL: the caller does not want to know.
        let explained = if verdict.is_null() { None } else { Some(explained?) };
        let opened = folder::get(broker)?;
        // SAFETY: the caller promises `sealed_len` readable bytes.
        let sealed = unsafe { sealed_text(sealed, sealed_len) }?;
        // SAFETY: the caller promises `client_len` readable bytes.
        let client = unsafe { argument::text(client, client_len, MAX_NAME_LEN) }?;
        let all = scopes.is_null() && scopes_len == 0;
        // SAFETY: the caller promises `scopes_len` readable bytes.
        let scopes = unsafe { argument::scopes(scopes, scopes_len) }?;
        // SAFETY: the caller promises `binding_len` readable bytes.
        let binding = unsafe { argument::binding(binding, binding_len) }?;
        // SAFETY: the caller promises `token_len` readable bytes.
        let token = unsafe { argument::bytes(token, token_len, MAX_TOKEN_LEN) }?;
        let now = UnixTime::checked(now_unix_s).ok_or(Code::MisuseArgument)?;
        // SAFETY: the caller promises `evidence_len` readable bytes.
        let evidence = unsafe { argument::bytes(evidence, evidence_len, MAX_EVIDENCE_LEN) }?;
        let fetched = Fetched::read(evidence)?;
        let mut request = Request::new(client);
        request.scopes = (!all).then_some(scopes.as_slice());
        request.binding = binding;
        let evidence = fetched.evidence();
        let verdict = opened.broker.assert_with_evidence(&sealed, &request, token, evidence, now);
        let (decided, assertion) = Decided::split(verdict, &opened, &sealed, now);
        let status = decided.status(assertion.is_some());
        if let Some(explained) = explained {
            explained.set(handle::insert(decided)?);
        }
        if let Some(assertion) = assertion {
            out.set(handle::insert(assertion)?);
        }
        Ok(status)
    })
}

// What the portal hands back has been with a stranger: anything that is no sealed text becomes one
// that does not open, and thus a refusal instead of an error of the calling program.
unsafe fn sealed_text(data: *const c_char, len: usize) -> Result<String, Code> {
    // SAFETY: passed on to the caller.
    let bytes = unsafe { argument::bytes(data, len, MAX_SEALED_LEN) }?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

// What the core opens at most; one byte more makes it refuse.
const MAX_SEALED_LEN: usize = 4096;

// The largest presentation that a policy can allow; one byte more makes the core refuse.
const MAX_TOKEN_LEN: usize = 524_288;

// The largest CRLs that CAs of cards publish have a few ten MiB.
const MAX_EVIDENCE_LEN: usize = 64 * 1024 * 1024;
