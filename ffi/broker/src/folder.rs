//! Brokers: opened from a configuration folder, closed again.

use crate::EIDB_OK;
use eid_broker::broker::Broker;
use eid_broker::config::Findings;
use eid_broker::envelope::jose::KeySet;
use eid_broker::host::config_folder::{ConfigFolder, ReplaySettings, Settings, SignerSettings};
use eid_broker::host::{KeyFileSigner, OpenError, open_broker};
use eid_broker::ports::Signer;
use eid_broker::verdict::Code;
use eid_check::argument::{self, Out, TextOut};
use eid_check::guard;
use eid_check::handle::{self, Handle, Table};
use std::ffi::c_char;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Arc;

/// A handle for a broker. Nothing is behind the pointer.
#[repr(C)]
pub struct EidbBroker {
    _opaque: [u8; 0],
}

/// A broker, and what is told about it.
pub struct Opened {
    pub(crate) broker: Broker,
    pub(crate) policy: Arc<str>,
    jwks: String,
    process: u32,
}

static BROKERS: Table<Opened> = Table::new();

impl Handle for EidbBroker {
    type Object = Opened;

    fn table() -> &'static Table<Self::Object> {
        &BROKERS
    }
}

/// The broker behind a handle.
///
/// A child process has the open files of its parent but neither its locks nor its threads: there
/// the handle is refused before anything is written.
pub(crate) fn get(handle: *const EidbBroker) -> Result<Arc<Opened>, Code> {
    let opened = handle::get(handle)?;
    if opened.process == std::process::id() { Ok(opened) } else { Err(Code::MisuseHandle) }
}

/// Opens everything that a configuration folder names.
///
/// # Safety
/// Unless NULL, `config_dir` points to `config_dir_len` readable bytes and `out` has room for one
/// pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_open(
    config_dir: *const c_char,
    config_dir_len: usize,
    out: *mut *mut EidbBroker,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one pointer.
        let out = unsafe { Out::new(out, ptr::null_mut()) }?;
        // SAFETY: the caller promises `config_dir_len` readable bytes.
        let folder = unsafe { folder(config_dir, config_dir_len) }?;
        let (opened, _) = open(&folder).map_err(|unopened| unopened.code)?;
        out.set(handle::insert(opened)?);
        Ok(EIDB_OK)
    })
}

/// Opens a folder once more, closes it again, and writes everything that was found.
///
/// # Safety
/// Unless NULL, `config_dir` points to `config_dir_len` readable bytes, `out` has room for `out_cap`
/// bytes and `out_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_open_explain(
    config_dir: *const c_char,
    config_dir_len: usize,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        // SAFETY: the caller promises `config_dir_len` readable bytes.
        let folder = unsafe { folder(config_dir, config_dir_len) }?;
        let text = match open(&folder) {
            Ok((_, warnings)) => warnings.to_string(),
            Err(unopened) => unopened.text,
        };
        out.write(text.as_bytes()).map(|()| EIDB_OK)
    })
}

/// Copies the key set with which consumers check the assertions of this broker.
///
/// # Safety
/// Unless NULL, `out` has room for `out_cap` bytes and `out_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_broker_jwks(
    broker: *const EidbBroker,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        let opened = get(broker)?;
        out.write(opened.jwks.as_bytes()).map(|()| EIDB_OK)
    })
}

/// Closes a broker.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_broker_free(broker: *mut EidbBroker) -> u32 {
    guard(|| {
        if !broker.is_null() {
            get(broker)?;
        }
        handle::free(broker).map(|()| EIDB_OK)
    })
}

// A path with a NUL is cut by the operating system: another folder than the caller means.
unsafe fn folder(data: *const c_char, len: usize) -> Result<PathBuf, Code> {
    // SAFETY: passed on to the caller.
    let text = unsafe { argument::text(data, len, MAX_PATH_LEN) }?;
    if text.is_empty() || text.contains('\0') {
        return Err(Code::MisuseArgument);
    }
    Ok(PathBuf::from(text))
}

// Why a folder did not open: the status, and one line for each finding.
struct Unopened {
    code: Code,
    text: String,
}

fn open(folder: &Path) -> Result<(Opened, Findings), Unopened> {
    let mut config = ConfigFolder::load(folder)
        .map_err(|findings| Unopened { code: Code::ConfigInvalid, text: findings.to_string() })?;
    let settings = config.settings.clone();
    let warnings = std::mem::take(&mut config.warnings);
    let unopened = |error: OpenError| Unopened {
        code: reason(&error, &settings),
        text: format!("{warnings}{error}\n"),
    };
    let jwks = key_set(&settings, unopened)?.to_json();
    let broker = open_broker(config).map_err(unopened)?;
    let policy = broker.policy().label().into();
    Ok((Opened { broker, policy, jwks, process: std::process::id() }, warnings))
}

// A store that does not open decides nothing now and may open later; a key needs the operator.
fn reason(error: &OpenError, settings: &Settings) -> Code {
    if error.path == settings.audit {
        return Code::StorageAudit;
    }
    match &settings.stores.replay {
        ReplaySettings::Sqlite(path) if *path == error.path => Code::StorageReplay,
        ReplaySettings::Memory | ReplaySettings::Sqlite(_) | _ => Code::ConfigInvalid,
    }
}

fn key_set(
    settings: &Settings,
    unopened: impl Fn(OpenError) -> Unopened,
) -> Result<KeySet, Unopened> {
    let SignerSettings::KeyFile { path, .. } = &settings.signer else {
        let text = "the signer is no key file\n".to_owned();
        return Err(Unopened { code: Code::ConfigInvalid, text });
    };
    let signer = KeyFileSigner::load(path).map_err(unopened)?;
    let key = signer.public_key().clone().for_alg(signer.alg());
    let key = key.map_err(|code| Unopened { code, text: format!("{}\n", code.meaning()) })?;
    Ok(KeySet::from_keys([(signer.kid().to_owned(), key)]))
}

// As Linux has it.
const MAX_PATH_LEN: usize = 4096;
