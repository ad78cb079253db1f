/* Checks one assertion and shows the person, or why it was refused.
 *
 *     check JWKS ISSUER PROCEDURE TOKENFILE [NOW]
 *
 * NOW are seconds since 1970-01-01T00:00:00Z; without it the clock of this computer counts.
 * Exit status: 0 accepted, 1 refused, 2 misuse, 3 undecided.
 */

#include <eid_check.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* More than a key set or an assertion may have. */
#define MAX_FILE (512 * 1024 + 1)

static char jwks[MAX_FILE], token[MAX_FILE];

static size_t load(const char *path, char *into)
{
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(into, 1, MAX_FILE, file) : 0;
    if (!file || ferror(file)) {
        fprintf(stderr, "check: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    fclose(file);
    /* Editors end a file with a line break; an assertion has none. */
    while (len > 0 && (into[len - 1] == '\n' || into[len - 1] == '\r'))
        len--;
    return len;
}

static int refuse(const char *what, uint32_t status)
{
    fprintf(stderr, "%s: %s (%u): %s\n", what, eidb_status_name(status), (unsigned)status,
            eidb_status_text(status));
    fprintf(stderr, "what to do: %s\n", eidb_status_advice(status));
    if (status >= 9000)
        return 2;
    return status >= 8000 ? 3 : 1;
}

/* Control characters have a meaning for a terminal, and the claims are those of strangers. */
static void print(const char *name, const char *text, size_t len)
{
    printf("%-12s", name);
    for (size_t at = 0; at < len; at++)
        putchar((unsigned char)text[at] < 0x20 || text[at] == 0x7f ? '?' : text[at]);
    putchar('\n');
}

static int show(const EidbAssertion *assertion)
{
    static const char *const levels[] = {"none", "low", "substantial", "high"};
    char text[1024];
    size_t len;
    uint32_t level, notified, status;

    status = eidb_assertion_text(assertion, "sub", 3, text, sizeof text, &len);
    if (status != EIDB_OK)
        return refuse("subject", status);
    print("subject", text, len);

    /* Not every procedure may see the name. */
    status = eidb_assertion_claim_text(assertion, "family_name", 11, text, sizeof text, &len);
    if (status == EIDB_OK)
        print("family_name", text, len);
    else if (status != EIDB_CLAIM_MISSING)
        return refuse("family_name", status);

    status = eidb_assertion_loa(assertion, &level, &notified);
    if (status != EIDB_OK)
        return refuse("level", status);
    printf("%-12s%s, %s\n", "level", levels[level & 3], notified ? "notified" : "not notified");
    return 0;
}

int main(int argc, char **argv)
{
    EidbChecker *checker = NULL;
    EidbAssertion *assertion = NULL;
    uint64_t now = (uint64_t)time(NULL);
    uint32_t status;
    size_t jwks_len, token_len;
    char *end;
    int result;

    if (argc != 5 && argc != 6) {
        fprintf(stderr, "usage: check JWKS ISSUER PROCEDURE TOKENFILE [NOW]\n");
        return 2;
    }
    if (eidb_check_abi() != EIDB_CHECK_ABI) {
        fprintf(stderr, "check: libeid_check %s does not fit this program\n", eidb_check_version());
        return 2;
    }
    if (argc == 6) {
        now = strtoull(argv[5], &end, 10);
        if (argv[5][0] < '0' || argv[5][0] > '9' || *end) {
            fprintf(stderr, "check: NOW is a number of seconds\n");
            return 2;
        }
    }
    jwks_len = load(argv[1], jwks);
    token_len = load(argv[4], token);

    /* Once, at the start of the program. */
    status = eidb_checker_new(argv[2], strlen(argv[2]), jwks, jwks_len, argv[3], strlen(argv[3]),
                              NULL, &checker);
    if (status != EIDB_OK) {
        refuse("checker", status);
        return 2;
    }

    /* For each assertion. */
    status = eidb_check(checker, token, token_len, now, NULL, 0, &assertion);
    result = status == EIDB_ACCEPTED ? show(assertion) : refuse("refused", status);
    eidb_assertion_free(assertion);

    eidb_checker_free(checker);
    return result;
}
