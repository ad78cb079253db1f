/* libeid_broker: a whole eid-broker. Verifies tokens of persons and issues assertions about them.
 *
 * Generated from header.h.in. Change that, never this file.
 *
 * Open one broker at start-up on a folder that `eid-broker init` made, and use it for every person:
 *
 *     EidbBroker *broker;
 *     EidbExpectation *expectation;
 *     EidbIssued *issued;
 *     uint32_t status = eidb_broker_open(folder, folder_len, &broker);
 *     ...
 *     status = eidb_broker_expect(broker, procedure, procedure_len, "sd_jwt_vc", 9,
 *                                 (uint64_t)time(NULL), &expectation);
 *     status = eidb_expectation_text(expectation, "nonce", 5, nonce, sizeof nonce, &nonce_len);
 *     status = eidb_expectation_text(expectation, "sealed", 6, sealed, sizeof sealed, &sealed_len);
 *     ... the portal asks the wallet with the nonce, keeps the sealed text, and gets the token ...
 *     status = eidb_broker_assert(broker, sealed, sealed_len, client, client_len, NULL, 0, NULL, 0,
 *                                 token, token_len, (uint64_t)time(NULL), &issued, NULL);
 *     if (status != EIDB_ACCEPTED)
 *         refuse(eidb_status_name(status), eidb_status_text(status));
 *     status = eidb_issued_text(issued, "assertion", 9, assertion, sizeof assertion, &len);
 *
 * The rules of eid_check.h hold for every function here, and all its functions are in this library,
 * too: link one of the two, never both. Besides:
 *
 * - Status. eidb_broker_verify and eidb_broker_assert return EIDB_ACCEPTED or the number of the
 *   refusal, never 0 and never 1. EIDB_NEEDS_EVIDENCE says that something must be fetched before a
 *   decision; the verdict says what.
 * - Files. eidb_broker_open and eidb_broker_open_explain read the folder and open the replay store and
 *   the audit log, eidb_broker_verify and eidb_broker_assert write those two, and eidb_broker_free closes
 *   them. No other function touches a file. There is no network, and no clock.
 * - Handles (EidbBroker, EidbExpectation, EidbVerdict, EidbIssued) are freed once, each with the
 *   function named after its type. All but the broker stay readable after it was freed.
 * - Threads. Any number of threads may share a broker, and every other handle for reading.
 * - Processes. One broker at a time writes the audit log of a folder; a second one, in this process
 *   or another, is EIDB_STORAGE_AUDIT. After fork, the broker belongs to the parent: in the child its
 *   handle is EIDB_MISUSE_HANDLE, also when it is freed. Open brokers after fork.
 * - Unloading. dlclose gives everything back once all handles are freed; libcrypto stays in the process,
 *   as it always does.
 */

#ifndef EID_BROKER_H
#define EID_BROKER_H

#include "eid_check.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The interface that this header describes; compare it with eidb_broker_abi() once, as well as
 * EIDB_CHECK_ABI with eidb_check_abi(). */
#define EIDB_BROKER_ABI 1u

/* A broker. */
typedef struct EidbBroker EidbBroker;

/* One request to a wallet, to be answered by one token. */
typedef struct EidbExpectation EidbExpectation;

/* What was decided about a token, whatever it was. */
typedef struct EidbVerdict EidbVerdict;

/* One issued assertion. There is no such handle where none was issued. */
typedef struct EidbIssued EidbIssued;

/* --- the library ------------------------------------------------------------------------------ */

/* The interface that the loaded library has. Another number than EIDB_BROKER_ABI: do not go on. */
uint32_t eidb_broker_abi(void);

/* --- brokers ----------------------------------------------------------------------------------- */

/* Opens a broker on a configuration folder: keys are loaded, the replay store and the audit log are
 * opened, and the log is locked until the broker is freed.
 *
 * config_dir: path of the folder, 1 to 4096 bytes of UTF-8 without NUL.
 * out:        set to the broker, which the caller frees with eidb_broker_free; NULL on failure.
 *
 * Returns EIDB_OK; EIDB_CONFIG_INVALID when the files have findings or a key cannot be used;
 * EIDB_STORAGE_AUDIT when the log is damaged, cannot be written or has another writer;
 * EIDB_STORAGE_REPLAY when the replay store cannot be used. What exactly is wrong is told by
 * eidb_broker_open_explain. */
uint32_t eidb_broker_open(const char *config_dir, size_t config_dir_len, EidbBroker **out);

/* Opens the folder once more, closes it again, and writes everything that was found, for the
 * operator: a line for each finding with its file, line and key; nothing where nothing was found.
 * Warnings are written, too, also for a folder that opens. The text quotes configuration and paths,
 * never a key. A broker that is open on the folder is found as another writer of the log.
 *
 * Returns EIDB_OK when the text was written, WHATEVER IT SAYS. */
uint32_t eidb_broker_open_explain(const char *config_dir, size_t config_dir_len,
                                  char *out, size_t out_cap, size_t *out_len);

/* Copies the key set with which others check the assertions of this broker, as JSON (RFC 7517).
 * Public keys only: publish it. */
uint32_t eidb_broker_jwks(const EidbBroker *broker, char *out, size_t out_cap, size_t *out_len);

/* Closes a broker and unlocks its audit log, when the last call in another thread is done. NULL is
 * allowed. */
uint32_t eidb_broker_free(EidbBroker *broker);

/* --- expectations ------------------------------------------------------------------------------ */

/* Makes an expectation: what to ask a wallet for, once.
 *
 * procedure:  the exact identifier of a procedure in the register.
 * family:     the kind of token, for instance "sd_jwt_vc"; an unknown name is EIDB_MISUSE_ARGUMENT.
 * now_unix_s: as in eidb_check, here and below.
 * out:        set to the expectation, which the caller frees with eidb_expectation_free; NULL on
 *             failure.
 *
 * The broker keeps nothing: the sealed text holds everything, and comes back with the token.
 *
 * Returns EIDB_OK; EIDB_PROCEDURE_UNKNOWN; EIDB_FAMILY_DENIED; EIDB_RANDOM_FAILED. */
uint32_t eidb_broker_expect(const EidbBroker *broker,
                            const char *procedure, size_t procedure_len,
                            const char *family, size_t family_len,
                            uint64_t now_unix_s,
                            EidbExpectation **out);

/* The same with what a SAML identity provider is asked: an eIDAS node, BundID or a German eID server.
 * The expectation then has the signed request besides. Every text from issuer to relay_state may be
 * left out, NULL and 0; a family that is not asked in SAML takes none of them.
 *
 * family:         "eidas_saml", "bund_id" or "eid_server".
 * issuer:         the entity ID of the one to ask; left out, and country too, the only one that is
 *                 configured.
 * country:        two capital letters: the eIDAS node of the country that the person chose.
 * person:         "natural", "legal" or "natural-and-legal": for whom is asked. Left out, a natural
 *                 person, unless the procedure hears of legal ones only.
 * scopes:         as in eidb_broker_assert: what will be asked for. Left out, all that are registered.
 * client_address: the IP address of the person's browser: the answer must name the same.
 * relay_state:    1 to 80 bytes that come back unread beside the answer.
 *
 * Returns besides what eidb_broker_expect does: EIDB_MISUSE_ISSUER when several could be asked;
 * EIDB_TRUST_MISSING and its like, or EIDB_ISSUER_NOT_OFFERED, for one that is not configured or not
 * usable; EIDB_ISSUER_ENDPOINT; EIDB_ISSUER_ENCRYPTION_KEY; EIDB_MISUSE_SERVICE_PROVIDER when the
 * folder has no section [saml] with what the family needs; EIDB_SCOPE_DENIED; EIDB_IDENTITY_PERSONS;
 * EIDB_SIGNER_FAILED. */
uint32_t eidb_broker_expect_with(const EidbBroker *broker,
                                 const char *procedure, size_t procedure_len,
                                 const char *family, size_t family_len,
                                 const char *issuer, size_t issuer_len,
                                 const char *country, size_t country_len,
                                 const char *person, size_t person_len,
                                 const char *scopes, size_t scopes_len,
                                 const char *client_address, size_t client_address_len,
                                 const char *relay_state, size_t relay_state_len,
                                 uint64_t now_unix_s,
                                 EidbExpectation **out);

/* Copies a text of an expectation. Names: "nonce" and "audience" for the request; "sealed", at most
 * 4096 bytes, which the portal keeps for the person's session and shows to nobody else; "deadline"
 * as in 2026-03-01T12:00:00Z; "procedure"; "family".
 *
 * For the families of SAML besides, and empty for the others: "addressee", the entity ID of who is
 * asked; "request_binding", the URI of HTTP-POST or HTTP-Redirect; "request_url", for HTTP-Redirect
 * the whole address to send the browser to, for HTTP-POST where the form goes; "request_message" and
 * "request_relay_state", the values of its fields SAMLRequest and RelayState, empty for HTTP-Redirect;
 * "request_html", a page that posts the form, empty for HTTP-Redirect.
 *
 * Any other name is EIDB_MISUSE_ARGUMENT. */
uint32_t eidb_expectation_text(const EidbExpectation *expectation,
                               const char *name, size_t name_len,
                               char *out, size_t out_cap, size_t *out_len);

/* Frees an expectation. Its sealed text stays good until the deadline. NULL is allowed. */
uint32_t eidb_expectation_free(EidbExpectation *expectation);

/* --- deciding ---------------------------------------------------------------------------------- */

/* Verifies a token for the caller's own use, and uses the expectation up when it is accepted. A
 * refused token uses nothing up: the honest one may still come.
 *
 * sealed:     the sealed text of the expectation. What is none, or was altered, is
 *             EIDB_REQUEST_MALFORMED.
 * token:      the token as received, without white space around it. For eidas_saml and bund_id it is
 *             the value of the form field SAMLResponse, or the XML document in it; for eid_server the
 *             query of the URL that was called, as received, without "?". For the family certificate it is
 *             the statement that the calling program itself made about its own TLS handshake, never a
 *             text from outside: nothing in it is a proof, and who can hand one in can be anybody.
 * out:        set to the verdict, which the caller frees with eidb_verdict_free: on acceptance, on
 *             refusal, and where nothing could be decided. NULL only with a status of 9000 or more
 *             other than EIDB_ACCEPTED.
 *
 * Returns EIDB_ACCEPTED, and nothing else is an acceptance; EIDB_REPLAY_EXPECTATION when the
 * expectation was used before; EIDB_NEEDS_EVIDENCE; any other refusal of a token. */
uint32_t eidb_broker_verify(const EidbBroker *broker,
                            const char *sealed, size_t sealed_len,
                            const char *token, size_t token_len,
                            uint64_t now_unix_s,
                            EidbVerdict **out);

/* Verifies a token, releases to the procedure what the register lets it see, and issues an assertion
 * about that. The audit record is on the disk before the assertion is handed out. The expectation is
 * used up by an acceptance, and by whatever fails after the register agreed.
 *
 * sealed, token: as in eidb_broker_verify.
 * client:        identifier of the client in the register, which the caller has authenticated.
 * scopes:        the wanted scopes, separated by single spaces, at most 4096 bytes; NULL and 0 for
 *                all that are registered. The empty text asks for none, which is EIDB_SCOPE_DENIED.
 * binding:       NULL and 0, or the key that the assertion is bound to, written as in eidb_check.
 * out:           set to the assertion, which the caller frees with eidb_issued_free; NULL on refusal
 *                and on failure.
 * verdict:       NULL when it is not wanted; otherwise set as in eidb_broker_verify, without the
 *                person.
 *
 * Returns EIDB_ACCEPTED, and nothing else is an acceptance. */
uint32_t eidb_broker_assert(const EidbBroker *broker,
                            const char *sealed, size_t sealed_len,
                            const char *client, size_t client_len,
                            const char *scopes, size_t scopes_len,
                            const char *binding, size_t binding_len,
                            const char *token, size_t token_len,
                            uint64_t now_unix_s,
                            EidbIssued **out,
                            EidbVerdict **verdict);

/* As eidb_broker_verify, with what was fetched because of an earlier EIDB_NEEDS_EVIDENCE: the same
 * sealed text and token again. A verdict that needs something uses nothing up.
 *
 * evidence: OCSP answers and CRLs, DER, one behind the other in any order, at most 64 of them and
 *           64 MiB; NULL and 0 for none. EIDB_MISUSE_ARGUMENT for a text that is not made of such. */
uint32_t eidb_broker_verify_with(const EidbBroker *broker,
                                 const char *sealed, size_t sealed_len,
                                 const char *token, size_t token_len,
                                 const char *evidence, size_t evidence_len,
                                 uint64_t now_unix_s,
                                 EidbVerdict **out);

/* As eidb_broker_assert, with evidence as in eidb_broker_verify_with. */
uint32_t eidb_broker_assert_with(const EidbBroker *broker,
                                 const char *sealed, size_t sealed_len,
                                 const char *client, size_t client_len,
                                 const char *scopes, size_t scopes_len,
                                 const char *binding, size_t binding_len,
                                 const char *token, size_t token_len,
                                 const char *evidence, size_t evidence_len,
                                 uint64_t now_unix_s,
                                 EidbIssued **out,
                                 EidbVerdict **verdict);

/* --- what was decided -------------------------------------------------------------------------- */

/* Copies the verdict as JSON, as `eid-broker verify --json` prints it: "verdict" is "accepted",
 * "refused" or "undecided"; "reason" has code, number, text and clause; "needs" has what must be
 * fetched; "ledger" has every check with clause and outcome; further "family", empty where the
 * expectation did not open, "loa", "policy" and "now". "identity" is the person, only where
 * eidb_broker_verify returned EIDB_ACCEPTED: keep such a text out of logs. */
uint32_t eidb_verdict_json(const EidbVerdict *verdict, char *out, size_t out_cap, size_t *out_len);

/* Frees a verdict. NULL is allowed. */
uint32_t eidb_verdict_free(EidbVerdict *verdict);

/* Copies a text of what was issued. Names: "assertion", for the application that checks it; "txn",
 * which names its audit record. Any other is EIDB_MISUSE_ARGUMENT. */
uint32_t eidb_issued_text(const EidbIssued *issued,
                          const char *name, size_t name_len,
                          char *out, size_t out_cap, size_t *out_len);

/* Frees an issued assertion; it stays good. NULL is allowed. */
uint32_t eidb_issued_free(EidbIssued *issued);

#ifdef __cplusplus
}
#endif

#endif
