//! A small TLS server in which an eID card logs in and gets an assertion bound to it; see README.md.

mod server;

use eid_broker::UnixTime;
use eid_broker::host::config_folder::ConfigFolder;
use eid_broker::host::open_broker;
use eid_broker::host::tls::CardServer;
use eid_broker::verdict::{Need, NeedKind};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use server::{Ended, Login};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[expect(clippy::print_stdout, reason = "what the operator of the example looks at")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, procedure, client, chain, key, address] = arguments.as_slice() else {
        return Err("card-login CONFIG PROCEDURE CLIENT CHAIN.pem KEY.pem ADDRESS".into());
    };
    let config = ConfigFolder::load(Path::new(folder)).map_err(|findings| findings.to_string())?;
    let (policy, trust) = (config.policy.clone(), Arc::new(config.trust.clone()));
    let login = Login {
        cards: Arc::new(CardServer::new(policy, trust, now()?)?),
        broker: open_broker(config)?,
        procedure: procedure.clone(),
        client: client.clone(),
        resolver: resolver(Path::new(chain), Path::new(key))?,
        time: None,
        fetch: Box::new(fetch),
    };
    let listener = TcpListener::bind(address)?;
    println!("waiting for cards at {}", listener.local_addr()?);
    for socket in listener.incoming() {
        let socket = socket?;
        socket.set_read_timeout(Some(Duration::from_secs(60)))?;
        match login.serve(socket, now()?) {
            Ended::Assertion(_) => println!("assertion issued"),
            Ended::Refused(refusal) => println!("refused: {refusal}"),
            Ended::Broken(why) => println!("broken: {why}"),
        }
    }
    Ok(())
}

fn now() -> Result<UnixTime, Box<dyn Error>> {
    Ok(UnixTime::from_secs(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs()))
}

fn resolver(chain: &Path, key: &Path) -> Result<Arc<dyn ResolvesServerCert>, Box<dyn Error>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(chain)?.collect();
    let key = PrivateKeyDer::from_pem_file(key)?;
    let key = rustls::crypto::ring::sign::any_supported_type(&key)?;
    Ok(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain?, key))))
}

/// Asks an OCSP responder over plain HTTP, as they are: what counts is the signature in the answer.
fn fetch(need: &Need) -> Option<Vec<u8>> {
    const MAX_LEN: u64 = 64 * 1024;
    if need.kind != NeedKind::Ocsp {
        return None;
    }
    let rest = need.url.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(
        socket,
        "POST /{path} HTTP/1.0\r\nhost: {host}\r\ncontent-type: application/ocsp-request\r\n\
         content-length: {}\r\n\r\n",
        need.request.len()
    )
    .ok()?;
    socket.write_all(&need.request).ok()?;
    let mut answer = Vec::new();
    socket.take(MAX_LEN).read_to_end(&mut answer).ok()?;
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    answer.starts_with(b"HTTP/1.").then(|| answer.split_off(head.saturating_add(4)))
}
