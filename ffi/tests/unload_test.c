/* Loads the shared library, uses it and unloads it again: unload_test LIBRARY FIXTURES [TIMES]. */

#include <eid_check.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW UINT64_C(1772366400)

static char jwks[4096], token[8192];

static size_t load(const char *folder, const char *name, char *into, size_t cap)
{
    char path[1024];
    FILE *file;
    size_t len;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    len = fread(into, 1, cap, file);
    fclose(file);
    return len;
}

/* ISO C has no conversion from an object pointer to a function pointer; POSIX has this one. */
#define FIND(library, function) (*(void **)&function = dlsym(library, #function))

int main(int argc, char **argv)
{
    int times = argc == 4 ? atoi(argv[3]) : 3;
    size_t jwks_len, token_len;
    if (argc != 3 && argc != 4)
        return 2;
    jwks_len = load(argv[2], "jwks.json", jwks, sizeof jwks);
    token_len = load(argv[2], "good.jwt", token, sizeof token);
    for (int time = 0; time < times; time++) {
        uint32_t (*eidb_checker_new)(const char *, size_t, const char *, size_t, const char *,
                                     size_t, const EidbCheckPolicy *, EidbChecker **);
        uint32_t (*eidb_check)(const EidbChecker *, const char *, size_t, uint64_t, const char *,
                               size_t, EidbAssertion **);
        uint32_t (*eidb_assertion_free)(EidbAssertion *);
        uint32_t (*eidb_checker_free)(EidbChecker *);
        EidbChecker *checker = NULL;
        EidbAssertion *assertion = NULL;
        const char *issuer = "https://broker.example", *procedure = "urn:procedure:building-permit";
        void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (!library || !FIND(library, eidb_checker_new) || !FIND(library, eidb_check) ||
            !FIND(library, eidb_assertion_free) || !FIND(library, eidb_checker_free)) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        if (eidb_checker_new(issuer, strlen(issuer), jwks, jwks_len, procedure, strlen(procedure),
                             NULL, &checker) != EIDB_OK ||
            eidb_check(checker, token, token_len, NOW, NULL, 0, &assertion) != EIDB_ACCEPTED ||
            eidb_assertion_free(assertion) != EIDB_OK || eidb_checker_free(checker) != EIDB_OK) {
            fprintf(stderr, "wrong answer at load %d\n", time);
            return 1;
        }
        if (dlclose(library) != 0)
            return 1;
    }
    printf("unload_test: %d times\n", times);
    return 0;
}
