//! A login by card: TLS handshake, expectation, status, assertion.

use eid_broker::UnixTime;
use eid_broker::broker::{Broker, Request};
use eid_broker::crypto::sha256;
use eid_broker::host::tls::{CardConnection, CardServer};
use eid_broker::identity::Family;
use eid_broker::pki::Evidence;
use eid_broker::register::Binding;
use eid_broker::verdict::{Need, Refusal, Verdict};
use rustls::server::{ResolvesServerCert, ServerConnection};
use rustls::time_provider::TimeProvider;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// Gets what a need names.
pub(crate) type Fetch = Box<dyn Fn(&Need) -> Option<Vec<u8>> + Send + Sync>;

/// What the server needs besides the broker.
pub(crate) struct Login {
    pub(crate) broker: Broker,
    pub(crate) cards: Arc<CardServer>,
    pub(crate) procedure: String,
    pub(crate) client: String,
    pub(crate) resolver: Arc<dyn ResolvesServerCert>,
    /// The clock of the handshake; `None` for the one of the system.
    pub(crate) time: Option<Arc<dyn TimeProvider>>,
    /// Gets what a verdict needs: the answer to an OCSP request, or nothing.
    pub(crate) fetch: Fetch,
}

/// How a login ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With an assertion that is bound to the card's certificate.
    Assertion(String),
    /// With a refusal, of the handshake or of the broker.
    Refused(Refusal),
    /// The connection broke, or nobody answered about the status.
    Broken(String),
}

impl Login {
    /// Serves one connection: the answer is one HTTP response.
    pub(crate) fn serve(&self, mut socket: TcpStream, now: UnixTime) -> Ended {
        let card = self.cards.connection();
        let config = match card.config(Arc::clone(&self.resolver), self.time.clone()) {
            Ok(config) => config,
            Err(error) => return Ended::Broken(error.to_string()),
        };
        let mut connection = match ServerConnection::new(Arc::new(config)) {
            Ok(connection) => connection,
            Err(error) => return Ended::Broken(error.to_string()),
        };
        while connection.is_handshaking() {
            if let Err(error) = connection.complete_io(&mut socket) {
                // The client has been told in the words of TLS; the code says it in ours.
                return match card.refusal() {
                    Some((refusal, _)) => Ended::Refused(refusal),
                    None => Ended::Broken(error.to_string()),
                };
            }
        }
        let ended = self.assert(&card, &connection, now);
        match answer(&mut connection, &mut socket, &ended) {
            Ok(()) => ended,
            Err(error) => Ended::Broken(error.to_string()),
        }
    }

    fn assert(&self, card: &CardConnection, connection: &ServerConnection, now: UnixTime) -> Ended {
        let Some(handshake) = card.handshake(connection) else {
            return Ended::Broken("no certificate, or no server name".to_owned());
        };
        let Some(leaf) = handshake.certificates.first() else {
            return Ended::Broken("no certificate".to_owned());
        };
        let expected = match self.broker.expect(&self.procedure, Family::Certificate, now) {
            Ok(expected) => expected,
            Err(refusal) => return Ended::Refused(refusal),
        };
        let mut request = Request::new(&self.client);
        // Whoever uses the assertion must hold the card: RFC 8705, 3.1.
        request.binding = Some(Binding::X5tS256(sha256(leaf)));
        let statement = handshake.to_json();
        let mut answers: Vec<Vec<u8>> = Vec::new();
        // Asked once for everything, and once more with the answers.
        for _ in 0..2 {
            let borrowed: Vec<&[u8]> = answers.iter().map(Vec::as_slice).collect();
            let evidence = Evidence::ocsp(&borrowed);
            let sealed = &expected.sealed;
            let verdict = self.broker.assert_with_evidence(
                sealed,
                &request,
                statement.as_bytes(),
                evidence,
                now,
            );
            match verdict {
                Verdict::Accepted(accepted) => {
                    return Ended::Assertion(accepted.value().as_str().to_owned());
                }
                Verdict::Refused { refusal, .. } => return Ended::Refused(refusal),
                Verdict::Needs { needs, .. } => {
                    answers = needs.iter().filter_map(|need| (self.fetch)(need)).collect();
                }
            }
        }
        Ended::Broken("nobody says whether the card is revoked".to_owned())
    }
}

fn answer(
    connection: &mut ServerConnection,
    socket: &mut TcpStream,
    ended: &Ended,
) -> io::Result<()> {
    // One request, of which nothing is looked at but that it is there.
    let mut stream = rustls::Stream::new(connection, socket);
    let mut request = [0; 4_096];
    let _ = stream.read(&mut request)?;
    let (status, body) = match ended {
        Ended::Assertion(assertion) => ("200 OK", assertion.clone()),
        Ended::Refused(refusal) => ("403 Forbidden", refusal.code().name().to_owned()),
        Ended::Broken(_) => ("503 Service Unavailable", "undecided".to_owned()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncache-control: no-store\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()?;
    stream.conn.send_close_notify();
    stream.flush()
}
