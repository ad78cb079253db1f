/* The C tests of libeid_broker: broker_test FOLDER WALLET. Exit status 0 when every expectation held.
 *
 * FOLDER has the configurations `good`, `findings` (a key of the settings is misspelt), `open-key` (the
 * signing key can be read by others) and `no-log` (the audit log is a folder). WALLET is the test
 * wallet: called with a file that names nonce and audience, it writes a token. */

#include "expect.h"

#include <eid_broker.h>

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ISSUER "https://eid.example.org"
#define PROCEDURE "urn:procedure:building-permit"
#define CLIENT "legacy-17"
#define FAMILY "sd_jwt_vc"
#define THREADS 8
#define ROUNDS 10

/* A text with its length, as two arguments. */
#define S(text) (text), strlen(text)

static const char *folder, *wallet;

static uint64_t now(void)
{
    return (uint64_t)time(NULL);
}

static char *path(const char *name)
{
    static char full[1024];
    snprintf(full, sizeof full, "%s/%s", folder, name);
    return full;
}

static EidbBroker *opened(void)
{
    EidbBroker *broker = NULL;
    EXPECT(eidb_broker_open(S(path("good")), &broker) == EIDB_OK);
    EXPECT(broker != NULL);
    return broker;
}

static EidbExpectation *expected(const EidbBroker *broker)
{
    EidbExpectation *expectation = NULL;
    EXPECT(eidb_broker_expect(broker, S(PROCEDURE), S(FAMILY), now(), &expectation) == EIDB_OK);
    EXPECT(expectation != NULL);
    return expectation;
}

/* Asks for the size and then for the text, into a buffer that ends where the text ends. */
static Text read_expectation(const EidbExpectation *expectation, const char *name)
{
    Text text = {NULL, 0};
    size_t needed = 0;
    EXPECT(eidb_expectation_text(expectation, S(name), NULL, 0, &needed) == EIDB_MISUSE_BUFFER);
    text.data = calloc(1, needed + 1);
    EXPECT(eidb_expectation_text(expectation, S(name), text.data, needed, &text.len) == EIDB_OK);
    EXPECT(text.len + 1 == needed && strlen(text.data) == text.len && text.len > 0);
    return text;
}

static Text read_issued(const EidbIssued *issued, const char *name)
{
    Text text = {NULL, 0};
    size_t needed = 0;
    EXPECT(eidb_issued_text(issued, S(name), NULL, 0, &needed) == EIDB_MISUSE_BUFFER);
    text.data = calloc(1, needed + 1);
    EXPECT(eidb_issued_text(issued, S(name), text.data, needed, &text.len) == EIDB_OK);
    EXPECT(text.len + 1 == needed && text.len > 0);
    return text;
}

static Text read_verdict(const EidbVerdict *verdict)
{
    Text text = {NULL, 0};
    size_t needed = 0;
    EXPECT(eidb_verdict_json(verdict, NULL, 0, &needed) == EIDB_MISUSE_BUFFER);
    text.data = calloc(1, needed + 1);
    EXPECT(eidb_verdict_json(verdict, text.data, needed, &text.len) == EIDB_OK);
    EXPECT(text.len + 1 == needed && text.len > 0);
    return text;
}

/* Whether the verdict has both texts, and what every verdict has. Frees it. */
static int says(EidbVerdict *verdict, const char *first, const char *second)
{
    Text text = read_verdict(verdict);
    int found = strstr(text.data, first) && strstr(text.data, second) &&
                strstr(text.data, "\"ledger\":[") && strstr(text.data, "\"policy\":\"standard/");
    if (!found)
        fprintf(stderr, "%s\n", text.data);
    free(text.data);
    EXPECT(eidb_verdict_free(verdict) == EIDB_OK);
    return found;
}

/* What the person's wallet answers to an expectation. */
static Text presented(const EidbExpectation *expectation)
{
    Text nonce = read_expectation(expectation, "nonce");
    Text audience = read_expectation(expectation, "audience");
    Text token = {malloc(65536), 0};
    char command[2304];
    FILE *file = fopen(path("request.json"), "w"), *answer;
    if (!file)
        exit(2);
    fprintf(file, "{\"nonce\":\"%s\",\"audience\":\"%s\"}\n", nonce.data, audience.data);
    fclose(file);
    snprintf(command, sizeof command, "%s %s", wallet, path("request.json"));
    answer = popen(command, "r");
    if (!answer)
        exit(2);
    token.len = fread(token.data, 1, 65536, answer);
    if (pclose(answer) != 0 || token.len < 100) {
        fprintf(stderr, "%s failed\n", command);
        exit(2);
    }
    token.len--;
    token.data = realloc(token.data, token.len);
    free(nonce.data);
    free(audience.data);
    return token;
}

static void the_library_fits_its_headers(void)
{
    EXPECT(eidb_broker_abi() == EIDB_BROKER_ABI);
    EXPECT(eidb_check_abi() == EIDB_CHECK_ABI);
}

/* The status of opening, and the explanation of it. */
static void opens_not(const char *name, uint32_t expected, const char *reason)
{
    char text[2048];
    size_t len = 7;
    EidbBroker *broker = (EidbBroker *)&failures;
    EXPECT(eidb_broker_open(S(path(name)), &broker) == expected);
    EXPECT(broker == NULL);
    EXPECT(eidb_broker_open_explain(S(path(name)), text, sizeof text, &len) == EIDB_OK);
    EXPECT(len == strlen(text) && strstr(text, reason) != NULL);
    if (!strstr(text, reason))
        fprintf(stderr, "%s: %s", name, text);
}

static void a_folder_that_does_not_open_says_why(void)
{
    char text[64];
    size_t len;
    EidbBroker *broker = NULL;
    opens_not("none", EIDB_CONFIG_INVALID, "eid-broker.toml: error: is missing\npolicy.toml");
    opens_not("findings", EIDB_CONFIG_INVALID, "eid-broker.toml:");
    opens_not("findings", EIDB_CONFIG_INVALID, "isuer");
    opens_not("open-key", EIDB_CONFIG_INVALID, "open to others than its owner");
    opens_not("no-log", EIDB_STORAGE_AUDIT, "audit.log");
    EXPECT(eidb_broker_open_explain(S(path("none")), text, 8, &len) == EIDB_MISUSE_BUFFER);
    EXPECT(len > 64 && text[0] == '\0');

    broker = opened();
    opens_not("good", EIDB_STORAGE_AUDIT, "locked by another writer");
    EXPECT(eidb_broker_free(broker) == EIDB_OK);
    EXPECT(eidb_broker_open_explain(S(path("good")), text, sizeof text, &len) == EIDB_OK);
    EXPECT(len == 0 && text[0] == '\0');
}

/* Only what is asked in SAML says whom to ask; other requests have no text of it. */
static void only_saml_says_whom_to_ask(void)
{
    EidbBroker *broker = opened();
    EidbExpectation *expectation = NULL;
    char url[8];
    size_t len = 9;
    EXPECT(eidb_broker_expect_with(broker, S(PROCEDURE), S(FAMILY), NULL, 0, NULL, 0, NULL, 0, NULL, 0,
                                   NULL, 0, NULL, 0, now(), &expectation) == EIDB_OK);
    EXPECT(eidb_expectation_text(expectation, S("request_url"), url, sizeof url, &len) == EIDB_OK);
    EXPECT(len == 0);
    EXPECT(eidb_expectation_free(expectation) == EIDB_OK);
    expectation = (EidbExpectation *)&failures;
    EXPECT(eidb_broker_expect_with(broker, S(PROCEDURE), S(FAMILY), S("https://node.example/"), NULL, 0,
                                   NULL, 0, NULL, 0, NULL, 0, NULL, 0, now(),
                                   &expectation) == EIDB_MISUSE_ARGUMENT);
    EXPECT(expectation == NULL);
    EXPECT(eidb_broker_expect_with(broker, S(PROCEDURE), S("eidas_saml"), NULL, 0, S("AT"), NULL, 0,
                                   NULL, 0, NULL, 0, NULL, 0, now(),
                                   &expectation) == EIDB_FAMILY_DENIED);
    EXPECT(expectation == NULL);
    EXPECT(eidb_broker_free(broker) == EIDB_OK);
}

static void an_expectation_is_for_a_registered_procedure(void)
{
    EidbBroker *broker = opened();
    EidbExpectation *expectation = (EidbExpectation *)&failures;
    Text text;
    char small[8];
    size_t len = 3;
    EXPECT(eidb_broker_expect(broker, S("urn:none"), S(FAMILY), now(), &expectation) ==
           EIDB_PROCEDURE_UNKNOWN);
    EXPECT(expectation == NULL);
    EXPECT(eidb_broker_expect(broker, S(PROCEDURE), S("paper"), now(), &expectation) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_broker_expect(broker, S(PROCEDURE), S(FAMILY), UINT64_MAX, &expectation) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_broker_expect(broker, S("urn:\xfc"), S(FAMILY), now(), &expectation) ==
           EIDB_MISUSE_ENCODING);

    expectation = expected(broker);
    text = read_expectation(expectation, "procedure");
    EXPECT(strcmp(text.data, PROCEDURE) == 0);
    free(text.data);
    text = read_expectation(expectation, "family");
    EXPECT(strcmp(text.data, FAMILY) == 0);
    free(text.data);
    text = read_expectation(expectation, "nonce");
    EXPECT(text.len == 43);
    free(text.data);
    text = read_expectation(expectation, "deadline");
    EXPECT(text.len == 20 && text.data[19] == 'Z');
    free(text.data);
    text = read_expectation(expectation, "sealed");
    EXPECT(text.len > 100 && text.len <= 4096);
    free(text.data);
    EXPECT(eidb_expectation_text(expectation, S("key"), small, sizeof small, &len) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(len == 0 && small[0] == '\0');
    EXPECT(eidb_expectation_text(expectation, S("nonce"), small, sizeof small, &len) ==
           EIDB_MISUSE_BUFFER);
    EXPECT(len == 44 && small[0] == '\0');
    EXPECT(eidb_expectation_free(expectation) == EIDB_OK);
    EXPECT(eidb_broker_free(broker) == EIDB_OK);
}

/* One call of eidb_broker_verify; the verdict is there, whatever it is. */
static uint32_t verify(const EidbBroker *broker, Text sealed, Text token, uint64_t at,
                       EidbVerdict **verdict)
{
    uint32_t status;
    *verdict = (EidbVerdict *)&failures;
    status = eidb_broker_verify(broker, sealed.data, sealed.len, token.data, token.len, at,
                                verdict);
    EXPECT(status > 1 && *verdict != NULL);
    return status;
}

static void a_token_is_verified_once(void)
{
    EidbBroker *broker = opened();
    EidbExpectation *expectation = expected(broker), *other = expected(broker);
    Text sealed = read_expectation(expectation, "sealed"), token = presented(expectation);
    Text sealed_other = read_expectation(other, "sealed"), empty = {NULL, 0};
    Text garbage = {"garbage", 7}, bytes = {"\xff\xfe", 2}, altered = sealed;
    EidbVerdict *verdict;

    /* What is refused uses nothing up. */
    EXPECT(verify(broker, sealed, garbage, now(), &verdict) >= 1000);
    EXPECT(says(verdict, "\"verdict\":\"refused\"", "\"identity\":null"));
    EXPECT(verify(broker, sealed, empty, now(), &verdict) == EIDB_FORMAT_EMPTY);
    EXPECT(says(verdict, "\"code\":\"format.empty\"", "\"loa\":null"));
    EXPECT(verify(broker, sealed_other, token, now(), &verdict) == EIDB_NONCE_MISMATCH);
    EXPECT(says(verdict, "\"number\":3032", "\"family\":\"sd_jwt_vc\""));
    EXPECT(verify(broker, sealed, token, now() + 601, &verdict) == EIDB_REQUEST_EXPIRED);
    EXPECT(says(verdict, "request.expired", "\"identity\":null"));
    EXPECT(verify(broker, empty, token, now(), &verdict) == EIDB_REQUEST_MALFORMED);
    EXPECT(says(verdict, "request.malformed", "\"family\":\"\""));
    EXPECT(verify(broker, bytes, token, now(), &verdict) == EIDB_REQUEST_MALFORMED);
    EXPECT(says(verdict, "request.malformed", "\"identity\":null"));
    altered.data = malloc(sealed.len);
    memcpy(altered.data, sealed.data, sealed.len);
    altered.data[40] = altered.data[40] == 'A' ? 'B' : 'A';
    EXPECT(verify(broker, altered, token, now(), &verdict) == EIDB_REQUEST_MALFORMED);
    EXPECT(says(verdict, "request.malformed", "\"identity\":null"));
    free(altered.data);

    EXPECT(verify(broker, sealed, token, now(), &verdict) == EIDB_ACCEPTED);
    EXPECT(says(verdict, "\"verdict\":\"accepted\"", "\"family_name\":{"));
    EXPECT(verify(broker, sealed, token, now(), &verdict) == EIDB_REPLAY_EXPECTATION);
    EXPECT(says(verdict, "replay.expectation", "\"identity\":null"));

    free(sealed.data);
    free(sealed_other.data);
    free(token.data);
    EXPECT(eidb_expectation_free(expectation) == EIDB_OK);
    EXPECT(eidb_expectation_free(other) == EIDB_OK);
    EXPECT(eidb_broker_free(broker) == EIDB_OK);
}

/* One call of eidb_broker_assert; looks at what it leaves behind. */
static uint32_t assert_for(const EidbBroker *broker, Text sealed, Text token, const char *client,
                           const char *scopes, const char *binding, EidbIssued **issued)
{
    EidbVerdict *verdict = (EidbVerdict *)&failures;
    uint32_t status;
    *issued = (EidbIssued *)&failures;
    status = eidb_broker_assert(broker, sealed.data, sealed.len, S(client), scopes,
                                scopes ? strlen(scopes) : 0, binding,
                                binding ? strlen(binding) : 0, token.data, token.len, now(),
                                issued, &verdict);
    EXPECT((*issued != NULL) == (status == EIDB_ACCEPTED));
    if (status >= 9000 && status != EIDB_ACCEPTED)
        EXPECT(verdict == NULL);
    else
        EXPECT(says(verdict, status == EIDB_ACCEPTED ? "\"accepted\"" : "\"refused\"",
                    "\"identity\":null"));
    return status;
}

/* As the application behind the portal does it, with the key set of the broker. */
static void check(const EidbBroker *broker, Text assertion)
{
    Text jwks = {NULL, 0};
    size_t needed = 0, len;
    char name[64];
    EidbChecker *checker = NULL;
    EidbAssertion *accepted = NULL;
    EXPECT(eidb_broker_jwks(broker, NULL, 0, &needed) == EIDB_MISUSE_BUFFER);
    jwks.data = malloc(needed);
    EXPECT(eidb_broker_jwks(broker, jwks.data, needed, &jwks.len) == EIDB_OK);
    EXPECT(strstr(jwks.data, "\"d\"") == NULL);
    EXPECT(eidb_checker_new(S(ISSUER), jwks.data, jwks.len, S(PROCEDURE), NULL, &checker) ==
           EIDB_OK);
    EXPECT(eidb_check(checker, assertion.data, assertion.len, now(), NULL, 0, &accepted) ==
           EIDB_ACCEPTED);
    EXPECT(eidb_assertion_claim_text(accepted, S("family_name"), name, sizeof name, &len) ==
           EIDB_OK);
    EXPECT(strcmp(name, "Mustermann") == 0);
    EXPECT(eidb_assertion_claim_text(accepted, S("birthdate"), name, sizeof name, &len) ==
           EIDB_CLAIM_MISSING);
    EXPECT(eidb_assertion_text(accepted, S("scope"), name, sizeof name, &len) == EIDB_OK);
    EXPECT(strcmp(name, "identity.core") == 0);
    EXPECT(eidb_assertion_free(accepted) == EIDB_OK);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
    free(jwks.data);
}

static void a_token_becomes_one_assertion(void)
{
    EidbBroker *broker = opened();
    EidbExpectation *expectation = expected(broker);
    Text sealed = read_expectation(expectation, "sealed"), token = presented(expectation);
    Text assertion, txn, garbage = {"garbage", 7};
    EidbIssued *issued;
    EidbVerdict *verdict;
    char small[4];
    size_t len;

    /* What the register denies uses nothing up. */
    EXPECT(assert_for(broker, sealed, garbage, CLIENT, NULL, NULL, &issued) >= 1000);
    EXPECT(assert_for(broker, sealed, token, "nobody", NULL, NULL, &issued) ==
           EIDB_CLIENT_DENIED);
    EXPECT(assert_for(broker, sealed, token, CLIENT, "identity.core everything", NULL, &issued) ==
           EIDB_SCOPE_DENIED);
    EXPECT(assert_for(broker, sealed, token, CLIENT, "", NULL, &issued) == EIDB_SCOPE_DENIED);
    EXPECT(assert_for(broker, sealed, token, CLIENT, "two  spaces", NULL, &issued) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(assert_for(broker, sealed, token, CLIENT, NULL, "jkt:short", &issued) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(assert_for(broker, sealed, token, CLIENT, NULL, "", &issued) == EIDB_MISUSE_ARGUMENT);

    EXPECT(assert_for(broker, sealed, token, CLIENT, "identity.core", NULL, &issued) ==
           EIDB_ACCEPTED);
    assertion = read_issued(issued, "assertion");
    txn = read_issued(issued, "txn");
    EXPECT(strncmp(txn.data, "t-", 2) == 0);
    EXPECT(eidb_issued_text(issued, S("key"), small, sizeof small, &len) == EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_issued_text(issued, S("txn"), small, sizeof small, &len) == EIDB_MISUSE_BUFFER);
    EXPECT(len == txn.len + 1 && small[0] == '\0');
    EXPECT(eidb_issued_free(issued) == EIDB_OK);
    check(broker, assertion);

    EXPECT(assert_for(broker, sealed, token, CLIENT, NULL, NULL, &issued) ==
           EIDB_REPLAY_EXPECTATION);
    EXPECT(verify(broker, sealed, token, now(), &verdict) == EIDB_REPLAY_EXPECTATION);
    EXPECT(eidb_verdict_free(verdict) == EIDB_OK);
    EXPECT(eidb_broker_assert(broker, sealed.data, sealed.len, S(CLIENT), NULL, 0, NULL, 0,
                              token.data, token.len, now(), &issued, NULL) ==
           EIDB_REPLAY_EXPECTATION);
    EXPECT(issued == NULL);

    free(assertion.data);
    free(txn.data);
    free(sealed.data);
    free(token.data);
    EXPECT(eidb_expectation_free(expectation) == EIDB_OK);
    EXPECT(eidb_broker_free(broker) == EIDB_OK);
}

static void null_is_refused_and_never_followed(void)
{
    EidbBroker *broker = opened(), *none = (EidbBroker *)&failures;
    EidbExpectation *expectation = (EidbExpectation *)&failures;
    EidbVerdict *verdict = (EidbVerdict *)&failures;
    EidbIssued *issued = (EidbIssued *)&failures;
    char text[8];
    size_t len = 5;
    EXPECT(eidb_broker_open(NULL, 3, &none) == EIDB_MISUSE_NULL);
    EXPECT(none == NULL);
    EXPECT(eidb_broker_open(NULL, 0, &none) == EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_broker_open("a\0b", 3, &none) == EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_broker_open("\xfc", 1, &none) == EIDB_MISUSE_ENCODING);
    EXPECT(eidb_broker_open(S(path("good")), NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_open_explain(NULL, 3, text, 8, &len) == EIDB_MISUSE_NULL && len == 0);
    EXPECT(eidb_broker_open_explain(S(path("good")), text, 8, NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_jwks(NULL, text, 8, &len) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_expect(NULL, S(PROCEDURE), S(FAMILY), now(), &expectation) ==
           EIDB_MISUSE_NULL);
    EXPECT(expectation == NULL);
    EXPECT(eidb_broker_expect(broker, NULL, 3, S(FAMILY), now(), &expectation) ==
           EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_expect(broker, S(PROCEDURE), NULL, 3, now(), &expectation) ==
           EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_expect(broker, S(PROCEDURE), S(FAMILY), now(), NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_expectation_text(NULL, S("nonce"), text, 8, &len) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_verify(NULL, "s", 1, "t", 1, now(), &verdict) == EIDB_MISUSE_NULL);
    EXPECT(verdict == NULL);
    EXPECT(eidb_broker_verify(broker, NULL, 1, "t", 1, now(), &verdict) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_verify(broker, "s", 1, NULL, 1, now(), &verdict) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_verify(broker, "s", 1, "t", SIZE_MAX, now(), &verdict) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_broker_verify(broker, "s", 1, "t", 1, UINT64_MAX, &verdict) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(verdict == NULL);
    EXPECT(eidb_broker_verify(broker, "s", 1, "t", 1, now(), NULL) == EIDB_MISUSE_NULL);
    verdict = (EidbVerdict *)&failures;
    EXPECT(eidb_broker_assert(NULL, "s", 1, "c", 1, NULL, 0, NULL, 0, "t", 1, now(), &issued,
                              &verdict) == EIDB_MISUSE_NULL);
    EXPECT(issued == NULL && verdict == NULL);
    verdict = (EidbVerdict *)&failures;
    EXPECT(eidb_broker_assert(broker, "s", 1, "c", 1, NULL, 0, NULL, 0, "t", 1, now(), NULL,
                              &verdict) == EIDB_MISUSE_NULL);
    EXPECT(verdict == NULL);
    EXPECT(eidb_broker_assert(broker, "s", 1, NULL, 1, NULL, 0, NULL, 0, "t", 1, now(), &issued,
                              NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_assert(broker, "s", 1, "c", 1, NULL, 1, NULL, 0, "t", 1, now(), &issued,
                              NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_assert(broker, "s", 1, "c", 1, NULL, 0, NULL, 1, "t", 1, now(), &issued,
                              NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_broker_assert(broker, "s", 1, "c", 1, NULL, 0, NULL, 0, "t", 1, now(), &issued,
                              (EidbVerdict **)(void *)&issued) == EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_verdict_json(NULL, text, 8, &len) == EIDB_MISUSE_NULL);
    EXPECT(eidb_issued_text(NULL, S("txn"), text, 8, &len) == EIDB_MISUSE_NULL);
    EXPECT(len == 0 && text[0] == '\0');
    EXPECT(eidb_expectation_free(NULL) == EIDB_OK);
    EXPECT(eidb_verdict_free(NULL) == EIDB_OK);
    EXPECT(eidb_issued_free(NULL) == EIDB_OK);
    EXPECT(eidb_broker_free(NULL) == EIDB_OK);
    EXPECT(eidb_broker_free(broker) == EIDB_OK);
}

static void a_dead_or_foreign_handle_is_refused(void)
{
    EidbBroker *broker = opened();
    EidbExpectation *expectation = expected(broker);
    EidbVerdict *verdict = NULL;
    char text[64];
    size_t len;
    EXPECT(eidb_broker_verify(broker, "s", 1, "t", 1, now(), &verdict) == EIDB_REQUEST_MALFORMED);
    EXPECT(eidb_broker_free((EidbBroker *)(void *)expectation) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_expectation_free((EidbExpectation *)(void *)verdict) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_verdict_free((EidbVerdict *)(void *)broker) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_issued_free((EidbIssued *)(void *)verdict) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_issued_text((EidbIssued *)(void *)verdict, S("assertion"), text, sizeof text,
                            &len) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_checker_free((EidbChecker *)(void *)broker) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_broker_jwks((EidbBroker *)(void *)text, text, sizeof text, &len) ==
           EIDB_MISUSE_HANDLE);

    EXPECT(eidb_broker_free(broker) == EIDB_OK);
    EXPECT(eidb_broker_free(broker) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_broker_verify(broker, "s", 1, "t", 1, now(), &verdict) == EIDB_MISUSE_HANDLE);
    EXPECT(verdict == NULL);
    EXPECT(eidb_broker_expect(broker, S(PROCEDURE), S(FAMILY), now(),
                              (EidbExpectation **)(void *)&verdict) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_broker_jwks(broker, text, sizeof text, &len) == EIDB_MISUSE_HANDLE);
    /* What the broker made outlives it. */
    EXPECT(eidb_expectation_text(expectation, S("nonce"), text, sizeof text, &len) == EIDB_OK);
    EXPECT(eidb_expectation_free(expectation) == EIDB_OK);
    EXPECT(eidb_expectation_free(expectation) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_expectation_text(expectation, S("nonce"), text, sizeof text, &len) ==
           EIDB_MISUSE_HANDLE);
}

typedef struct {
    const EidbBroker *broker;
    Text sealed, token;
    int accepted, wrong;
} Work;

static void *work(void *argument)
{
    Work *work = argument;
    for (int round = 0; round < ROUNDS; round++) {
        EidbExpectation *expectation = NULL;
        EidbVerdict *verdict = NULL;
        uint32_t status;
        work->wrong += eidb_broker_expect(work->broker, S(PROCEDURE), S(FAMILY), now(),
                                          &expectation) != EIDB_OK;
        work->wrong += eidb_expectation_free(expectation) != EIDB_OK;
        status = eidb_broker_verify(work->broker, work->sealed.data, work->sealed.len,
                                    work->token.data, work->token.len, now(), &verdict);
        work->accepted += status == EIDB_ACCEPTED;
        work->wrong += status != EIDB_ACCEPTED && status != EIDB_REPLAY_EXPECTATION;
        work->wrong += eidb_verdict_free(verdict) != EIDB_OK;
    }
    return NULL;
}

/* Of all threads with the same token, one is accepted, once. */
static void threads_share_a_broker(void)
{
    EidbBroker *broker = opened();
    EidbExpectation *expectation = expected(broker);
    Work all = {broker, read_expectation(expectation, "sealed"), presented(expectation), 0, 0};
    Work works[THREADS];
    pthread_t threads[THREADS];
    int accepted = 0;
    for (int at = 0; at < THREADS; at++) {
        works[at] = all;
        EXPECT(pthread_create(&threads[at], NULL, work, &works[at]) == 0);
    }
    for (int at = 0; at < THREADS; at++) {
        EXPECT(pthread_join(threads[at], NULL) == 0);
        EXPECT(works[at].wrong == 0);
        accepted += works[at].accepted;
    }
    EXPECT(accepted == 1);
    free(all.sealed.data);
    free(all.token.data);
    EXPECT(eidb_expectation_free(expectation) == EIDB_OK);
    EXPECT(eidb_broker_free(broker) == EIDB_OK);
}

static void a_child_process_has_no_broker_of_its_parent(void)
{
    EidbBroker *broker = opened();
    EidbExpectation *expectation;
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        EidbVerdict *verdict = NULL;
        int right = eidb_broker_verify(broker, "s", 1, "t", 1, now(), &verdict) ==
                        EIDB_MISUSE_HANDLE &&
                    eidb_broker_free(broker) == EIDB_MISUSE_HANDLE;
        /* Another program, so that what the child cannot free is not looked for. */
        execlp(right ? "true" : "false", "child", (char *)NULL);
        _exit(1);
    }
    EXPECT(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    expectation = expected(broker);
    EXPECT(eidb_expectation_free(expectation) == EIDB_OK);
    EXPECT(eidb_broker_free(broker) == EIDB_OK);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: broker_test FOLDER WALLET\n");
        return 2;
    }
    folder = argv[1];
    wallet = argv[2];

    the_library_fits_its_headers();
    a_folder_that_does_not_open_says_why();
    only_saml_says_whom_to_ask();
    an_expectation_is_for_a_registered_procedure();
    a_token_is_verified_once();
    a_token_becomes_one_assertion();
    null_is_refused_and_never_followed();
    a_dead_or_foreign_handle_is_refused();
    threads_share_a_broker();
    a_child_process_has_no_broker_of_its_parent();

    printf("broker_test: %s\n", failures ? "FAILED" : "every expectation held");
    return failures ? 1 : 0;
}
