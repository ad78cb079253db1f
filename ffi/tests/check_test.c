/* The C tests of libeid_check: check_test FIXTURES. Exit status 0 when every expectation held. */

#include "expect.h"

#include <eid_check.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define ISSUER "https://broker.example"
#define PROCEDURE "urn:procedure:building-permit"
#define NOW UINT64_C(1772366400)
#define THREADS 8
#define ROUNDS 25

static Text load(const char *folder, const char *name)
{
    char path[1024];
    Text text;
    FILE *file;
    long len;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) <= 0) {
        perror(path);
        exit(2);
    }
    rewind(file);
    text.len = (size_t)len;
    text.data = malloc(text.len);
    if (!text.data || fread(text.data, 1, text.len, file) != text.len) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return text;
}

static Text jwks, binding, good, bound, expired, low, nul, other_audience, tampered;

static EidbChecker *checker_with(const EidbCheckPolicy *policy)
{
    EidbChecker *checker = NULL;
    EXPECT(eidb_checker_new(ISSUER, strlen(ISSUER), jwks.data, jwks.len, PROCEDURE,
                            strlen(PROCEDURE), policy, &checker) == EIDB_OK);
    EXPECT(checker != NULL);
    return checker;
}

/* The status alone; also looks at what the call leaves behind. */
static uint32_t verdict(const EidbChecker *checker, Text token)
{
    EidbAssertion *assertion = (EidbAssertion *)&jwks;
    uint32_t status =
        eidb_check(checker, token.data, token.len, NOW, NULL, 0, &assertion);
    EXPECT(status != 0 && status != 1);
    EXPECT((assertion != NULL) == (status == EIDB_ACCEPTED));
    EXPECT(eidb_assertion_free(assertion) == EIDB_OK);
    return status;
}

static EidbAssertion *accepted(Text token)
{
    EidbAssertion *assertion = NULL;
    EidbChecker *checker = checker_with(NULL);
    EXPECT(eidb_check(checker, token.data, token.len, NOW, NULL, 0, &assertion) ==
           EIDB_ACCEPTED);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
    return assertion;
}

static void the_library_fits_its_header(void)
{
    EXPECT(eidb_check_abi() == EIDB_CHECK_ABI);
    EXPECT(strlen(eidb_check_version()) > 0);
}

static void a_status_has_texts(void)
{
    EXPECT(strcmp(eidb_status_name(EIDB_TIME_EXPIRED), "time.expired") == 0);
    EXPECT(strcmp(eidb_status_name(EIDB_ACCEPTED), "accepted") == 0);
    EXPECT(strcmp(eidb_status_name(EIDB_OK), "ok") == 0);
    EXPECT(strcmp(eidb_status_name(1), "unknown") == 0);
    for (uint32_t status = 0; status < 10010; status++) {
        EXPECT(strlen(eidb_status_name(status)) > 0);
        EXPECT(strlen(eidb_status_text(status)) > 0);
        EXPECT(strlen(eidb_status_advice(status)) > 0);
    }
}

static void decides_every_fixture(void)
{
    EidbChecker *checker = checker_with(NULL);
    Text empty = {NULL, 0};
    EXPECT(verdict(checker, good) == EIDB_ACCEPTED);
    EXPECT(verdict(checker, good) == EIDB_ACCEPTED);
    EXPECT(verdict(checker, nul) == EIDB_ACCEPTED);
    EXPECT(verdict(checker, bound) == EIDB_BINDING_MISSING);
    EXPECT(verdict(checker, expired) == EIDB_TIME_EXPIRED);
    EXPECT(verdict(checker, low) == EIDB_LOA_INSUFFICIENT);
    EXPECT(verdict(checker, other_audience) == EIDB_AUDIENCE_MISMATCH);
    EXPECT(verdict(checker, tampered) == EIDB_SIG_INVALID);
    EXPECT(verdict(checker, empty) == EIDB_FORMAT_EMPTY);
    EXPECT(verdict(checker, jwks) == EIDB_FORMAT_UNSUPPORTED);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
}

/* Every prefix is refused, in memory that ends where the prefix ends. */
static void refuses_every_prefix(void)
{
    EidbChecker *checker = checker_with(NULL);
    for (size_t len = 0; len < good.len; len++) {
        Text prefix = {malloc(len + 1), len};
        memcpy(prefix.data, good.data, len);
        prefix.data = realloc(prefix.data, len ? len : 1);
        uint32_t status = verdict(checker, prefix);
        EXPECT(status >= 1000 && status < 8000);
        free(prefix.data);
    }
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
}

static void a_bound_assertion_wants_its_key(void)
{
    EidbChecker *checker = checker_with(NULL);
    EidbAssertion *assertion = NULL;
    EXPECT(eidb_check(checker, bound.data, bound.len, NOW, binding.data, binding.len,
                      &assertion) == EIDB_ACCEPTED);
    EXPECT(eidb_assertion_free(assertion) == EIDB_OK);
    EXPECT(eidb_check(checker, good.data, good.len, NOW, binding.data, binding.len,
                      &assertion) == EIDB_BINDING_MISSING);
    EXPECT(assertion == NULL);
    EXPECT(eidb_check(checker, bound.data, bound.len, NOW, "", 0, &assertion) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
}

static void a_policy_is_obeyed(void)
{
    EidbCheckPolicy *policy = NULL;
    EidbChecker *checker;
    EXPECT(eidb_check_policy_new(&policy) == EIDB_OK);
    EXPECT(eidb_check_policy_set_min_loa(policy, EIDB_LOA_LOW) == EIDB_OK);
    EXPECT(eidb_check_policy_set_min_loa(policy, 4) == EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_check_policy_set_notified_only(policy, 1) == EIDB_OK);
    EXPECT(eidb_check_policy_set_leeway_s(policy, 0) == EIDB_OK);
    EXPECT(eidb_check_policy_set_max_lifetime_s(policy, 300) == EIDB_OK);
    EXPECT(eidb_check_policy_set_max_bytes(policy, 4096) == EIDB_OK);
    EXPECT(eidb_check_policy_set_binding_required(policy, 0) == EIDB_OK);
    EXPECT(eidb_check_policy_set_scopes(policy, "identity.core identity.address", 30) ==
           EIDB_OK);
    EXPECT(eidb_check_policy_set_keys_age(policy, NOW - 10, 10) == EIDB_OK);
    EXPECT(eidb_check_policy_set_exact_header(policy, 0) == EIDB_OK);
    checker = checker_with(policy);
    EXPECT(verdict(checker, low) == EIDB_ACCEPTED);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);

    EXPECT(eidb_check_policy_set_keys_age(policy, NOW - 11, 10) == EIDB_OK);
    checker = checker_with(policy);
    EXPECT(eidb_check_policy_free(policy) == EIDB_OK);
    EXPECT(verdict(checker, low) == EIDB_KEYS_STALE);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
    EXPECT(eidb_check_policy_free(policy) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_check_policy_set_leeway_s(policy, 0) == EIDB_MISUSE_HANDLE);
}

static void single_use_accepts_once(void)
{
    EidbCheckPolicy *policy = NULL;
    EidbChecker *checker;
    EXPECT(eidb_check_policy_new(&policy) == EIDB_OK);
    EXPECT(eidb_check_policy_set_single_use(policy, 1000) == EIDB_OK);
    checker = checker_with(policy);
    EXPECT(eidb_check_policy_free(policy) == EIDB_OK);
    EXPECT(verdict(checker, good) == EIDB_ACCEPTED);
    EXPECT(verdict(checker, good) == EIDB_REPLAY_TOKEN);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
}

static void reads_what_was_asserted(void)
{
    EidbAssertion *assertion = accepted(good);
    char text[256];
    size_t len;
    uint32_t level, notified, adult;
    uint64_t expires;
    EXPECT(eidb_assertion_text(assertion, "sub", 3, text, sizeof text, &len) == EIDB_OK);
    EXPECT(strcmp(text, "ps1.VBhQePwt5d4BvjqK7C90CibkPM_PHhjHw8jJCyPuxSQ") == 0);
    EXPECT(len == 47);
    EXPECT(eidb_assertion_claim_text(assertion, "family_name", 11, text, sizeof text, &len) ==
           EIDB_OK);
    EXPECT(strcmp(text, "M\xc3\xbc\xc3\x9figgang-\xc3\x98ster") == 0);
    EXPECT(eidb_assertion_claim_text(assertion, "/address/locality", 17, text, sizeof text,
                                     &len) == EIDB_OK);
    EXPECT(strcmp(text, "K\xc3\xb6ln") == 0);
    EXPECT(eidb_assertion_claim_json(assertion, "nationalities", 13, text, sizeof text, &len) ==
           EIDB_OK);
    EXPECT(strcmp(text, "[\"DE\",\"DK\"]") == 0);
    EXPECT(eidb_assertion_claim_text(assertion, "birthdate", 9, text, sizeof text, &len) ==
           EIDB_CLAIM_MISSING);
    EXPECT(text[0] == '\0' && len == 0);
    EXPECT(eidb_assertion_claim_text(assertion, "age_over_18", 11, text, sizeof text, &len) ==
           EIDB_CLAIM_MALFORMED);
    EXPECT(eidb_assertion_claim_bool(assertion, "age_over_18", 11, &adult) == EIDB_OK);
    EXPECT(adult == 1);
    EXPECT(eidb_assertion_claim_bool(assertion, "age_over_65", 11, &adult) == EIDB_OK);
    EXPECT(adult == 0);
    EXPECT(eidb_assertion_loa(assertion, &level, &notified) == EIDB_OK);
    EXPECT(level == EIDB_LOA_HIGH && notified == 1);
    EXPECT(eidb_assertion_expires(assertion, &expires) == EIDB_OK);
    EXPECT(expires == NOW + 270);
    EXPECT(eidb_assertion_free(assertion) == EIDB_OK);
}

static void a_nul_does_not_cut_a_claim(void)
{
    EidbAssertion *assertion = accepted(nul);
    char text[64];
    size_t len;
    EXPECT(eidb_assertion_claim_text(assertion, "family_name", 11, text, sizeof text, &len) ==
           EIDB_OK);
    EXPECT(len == 11 && memcmp(text, "Muster\0mann", 12) == 0);
    EXPECT(eidb_assertion_free(assertion) == EIDB_OK);
}

/* Each buffer ends where its capacity ends. */
static void every_small_buffer_gets_nothing(void)
{
    EidbAssertion *assertion = accepted(good);
    EidbChecker *checker = checker_with(NULL);
    size_t needed = 0, len;
    EXPECT(eidb_assertion_json(assertion, NULL, 0, &needed) == EIDB_MISUSE_BUFFER);
    EXPECT(needed > 500);
    for (size_t cap = 0; cap <= needed + 1; cap++) {
        char *buffer = malloc(cap ? cap : 1);
        uint32_t status;
        memset(buffer, '#', cap ? cap : 1);
        len = 77;
        status = eidb_assertion_json(assertion, buffer, cap, &len);
        if (cap < needed) {
            EXPECT(status == EIDB_MISUSE_BUFFER && len == needed);
            EXPECT(cap == 0 || buffer[0] == '\0');
            for (size_t at = 1; at < cap; at++)
                EXPECT(buffer[at] == '#');
        } else {
            EXPECT(status == EIDB_OK && len == needed - 1);
            EXPECT(buffer[len] == '\0' && strlen(buffer) == len);
        }
        free(buffer);
    }
    EXPECT(eidb_check_ledger(checker, good.data, good.len, NOW, NULL, 0, NULL, 0, &needed) ==
           EIDB_MISUSE_BUFFER);
    EXPECT(needed < EIDB_CHECK_LEDGER_CAP);
    for (size_t cap = needed - 2; cap <= needed; cap++) {
        char *buffer = malloc(cap);
        uint32_t status = eidb_check_ledger(checker, good.data, good.len, NOW, NULL, 0, buffer,
                                            cap, &len);
        EXPECT(status == (cap < needed ? EIDB_MISUSE_BUFFER : EIDB_OK));
        free(buffer);
    }
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
    EXPECT(eidb_assertion_free(assertion) == EIDB_OK);
}

static void the_ledger_names_the_reason(void)
{
    EidbChecker *checker = checker_with(NULL);
    char text[EIDB_CHECK_LEDGER_CAP];
    size_t len;
    EXPECT(eidb_check_ledger(checker, expired.data, expired.len, NOW, NULL, 0, text, sizeof text,
                             &len) == EIDB_OK);
    EXPECT(strstr(text, "\"verdict\":\"refused\"") != NULL);
    EXPECT(strstr(text, "\"code\":\"time.expired\"") != NULL);
    EXPECT(strlen(text) == len);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
}

static void null_is_refused_and_never_followed(void)
{
    EidbChecker *checker = checker_with(NULL), *none = (EidbChecker *)&jwks;
    EidbAssertion *assertion = (EidbAssertion *)&jwks;
    char text[8];
    size_t len = 5;
    uint32_t number = 5;
    uint64_t unix_s = 5;
    EXPECT(eidb_checker_new(NULL, 3, jwks.data, jwks.len, "p", 1, NULL, &none) ==
           EIDB_MISUSE_NULL);
    EXPECT(none == NULL);
    EXPECT(eidb_checker_new(ISSUER, strlen(ISSUER), NULL, 3, "p", 1, NULL, &none) ==
           EIDB_MISUSE_NULL);
    EXPECT(eidb_checker_new(ISSUER, strlen(ISSUER), jwks.data, jwks.len, NULL, 3, NULL, &none) ==
           EIDB_MISUSE_NULL);
    EXPECT(eidb_checker_new(ISSUER, strlen(ISSUER), jwks.data, jwks.len, "p", 1, NULL, NULL) ==
           EIDB_MISUSE_NULL);
    EXPECT(eidb_checker_new(NULL, 0, NULL, 0, NULL, 0, NULL, &none) != EIDB_OK);
    EXPECT(eidb_check(NULL, good.data, good.len, NOW, NULL, 0, &assertion) == EIDB_MISUSE_NULL);
    EXPECT(assertion == NULL);
    EXPECT(eidb_check(checker, NULL, 3, NOW, NULL, 0, &assertion) == EIDB_MISUSE_NULL);
    EXPECT(eidb_check(checker, good.data, good.len, NOW, NULL, 3, &assertion) ==
           EIDB_MISUSE_NULL);
    EXPECT(eidb_check(checker, good.data, good.len, NOW, NULL, 0, NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_check(NULL, NULL, 0, 0, NULL, 0, NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_check(checker, good.data, SIZE_MAX, NOW, NULL, 0, &assertion) ==
           EIDB_MISUSE_ARGUMENT);
    EXPECT(eidb_check_ledger(NULL, good.data, good.len, NOW, NULL, 0, text, 8, &len) ==
           EIDB_MISUSE_NULL);
    EXPECT(eidb_check_ledger(checker, good.data, good.len, NOW, NULL, 0, text, 8, NULL) ==
           EIDB_MISUSE_NULL);
    EXPECT(eidb_check_policy_new(NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_check_policy_set_min_loa(NULL, 1) == EIDB_MISUSE_NULL);
    EXPECT(eidb_assertion_text(NULL, "sub", 3, text, 8, &len) == EIDB_MISUSE_NULL);
    EXPECT(len == 0 && text[0] == '\0');
    EXPECT(eidb_assertion_claim_text(NULL, NULL, 0, NULL, 0, NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_assertion_claim_json(NULL, NULL, 0, NULL, 0, NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_assertion_claim_bool(NULL, "a", 1, &number) == EIDB_MISUSE_NULL && number == 0);
    EXPECT(eidb_assertion_loa(NULL, NULL, NULL) == EIDB_MISUSE_NULL);
    EXPECT(eidb_assertion_expires(NULL, &unix_s) == EIDB_MISUSE_NULL && unix_s == 0);
    EXPECT(eidb_assertion_json(NULL, text, 8, &len) == EIDB_MISUSE_NULL);
    EXPECT(eidb_assertion_free(NULL) == EIDB_OK);
    EXPECT(eidb_check_policy_free(NULL) == EIDB_OK);
    EXPECT(eidb_checker_free(NULL) == EIDB_OK);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
}

static void text_that_is_not_utf8_is_refused(void)
{
    EidbChecker *checker = NULL;
    EidbAssertion *assertion = accepted(good);
    char text[8];
    size_t len;
    EXPECT(eidb_checker_new("https://m\xfcller.example", 22, jwks.data, jwks.len, "p", 1, NULL,
                            &checker) == EIDB_MISUSE_ENCODING);
    EXPECT(checker == NULL);
    EXPECT(eidb_assertion_claim_text(assertion, "\xfc", 1, text, 8, &len) ==
           EIDB_MISUSE_ENCODING);
    EXPECT(eidb_assertion_free(assertion) == EIDB_OK);
}

static void a_dead_or_foreign_handle_is_refused(void)
{
    EidbChecker *checker = checker_with(NULL);
    EidbAssertion *assertion = accepted(good), *out = NULL;
    char text[64];
    size_t len;
    EXPECT(eidb_assertion_free((EidbAssertion *)(void *)checker) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_checker_free((EidbChecker *)(void *)assertion) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_check((EidbChecker *)(void *)assertion, good.data, good.len, NOW, NULL, 0,
                      &out) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_checker_free((EidbChecker *)(void *)text) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_checker_free((EidbChecker *)(uintptr_t)1) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_checker_free((EidbChecker *)UINTPTR_MAX) == EIDB_MISUSE_HANDLE);

    EXPECT(eidb_assertion_free(assertion) == EIDB_OK);
    EXPECT(eidb_assertion_free(assertion) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_assertion_text(assertion, "sub", 3, text, sizeof text, &len) ==
           EIDB_MISUSE_HANDLE);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
    EXPECT(eidb_checker_free(checker) == EIDB_MISUSE_HANDLE);
    EXPECT(eidb_check(checker, good.data, good.len, NOW, NULL, 0, &out) == EIDB_MISUSE_HANDLE);
    EXPECT(out == NULL);
}

typedef struct {
    const EidbChecker *checker;
    int wrong;
} Work;

static void *work(void *argument)
{
    Work *work = argument;
    for (int round = 0; round < ROUNDS; round++) {
        EidbAssertion *assertion = NULL;
        char text[64];
        size_t len;
        work->wrong += eidb_check(work->checker, good.data, good.len, NOW, NULL, 0,
                                  &assertion) != EIDB_ACCEPTED;
        work->wrong += eidb_assertion_claim_text(assertion, "family_name", 11, text, sizeof text,
                                                 &len) != EIDB_OK;
        work->wrong += eidb_assertion_free(assertion) != EIDB_OK;
        work->wrong += eidb_check(work->checker, expired.data, expired.len, NOW, NULL, 0,
                                  &assertion) != EIDB_TIME_EXPIRED;
    }
    return NULL;
}

static void threads_share_a_checker(void)
{
    EidbChecker *checker = checker_with(NULL);
    pthread_t threads[THREADS];
    Work works[THREADS];
    for (int at = 0; at < THREADS; at++) {
        works[at].checker = checker;
        works[at].wrong = 0;
        EXPECT(pthread_create(&threads[at], NULL, work, &works[at]) == 0);
    }
    for (int at = 0; at < THREADS; at++) {
        EXPECT(pthread_join(threads[at], NULL) == 0);
        EXPECT(works[at].wrong == 0);
    }
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
}

static void a_child_process_uses_the_handles_of_its_parent(void)
{
    EidbChecker *checker = checker_with(NULL);
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(verdict(checker, good) == EIDB_ACCEPTED && eidb_checker_free(checker) == EIDB_OK
                  ? 0
                  : 1);
    EXPECT(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    EXPECT(verdict(checker, good) == EIDB_ACCEPTED);
    EXPECT(eidb_checker_free(checker) == EIDB_OK);
}

int main(int argc, char **argv)
{
    Text *texts[] = {&jwks, &binding, &good,           &bound,   &expired,
                     &low,  &nul,     &other_audience, &tampered};
    const char *names[] = {"jwks.json", "binding.txt", "good.jwt",
                           "bound.jwt", "expired.jwt", "low.jwt",
                           "nul.jwt",   "other-audience.jwt", "tampered.jwt"};
    if (argc != 2) {
        fprintf(stderr, "usage: check_test FIXTURES\n");
        return 2;
    }
    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++)
        *texts[at] = load(argv[1], names[at]);

    the_library_fits_its_header();
    a_status_has_texts();
    decides_every_fixture();
    refuses_every_prefix();
    a_bound_assertion_wants_its_key();
    a_policy_is_obeyed();
    single_use_accepts_once();
    reads_what_was_asserted();
    a_nul_does_not_cut_a_claim();
    every_small_buffer_gets_nothing();
    the_ledger_names_the_reason();
    null_is_refused_and_never_followed();
    text_that_is_not_utf8_is_refused();
    a_dead_or_foreign_handle_is_refused();
    threads_share_a_checker();
    a_child_process_uses_the_handles_of_its_parent();

    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++)
        free(texts[at]->data);
    printf("check_test: %s\n", failures ? "FAILED" : "every expectation held");
    return failures ? 1 : 0;
}
